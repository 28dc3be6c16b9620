"""What every Ledger must do. A ledger's test subclasses it and makes one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hectograph.domain.delivery import PREPARED, DeliveryState, Prepared
from hectograph.domain.errors import (
    Exhausted,
    IllegalTransition,
    LaneLost,
    NoSpace,
    OutcomeUnknown,
    Unavailable,
    UnknownShare,
)
from hectograph.domain.ids import AccountId, DeliveryKey, OccurrenceKey, RepetitionId
from hectograph.domain.manner import Access, ShareMode
from hectograph.domain.share import ServiceClass, ShareState, Timing
from hectograph.ports.ledger import Earlier, LaneSign, Note

from ..builders import (
    A_DAY,
    ACCOUNT,
    EIGHT,
    LONG_AGO,
    a_drive_receipt,
    a_handout,
    a_plan,
    a_receipt,
    a_share_id,
    settle,
)

S = DeliveryState
POOL = AccountId("google:school")
ONE = AccountId("google:school/one@school.test")
TWO = AccountId("google:school/two@school.test")


def a_pooled_plan(*students):
    plan = a_plan(*students, account=POOL)
    return replace(plan, lanes=(ONE, TWO))


class LedgerContract:
    def test_a_new_share_wakes_a_lane_and_owes_every_delivery(self, ledger, queue):
        share, joined = ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)

        assert not joined
        assert queue.woken == [ACCOUNT]
        assert ledger.share(share.id).open == 2
        assert ledger.progress(share.id).counts[S.PLANNED] == 2

    def test_deliveries_come_back_as_they_were_planned(self, ledger):
        plan = a_plan("Ada", "Bob")
        ledger.add(plan, joins_since=LONG_AGO)

        assert list(ledger.deliveries(plan.share.id)) == list(plan.deliveries)

    def test_who_shares_a_copy_is_remembered(self, ledger):
        plan = a_plan("red")
        (delivery,) = plan.deliveries
        shared = replace(delivery, members=("Ada", "Bob"))
        share = replace(plan.share, mode=ShareMode.GROUP, access=Access.COMMENT)
        ledger.add(replace(plan, share=share, deliveries=(shared,)), joins_since=LONG_AGO)

        found = ledger.share(share.id)

        assert list(ledger.deliveries(share.id)) == [shared]
        assert (found.mode, found.access) == (ShareMode.GROUP, Access.COMMENT)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=9, now=EIGHT)
        assert claim.delivery.members == ("Ada", "Bob")

    def test_the_same_request_joins_the_share_that_is_there(self, ledger):
        first, _ = ledger.add(a_plan(number=1), joins_since=LONG_AGO)
        second, joined = ledger.add(a_plan(number=2), joins_since=LONG_AGO)

        assert joined
        assert second.id == first.id
        assert len(ledger.list_shares(limit=10)) == 1

    def test_asking_for_new_copies_joins_nothing(self, ledger):
        ledger.add(a_plan(number=1), joins_since=LONG_AGO)
        _, joined = ledger.add(a_plan(number=2, again=True), joins_since=LONG_AGO)
        _, joined_again = ledger.add(a_plan(number=3, again=True), joins_since=LONG_AGO)

        assert not joined
        assert not joined_again

    @pytest.mark.parametrize("again", [False, True])
    def test_the_same_share_sent_twice_is_one_share(self, ledger, again):
        plan = a_plan(again=again)
        ledger.add(plan, joins_since=LONG_AGO)

        share, joined = ledger.add(plan, joins_since=EIGHT + A_DAY)

        assert (share.id, joined) == (plan.share.id, True)
        assert len(ledger.list_shares(limit=10)) == 1

    def test_an_occurrence_has_one_share_whatever_became_of_it(self, ledger):
        def ask(number, day, content="essay"):
            handouts = [a_handout(content=content)]
            plan = a_plan(number=number, again=True, handouts=handouts)
            key = OccurrenceKey(repetition=RepetitionId("words"), day=day)
            plan = replace(plan, occurrence=key)
            return ledger.add(plan, joins_since=LONG_AGO)

        first, _ = ask(1, date(2026, 11, 23))
        ledger.cancel(first.id, now=EIGHT)
        second, joined = ask(2, date(2026, 11, 23), content="changed since")
        _, next_joined = ask(3, date(2026, 11, 30))

        assert (second.id, joined) == (first.id, True)
        assert not next_joined
        assert len(ledger.list_shares(limit=10)) == 2

    def test_several_are_added_in_their_order_and_each_is_joined_on_its_own(
        self, ledger, queue
    ):
        ledger.add(a_plan("Ada", number=1), joins_since=LONG_AGO)

        added = ledger.add_all(
            [a_plan("Bob", number=2), a_plan("Ada", number=3), a_plan("Cy", number=4)],
            joins_since=LONG_AGO,
        )

        assert [(share.id, joined) for share, joined in added] == [
            (a_share_id(2), False),
            (a_share_id(1), True),
            (a_share_id(4), False),
        ]
        assert queue.woken == [ACCOUNT]

    def test_an_old_share_is_not_joined(self, ledger):
        ledger.add(a_plan(number=1), joins_since=LONG_AGO)
        late = a_plan(number=2, asked_at=EIGHT + A_DAY)

        _, joined = ledger.add(late, joins_since=EIGHT + timedelta(hours=1))

        assert not joined

    def test_a_cancelled_share_is_not_joined(self, ledger):
        first, _ = ledger.add(a_plan(number=1), joins_since=LONG_AGO)
        ledger.cancel(first.id, now=EIGHT)

        assert ledger.find_joinable(first.request_key, since=LONG_AGO) is None
        assert ledger.add(a_plan(number=2), joins_since=LONG_AGO)[1] is False

    def test_claimed_deliveries_are_not_claimed_twice(self, ledger):
        ledger.add(a_plan("Ada", "Bob", "Cy"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

        first = ledger.claim(lane, limit=2, now=EIGHT)
        second = ledger.claim(lane, limit=2, now=EIGHT)

        assert [each.delivery.student for each in first] == ["Ada", "Bob"]
        assert [each.delivery.student for each in second] == ["Cy"]
        assert {each.delivery.attempts for each in first} == {1}
        assert {each.first_tried_at for each in first} == {None}

    def test_a_share_is_complete_when_every_copy_was_read_back(self, ledger):
        share, _ = ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ada, bob = ledger.claim(lane, limit=2, now=EIGHT)

        ledger.record(lane, [settle(ada, a_receipt())], now=EIGHT)
        assert ledger.share(share.id).state is ShareState.RUNNING
        ledger.record(lane, [settle(bob, a_receipt())], now=EIGHT + A_DAY)

        ended = ledger.share(share.id)
        assert (ended.state, ended.open) == (ShareState.COMPLETE, 0)
        assert ended.ended_at == EIGHT + A_DAY

    def test_what_was_recorded_comes_back(self, ledger):
        share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)
        settled = settle(ada, a_receipt(touched=True))

        ledger.record(lane, [settled], now=EIGHT)

        assert list(ledger.deliveries(share.id)) == [settled]
        assert settled.state is S.KEPT

    def test_a_failure_makes_the_end_an_exception_with_its_reason(self, ledger):
        share, _ = ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ada, bob = ledger.claim(lane, limit=2, now=EIGHT)

        full = NoSpace("The disk is full.")
        ledger.record(lane, [settle(ada, a_receipt()), settle(bob, full)], now=EIGHT)

        assert ledger.share(share.id).state is ShareState.COMPLETE_WITH_EXCEPTIONS
        assert ledger.deliveries(share.id)[1].reason == full.reason()

    def test_a_failed_delivery_can_be_tried_again(self, ledger, queue):
        share = self.failed_share(ledger)
        queue.woken.clear()

        assert ledger.reopen_failed(share.id, now=EIGHT) == 1

        assert queue.woken == [ACCOUNT]
        assert ledger.share(share.id).state is ShareState.RUNNING
        lane = ledger.begin_lane(ACCOUNT, job=2, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=9, now=EIGHT + A_DAY)
        assert claim.delivery.attempts == 1
        assert claim.first_tried_at == EIGHT
        assert claim.tried_since == EIGHT + A_DAY

    def test_a_waiting_delivery_is_due_later(self, ledger):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.record(lane, [settle(ada, Unavailable("down"))], now=EIGHT)

        assert not ledger.claim(lane, limit=1, now=EIGHT)
        (again,) = ledger.claim(lane, limit=1, now=EIGHT + timedelta(seconds=2))
        assert again.delivery.attempts == 2

    def test_the_smaller_share_goes_first_and_the_lesson_before_all(self, ledger):
        ledger.add(a_plan(*"abcdefgh", number=1), joins_since=LONG_AGO)
        ledger.add(a_plan("Ada", number=2), joins_since=LONG_AGO)
        lesson = Timing(service_class=ServiceClass.IN_LESSON)
        ledger.add(a_plan(*"uvwxyz", number=3, timing=lesson), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

        order = [ledger.claim(lane, limit=99, now=EIGHT)[0].delivery.key for _ in range(3)]

        assert [key.share for key in order] == [a_share_id(n) for n in (3, 2, 1)]

    def test_an_old_lane_changes_nothing(self, ledger):
        share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        old = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(old, limit=1, now=EIGHT)
        ledger.begin_lane(ACCOUNT, job=2, now=EIGHT)
        before = list(ledger.deliveries(share.id))

        with pytest.raises(LaneLost):
            ledger.record(old, [settle(claim, a_receipt())], now=EIGHT)
        with pytest.raises(LaneLost):
            ledger.claim(old, limit=1, now=EIGHT)
        with pytest.raises(LaneLost):
            ledger.beat(old, job=1, now=EIGHT)
        assert list(ledger.deliveries(share.id)) == before

    def test_a_new_lane_looks_at_what_the_old_one_left(self, ledger):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        old = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ledger.claim(old, limit=1, now=EIGHT)

        lane = ledger.begin_lane(ACCOUNT, job=2, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=1, now=EIGHT)

        assert claim.first_tried_at == EIGHT
        assert claim.delivery.attempts == 2

    def test_a_lane_lives_while_it_holds_its_place_and_beats(self, ledger):
        lane = ledger.begin_lane(ACCOUNT, job=5, now=EIGHT)
        late = EIGHT + timedelta(seconds=30)

        def look(job, beat_since, seen_since=EIGHT + A_DAY):
            return ledger.look_at_lane(
                ACCOUNT, job=job, beat_since=beat_since, seen_since=seen_since
            )

        assert look(5, EIGHT) is LaneSign.ALIVE
        assert look(6, EIGHT) is LaneSign.SILENT
        assert look(6, EIGHT, seen_since=EIGHT) is LaneSign.ALIVE
        assert look(5, late) is LaneSign.SILENT
        ledger.beat(lane, job=5, now=late)
        assert look(5, late) is LaneSign.ALIVE
        ledger.end_lane(lane, job=5)
        assert look(5, EIGHT) is LaneSign.UNBORN

    def test_due_work_wakes_a_lane(self, ledger, queue):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        queue.woken.clear()

        assert ledger.wake_due(now=EIGHT, silent_since=LONG_AGO) == 1
        assert ledger.wake_due(now=EIGHT, silent_since=LONG_AGO) == 0

    def test_work_that_a_silent_lane_left_half_way_wakes_one(self, ledger, queue):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ledger.claim(lane, limit=1, now=EIGHT)
        queue.woken.clear()

        assert ledger.wake_due(now=EIGHT, silent_since=EIGHT - A_DAY) == 0
        assert ledger.wake_due(now=EIGHT, silent_since=EIGHT + A_DAY) == 1

    def test_a_lane_that_is_mourned_leaves_its_work_to_another(self, ledger, queue):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ledger.claim(lane, limit=1, now=EIGHT)
        queue.woken.clear()

        ledger.mourn(ACCOUNT, seen_since=EIGHT)
        assert ledger.wake_due(now=EIGHT, silent_since=LONG_AGO) == 0
        ledger.mourn(ACCOUNT, seen_since=EIGHT + A_DAY)
        assert ledger.wake_due(now=EIGHT, silent_since=LONG_AGO) == 1

    def test_cancelling_withdraws_what_was_not_begun(self, ledger):
        share, _ = ledger.add(a_plan("Ada", "Bob", "Cy"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)

        assert ledger.cancel(share.id, now=EIGHT) == 2

        assert not ledger.claim(lane, limit=9, now=EIGHT)
        assert ledger.share(share.id).ended_at is None
        ledger.record(lane, [settle(ada, a_receipt())], now=EIGHT)
        ended = ledger.share(share.id)
        assert (ended.state, ended.open) == (ShareState.CANCELLED, 0)
        assert ended.ended_at == EIGHT

    def test_an_unknown_outcome_is_looked_at_even_when_cancelled(self, ledger):
        share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.record(lane, [settle(ada, OutcomeUnknown("lost"))], now=EIGHT)

        assert ledger.cancel(share.id, now=EIGHT) == 0

        assert len(ledger.claim(lane, limit=1, now=EIGHT + A_DAY)) == 1

    def test_a_share_that_ended_cannot_be_cancelled(self, ledger):
        share = self.complete_share(ledger)

        with pytest.raises(IllegalTransition):
            ledger.cancel(share.id, now=EIGHT)

    def test_a_paused_share_waits_until_it_is_resumed(self, ledger, queue):
        share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        queue.woken.clear()

        ledger.turn(share.id, to=ShareState.PAUSED, now=EIGHT)
        assert not ledger.claim(lane, limit=1, now=EIGHT)
        with pytest.raises(IllegalTransition):
            ledger.turn(share.id, to=ShareState.PAUSED, now=EIGHT)
        ledger.turn(share.id, to=ShareState.RUNNING, now=EIGHT)

        assert queue.woken == [ACCOUNT]
        assert len(ledger.claim(lane, limit=1, now=EIGHT)) == 1

    def test_documents_are_let_go_once_a_share_is_complete(self, ledger, queue):
        share = self.complete_share(ledger)
        queue.woken.clear()

        assert list(ledger.unthawed(ACCOUNT)) == [share.id]
        assert ledger.wake_due(now=EIGHT, silent_since=LONG_AGO) == 1
        ledger.thawed(share.id)
        assert not ledger.unthawed(ACCOUNT)

    def test_documents_stay_while_something_failed(self, ledger):
        self.failed_share(ledger)

        assert not ledger.unthawed(ACCOUNT)

    def test_what_was_read_back_from_a_drive_is_written_once(self, ledger):
        plan = a_plan("Ada")
        past = replace(
            plan,
            share=replace(plan.share, state=ShareState.COMPLETE, open=0, ended_at=EIGHT),
            deliveries=tuple(
                replace(each, state=S.KEPT, path="/school/Ada/x")
                for each in plan.deliveries
            ),
        )

        assert ledger.adopt(past)
        assert not ledger.adopt(past)
        assert ledger.deliveries(plan.share.id)[0].state is S.KEPT
        assert list(ledger.unthawed(ACCOUNT)) == [plan.share.id]

    def test_a_day_report_tells_counts_and_times(self, ledger):
        self.failed_share(ledger)

        report = ledger.day_report(start=EIGHT, end=EIGHT + A_DAY)

        assert (report.delivered, report.failed) == (1, 1)
        assert report.mean_seconds == report.p50_seconds == report.p95_seconds == 0.0
        assert ledger.day_report(start=LONG_AGO, end=EIGHT).mean_seconds is None

    def test_an_unknown_share_is_said_to_be_unknown(self, ledger):
        nobody = a_share_id(99)
        asks = [
            lambda: ledger.share(nobody),
            lambda: ledger.progress(nobody),
            lambda: ledger.deliveries(nobody),
            lambda: ledger.reopen_failed(nobody, now=EIGHT),
            lambda: ledger.cancel(nobody, now=EIGHT),
            lambda: ledger.turn(nobody, to=ShareState.PAUSED, now=EIGHT),
        ]
        for ask in asks:
            with pytest.raises(UnknownShare):
                ask()

    def complete_share(self, ledger):
        share, _ = ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.record(lane, [settle(ada, a_receipt())], now=EIGHT)
        return share

    def failed_share(self, ledger):
        share, _ = ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ada, bob = ledger.claim(lane, limit=2, now=EIGHT)
        settled = [settle(ada, a_receipt()), settle(bob, NoSpace("The disk is full."))]
        ledger.record(lane, settled, now=EIGHT)
        return share

    def test_a_pool_wakes_every_lane_and_each_claims_what_is_left(self, ledger, queue):
        ledger.add(a_pooled_plan("Ada", "Bob", "Cleo"), joins_since=LONG_AGO)
        one = ledger.begin_lane(ONE, job=1, now=EIGHT)
        two = ledger.begin_lane(TWO, job=2, now=EIGHT)

        first = ledger.claim(one, limit=2, now=EIGHT)
        second = ledger.claim(two, limit=9, now=EIGHT)

        assert queue.woken == [ONE, TWO]
        assert (one.pool, two.pool) == (POOL, POOL)
        assert [each.delivery.key.position for each in (*first, *second)] == [0, 1, 2]

    def test_a_new_lane_takes_over_from_its_own_account_alone(self, ledger):
        ledger.add(a_pooled_plan("Ada", "Bob"), joins_since=LONG_AGO)
        ledger.claim(ledger.begin_lane(ONE, job=1, now=EIGHT), limit=1, now=EIGHT)
        ledger.claim(ledger.begin_lane(TWO, job=2, now=EIGHT), limit=1, now=EIGHT)

        again = ledger.begin_lane(ONE, job=3, now=EIGHT)

        found = ledger.claim(again, limit=9, now=EIGHT)
        assert [each.delivery.key.position for each in found] == [0]

    def test_a_note_is_there_at_the_next_attempt(self, ledger):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=1, now=EIGHT)

        ledger.note(lane, [Note(key=claim.delivery.key, trace="half way", bound=True)])
        ledger.record(lane, [settle(claim, Unavailable("down"))], now=EIGHT)

        (again,) = ledger.claim(lane, limit=1, now=EIGHT + A_DAY)
        assert (again.delivery.trace, again.delivery.bound) == ("half way", True)

    def test_a_lost_lane_writes_no_notes(self, ledger):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.begin_lane(ACCOUNT, job=2, now=EIGHT)

        with pytest.raises(LaneLost):
            ledger.note(lane, [Note(key=claim.delivery.key, trace="late", bound=False)])

        assert ledger.deliveries(claim.delivery.key.share)[0].trace is None

    def test_what_is_bound_waits_for_the_account_that_began_it(self, ledger, queue):
        ledger.add(a_pooled_plan("Ada"), joins_since=LONG_AGO)
        one = ledger.begin_lane(ONE, job=1, now=EIGHT)
        two = ledger.begin_lane(TWO, job=2, now=EIGHT)
        (claim,) = ledger.claim(one, limit=1, now=EIGHT)
        ledger.note(one, [Note(key=claim.delivery.key, trace="hidden", bound=True)])
        ledger.record(one, [settle(claim, Unavailable("down"))], now=EIGHT)
        later = EIGHT + A_DAY
        queue.woken.clear()

        assert ledger.next_due(two) is None
        assert ledger.claim(two, limit=9, now=later) == []
        ledger.wake_due(now=later, silent_since=LONG_AGO)
        assert queue.woken == [ONE]
        assert len(ledger.claim(one, limit=9, now=later)) == 1

    def test_what_is_not_bound_goes_to_any_account_of_the_pool(self, ledger):
        ledger.add(a_pooled_plan("Ada"), joins_since=LONG_AGO)
        one = ledger.begin_lane(ONE, job=1, now=EIGHT)
        two = ledger.begin_lane(TWO, job=2, now=EIGHT)
        (claim,) = ledger.claim(one, limit=1, now=EIGHT)
        ledger.note(one, [Note(key=claim.delivery.key, trace="a number", bound=False)])
        ledger.record(one, [settle(claim, Exhausted("too much"))], now=EIGHT)

        (found,) = ledger.claim(two, limit=9, now=EIGHT)

        assert found.delivery.trace == "a number"

    def test_the_next_delivery_that_is_due_is_told(self, ledger):
        ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        claim, _ = ledger.claim(lane, limit=2, now=EIGHT)

        assert ledger.next_due(lane) is None
        settled = settle(claim, Unavailable("down"))
        ledger.record(lane, [settled], now=EIGHT)

        assert ledger.next_due(lane) == settled.due_at

    def test_the_same_wish_of_another_share_is_tied_to_the_earlier_one(self, ledger):
        ledger.add(a_plan("Ada", adopts_since=LONG_AGO, number=1), joins_since=LONG_AGO)
        both = a_plan("Ada", "Bob", adopts_since=LONG_AGO, number=2)
        ledger.add(both, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

        (first,) = ledger.claim(lane, limit=9, now=EIGHT)
        ledger.record(lane, [settle(first, a_drive_receipt("copy"))], now=EIGHT)
        ada, bob = ledger.claim(lane, limit=9, now=EIGHT)

        assert ada.earlier == Earlier(
            state=S.VERIFIED, evidence=a_drive_receipt("copy").evidence
        )
        assert bob.earlier is None

    def test_an_earlier_share_that_is_too_old_ties_nothing(self, ledger):
        ledger.add(a_plan("Ada", adopts_since=LONG_AGO, number=1), joins_since=LONG_AGO)
        late = a_plan("Ada", "Bob", adopts_since=EIGHT + A_DAY, number=2)
        ledger.add(late, joins_since=LONG_AGO)

        assert [each.earlier for each in ledger.deliveries(late.share.id)] == [None, None]

    def test_what_deliveries_need_is_told(self, ledger):
        plan = a_plan("Ada", "Bob")
        ledger.add(plan, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        first, _ = ledger.claim(lane, limit=2, now=EIGHT)
        ledger.record(lane, [settle(first, a_drive_receipt("copy"))], now=EIGHT)
        ada, bob = (each.key for each in plan.deliveries)
        stranger = DeliveryKey(share=a_share_id(9), position=0)

        assert ledger.list_needs([ada, bob, stranger]) == {ada: "copy", bob: None}

    def test_deliveries_of_a_wish_are_found_in_all_shares(self, ledger):
        first, second = a_plan("Ada", "Bob"), a_plan("Ada", number=2)
        ledger.add(first, joins_since=LONG_AGO)
        second = replace(second, share=replace(second.share, again=True))
        ledger.add(second, joins_since=LONG_AGO)
        wish = first.deliveries[0].wish

        found = ledger.list_wished([wish])

        assert [(each.delivery.key.share, each.again) for each in found] == [
            (first.share.id, first.share.again),
            (second.share.id, True),
        ]
        assert {each.delivery.wish for each in found} == {wish}

    def test_evidence_of_a_drive_comes_back(self, ledger):
        plan = a_plan("Ada")
        ledger.add(plan, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=1, now=EIGHT)
        receipt = a_drive_receipt("copy")

        ledger.record(lane, [settle(claim, receipt)], now=EIGHT)

        assert ledger.deliveries(plan.share.id)[0].evidence == receipt.evidence

    def test_a_share_begins_at_its_time(self, ledger, queue):
        nine = EIGHT + timedelta(hours=1)
        plan = a_plan("Ada", timing=Timing(begins_at=nine))
        ledger.add(plan, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

        assert ledger.share(plan.share.id).state is ShareState.SCHEDULED
        assert queue.woken == []
        assert ledger.wake_due(now=EIGHT, silent_since=LONG_AGO) == 0
        assert not ledger.claim(lane, limit=1, now=nine)

        ledger.wake_due(now=nine, silent_since=LONG_AGO)
        assert queue.woken == [ACCOUNT]
        assert ledger.share(plan.share.id).state is ShareState.RUNNING
        assert ledger.claim(lane, limit=1, now=nine)

    def test_a_share_can_be_moved_while_it_runs_and_what_is_done_stays_done(self, ledger):
        plan = a_plan("Ada", "Bob", "Cyd")
        ledger.add(plan, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ada, bob = ledger.claim(lane, limit=2, now=EIGHT)
        ledger.record(lane, [settle(ada, a_receipt())], now=EIGHT)
        tonight = Timing(
            service_class=ServiceClass.OVERNIGHT,
            begins_at=EIGHT + timedelta(hours=12),
            deadline=EIGHT + timedelta(hours=23),
        )

        moved = ledger.move(plan.share.id, tonight, now=EIGHT)

        assert moved.timing == tonight
        assert moved.state is ShareState.SCHEDULED
        assert not ledger.claim(lane, limit=9, now=EIGHT)
        ledger.record(lane, [settle(bob, a_receipt())], now=EIGHT)
        counts = ledger.progress(plan.share.id).counts
        assert (counts[S.VERIFIED], counts[S.PLANNED]) == (2, 1)

        ledger.move(plan.share.id, Timing(), now=EIGHT)
        (cyd,) = ledger.claim(lane, limit=9, now=EIGHT)
        assert cyd.delivery.student == "Cyd"

    def test_a_share_that_ended_cannot_be_moved(self, ledger):
        plan = a_plan("Ada")
        ledger.add(plan, joins_since=LONG_AGO)
        ledger.cancel(plan.share.id, now=EIGHT)

        with pytest.raises(IllegalTransition):
            ledger.move(plan.share.id, Timing(), now=EIGHT)

    def test_a_scheduled_share_can_be_paused_and_waits_on_when_it_goes_on(self, ledger):
        nine = EIGHT + timedelta(hours=1)
        plan = a_plan("Ada", timing=Timing(begins_at=nine))
        ledger.add(plan, joins_since=LONG_AGO)
        share = plan.share.id

        ledger.turn(share, to=ShareState.PAUSED, now=EIGHT)
        ledger.wake_due(now=nine, silent_since=LONG_AGO)
        assert ledger.share(share).state is ShareState.PAUSED

        again = ledger.turn(share, to=ShareState.RUNNING, now=EIGHT)
        assert again.state is ShareState.SCHEDULED
        ledger.turn(share, to=ShareState.PAUSED, now=EIGHT)
        assert (
            ledger.turn(share, to=ShareState.RUNNING, now=nine).state is ShareState.RUNNING
        )

    def test_a_big_share_is_not_overtaken_without_end(self, ledger):
        """By its bound it may take twice as long as in the order of asking."""
        big = a_plan(*(f"student {n}" for n in range(20)), number=1)
        ledger.add(big, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

        overtaken = 0
        for number in range(2, 40):
            small = a_plan(
                "Ada", "Bob", number=number, handouts=[a_handout(content=str(number))]
            )
            ledger.add(small, joins_since=LONG_AGO)
            claims = ledger.claim(lane, limit=99, now=EIGHT)
            if claims[0].delivery.key.share == big.share.id:
                break
            overtaken += len(claims)
            ledger.record(lane, [settle(each, a_receipt()) for each in claims], now=EIGHT)

        # From here on they take turns.
        assert overtaken == 6

    def test_how_much_an_account_settles_in_a_second_is_remembered(self, ledger):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        assert lane.goodput is None

        ledger.beat(lane, job=1, now=EIGHT, goodput=2.5)
        ledger.beat(lane, job=1, now=EIGHT)

        assert ledger.begin_lane(ACCOUNT, job=2, now=EIGHT).goodput == 2.5

    def test_what_is_prepared_waits_until_it_may_be_seen(self, ledger, queue):
        nine = EIGHT + timedelta(hours=1)
        timing = Timing(reveals_at=nine, deadline=nine)
        plan = a_plan("Ada", timing=timing)
        ledger.add(plan, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

        (claim,) = ledger.claim(lane, limit=9, now=EIGHT)
        assert claim.shown_at == nine
        ledger.record(lane, [settle(claim, Prepared(nine))], now=EIGHT)

        (ada,) = ledger.deliveries(plan.share.id)
        assert (ada.state, ada.reason, ada.due_at) == (S.WAITING, PREPARED, nine)
        assert not ledger.claim(lane, limit=9, now=EIGHT)
        assert ledger.next_due(lane) == nine
        (shown,) = ledger.claim(lane, limit=9, now=nine)
        assert shown.shown_at is None
        assert shown.delivery.attempts == 1
        assert shown.tried_since == nine
        assert shown.first_tried_at is None

    def test_a_lane_is_there_before_the_second_in_which_it_is_shown(self, ledger, queue):
        nine = EIGHT + timedelta(hours=1)
        ledger.add(a_plan("Ada", timing=Timing(reveals_at=nine)), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=9, now=EIGHT)
        ledger.record(lane, [settle(claim, Prepared(nine))], now=EIGHT)
        ledger.end_lane(lane, job=1)
        queue.woken.clear()

        ledger.wake_due(now=nine - timedelta(seconds=5), silent_since=LONG_AGO)
        assert queue.woken == []
        ledger.wake_due(now=nine - timedelta(seconds=3), silent_since=LONG_AGO)
        assert queue.woken == [ACCOUNT]

    def test_the_time_of_showing_can_be_moved(self, ledger):
        nine, ten = (EIGHT + timedelta(hours=hours) for hours in (1, 2))
        plan = a_plan("Ada", timing=Timing(reveals_at=nine))
        ledger.add(plan, joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=9, now=EIGHT)
        ledger.record(lane, [settle(claim, Prepared(nine))], now=EIGHT)

        ledger.move(plan.share.id, Timing(reveals_at=ten), now=EIGHT)
        assert not ledger.claim(lane, limit=9, now=nine)
        ledger.move(plan.share.id, Timing(), now=nine)
        assert ledger.claim(lane, limit=9, now=nine)

    def test_while_everything_is_halted_nothing_is_begun(self, ledger, queue):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ledger.halt("a move", by="root", now=EIGHT)
        queue.woken.clear()

        claims = ledger.claim(lane, limit=9, now=EIGHT)
        asked, _ = ledger.add(a_plan("Bob", number=2), joins_since=LONG_AGO)
        woken = ledger.wake_due(now=EIGHT + A_DAY, silent_since=LONG_AGO)

        assert (list(claims), ledger.next_due(lane), woken, queue.woken) == (
            [],
            None,
            0,
            [],
        )
        assert ledger.share(asked.id).open == 1

    def test_what_is_under_way_when_everything_is_halted_is_recorded(self, ledger):
        share, _ = ledger.add(a_plan("Ada", "Bob"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        (claim,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.halt(None, by=None, now=EIGHT)
        before = ledger.under_way(beat_since=EIGHT)

        ledger.record(lane, [settle(claim, a_receipt())], now=EIGHT)
        between = ledger.under_way(beat_since=EIGHT)
        ledger.end_lane(lane, job=1)

        assert (before.lanes, before.copies) == (1, 1)
        assert (between.lanes, between.copies) == (1, 0)
        assert ledger.under_way(beat_since=EIGHT).is_nothing
        assert ledger.progress(share.id).delivered == 1

    def test_a_lane_that_died_is_not_waited_for(self, ledger):
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        ledger.claim(lane, limit=1, now=EIGHT)

        assert ledger.under_way(beat_since=EIGHT + timedelta(seconds=20)).is_nothing

    def test_halting_twice_keeps_the_time_and_takes_the_new_reason(self, ledger):
        first = ledger.halt("a move", by="root", now=EIGHT)
        second = ledger.halt("a longer move", by="ops", now=EIGHT + A_DAY)
        third = ledger.halt(None, by="ops", now=EIGHT + A_DAY)

        assert (first.reason, first.since) == ("a move", EIGHT)
        assert (second.reason, second.by, second.since) == ("a longer move", "ops", EIGHT)
        assert ledger.find_halt() == third == second

    def test_after_it_is_resumed_work_goes_on(self, ledger, queue):
        ledger.halt("a move", by="root", now=EIGHT)
        ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
        asleep = list(queue.woken)

        ended = ledger.resume(by="root", now=EIGHT)
        again = ledger.resume(by="root", now=EIGHT)
        ledger.wake_due(now=EIGHT + A_DAY, silent_since=LONG_AGO)
        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

        assert asleep == []
        assert ended
        assert ended.reason == "a move"
        assert (again, ledger.find_halt()) == (None, None)
        assert queue.woken == [ACCOUNT]
        assert len(ledger.claim(lane, limit=9, now=EIGHT + A_DAY)) == 1
