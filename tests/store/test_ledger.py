import threading

import psycopg
import pytest
from django.db import connection

from hectograph.domain.errors import LedgerUnavailable, RequestRefused
from hectograph.ports.ledger import LaneSign
from hectograph.store.ledger import PostgresLedger

from ..builders import A_DAY, ACCOUNT, EIGHT, LONG_AGO, FakeQueue, a_plan
from .contract import LedgerContract


@pytest.fixture
def queue():
    return FakeQueue()


@pytest.fixture
def ledger(empty_database, queue):
    yield PostgresLedger(queue=queue)
    connection.close()


def look(ledger):
    return ledger.look_at_lane(ACCOUNT, job=7, beat_since=EIGHT, seen_since=EIGHT + A_DAY)


class TestPostgresLedger(LedgerContract):
    pass


def test_a_share_that_cannot_be_written_whole_is_not_written(ledger, queue):
    plan = a_plan("Ada", "Bob\0")

    with pytest.raises(RequestRefused):
        ledger.add(plan, joins_since=LONG_AGO)

    assert ledger.list_shares(limit=9) == []
    assert queue.woken == []


def test_of_several_shares_all_are_written_or_none(ledger):
    plans = [a_plan("Ada", number=1), a_plan("Bob\0", number=2), a_plan("Cy", number=3)]

    with pytest.raises(RequestRefused):
        ledger.add_all(plans, joins_since=LONG_AGO)

    assert ledger.list_shares(limit=9) == []


def test_the_same_classes_asked_for_at_once_in_any_order_are_shared_with_once(
    ledger, database_url
):
    barrier = threading.Barrier(6)
    answers = []

    def ask(number):
        plans = [
            a_plan(name, number=number * 10 + place)
            for place, name in enumerate(("Ada", "Bob", "Cy"))
        ]
        barrier.wait()
        turned = plans if number % 2 else plans[::-1]
        answers.extend(ledger.add_all(turned, joins_since=LONG_AGO))
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(joined for _, joined in answers) == [False] * 3 + [True] * 15
    assert len({share.id for share, _ in answers}) == 3


def test_of_two_identical_requests_at_once_one_joins(ledger, database_url):
    barrier = threading.Barrier(8)
    answers = []

    def ask(number):
        barrier.wait()
        answers.append(ledger.add(a_plan(number=number), joins_since=LONG_AGO))
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(joined for _, joined in answers) == [False] + [True] * 7
    assert len({share.id for share, _ in answers}) == 1


def test_a_lost_connection_is_replaced(ledger, database_url):
    ledger.now()
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'hectograph'"
        )

    with pytest.raises(LedgerUnavailable):
        ledger.now()

    assert ledger.now().tzinfo is not None


def test_a_dead_process_leaves_its_place_at_once(ledger, database_url):
    ledger.begin_lane(ACCOUNT, job=7, now=EIGHT)
    connection.close()

    def lives():
        return look(ledger) is LaneSign.ALIVE

    # The server ends the session by itself, a moment after the socket is closed.
    assert any(not lives() or threading.Event().wait(0.05) for _ in range(100))


def test_a_lane_that_lost_its_connection_takes_its_place_again(ledger):
    lane = ledger.begin_lane(ACCOUNT, job=7, now=EIGHT)
    connection.close()

    ledger.beat(lane, job=7, now=EIGHT)

    assert look(ledger) is LaneSign.ALIVE


def test_a_halt_waits_for_a_claim_that_did_not_know_of_it(ledger, database_url):
    halted = threading.Event()

    def halt():
        ledger.halt("a move", by=None, now=EIGHT)
        halted.set()
        connection.close()

    with psycopg.connect(database_url) as claiming:
        claiming.execute("SELECT 1 FROM share WHERE NOT EXISTS (SELECT 1 FROM halt)")
        thread = threading.Thread(target=halt)
        thread.start()
        was_early = halted.wait(0.3)
    thread.join(10)

    assert not was_early
    assert halted.is_set()
