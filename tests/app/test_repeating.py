"""What is asked for when it is due: real database, drive in memory, virtual time."""

import asyncio
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from hectograph.app.asking import Asking
from hectograph.app.drives import SchoolDrives
from hectograph.app.estimating import Estimating
from hectograph.app.repeating import Repeating
from hectograph.app.sharing import Planned, Sharing
from hectograph.app.teaching import Teaching
from hectograph.directories.spreadsheet import read_roster
from hectograph.domain.errors import (
    CalendarRefused,
    DocumentRefused,
    LedgerUnavailable,
    RequestRefused,
    Unavailable,
)
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import RepetitionState, StandingRequest
from hectograph.domain.schedule import When
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.domain.share import PlannedShare, ShareState
from hectograph.providers.memory import MemoryDrive, MemoryProvider
from hectograph.store.ledger import PostgresLedger
from hectograph.store.outlook import PostgresOutlook
from hectograph.store.presence import PostgresPresence
from hectograph.store.repetitions import PostgresRepetitions
from hectograph.threads import OneThread

from ..builders import A_DAY, ACCOUNT, Allowed, FakeClock, FakeQueue, no_common
from ..memory_house import MemoryDrives

WORDS, OTHER = Path("/words.docx"), Path("/other.docx")
FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
WEEK = 7 * A_DAY


@dataclass
class Workplace:
    """A school with one document, and workers that look for what is due."""

    roster: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(FRIDAY))
    drive: MemoryDrive = field(default_factory=lambda: MemoryDrive({WORDS: "words"}))
    days: SchoolDays | Exception = field(default_factory=SchoolDays)
    trouble: Exception | None = None
    ledger: PostgresLedger = field(default_factory=lambda: PostgresLedger(FakeQueue()))

    @contextmanager
    def opened(self):
        desk = OneThread("ledger")
        try:
            yield self.repeating(desk)
        finally:
            desk.close(at_last=lambda: connection.close())  # noqa: PLW0108 - the thread's own

    def repeating(self, desk):
        async def open_drive(account):
            if self.trouble:
                raise self.trouble
            return MemoryProvider(self.drive, Allowed())

        def calendar(today):
            if isinstance(self.days, Exception):
                raise self.days
            return self.days

        zone = ZoneInfo("Europe/Berlin")
        sharing = Sharing(
            ledger=self.ledger,
            estimating=Estimating(
                outlook=PostgresOutlook(),
                presence=PostgresPresence(),
                desk=desk,
                clock=self.clock,
            ),
            desk=desk,
            clock=self.clock,
            open_drive=open_drive,
            make_common=no_common,
            random_bytes=os.urandom,
            joins_within=A_DAY,
            school=SchoolTime(zone=zone, night=Night.parse("20:00-07:30")),
            calendar=calendar,
        )
        drives = SchoolDrives(drives=MemoryDrives(), desk=desk)
        return Repeating(
            repetitions=PostgresRepetitions(),
            asking=Asking(
                drives=drives, read_roster=read_roster, account_of=lambda path: ACCOUNT
            ),
            sharing=sharing,
            teaching=cast(Teaching, None),
            desk=desk,
            clock=self.clock,
            random_bytes=os.urandom,
        )

    def do(self, act):
        with self.opened() as repeating:
            return asyncio.run(act(repeating))

    def begin(self, every="monday", until=None, document=WORDS, **said):
        request = StandingRequest(
            documents=(str(document),), roster=str(self.roster), into="/school"
        )
        rule = Rule.parse(every, when=When(**(said or {"at": "07:00"})), until=until)
        begun = self.do(lambda repeating: repeating.begin(request, rule, by="ada"))
        return begun.repetition.id

    def look(self, *, after=timedelta(0)):
        self.clock.time += after
        self.do(lambda repeating: repeating.ask_due())

    def until(self, day, hour, minute=0):
        """Let time pass to a moment of the school's winter."""
        hours = timedelta(hours=hour - 1, minutes=minute)
        self.clock.time = datetime(day.year, day.month, day.day, tzinfo=UTC) + hours
        self.look()

    def shares(self):
        return [each.share for each in self.ledger.list_shares(limit=99)]

    def names(self):
        return sorted(
            each.name
            for share in self.shares()
            for each in self.ledger.deliveries(share.id)
        )

    def told(self, repetition):
        """What came of each day, the latest first: its share's state, or a code."""
        found = self.do(lambda repeating: repeating.list_outcomes(repetition, limit=99))
        return [
            (f"{each.day:%m%d}", each.reason.code if each.reason else "shared")
            for each in found
        ]

    def find(self, repetition):
        return self.do(lambda repeating: repeating.find(repetition))


