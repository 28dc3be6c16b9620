import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import structlog

from hectograph.domain.risk import Risk
from hectograph.engine.queue import RunningLane
from hectograph.engine.timekeeper import Timekeeper
from hectograph.ports.accounts import Account
from hectograph.store.memory import MemoryLedger
from hectograph.threads import OneThread

from ..builders import ACCOUNT, LONG_AGO, FakeClock, FakeQueue, a_plan, a_share_id
from ..memory_house import MemoryAccounts


@dataclass
class FakeLanes:
    lanes: list[RunningLane] = field(default_factory=list)
    buried: list[int] = field(default_factory=list)

    async def running(self):
        return list(self.lanes)

    async def bury(self, lane):
        self.buried.append(lane.job)
        self.lanes.remove(lane)


@dataclass
class FakeForesight:
    """Looks ahead, and finds what a test says."""

    noted: int = 0
    changes: list[Risk] = field(default_factory=list)

    async def take_note(self):
        self.noted += 1

    async def watch_deadlines(self):
        found, self.changes = self.changes, []
        return found


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def queue():
    return FakeQueue()


@pytest.fixture
def ledger(queue, clock):
    return MemoryLedger(queue=queue, clock=clock)


@pytest.fixture
def lanes():
    return FakeLanes([RunningLane(job=1, account=ACCOUNT)])


@pytest.fixture
def accounts():
    return MemoryAccounts(known={ACCOUNT: Account(id=ACCOUNT, pool=ACCOUNT)})


@pytest.fixture
def foresight():
    return FakeForesight()


@pytest.fixture
def keeper(ledger, accounts, clock, lanes, foresight):
    desk = OneThread("test")
    yield Timekeeper(
        ledger=ledger,
        desk=desk,
        clock=clock,
        queue=lanes,
        takeover=timedelta(seconds=20),
        grace=timedelta(seconds=2),
        patrol_seconds=1,
        accounts=accounts,
        sweep_hour=3,
        zone=ZoneInfo("Europe/Berlin"),
        foresight=foresight,
    )
    desk.close()


@pytest.fixture
def patrol(keeper, clock):
    def walk(seconds):
        clock.advance(seconds)
        asyncio.run(keeper.patrol())

    return walk


def test_a_lane_that_beats_is_left_alone(patrol, ledger, clock, lanes):
    lane = ledger.begin_lane(ACCOUNT, job=1, now=clock.now())
    for _ in range(5):
        patrol(10)
        ledger.beat(lane, job=1, now=clock.now())

    assert lanes.buried == []


def test_a_lane_without_a_place_is_buried_after_a_grace(patrol, lanes):
    patrol(1)
    patrol(1)
    assert lanes.buried == []
    patrol(1.1)
    assert lanes.buried == [1]


def test_a_silent_lane_is_buried_within_thirty_seconds(patrol, ledger, clock, lanes):
    ledger.begin_lane(ACCOUNT, job=1, now=clock.now())
    for _ in range(30):
        patrol(1)

    assert lanes.buried == [1]


def test_a_lane_that_had_begun_and_lost_its_process_is_buried_at_once(
    patrol, ledger, clock, lanes
):
    lane = ledger.begin_lane(ACCOUNT, job=1, now=clock.now())
    ledger.beat(lane, job=1, now=clock.now())
    ledger._places.clear()

    patrol(1.5)
    assert lanes.buried == []
    patrol(1)
    assert lanes.buried == [1]


def test_a_lane_that_begins_late_is_no_suspect_any_more(patrol, ledger, clock, lanes):
    patrol(1)
    ledger.begin_lane(ACCOUNT, job=1, now=clock.now())
    patrol(1.5)
    patrol(1.5)

    assert lanes.buried == []


def test_work_that_nobody_was_woken_for_wakes_a_lane(patrol, ledger, queue):
    ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    queue.woken.clear()

    patrol(1)

    assert queue.woken == [ACCOUNT]


@pytest.mark.parametrize(
    "due_at",
    [
        datetime(2026, 9, 2, 1, tzinfo=UTC),  # summer time
        datetime(2026, 10, 25, 2, tzinfo=UTC),  # the hour before comes twice
        datetime(2026, 11, 25, 2, tzinfo=UTC),  # winter time
    ],
)
def test_leftovers_are_looked_for_at_three_in_the_night_of_the_school(
    patrol, accounts, clock, due_at
):
    seen = []
    for at in (due_at - timedelta(hours=9), due_at - timedelta(seconds=1), due_at):
        clock.time = at
        patrol(0)
        seen.append(accounts.account(ACCOUNT).sweep_at)

    assert seen == [None, None, due_at]


def test_leftovers_are_looked_for_once_a_night(patrol, accounts, clock):
    clock.time = datetime(2026, 9, 2, 0, 0, tzinfo=UTC)
    patrol(0)
    clock.advance(2 * 3600)
    patrol(0)
    accounts.swept(ACCOUNT, again_at=None)

    clock.advance(20 * 3600)
    patrol(0)

    assert accounts.account(ACCOUNT).sweep_at is None


def test_a_worker_that_starts_in_the_morning_does_not_sweep(patrol, accounts, clock):
    clock.time = datetime(2026, 9, 2, 6, 0, tzinfo=UTC)

    patrol(0)

    assert accounts.account(ACCOUNT).sweep_at is None


def test_what_repeats_is_asked_for_and_keeps_no_lane_from_being_taken_over(
    keeper, ledger, clock, lanes
):
    asked = asyncio.Event()

    async def ask_due():
        asked.set()
        await asyncio.Event().wait()  # a document that takes for ever to read

    async def patrol():
        running = asyncio.create_task(replace(keeper, ask_due=ask_due).run())
        await asked.wait()
        clock.advance(21)
        while not lanes.buried:  # noqa: ASYNC110 - the lanes are a fake
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    ledger.begin_lane(ACCOUNT, job=1, now=clock.now())
    asyncio.run(asyncio.wait_for(patrol(), timeout=60))

    assert lanes.buried == [1]


def test_each_patrol_looks_ahead(patrol, foresight):
    patrol(1)
    patrol(1)

    assert foresight.noted == 2


def test_a_deadline_at_risk_is_logged_by_its_id(patrol, foresight, clock):
    risk = Risk(
        share=a_share_id(), told_at=clock.now(), deadline=clock.now(), latest_at=clock.now()
    )
    foresight.changes = [risk, replace(risk, over_at=clock.now())]

    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.BoundLogger)
    with structlog.testing.capture_logs() as logs:
        patrol(1)
    structlog.configure(**before)

    told = [each for each in logs if each["event"].startswith("deadline.")]
    assert [(each["event"], each["log_level"]) for each in told] == [
        ("deadline.at_risk", "warning"),
        ("deadline.risk_over", "info"),
    ]
    assert {each["share"] for each in told} == {risk.share}
