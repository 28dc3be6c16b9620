"""What every Outlook must do. A test subclasses it and makes a ledger and an outlook."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.delivery import Prepared
from hectograph.domain.errors import Throttled, Unavailable
from hectograph.domain.hindsight import Hindsight
from hectograph.domain.ids import AccountId
from hectograph.domain.noted import note_line
from hectograph.domain.risk import Risk
from hectograph.domain.share import ShareState, Timing

from ..builders import (
    ACCOUNT,
    EIGHT,
    LONG_AGO,
    POLICY,
    a_handout,
    a_plan,
    a_receipt,
    settle,
)
from .contract import ONE, POOL, TWO, a_pooled_plan

PATIENT = replace(POLICY, attempts=99)
NOTHING = Hindsight.learned([])
SOON = EIGHT + timedelta(seconds=30)


class OutlookContract:
    @pytest.fixture
    def share(self, ledger):
        return ledger.add(a_plan("Ada", "Bob", "Cy"), joins_since=LONG_AGO)[0]

    @pytest.fixture
    def lane(self, ledger, share):
        return ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)

    def noted(self, outlook, *, now=EIGHT, account=ACCOUNT):
        return list(note_line(outlook.line(account, now=now), NOTHING).values())

    def finish(self, ledger, lane, *, now):
        claims = ledger.claim(lane, limit=9, now=now)
        ledger.record(lane, [settle(each, a_receipt()) for each in claims], now=now)

    def test_an_account_that_nobody_knows_has_an_empty_line(self, outlook):
        line = outlook.line(AccountId("fs:/nowhere"), now=EIGHT)

        assert (line.shares, line.settled, line.crowd, line.halt) == ((), 0, 0, None)
        assert [each.account for each in line.carriers] == ["fs:/nowhere"]

    def test_a_line_tells_what_cannot_be_taken_up_now(self, ledger, outlook, share, lane):
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.record(lane, [settle(ada, Unavailable("down"))], now=EIGHT)
        (bob,) = ledger.claim(lane, limit=1, now=SOON - timedelta(seconds=30))

        (entry,) = outlook.line(ACCOUNT, now=EIGHT).shares

        assert entry.share == ledger.share(share.id)
        assert (entry.due, entry.under_way, entry.retries) == (1, 1, 1)
        assert entry.oldest_at == entry.newest_at == bob.tried_since
        assert entry.retry_at == ledger.deliveries(share.id)[0].due_at
        assert not entry.is_native

    def test_what_may_be_tried_again_now_is_due(self, ledger, outlook, lane):
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.record(lane, [settle(ada, Unavailable("down"))], now=EIGHT)

        (entry,) = outlook.line(ACCOUNT, now=SOON).shares

        assert (entry.due, entry.retries, entry.retry_at) == (3, 0, None)

    def try_in_vain(self, ledger, lane, error, *, times):
        now = EIGHT
        for _ in range(times):
            now += timedelta(minutes=1)
            claims = ledger.claim(lane, limit=3, now=now)
            settled = [settle(each, error, now=now, policy=PATIENT) for each in claims]
            ledger.record(lane, settled, now=now)
        return now

    def test_what_is_tried_in_vain_is_a_trouble_of_the_drive(self, ledger, outlook, lane):
        other = AccountId("fs:/other")
        now = self.try_in_vain(ledger, lane, Unavailable("down"), times=3)
        assert outlook.line(other, now=now).troubled == 0

        now = self.try_in_vain(ledger, lane, Unavailable("down"), times=4)
        line = outlook.line(other, now=now)

        assert line.troubled == 3
        assert line.troubled_since == EIGHT + timedelta(minutes=1)
        assert outlook.line(ACCOUNT, now=now).shares[0].is_troubled
        assert outlook.line(POOL, now=now).troubled == 0

    def test_to_be_asked_to_slow_down_is_none(self, ledger, outlook, lane):
        now = self.try_in_vain(ledger, lane, Throttled("slower"), times=7)

        line = outlook.line(ACCOUNT, now=now)

        assert (line.troubled, line.shares[0].tries) == (0, 0)

    def test_what_is_ready_to_be_shown_is_told_apart(self, ledger, outlook, lane):
        (ada,) = ledger.claim(lane, limit=1, now=EIGHT)
        ledger.record(lane, [settle(ada, Prepared(SOON))], now=EIGHT)

        (entry,) = outlook.line(ACCOUNT, now=EIGHT).shares

        assert (entry.due, entry.prepared, entry.retries) == (2, 1, 0)

    def test_googles_own_documents_are_told_apart(self, ledger, outlook):
        native = replace(a_handout(), media_type="application/vnd.google-apps.document")
        ledger.add(a_plan("Ada", handouts=[native]), joins_since=LONG_AGO)

        (entry,) = outlook.line(ACCOUNT, now=EIGHT).shares

        assert entry.is_native

    def test_what_ended_is_not_in_line(self, ledger, outlook, lane):
        self.finish(ledger, lane, now=SOON)

        line = outlook.line(ACCOUNT, now=SOON)

        assert (line.shares, line.settled) == ((), 3)

    def test_a_pool_is_carried_by_its_accounts(self, ledger, outlook):
        ledger.add(a_pooled_plan("Ada"), joins_since=LONG_AGO)
        lane = ledger.begin_lane(ONE, job=1, now=EIGHT)
        ledger.beat(lane, job=1, now=EIGHT, goodput=2.5)

        line = outlook.line(POOL, now=EIGHT)

        assert [each.account for each in line.carriers] == [ONE, TWO]
        assert [each.goodput for each in line.carriers] == [2.5, None]

    def test_lanes_that_would_carry_a_share_may_be_named(self, outlook):
        line = outlook.line(POOL, now=EIGHT, lanes=[TWO, ONE])

        assert [each.account for each in line.carriers] == [ONE, TWO]

    def test_others_at_the_same_drive_are_a_crowd(self, ledger, outlook, share):
        for number, name in enumerate(("google:a/x", "google:a/y", "google:b/x"), start=5):
            plan = a_plan(number=number, account=AccountId(name))
            ledger.add(plan, joins_since=LONG_AGO)
        ledger.turn(share.id, to=ShareState.PAUSED, now=EIGHT)

        assert outlook.line(AccountId("google:a/x"), now=EIGHT).crowd == 1
        assert outlook.line(AccountId("google:b/x"), now=EIGHT).crowd == 0

    def test_a_halt_is_told(self, ledger, outlook, share):
        halt = ledger.halt("repairs", by="ops", now=EIGHT)

        assert outlook.line(ACCOUNT, now=EIGHT).halt == halt

    def test_every_line_that_is_not_empty_is_listed(self, ledger, outlook, lane):
        other = AccountId("fs:/other")
        ledger.add(a_plan(number=2, account=other), joins_since=LONG_AGO)
        self.finish(ledger, lane, now=EIGHT)

        assert [each.account for each in outlook.list_lines(now=EIGHT)] == [other]

    def test_many_lines_are_read_as_each_of_them_is(self, ledger, outlook, share):
        names = ["google:a/x", "google:a/y", "google:b/x", "fs:/nowhere"]
        accounts = [*map(AccountId, names), ACCOUNT, POOL]
        for number, account in enumerate(accounts[:3], start=5):
            ledger.add(a_plan(number=number, account=account), joins_since=LONG_AGO)

        lines = outlook.list_lines(accounts, now=SOON)

        assert lines == [outlook.line(each, now=SOON) for each in accounts]
        assert [len(each.shares) for each in lines] == [1, 1, 1, 0, 1, 0]
        assert [each.crowd for each in lines] == [1, 1, 0, 1, 0, 0]

    def test_an_estimate_is_due_once_the_share_runs(self, ledger, outlook, share):
        assert [each.id for each in outlook.list_unnoted(now=EIGHT)] == [share.id]

        outlook.keep(self.noted(outlook))

        assert outlook.list_unnoted(now=EIGHT) == []

    def test_the_next_is_due_when_some_of_what_was_left_has_passed(self, outlook, share):
        (noted,) = self.noted(outlook)
        outlook.keep([noted])

        before = noted.again_at - timedelta(microseconds=1)
        assert outlook.list_unnoted(now=before) == []
        assert [each.id for each in outlook.list_unnoted(now=noted.again_at)] == [share.id]

    def test_what_has_not_begun_needs_none(self, ledger, outlook):
        timing = Timing(begins_at=SOON)
        plan = a_plan(number=2, timing=timing, account=AccountId("fs:/later"))
        ledger.add(plan, joins_since=LONG_AGO)
        assert outlook.list_unnoted(now=EIGHT) == []

        ledger.wake_due(now=SOON, silent_since=LONG_AGO)

        assert [each.id for each in outlook.list_unnoted(now=SOON)] == [plan.share.id]

    def test_how_it_turned_out_is_told_once_the_share_is_complete(
        self, ledger, outlook, lane
    ):
        (noted,) = self.noted(outlook)
        outlook.keep([noted])
        assert outlook.list_past(limit=9) == []

        self.finish(ledger, lane, now=SOON)

        (past,) = outlook.list_past(limit=9)
        expected = noted.expectation
        assert past.kind == expected.kind
        assert past.ratio == pytest.approx(30 / expected.seconds)

    def test_nothing_is_learned_of_what_was_withdrawn(self, ledger, outlook, share):
        outlook.keep(self.noted(outlook))
        ledger.cancel(share.id, now=SOON)

        assert outlook.list_past(limit=9) == []

    def test_nothing_is_learned_of_what_somebody_paused(self, ledger, outlook, lane, share):
        outlook.keep(self.noted(outlook))

        outlook.forget(share.id)
        self.finish(ledger, lane, now=SOON)

        assert outlook.list_past(limit=9) == []

    def test_of_all_that_is_open_nothing_more_is_learned(self, ledger, outlook, lane):
        outlook.keep(self.noted(outlook))
        self.finish(ledger, lane, now=SOON)
        other = a_plan(number=2, account=AccountId("fs:/other"))
        ledger.add(other, joins_since=LONG_AGO)
        outlook.keep(self.noted(outlook, account=other.share.account))

        outlook.forget(None)

        assert len(outlook.list_past(limit=9)) == 1
        assert [each.id for each in outlook.list_unnoted(now=SOON)] == [other.share.id]

    def test_what_is_old_is_let_go_of(self, ledger, outlook, lane):
        outlook.keep(self.noted(outlook))
        outlook.keep(self.noted(outlook, now=SOON))
        self.finish(ledger, lane, now=SOON)

        assert outlook.prune(before=SOON) == 1

        assert len(outlook.list_past(limit=9)) == 1

    def test_the_latest_are_learned_from(self, ledger, outlook, lane):
        outlook.keep(self.noted(outlook, now=EIGHT + timedelta(seconds=10)))
        outlook.keep(self.noted(outlook))
        self.finish(ledger, lane, now=SOON)

        long, short = (each.ratio for each in outlook.list_past(limit=2)[::-1])

        assert long > short
        assert [each.ratio for each in outlook.list_past(limit=1)] == [short]

    def a_risk(self, share, *, now=EIGHT):
        return Risk(share=share, told_at=now, deadline=SOON, latest_at=SOON)

    def test_shares_with_a_deadline_are_listed_until_they_end(self, ledger, outlook):
        timing = Timing(deadline=SOON)
        ledger.add(a_plan("Ada", timing=timing), joins_since=LONG_AGO)
        ledger.add(a_plan(number=2, account=POOL), joins_since=LONG_AGO)

        (share,) = outlook.list_deadlines()
        assert share.deadline == SOON

        lane = ledger.begin_lane(ACCOUNT, job=1, now=EIGHT)
        self.finish(ledger, lane, now=EIGHT)
        assert outlook.list_deadlines() == []

    def test_a_risk_is_written_down_once(self, outlook, share):
        risk = self.a_risk(share.id)

        assert outlook.tell_risk(risk)
        assert not outlook.tell_risk(self.a_risk(share.id, now=SOON))

        assert list(outlook.list_risks()) == [risk]

    def test_a_risk_ends_once_and_may_come_again(self, outlook, share):
        outlook.tell_risk(self.a_risk(share.id))

        assert outlook.end_risk(share.id, at=SOON)
        assert not outlook.end_risk(share.id, at=SOON)
        assert outlook.list_risks() == []

        again = self.a_risk(share.id, now=SOON)
        assert outlook.tell_risk(again)
        assert list(outlook.list_risks()) == [again]
