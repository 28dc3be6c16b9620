"""What a file on Drive is to an order, and what is kept of a delivery under way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.delivery import DriveEvidence
from hectograph.domain.errors import FolderRefused
from hectograph.domain.stamp import Stamp
from hectograph.ports.provider import CopyOrder
from hectograph.providers.drive_receipts import (
    evidence_of,
    is_made_for,
    properties_of,
    receipt_for_earlier,
    receipt_for_found,
    receipt_for_new,
    stamp_of,
)
from hectograph.providers.drive_traces import Baseline, Step, Trace
from hectograph.providers.drive_values import DriveFile

from ..builders import EIGHT, a_handout, a_plan

NATIVE = "application/vnd.google-apps.document"
LATER = EIGHT + timedelta(minutes=5)


def an_order():
    plan = a_plan("Ada", handouts=[replace(a_handout(), md5="abc", origin="source")])
    (delivery,) = plan.deliveries
    return CopyOrder(
        stamp=Stamp(key=delivery.key, wish=delivery.wish, asked_at=EIGHT),
        folder=("folder",),
        name="Essay - Ada",
        handout=delivery.handout,
        source=0,
        first_tried_at=None,
        adopts_since=None,
    )


def a_file(order, **changes):
    file = DriveFile(
        id="copy",
        name=order.name,
        mime_type="text/plain",
        parents=order.folder,
        trashed=False,
        explicitly_trashed=False,
        app_properties=properties_of(order.stamp),
        md5="abc",
        size_bytes=5,
        head_revision_id="r1",
        version=3,
        modified_at=EIGHT,
        created_at=EIGHT,
        modified_by_me=True,
        modified_by="teacher@school.test",
        owners=("teacher@school.test",),
        owned_by_me=True,
        drive_id=None,
        shortcut_target=None,
        can_copy=True,
        can_add_children=False,
        can_edit=True,
        can_trash=True,
        web_link="https://drive.google.com/file/d/copy/view",
    )
    return replace(file, **changes)


TOUCHES = [
    {"name": "My essay"},
    {"parents": ("elsewhere",)},
    {"trashed": True, "explicitly_trashed": True},
    {"app_properties": {}},
]


def test_a_new_copy_as_ordered_is_untouched():
    order = an_order()

    receipt = receipt_for_new(a_file(order), order)

    assert (receipt.touched, receipt.found) == (False, False)
    assert isinstance(receipt.evidence, DriveEvidence)
    assert receipt.evidence.file == "copy"
    assert receipt.path == "https://drive.google.com/file/d/copy/view"


@pytest.mark.parametrize("touch", TOUCHES)
def test_a_copy_that_is_not_as_it_was_put_is_touched(touch):
    order = an_order()
    file = a_file(order, **touch)

    assert receipt_for_new(file, order).touched
    assert receipt_for_found(file, order, baseline=None).touched


def test_a_copy_that_is_found_with_other_content_is_touched():
    order = an_order()

    assert not receipt_for_found(a_file(order), order, baseline=None).touched
    assert receipt_for_found(a_file(order, md5="other"), order, baseline=None).touched
    assert receipt_for_found(a_file(order, md5=None), order, baseline=None).touched


def test_a_native_copy_is_untouched_while_its_baseline_holds():
    order = an_order()
    baseline = Baseline.of(a_file(order, md5=None))
    server_wrote = a_file(order, md5=None, version=9)
    student_wrote = a_file(order, md5=None, version=9, modified_at=LATER)
    anonymous = a_file(order, md5=None, version=9, modified_by=None)

    assert not receipt_for_found(server_wrote, order, baseline=baseline).touched
    assert receipt_for_found(student_wrote, order, baseline=baseline).touched
    assert receipt_for_found(anonymous, order, baseline=baseline).touched


def test_a_copy_in_a_trashed_folder_is_no_delivery():
    order = an_order()
    file = a_file(order, trashed=True, explicitly_trashed=False)

    with pytest.raises(FolderRefused):
        receipt_for_new(file, order)
    with pytest.raises(FolderRefused):
        receipt_for_found(file, order, baseline=None)


def test_the_copy_of_an_earlier_share_is_compared_with_what_was_seen_then():
    order = an_order()
    earlier = DriveEvidence(
        file="copy",
        version=3,
        modified_at=EIGHT,
        modified_by="teacher@school.test",
        revision="r1",
        md5="abc",
    )

    assert not receipt_for_earlier(a_file(order), order, earlier=earlier).touched
    edited = a_file(order, version=4, modified_at=LATER)
    assert receipt_for_earlier(edited, order, earlier=earlier).touched


def a_native(order, **changes):
    native = {"mime_type": NATIVE, "md5": None, "head_revision_id": None}
    return a_file(order, **{**native, **changes})


def test_an_earlier_copy_to_which_drive_alone_has_written_is_untouched():
    order = an_order()
    earlier = evidence_of(a_native(order))
    self_written = a_native(order, version=4, modified_at=EIGHT + timedelta(seconds=2))

    assert not receipt_for_earlier(self_written, order, earlier=earlier).touched
    by_themselves = replace(order, actor="ada@school.test")
    assert receipt_for_earlier(self_written, by_themselves, earlier=earlier).touched


def test_a_native_copy_that_is_found_as_it_was_made_is_untouched():
    order = an_order()
    self_written = a_native(order, version=4, modified_at=EIGHT + timedelta(seconds=2))

    assert not receipt_for_found(self_written, order, baseline=None).touched
    for changes in (
        {"modified_at": LATER},
        {"modified_by": "ada@school.test"},
        {"modified_by": None},
        {"owners": ()},
    ):
        found = replace(self_written, **changes)
        assert receipt_for_found(found, order, baseline=None).touched


def test_what_a_recipient_made_themselves_cannot_be_told_from_their_work():
    order = replace(an_order(), actor="ada@school.test")
    made = {"owners": ("ada@school.test",), "modified_by": "ada@school.test"}

    assert receipt_for_found(a_native(order, **made), order, baseline=None).touched


def test_the_stamp_fits_into_a_property_and_comes_back():
    order = an_order()
    properties = properties_of(order.stamp)

    assert all(len(f"{key}{value}".encode()) <= 124 for key, value in properties.items())
    assert stamp_of(a_file(order)) == order.stamp
    assert is_made_for(a_file(order), order)
    assert not is_made_for(a_file(order, app_properties={"hx": "1.other"}), order)


@pytest.mark.parametrize(
    "trace",
    [
        Trace(step=Step.NUMBERED, file="number"),
        Trace(step=Step.PLANNED, in_trash=True),
        Trace(
            step=Step.PUBLISHING,
            file="copy",
            baseline=Baseline(modified_at=EIGHT, modified_by=None, version=3),
        ),
        Trace(step=Step.UNSURE, doubted_at=EIGHT, looks=2),
    ],
)
def test_a_trace_comes_back_as_it_was_kept(trace):
    assert Trace.parse(trace.text()) == trace


def test_without_a_trace_there_is_none():
    assert Trace.parse(None) is None
