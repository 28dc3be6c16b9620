"""The real ledger against the one in memory: the same moves, the same answers."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from hectograph.domain.delivery import OPEN_STATES, Prepared, Receipt
from hectograph.domain.errors import (
    AccessDenied,
    HectographError,
    OutcomeUnknown,
    Unavailable,
)
from hectograph.domain.ids import AccountId
from hectograph.domain.share import ENDED_STATES, ServiceClass, ShareState, Timing
from hectograph.store.ledger import PostgresLedger
from hectograph.store.memory import MemoryLedger

from ..builders import EIGHT, FakeClock, FakeQueue, a_handout, a_plan, a_receipt, settle

ACCOUNTS = st.sampled_from([AccountId("fs:/one"), AccountId("fs:/two")])
OUTCOMES = st.sampled_from(
    [
        a_receipt(),
        a_receipt(touched=True),
        AccessDenied("no"),
        Unavailable("down"),
        Prepared(EIGHT + timedelta(seconds=3000)),
        OutcomeUnknown("lost"),
    ]
)
WINDOW = timedelta(hours=1)
TIMES = st.none() | st.sampled_from([EIGHT + timedelta(seconds=s) for s in (5, 3000, 9000)])
TIMINGS = st.builds(
    Timing,
    service_class=st.sampled_from(ServiceClass),
    begins_at=TIMES,
    deadline=TIMES,
    reveals_at=TIMES,
)


class Ledgers(RuleBasedStateMachine):
    """Each rule makes the same move in both, and wants the same answer of both."""

    lanes = Bundle("lanes")
    claims = Bundle("claims")

    def __init__(self):
        super().__init__()
        self.clock = FakeClock()
        self.queues = [FakeQueue(), FakeQueue()]
        self.real = PostgresLedger(queue=self.queues[0])
        self.model = MemoryLedger(queue=self.queues[1], clock=self.clock)
        self.shares = []
        self.number = 0
        self.job = 0

    def both(self, call):
        answers = [answer(call, ledger) for ledger in (self.real, self.model)]
        assert answers[0] == answers[1]
        if isinstance(answers[0], Refused):
            return None
        return answers[0]

    @rule(
        account=ACCOUNTS,
        size=st.integers(1, 4),
        content=st.sampled_from(["a", "b"]),
        again=st.booleans(),
        timing=TIMINGS,
    )
    def ask(self, account, size, content, again, timing):
        self.number += 1
        plan = a_plan(
            *"abcd"[:size],
            number=self.number,
            asked_at=self.clock.now(),
            account=account,
            handouts=[a_handout(content=content)],
            again=again,
            timing=timing,
        )
        since = self.clock.now() - WINDOW
        share, joined = self.both(lambda ledger: ledger.add(plan, joins_since=since))
        if not joined:
            self.shares.append(share.id)

    @rule(target=lanes, account=ACCOUNTS)
    def begin(self, account):
        self.job += 1
        now = self.clock.now()
        return self.both(lambda ledger: ledger.begin_lane(account, job=self.job, now=now))

    @rule(target=claims, lane=lanes, limit=st.integers(1, 5))
    def claim(self, lane, limit):
        now = self.clock.now()
        found = self.both(lambda ledger: by_key(ledger.claim(lane, limit=limit, now=now)))
        return lane, found or {}

    @rule(claim=claims, outcome=OUTCOMES)
    def record(self, claim, outcome):
        lane, taken = claim
        now = self.clock.now()
        settled = [settle(each, fitting(outcome, each), now=now) for each in taken.values()]
        self.both(lambda ledger: ledger.record(lane, settled, now=now))

    @rule(lane=lanes, goodput=st.none() | st.sampled_from([0.1, 50.0]))
    def beat(self, lane, goodput):
        sign = {"job": self.job, "now": self.clock.now(), "goodput": goodput}
        self.both(lambda ledger: ledger.beat(lane, **sign))

    @rule(lane=lanes)
    def end(self, lane):
        self.both(lambda ledger: ledger.end_lane(lane, job=self.job))

    @rule(
        pick=st.integers(0, 99), to=st.sampled_from([ShareState.PAUSED, ShareState.RUNNING])
    )
    def turn(self, pick, to):
        if share := self.any_share(pick):
            self.both(lambda ledger: ledger.turn(share, to=to, now=self.clock.now()))

    @rule(pick=st.integers(0, 99), timing=TIMINGS)
    def move(self, pick, timing):
        if share := self.any_share(pick):
            self.both(lambda ledger: ledger.move(share, timing, now=self.clock.now()))

    @rule(pick=st.integers(0, 99))
    def cancel(self, pick):
        if share := self.any_share(pick):
            self.both(lambda ledger: ledger.cancel(share, now=self.clock.now()))

    @rule(pick=st.integers(0, 99))
    def reopen(self, pick):
        if share := self.any_share(pick):
            self.both(lambda ledger: ledger.reopen_failed(share, now=self.clock.now()))

    @rule(account=ACCOUNTS)
    def thaw(self, account):
        for share in self.both(lambda ledger: sorted(ledger.unthawed(account))):
            self.both(lambda ledger, share=share: ledger.thawed(share))

    @rule()
    def forget_wakings(self):
        for queue in self.queues:
            queue.woken.clear()

    @rule(silence=st.sampled_from([0, 30, 7200]))
    def wake(self, silence):
        now = self.clock.now()
        since = now - timedelta(seconds=silence)
        self.both(lambda ledger: ledger.wake_due(now=now, silent_since=since))

    @rule(seconds=st.sampled_from([1, 20, 4000]))
    def pass_time(self, seconds):
        self.clock.advance(seconds)

    @invariant()
    def tell_the_same(self):
        for share in self.shares:
            progress = self.both(lambda ledger, share=share: ledger.progress(share))
            self.both(lambda ledger, share=share: list(ledger.deliveries(share)))
            owed = sum(progress.counts[state] for state in OPEN_STATES)
            assert progress.share.open == owed
            done = progress.share.state in ENDED_STATES - {ShareState.CANCELLED}
            assert not (done and owed), "a share was called complete while one copy is not"

    @invariant()
    def wake_the_same(self):
        assert sorted(self.queues[0].woken) == sorted(self.queues[1].woken)

    @invariant()
    def report_the_same(self):
        day = {"start": EIGHT, "end": EIGHT + timedelta(days=365)}
        assert rounded(self.real.day_report(**day)) == rounded(self.model.day_report(**day))

    def any_share(self, pick):
        return self.shares[pick % len(self.shares)] if self.shares else None


class Refused(str):
    """What kind of error an answer was."""


def answer(call, ledger):
    try:
        return call(ledger)
    except HectographError as error:
        return Refused(error.code)


def by_key(claims):
    return {each.delivery.key.position: each for each in claims}


def fitting(outcome, claim):
    """A receipt speaks of the document that was copied."""
    if not isinstance(outcome, Receipt):
        return outcome
    evidence = replace(outcome.evidence, sha256=claim.delivery.handout.sha256)
    return replace(outcome, evidence=evidence)


def rounded(report):
    times = ("mean_seconds", "p50_seconds", "p95_seconds")
    return replace(
        report,
        **{
            name: None if (value := getattr(report, name)) is None else round(value, 3)
            for name in times
        },
    )


@pytest.mark.usefixtures("database_url")
def test_both_ledgers_answer_alike(database_url):
    class Fresh(Ledgers):
        def __init__(self):
            super().__init__()
            with psycopg.connect(database_url, autocommit=True) as clean:
                clean.execute("TRUNCATE halt, account, share, handout, delivery CASCADE")

        def teardown(self):
            connection.close()

    Fresh.TestCase.settings = settings(
        max_examples=25,
        stateful_step_count=40,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),  # shrinking would take minutes
        database=None,
    )
    Fresh.TestCase().runTest()
