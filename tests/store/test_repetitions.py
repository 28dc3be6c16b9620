"""Repetitions and what came of their days, in a real database."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from django.db import connection

from hectograph.domain.errors import IllegalTransition, Reason, UnknownRepetition
from hectograph.domain.ids import OccurrenceKey, RepetitionId
from hectograph.domain.recurrence import Occurrence, Rule
from hectograph.domain.repetition import (
    MISSED,
    Outcome,
    Repetition,
    RepetitionState,
    StandingRequest,
)
from hectograph.domain.schedule import When
from hectograph.domain.share import NOW
from hectograph.store.ledger import PostgresLedger
from hectograph.store.repetitions import PostgresRepetitions

from ..builders import A_DAY, EIGHT, LONG_AGO, FakeQueue, a_plan

ID = RepetitionId("words")
MONDAY = date(2026, 9, 7)
LATER = EIGHT + timedelta(minutes=1)
REASON = Reason(code="document_refused", message="It is gone.", remedy="Bring it back.")


def a_repetition(number=0, **kwargs):
    told = {
        "id": RepetitionId(f"{ID}{number or ''}"),
        "request": StandingRequest(documents=("/a", "/b"), roster="/r.csv", drive="school"),
        "rule": Rule.parse("mon,thu", when=When(at="07:00"), until="2026-12-18"),
        "state": RepetitionState.ON,
        "asked_at": EIGHT + timedelta(seconds=number),
        "asked_by": "ada",
        "next_on": MONDAY,
        "due_at": EIGHT,
    }
    return Repetition(**{**told, **kwargs})


def an_occurrence(day, *, asks_at=EIGHT + A_DAY):
    return Occurrence(day=day, asks_at=asks_at, wanted_at=asks_at, timing=NOW)


@pytest.fixture
def repetitions(empty_database):
    yield PostgresRepetitions()
    connection.close()


@pytest.fixture
def ledger(repetitions):
    return PostgresLedger(queue=FakeQueue())


def share(ledger, day, *, number=1):
    key = OccurrenceKey(repetition=ID, day=day)
    plan = replace(a_plan(number=number, again=True), occurrence=key)
    return ledger.add(plan, joins_since=LONG_AGO)


def claim(repetitions, *, now=EIGHT, limit=9):
    return repetitions.claim_due(limit=limit, now=now, again_at=now + timedelta(minutes=1))


def test_a_repetition_comes_back_as_it_was_written_down(repetitions):
    repetitions.add(a_repetition())

    assert repetitions.repetition(ID) == a_repetition()
    with pytest.raises(UnknownRepetition):
        repetitions.repetition(RepetitionId("none"))


def test_the_newest_are_listed_first(repetitions):
    for number in (1, 3, 2):
        repetitions.add(a_repetition(number))

    assert [each.id[-1] for each in repetitions.list_repetitions(limit=2)] == ["3", "2"]


def test_what_is_due_is_taken_up_by_one_until_nothing_is_heard(repetitions):
    repetitions.add(a_repetition(1))
    repetitions.add(a_repetition(2, due_at=LATER))
    repetitions.add(a_repetition(3, state=RepetitionState.PAUSED))

    assert [each.id[-1] for each in claim(repetitions)] == ["1"]
    assert claim(repetitions) == []
    assert [each.id[-1] for each in claim(repetitions, now=LATER)] == ["1", "2"]


def test_what_came_of_days_is_told(repetitions, ledger):
    repetitions.add(a_repetition())
    first, second = MONDAY, MONDAY + A_DAY
    made, _ = share(ledger, first)

    repetitions.note(ID, [Outcome(day=second, at=EIGHT, reason=REASON)])

    found = repetitions.repetition(ID)
    assert (found.made, found.made_on) == (1, first)
    assert found.last == Outcome(day=second, at=EIGHT, reason=REASON)
    assert repetitions.list_outcomes(ID, limit=9) == [
        found.last,
        Outcome(day=first, at=EIGHT, share=made.id),
    ]


def test_a_share_takes_the_place_of_a_reason_and_never_the_other_way_round(
    repetitions, ledger
):
    repetitions.add(a_repetition())
    noted = Outcome(day=MONDAY, at=EIGHT, reason=REASON)
    missed = replace(noted, reason=replace(REASON, code=MISSED))

    repetitions.note(ID, [noted])
    repetitions.note(ID, [missed])
    assert repetitions.list_outcomes(ID, limit=9) == [noted]
    made, joined = share(ledger, MONDAY)
    repetitions.note(ID, [noted])

    assert not joined
    assert [each.share for each in repetitions.list_outcomes(ID, limit=9)] == [made.id]


def test_it_goes_on_to_what_follows_and_ends_when_nothing_does(repetitions):
    repetitions.add(a_repetition())
    (claimed,) = claim(repetitions)

    repetitions.follow(claimed, [], following=an_occurrence(MONDAY + A_DAY))
    going_on = repetitions.repetition(ID)
    (claimed,) = claim(repetitions, now=EIGHT + A_DAY)
    repetitions.follow(claimed, [], following=None)

    assert (going_on.next_on, going_on.due_at) == (MONDAY + A_DAY, EIGHT + A_DAY)
    assert repetitions.repetition(ID).state is RepetitionState.ENDED


def test_a_change_meanwhile_is_not_undone(repetitions):
    repetitions.add(a_repetition())
    (claimed,) = claim(repetitions)
    moved = Rule.parse("tue", when=When(at="08:00"))
    tuesday = an_occurrence(MONDAY + A_DAY, asks_at=LATER + A_DAY)

    repetitions.change(ID, lambda each: each.moved(moved, tuesday))
    repetitions.follow(claimed, [], following=an_occurrence(MONDAY + 7 * A_DAY))

    found = repetitions.repetition(ID)
    assert (found.rule, found.next_on, found.due_at) == (
        moved,
        tuesday.day,
        tuesday.asks_at,
    )


def test_what_was_paused_meanwhile_goes_on_to_what_follows_and_stays_paused(repetitions):
    repetitions.add(a_repetition())
    (claimed,) = claim(repetitions)

    repetitions.change(ID, Repetition.paused)
    repetitions.follow(claimed, [], following=an_occurrence(MONDAY + A_DAY))

    found = repetitions.repetition(ID)
    assert (found.state, found.next_on) == (RepetitionState.PAUSED, MONDAY + A_DAY)


@pytest.mark.parametrize("change", [Repetition.paused, Repetition.ended])
def test_once_it_is_paused_or_cancelled_no_share_is_made(repetitions, ledger, change):
    repetitions.add(a_repetition())
    share(ledger, MONDAY, number=1)
    repetitions.change(ID, change)

    assert share(ledger, MONDAY, number=2)[1]
    with pytest.raises(IllegalTransition):
        share(ledger, MONDAY + A_DAY, number=3)
    assert len(ledger.list_shares(limit=9)) == 1


def test_a_share_waits_for_a_change_that_is_under_way(repetitions, ledger, database_url):
    repetitions.add(a_repetition())
    answers = []

    def ask():
        try:
            answers.append(share(ledger, MONDAY))
        except IllegalTransition as refused:
            answers.append(refused)
        connection.close()

    with psycopg.connect(database_url) as cancelling:
        cancelling.execute("UPDATE repetition SET state = 'ended'")
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(0.3)
        was_early = list(answers)
    thread.join(10)

    assert was_early == []
    assert isinstance(answers[0], IllegalTransition)


def test_of_many_who_ask_for_an_occurrence_at_once_one_makes_it(repetitions, ledger):
    repetitions.add(a_repetition())
    barrier = threading.Barrier(8)
    answers = []

    def ask(number):
        barrier.wait()
        answers.append(share(ledger, MONDAY, number=number))
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(joined for _, joined in answers) == [False] + [True] * 7
    assert len(ledger.list_shares(limit=9)) == 1
    assert len({found.id for found, _ in answers}) == 1


def test_of_many_who_look_at_once_one_takes_it_up(repetitions):
    for number in range(1, 6):
        repetitions.add(a_repetition(number))
    barrier = threading.Barrier(4)
    taken: list[str] = []

    def look():
        barrier.wait()
        taken.extend(each.id for each in claim(repetitions, limit=2))
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken))
