"""A lane over doubles: what it delivers, retries, gives up, and never does twice."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from hectograph.domain.delivery import DeliveryState
from hectograph.domain.errors import AccessDenied, LaneLost, OutcomeUnknown, Unavailable
from hectograph.domain.share import ShareState
from hectograph.engine.lane import Lease
from hectograph.providers.memory import MemoryProvider
from hectograph.threads import OneThread

from ..builders import (
    A_DAY,
    ACCOUNT,
    EIGHT,
    LONG_AGO,
    POLICY,
    FakeClock,
    a_handout,
    a_plan,
)
from ..memory_house import LIMITS, MemoryHouse


@dataclass
class House(MemoryHouse):
    """The doubles, and lanes one after the other."""

    stopping: bool = False

    def __post_init__(self):
        super().__post_init__()
        self.drive.documents = {Path("/teacher/Essay.docx"): "essay"}

    def share(self, *students, **kwargs):
        plan = a_plan(*students, **kwargs)
        self.drive.frozen[plan.share.id] = plan.handouts
        self.ledger.add(plan, joins_since=LONG_AGO)
        return plan.share.id

    def drain(self, job=1, provider=MemoryProvider):
        desk = OneThread("test")
        lanes = self.lanes(desk, lambda: self.stopping, provider)
        try:
            asyncio.run(lanes.drain(ACCOUNT, job))
        finally:
            desk.close()

    def drain_until_ended(self, share):
        for job in range(1, 20):
            self.drain(job)
            if self.ledger.share(share).is_ended:
                return self.ledger.share(share).state
            self.clock.advance(60)
        raise AssertionError("it never ends")

    def copies(self):
        return sorted("/".join(path) for path in self.drive.files)


@pytest.fixture
def house():
    return House()


def test_everyone_gets_one_copy(house):
    share = house.share(*"abcdefghij")

    house.drain()

    assert house.ledger.share(share).state is ShareState.COMPLETE
    assert house.copies() == [f"{name}/Essay - {name}.docx" for name in "abcdefghij"]


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("mishap", [Unavailable("down"), OutcomeUnknown("lost")], ids=str)
def test_a_mishap_costs_time_and_nothing_else(house, mishap, late):
    share = house.share("Ada", "Bob")
    (house.drive.late_mishaps if late else house.drive.mishaps).append(mishap)

    state = house.drain_until_ended(share)

    assert state is ShareState.COMPLETE
    assert house.copies() == ["Ada/Essay - Ada.docx", "Bob/Essay - Bob.docx"]


def test_what_needs_a_person_is_not_tried_again(house):
    share = house.share("Ada", "Bob")
    house.drive.mishaps.append(AccessDenied("no"))

    house.drain()

    ada, bob = house.ledger.deliveries(share)
    assert {ada.state, bob.state} == {DeliveryState.FAILED, DeliveryState.VERIFIED}
    assert {ada.attempts, bob.attempts} == {1}
    assert house.ledger.share(share).state is ShareState.COMPLETE_WITH_EXCEPTIONS


def test_the_budget_ends_what_never_works(house):
    share = house.share("Ada")
    house.drive.mishaps = [Unavailable("down")] * 99

    state = house.drain_until_ended(share)

    (ada,) = house.ledger.deliveries(share)
    assert state is ShareState.COMPLETE_WITH_EXCEPTIONS
    assert ada.attempts == POLICY.attempts
    assert ada.reason.code == "unavailable"


def test_patience_outlasts_the_tries(house):
    patient = replace(POLICY, patience=timedelta(hours=2), longest=timedelta(minutes=15))
    house.limits = replace(LIMITS, retry=patient)
    share = house.share("Ada")
    house.drive.mishaps = [Unavailable("down")] * 40

    house.drain()
    for job in range(2, 80):
        house.clock.advance(60)
        house.drain(job)

    assert house.ledger.share(share).state is ShareState.RUNNING
    assert house.ledger.deliveries(share)[0].attempts > POLICY.attempts


def test_documents_are_let_go_when_the_share_is_complete(house):
    share = house.share("Ada")

    house.drain()

    assert share not in house.drive.frozen
    assert not house.ledger.unthawed(ACCOUNT)


def test_documents_of_a_share_that_never_was_are_let_go(house):
    plan = a_plan("Ada", number=9)
    house.drive.frozen[plan.share.id] = plan.handouts
    house.drive.frozen_at[plan.share.id] = EIGHT - A_DAY
    house.share("Bob")

    house.drain()

    assert house.drive.frozen == {}


def test_a_lane_that_is_to_stop_leaves_the_rest(house):
    share = house.share("Ada")
    house.stopping = True

    house.drain()

    assert house.ledger.share(share).state is ShareState.RUNNING
    assert house.copies() == []


def test_a_lane_ends_when_its_time_is_over(house):
    share = house.share("Ada")
    house.limits = replace(LIMITS, lane_seconds=0)

    house.drain()

    assert house.ledger.share(share).open == 1


def test_a_lane_that_was_taken_over_records_nothing(house):
    share = house.share("Ada")

    class TakenOver(MemoryProvider):
        async def place(self, order):
            receipt = await super().place(order)
            house.ledger.begin_lane(ACCOUNT, job=99, now=house.clock.now())
            return receipt

    house.drain(provider=TakenOver)

    (ada,) = house.ledger.deliveries(share)
    assert ada.state is DeliveryState.WAITING
    house.drain(job=2)
    assert house.copies() == ["Ada/Essay - Ada.docx"]


def test_a_class_of_25_behind_a_big_share_goes_first(house):
    big = house.share(*(f"s{n}" for n in range(200)), number=1)
    small = house.share(
        *(f"t{n}" for n in range(25)), number=2, handouts=[a_handout()], pattern="{student}"
    )

    house.drain()

    ended = {each: house.ledger.share(each).ended_at for each in (big, small)}
    assert house.ledger.share(small).state is ShareState.COMPLETE
    assert ended[small] <= ended[big]
    first_files = list(house.drive.files)[:25]
    assert all(path[0].startswith("t") for path in first_files)


def test_a_lease_ends_unless_it_is_extended():
    clock = FakeClock()
    lease = Lease(clock, seconds=10)

    clock.advance(8)
    lease.check()
    lease.extend(since=clock.elapsed())
    clock.advance(9)
    lease.check()
    clock.advance(2)
    with pytest.raises(LaneLost):
        lease.check()


def test_a_lane_that_worked_has_what_it_may_have_left_looked_for_later(house):
    house.share("Ada")
    house.accounts.sweep_at(ACCOUNT, EIGHT)

    house.drain()
    later = house.accounts.account(ACCOUNT).sweep_at
    house.clock.advance(2 * 3600)
    house.drain(2)

    assert later == EIGHT + LIMITS.sweep_after
    assert house.accounts.account(ACCOUNT).sweep_at is None


def test_empty_folders_that_went_are_told_to_the_audit_log(house):
    house.drive.empty_folders = 3
    house.accounts.sweep_at(ACCOUNT, EIGHT)

    house.drain()

    assert house.cleanups.folders == 3