@pytest.fixture
def work(empty_database, tmp_path):
    roster = tmp_path / "class.csv"
    roster.write_text("Name\nAda\n")
    yield Workplace(roster)
    connection.close()


def test_each_monday_has_a_share_with_copies_of_that_day(work):
    words = work.begin()
    assert work.shares() == []

    for week in range(3):
        work.until(MONDAY + week * WEEK, 6, 59)
        assert len(work.shares()) == week
        work.until(MONDAY + week * WEEK, 7)
        work.look()

    assert work.names() == [
        f"words {day} - Ada.docx" for day in ("2026-11-23", "2026-11-30", "2026-12-07")
    ]
    assert all(each.again for each in work.shares())
    assert work.told(words) == [("1207", "shared"), ("1130", "shared"), ("1123", "shared")]


def test_who_joins_the_class_and_what_is_written_meanwhile_counts(work):
    work.begin()
    work.until(MONDAY, 7)
    work.roster.write_text("Name\nAda\nBob\n")
    work.drive.documents[WORDS] = "more words"

    work.until(MONDAY + WEEK, 7)

    newest, oldest = work.shares()
    assert (newest.total, oldest.total) == (2, 1)
    assert newest.request_key != oldest.request_key


def test_what_is_wanted_later_that_day_is_asked_for_with_its_times(work):
    work.begin(at="07:00", reveal_at="09:00", done_by="08:00")

    work.until(MONDAY, 7)

    (share,) = work.shares()
    assert share.begins_at is None
    assert share.reveals_at == work.clock.now() + timedelta(hours=2)
    assert share.deadline == work.clock.now() + timedelta(hours=1)


def test_the_night_before_is_named_after_its_day(work):
    work.begin(tonight=True)

    work.until(MONDAY - A_DAY, 20)

    assert work.names() == ["words 2026-11-23 - Ada.docx"]
    assert work.shares()[0].deadline == datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


def test_a_document_that_is_gone_is_told_and_the_next_week_is_tried(work):
    words = work.begin()
    gone = work.drive.documents.pop(WORDS)

    work.until(MONDAY, 7)
    assert work.told(words) == [("1123", DocumentRefused.code)]
    failed = work.find(words).repetition
    assert "not there" in failed.last.reason.message
    assert failed.next_on == MONDAY + WEEK
    work.drive.documents[WORDS] = gone
    work.until(MONDAY + WEEK, 7)

    assert work.told(words) == [("1130", "shared"), ("1123", DocumentRefused.code)]
    assert work.drive.frozen.keys() == {share.id for share in work.shares()}


def test_a_roster_that_cannot_be_read_is_told(work):
    words = work.begin()
    work.roster.unlink()

    work.until(MONDAY, 7)

    assert work.told(words) == [("1123", "roster_refused")]


