"""What was asked for in earlier days, by both ledgers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.handout import NATIVE
from hectograph.domain.share import Timing
from hectograph.store.history import PostgresHistory
from hectograph.store.ledger import PostgresLedger
from hectograph.store.memory import MemoryLedger

from ..builders import A_DAY, EIGHT, LONG_AGO, FakeClock, FakeQueue, a_handout, a_plan
from ..memory_house import MemoryHistory


@pytest.fixture(params=["memory", "postgres"])
def stores(request):
    if request.param == "memory":
        ledger = MemoryLedger(queue=FakeQueue(), clock=FakeClock())
        return ledger, MemoryHistory(ledger)
    request.getfixturevalue("empty_database")
    return PostgresLedger(queue=FakeQueue()), PostgresHistory()


def ask(ledger, number, *, at, begins_at=None, media_type=None):
    handout = replace(a_handout(f"Essay {number}"), media_type=media_type)
    plan = a_plan("Ada", "Bob", number=number, asked_at=at, handouts=[handout])
    timing = Timing(begins_at=begins_at)
    share = replace(plan.share, begins_at=timing.begins_at)
    share = replace(share, state=share.state_at(at))
    return ledger.add(replace(plan, share=share), joins_since=LONG_AGO)[0]


def begun(history, *, start=EIGHT, end=EIGHT + A_DAY):
    return [each.share.id for each in history.list_begun(start=start, end=end)]


def test_a_day_has_what_took_its_place_in_the_queue_then(stores):
    ledger, history = stores
    hour = timedelta(hours=1)
    late = ask(ledger, 1, at=EIGHT + 2 * hour)
    early = ask(ledger, 2, at=EIGHT)
    ask(ledger, 3, at=EIGHT - hour)
    ask(ledger, 4, at=EIGHT + A_DAY)
    moved = ask(ledger, 5, at=EIGHT - hour, begins_at=EIGHT + hour)
    ask(ledger, 6, at=EIGHT, begins_at=EIGHT + A_DAY)

    assert begun(history) == [early.id, moved.id, late.id]


def test_what_was_withdrawn_was_not_asked_for(stores):
    ledger, history = stores
    share = ask(ledger, 1, at=EIGHT)

    ledger.cancel(share.id, now=EIGHT)

    assert begun(history) == []


def test_a_share_comes_back_as_it_is(stores):
    ledger, history = stores
    share = ask(ledger, 1, at=EIGHT)

    (found,) = history.list_begun(start=EIGHT, end=EIGHT + A_DAY)

    assert found.share == ledger.share(share.id)


@pytest.mark.parametrize(
    ("media_type", "is_plain"),
    [(f"{NATIVE}document", False), ("application/pdf", True), (None, True)],
)
def test_documents_with_bytes_of_their_own_are_known(empty_database, media_type, is_plain):
    ask(PostgresLedger(queue=FakeQueue()), 1, at=EIGHT, media_type=media_type)

    (found,) = PostgresHistory().list_begun(start=EIGHT, end=EIGHT + A_DAY)

    assert found.is_plain is is_plain
