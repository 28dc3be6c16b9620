"""Which of several copies may go."""

from dataclasses import replace
from datetime import timedelta

from hectograph.domain.delivery import DeliveryState, DriveEvidence
from hectograph.domain.duplicates import (
    COUNTED,
    ON_PURPOSE,
    Copy,
    Wished,
    decide_duplicates,
)
from hectograph.domain.ids import AccountId
from hectograph.domain.litter import FoundFile
from hectograph.domain.stamp import Stamp
from hectograph.domain.touch import Original, Present

from ..builders import EIGHT, a_plan

US, THEM = "teacher@school.test", "ada@school.test"
ACCOUNT = AccountId(f"google:school/{US}")


def evidence(file, *, by=US, minutes=0):
    return DriveEvidence(
        file=file,
        version=1,
        modified_at=EIGHT + timedelta(minutes=minutes),
        modified_by=by,
        revision="r",
        md5="m",
    )


def a_delivery(number, *, counts=None, state=DeliveryState.VERIFIED):
    (delivery,) = a_plan("Ada", number=number).deliveries
    handout = replace(delivery.handout, md5="m")
    return replace(
        delivery,
        handout=handout,
        state=state,
        path=counts,
        evidence=counts and evidence(counts),
    )


def a_copy(delivery, file, **changed):
    now = evidence(file, **changed)
    where = {"folder": delivery.folder[-1:], "name": delivery.name}
    return Copy(
        stamp=Stamp(key=delivery.key, wish=delivery.wish, asked_at=EIGHT),
        account=ACCOUNT,
        file=FoundFile(
            original=Original(evidence=now, **where),
            present=Present(evidence=now, **where),
            path=file,
            born_at=EIGHT,
            creator=US,
        ),
    )


def decided(copies, *deliveries):
    wished = [Wished(delivery=each, again=False) for each in deliveries]
    return {
        each.copy.file.path: each.reason and each.reason.code
        for each in decide_duplicates(copies, wished)
    }


def test_a_copy_alone_is_no_duplicate():
    one = a_delivery(0, counts="a")

    assert decided([a_copy(one, "a")], one) == {}


def test_what_two_shares_count_both_stay_even_if_one_has_work_in_it():
    one, two = a_delivery(0, counts="a"), a_delivery(1, counts="b")

    found = decided([a_copy(one, "a"), a_copy(two, "b", by=THEM, minutes=9)], one, two)

    assert found == {"a": "counted", "b": "touched"}


def test_a_counted_copy_stays_that_two_shares_count_whatever_lies_beside_it():
    one, two = a_delivery(0, counts="a"), a_delivery(1, counts="a")

    found = decided([a_copy(one, "a"), a_copy(one, "b", by=THEM, minutes=9)], one, two)

    assert found == {"a": COUNTED.code, "b": "touched"}


def test_of_several_that_nobody_counts_and_touched_one_stays():
    one = a_delivery(0, state=DeliveryState.CANCELLED)

    found = decided([a_copy(one, each) for each in ("c", "a", "b")], one)

    assert found == {"a": "only_one", "b": None, "c": None}


def test_while_a_share_is_under_way_all_stay():
    one = a_delivery(0, counts="a")
    late = a_delivery(1, state=DeliveryState.PLACING)

    found = decided([a_copy(one, "a"), a_copy(one, "b")], one, late)

    assert set(found.values()) == {"under_way"}


def test_another_content_without_a_trace_of_work_cannot_be_told():
    one = a_delivery(0, counts="a")
    other = replace(one, handout=replace(one.handout, md5="another"))

    found = decided([a_copy(one, "a"), a_copy(one, "b")], other)

    assert found == {"a": "counted", "b": "cannot_tell"}


def test_a_copy_that_a_share_again_made_stays_also_if_the_ledger_counts_it_no_more():
    one, more = a_delivery(0, counts="a"), a_delivery(1, state=DeliveryState.RECALLED)
    wished = [Wished(delivery=one, again=False), Wished(delivery=more, again=True)]

    found = decide_duplicates([a_copy(one, "a"), a_copy(more, "b")], wished)

    assert {each.copy.file.path: each.reason for each in found} == {
        "a": COUNTED,
        "b": ON_PURPOSE,
    }