@pytest.mark.parametrize("trouble", ["trouble", "days"])
def test_what_may_pass_is_tried_again_until_it_has(work, trouble):
    words = work.begin()
    before = getattr(work, trouble)
    error = {"trouble": Unavailable("away"), "days": CalendarRefused("away")}[trouble]
    setattr(work, trouble, error)

    work.until(MONDAY, 7)
    assert work.shares() == []
    setattr(work, trouble, before)
    assert work.told(words) == [("1123", error.code)]
    work.look(after=timedelta(seconds=30))
    assert work.shares() == []
    work.look(after=timedelta(seconds=30))

    assert work.told(words) == [("1123", "shared")]


def test_trouble_that_lasts_all_day_is_what_is_told_of_the_day(work):
    words = work.begin()
    work.trouble = Unavailable("away")
    work.until(MONDAY, 7)

    work.trouble = None
    work.until(MONDAY + A_DAY, 8)

    assert work.told(words) == [("1123", Unavailable.code)]
    assert work.find(words).repetition.next_on == MONDAY + WEEK


def test_trouble_with_one_does_not_keep_another_back(work):
    work.begin()
    work.drive.documents[OTHER] = "other"
    broken = work.begin(document=OTHER)
    del work.drive.documents[OTHER]

    work.until(MONDAY, 7)

    assert len(work.shares()) == 1
    assert work.told(broken) == [("1123", DocumentRefused.code)]


def test_a_machine_that_slept_makes_the_newest_and_tells_of_the_others(work):
    words = work.begin()

    work.until(MONDAY + 2 * WEEK, 11)

    assert work.told(words) == [("1207", "shared"), ("1130", "missed"), ("1123", "missed")]
    assert work.shares()[0].state is ShareState.RUNNING


def test_what_slept_over_the_day_is_missed(work):
    words = work.begin()

    work.until(MONDAY + A_DAY, 0)

    assert work.told(words) == [("1123", "missed")]
    assert work.shares() == []


def test_days_without_school_are_left_out_by_the_calendar_of_that_day(work):
    words = work.begin()
    assert work.find(words).left_out == {}
    work.days = SchoolDays(closed={MONDAY: "Snow"})

    coming = work.find(words)
    assert (coming.next.day, coming.left_out) == (MONDAY + WEEK, {MONDAY: "Snow"})
    work.until(MONDAY, 7)

    assert work.told(words) == [("1123", "closed")]
    assert work.shares() == []


def test_after_the_last_day_it_has_ended(work):
    words = work.begin(until="2026-11-30")
    for week in range(4):
        work.until(MONDAY + week * WEEK, 7)

    assert len(work.shares()) == 2
    assert work.find(words).repetition.state is RepetitionState.ENDED


def test_a_clock_that_was_set_back_makes_nothing_twice(work):
    words = work.begin()
    work.until(MONDAY, 7)

    work.clock.time -= timedelta(hours=3)
    work.do(lambda repeating: repeating.pause(words))
    work.do(lambda repeating: repeating.resume(words))
    work.until(MONDAY, 7)
    work.look(after=timedelta(minutes=5))

    assert len(work.shares()) == 1
    assert work.find(words).repetition.next_on == MONDAY + WEEK


def test_a_worker_that_died_after_the_share_was_written_down_is_followed(work):
    words = work.begin()
    work.until(MONDAY, 7)
    # What the ledger knows when the worker died right after `add`.
    due = {"next_on": MONDAY, "due_at": work.clock.now()}
    PostgresRepetitions().change(words, lambda each: replace(each, **due))
    frozen = dict(work.drive.frozen)

    work.look()

    assert len(work.shares()) == 1
    assert work.drive.frozen == frozen
    assert work.find(words).repetition.next_on == MONDAY + WEEK


@dataclass(frozen=True)
class Dying(PostgresLedger):
    """A ledger from which no answer comes."""

    def add_all(self, plans, *, joins_since):
        super().add_all(plans, joins_since=joins_since)
        raise LedgerUnavailable("gone")


