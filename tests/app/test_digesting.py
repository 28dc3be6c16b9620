"""One mail a day for whoever wants it, never two, and none without a reason."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import psycopg
import pytest
from django.db import connection

from hectograph.app.digesting import Digesting
from hectograph.domain.digest import MailOutcome
from hectograph.domain.errors import CalendarRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Person, Role
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import Night, SchoolTime
from hectograph.secret import Seal
from hectograph.store.people.digests import PostgresDigests
from hectograph.store.people.postgres import PostgresPeople
from hectograph.threads import OneThread

from ..builders import FakeClock, a_share_id

TUESDAY = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 9, 4, 8, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)
SEAL = Seal(key=lambda: "key", purpose="digest")
TESS = Person(
    id=PersonId(7),
    email="tess@school.test",
    name="Tess",
    role=Role.TEACHER,
    school="school",
)


@dataclass
class Post:
    """Takes letters, with what becomes of them."""

    outcomes: list = field(default_factory=list)
    letters: list = field(default_factory=list)

    async def send(self, letter):
        self.letters.append(letter)
        return self.outcomes.pop(0) if self.outcomes else MailOutcome.SENT

    def told(self):
        return [
            (each.day, [(line.delivered, line.failed) for line in each.lines])
            for each in self.letters
        ]


@dataclass
class World:
    database: str
    desk: OneThread
    clock: FakeClock
    post: Post = field(default_factory=Post)
    shares: int = 0

    def digesting(self, **kwargs):
        told = {
            "digests": PostgresDigests(),
            "mailer": self.post,
            "desk": self.desk,
            "clock": self.clock,
            "school": SchoolTime(zone=UTC, night=Night.parse("20:00-07:30")),
            "school_days": SchoolDays,
            "at": time(16, 0),
            "seal": SEAL.close,
            "find_sealed": SEAL.find,
        }
        return Digesting(**{**told, **kwargs})

    def run(self, statement, *parameters):
        with psycopg.connect(self.database, autocommit=True) as database:
            database.execute(statement, parameters)

    def ended(self, *, delivered=2, failed=0, state="complete", by=7):
        """A share that ended just now."""
        self.shares += 1
        share = a_share_id(self.shares)
        self.run(
            "INSERT INTO account (id, epoch) VALUES ('fs:/x', 0) ON CONFLICT DO NOTHING",
        )
        self.run(
            "INSERT INTO share (id, account_id, request_key, joinable, again, destination,"
            " title, school_class, state, service_class, asked_at, ended_at, thawed, total,"
            " open) VALUES (%s, 'fs:/x', %s, false, false, '/x', 'Essay', '7B', %s, 1, %s,"
            " %s, true, %s, 0)",
            share,
            share,
            state,
            self.clock.now(),
            self.clock.now(),
            delivered + failed,
        )
        states = ["verified"] * delivered + ["failed"] * failed
        for position, each in enumerate(states):
            self.run(
                "INSERT INTO delivery (share_id, position, handout, student, folder, name,"
                " wish, state, due_at, attempts, settled_at)"
                " VALUES (%s, %s, 0, 'Ada', 'Ada', 'n', 'w', %s, now(), 0, %s)",
                share,
                position,
                each,
                self.clock.now(),
            )
        self.run(
            "INSERT INTO asking (share_id, school_class_id, person_id, at)"
            " VALUES (%s, '7b', %s, now())",
            share,
            by,
        )

    def look(self, digesting=None, *, at=None):
        """Look what is due, at this time."""
        if at is not None:
            self.clock.time = at
        digesting = digesting or self.digesting()
        asyncio.run(digesting.send_due())

    def want(self, *, is_wanted=True):
        asyncio.run(self.digesting().want(by=TESS, is_wanted=is_wanted))


@pytest.fixture
def world(empty_database):
    desk = OneThread("ledger")
    made = World(empty_database, desk, FakeClock(time=TUESDAY))
    made.run(
        "INSERT INTO person (id, password, email, name, role, school, created_at)"
        " VALUES (7, '', 'tess@school.test', 'Tess', 'teacher', 'school', now()),"
        " (8, '', 'max@school.test', 'Max', 'teacher', 'school', now())"
    )
    made.run(
        "INSERT INTO school_class (id, school, name, folded, students, taken_at)"
        " VALUES ('7b', 'school', '7B', '7b', 0, now())"
    )
    yield made
    desk.close(at_last=lambda: connection.close())  # noqa: PLW0108 - the thread's own
    connection.close()


def four(day):
    return day.replace(hour=16)


def test_who_wants_it_is_told_once_of_what_was_done(world):
    world.want()
    world.clock.advance(60)
    world.ended()
    world.ended(delivered=1, failed=2, state="complete with exceptions")

    world.look(at=four(TUESDAY) - timedelta(seconds=1))
    assert world.post.letters == []
    for minutes in (0, 1, 120):
        world.look(at=four(TUESDAY) + timedelta(minutes=minutes))

    assert world.post.told() == [(date(2026, 9, 1), [(2, 0), (1, 2)])]
    (letter,) = world.post.letters
    assert SEAL.find(letter.stop) == "7"


def test_nobody_gets_one_who_did_not_ask(world):
    world.ended()

    world.look(at=four(TUESDAY))

    assert world.post.letters == []


def test_what_others_shared_and_what_was_before_is_not_told(world):
    world.ended()
    world.clock.advance(60)
    world.want()
    world.clock.advance(60)
    world.ended(by=8)
    world.ended(state="recalled")

    world.look(at=four(TUESDAY))
    world.ended()
    world.look(at=four(TUESDAY) + timedelta(hours=1))

    assert world.post.letters == []
    world.look(at=four(TUESDAY + A_DAY))
    assert world.post.told() == [(date(2026, 9, 2), [(2, 0)])]


def test_without_school_there_is_one_only_if_something_failed(world):
    world.want()
    world.clock.time = FRIDAY
    world.look(at=four(FRIDAY))
    world.clock.advance(60)
    world.ended()

    world.look(at=four(FRIDAY + A_DAY))
    assert world.post.letters == []
    world.clock.advance(60)
    world.ended(failed=1)
    world.look(at=four(FRIDAY + 2 * A_DAY))
    assert world.post.told() == [(date(2026, 9, 6), [(2, 0), (2, 1)])]
    world.look(at=four(FRIDAY + 3 * A_DAY))
    assert len(world.post.letters) == 1


def test_what_was_done_on_a_day_without_school_is_told_on_the_next(world):
    world.want()
    world.look(at=four(FRIDAY))
    world.clock.advance(60)
    world.ended()

    for days in (1, 2, 3):
        world.look(at=four(FRIDAY + days * A_DAY))

    assert world.post.told() == [(date(2026, 9, 7), [(2, 0)])]


def test_a_calendar_that_cannot_be_read_keeps_no_mail_back(world):
    def unread():
        raise CalendarRefused("Broken.")

    world.want()
    world.clock.advance(60)
    world.ended()

    world.look(world.digesting(school_days=unread), at=four(TUESDAY))

    assert len(world.post.letters) == 1


def test_what_the_server_did_not_take_is_sent_later_after_a_rest(world):
    world.want()
    world.clock.advance(60)
    world.ended()
    world.post.outcomes = [MailOutcome.LATER]
    digesting = world.digesting()

    for minutes in (0, 1, 4):
        world.look(digesting, at=four(TUESDAY) + timedelta(minutes=minutes))
    assert len(world.post.letters) == 1
    world.look(digesting, at=four(TUESDAY) + timedelta(minutes=6))

    assert len(world.post.letters) == 2


@pytest.mark.parametrize("outcome", [MailOutcome.UNKNOWN, MailOutcome.REFUSED])
def test_what_may_have_been_sent_is_not_sent_again_that_day_and_told_the_next(
    world, outcome
):
    world.want()
    world.clock.advance(60)
    world.ended()
    world.post.outcomes = [outcome]

    world.look(at=four(TUESDAY))
    world.look(at=four(TUESDAY) + timedelta(hours=1))
    assert len(world.post.letters) == 1
    world.look(at=four(TUESDAY + A_DAY))

    assert [each.day for each in world.post.letters] == [
        date(2026, 9, 1),
        date(2026, 9, 2),
    ]


def test_many_workers_send_one(world):
    world.want()
    world.clock.advance(60)
    world.ended()
    world.clock.time = four(TUESDAY)

    async def all_at_once():
        await asyncio.gather(*(world.digesting().send_due() for _ in range(8)))

    asyncio.run(all_at_once())

    assert len(world.post.letters) == 1


def test_it_stops_by_the_link_of_a_mail_and_by_no_other(world):
    world.want()
    digesting = world.digesting()

    async def stop(text):
        return await digesting.stop(text), await digesting.is_wanted(by=TESS)

    other = Seal(key=lambda: "key", purpose="webhooks").close("7")
    assert asyncio.run(stop(other)) == (False, True)
    assert asyncio.run(stop("7")) == (False, True)
    assert asyncio.run(stop(SEAL.close("7"))) == (True, False)
    assert asyncio.run(stop(SEAL.close("7"))) == (True, False)


def test_who_asks_again_is_told_nothing_twice(world):
    world.want()
    world.clock.advance(60)
    world.ended()
    world.look(at=four(TUESDAY))

    world.want(is_wanted=False)
    world.want()
    world.look(at=four(TUESDAY) + timedelta(hours=1))
    world.look(at=four(TUESDAY + A_DAY))

    assert len(world.post.letters) == 1


def test_who_left_gets_none(world):
    world.want()
    world.clock.advance(60)
    world.ended()
    PostgresPeople().leave(TESS.id)

    world.look(at=four(TUESDAY))

    assert world.post.letters == []


def test_without_a_mail_server_it_is_not_offered(world):
    digesting = world.digesting(mailer=None)

    world.look(digesting, at=four(TUESDAY))

    assert not digesting.is_offered
    assert world.digesting().is_offered