def test_when_the_answer_is_lost_the_share_is_there_and_none_is_made_again(work):
    words = work.begin()
    whole, work.ledger = work.ledger, Dying(FakeQueue())

    with pytest.raises(ExceptionGroup):
        work.until(MONDAY, 7)
    work.ledger = whole
    work.look(after=timedelta(minutes=2))

    (share,) = work.shares()
    assert share.id in work.drive.frozen
    assert work.told(words) == [("1123", "shared")]
    assert work.find(words).repetition.next_on == MONDAY + WEEK


def test_of_several_workers_at_once_each_occurrence_is_made_by_one(work):
    for _ in range(5):
        work.begin()
    work.clock.time = datetime(2026, 11, 23, 6, tzinfo=UTC)
    barrier = threading.Barrier(4)

    def look():
        barrier.wait()
        work.look()

    workers = [threading.Thread(target=look) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(work.shares()) == 5
    assert work.drive.frozen.keys() == {each.id for each in work.shares()}


def test_whatever_the_calendar_is_like_it_is_listed_and_stopped(work):
    words = work.begin()
    work.days = CalendarRefused("away")

    listed = work.do(lambda repeating: repeating.list_repetitions(limit=9))
    paused = work.do(lambda repeating: repeating.pause(words))

    assert listed[0].unknown.code == CalendarRefused.code
    assert paused.repetition.state is RepetitionState.PAUSED
    work.do(lambda repeating: repeating.cancel(words))
    with pytest.raises(CalendarRefused):
        work.begin()


def test_the_same_share_sent_twice_keeps_its_documents(work):
    work.begin()
    work.until(MONDAY, 7)
    (share,) = work.shares()

    plan = PlannedShare(
        share=share,
        handouts=work.drive.frozen[share.id],
        recipients=(),
        deliveries=tuple(work.ledger.deliveries(share.id)),
    )
    since = work.clock.now() - A_DAY

    async def send_again(repeating):
        provider = MemoryProvider(work.drive, Allowed())
        planned = Planned(plan=plan, documents=(WORDS,), drive=provider)
        return await repeating.sharing.write_down([planned], since=since)

    assert [each.joined for each in work.do(send_again)] == [True]
    assert share.id in work.drive.frozen


def test_what_was_paused_over_a_monday_is_left_out(work):
    words = work.begin()
    work.do(lambda repeating: repeating.pause(words))
    work.until(MONDAY, 7)
    work.until(MONDAY, 9)

    resumed = work.do(lambda repeating: repeating.resume(words))

    assert resumed.next.day == MONDAY + WEEK
    assert (work.shares(), work.told(words)) == ([], [])


def test_moving_later_on_the_same_day_does_not_make_a_second_share(work):
    words = work.begin()
    work.until(MONDAY, 7)
    later = Rule.parse("monday", when=When(at="10:00"))

    moved = work.do(lambda repeating: repeating.move(words, later))
    work.until(MONDAY, 10)

    assert moved.next.day == MONDAY + WEEK
    assert len(work.shares()) == 1


def test_cancelling_leaves_what_was_made(work):
    words = work.begin()
    work.until(MONDAY, 7)

    ended = work.do(lambda repeating: repeating.cancel(words)).repetition
    work.until(MONDAY + WEEK, 7)

    assert (ended.state, ended.made) == (RepetitionState.ENDED, 1)
    assert work.shares()[0].state is ShareState.RUNNING
    assert len(work.shares()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": "2026-11-01"},
        {"at": "07:00", "tonight": True},
        {"reveal_at": "09:00", "in_lesson": True, "at": "07:00"},
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_and_nothing_is_kept(work, wrong):
    with pytest.raises(RequestRefused):
        work.begin(**wrong)
    assert PostgresRepetitions().list_repetitions(limit=9) == []


def test_a_request_that_cannot_be_made_is_refused_at_once(work):
    work.drive.documents.clear()

    with pytest.raises(DocumentRefused):
        work.begin()
    assert PostgresRepetitions().list_repetitions(limit=9) == []
