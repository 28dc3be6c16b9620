"""What is told of shares, and what is learned from it."""

import asyncio
from datetime import timedelta

import pytest

from hectograph.app.estimating import Estimating
from hectograph.domain.errors import LedgerUnavailable
from hectograph.domain.ids import AccountId
from hectograph.domain.share import ShareState, Timing
from hectograph.threads import OneThread

from ..builders import ACCOUNT, EIGHT, LONG_AGO, a_plan, a_receipt, settle
from ..memory_house import MemoryHouse


class NoDesk(OneThread):
    """A database that is away."""

    def __init__(self):
        super().__init__("gone")

    async def run(self, call, /, *args, **kwargs):
        raise LedgerUnavailable("gone")


@pytest.fixture
def house():
    house = MemoryHouse()
    house.presence.about = True
    return house


@pytest.fixture
def estimating(house):
    desk = OneThread("test")
    yield an_estimating(house, desk)
    desk.close()


def an_estimating(house, desk):
    return Estimating(
        outlook=house.outlook, presence=house.presence, desk=desk, clock=house.clock
    )


def ask(house, *students, number=1):
    plan = a_plan(*students, number=number)
    return plan, house.ledger.add(plan, joins_since=LONG_AGO)[0]


def finish(house):
    now = house.clock.now()
    lane = house.ledger.begin_lane(ACCOUNT, job=1, now=now)
    claims = house.ledger.claim(lane, limit=99, now=now)
    house.ledger.record(lane, [settle(each, a_receipt()) for each in claims], now=now)


def test_what_is_foreseen_is_what_is_told_afterwards(house, estimating):
    plan = a_plan("Ada", "Bob")

    foreseen = asyncio.run(estimating.foresee(plan))
    share, _ = house.ledger.add(plan, joins_since=LONG_AGO)
    told = asyncio.run(estimating.estimates([share]))

    assert foreseen.estimate == told[share.id]


def test_nothing_is_promised_while_nobody_works(house, estimating):
    _, share = ask(house, "Ada")
    house.presence.about = False

    assert asyncio.run(estimating.promised([share])) == {}
    assert asyncio.run(estimating.glance(share)) is not None


def test_what_nobody_works_on_is_not_learned_from(house, estimating):
    house.presence.about = False

    asyncio.run(estimating.keep(asyncio.run(estimating.foresee(a_plan()))))

    assert house.outlook.noted == []


def test_a_share_that_ended_has_no_estimate(house, estimating):
    _, share = ask(house, "Ada")
    finish(house)
    ended = house.ledger.share(share.id)

    assert asyncio.run(estimating.estimates([ended])) == {}
    assert asyncio.run(estimating.glance(ended)) is None


def test_a_database_that_is_away_costs_the_estimate_and_not_the_share(house):
    estimating = an_estimating(house, NoDesk())

    assert asyncio.run(estimating.foresee(a_plan())) is None
    asyncio.run(estimating.keep(None))


def test_what_runs_is_noted_once_in_a_while(house, estimating):
    _, share = ask(house, "Ada")
    for _ in range(4):
        asyncio.run(estimating.take_note())
        house.clock.advance(1)
    assert [each.expectation.share for each in house.outlook.noted] == [share.id]

    house.clock.advance(60)
    asyncio.run(estimating.take_note())

    assert len(house.outlook.noted) == 2


def test_old_notes_go(house, estimating):
    ask(house, "Ada")
    asyncio.run(estimating.take_note())
    finish(house)

    house.clock.advance(timedelta(days=61).total_seconds())
    asyncio.run(estimating.take_note())

    assert house.outlook.noted == []


def test_what_came_out_is_learned_from_after_a_while(house, estimating):
    for number in range(1, 150):
        plan = a_plan("Ada", number=number, again=True)
        foreseen = asyncio.run(estimating.foresee(plan))
        house.ledger.add(plan, joins_since=LONG_AGO)
        asyncio.run(estimating.keep(foreseen))
        house.clock.advance(30)
        finish(house)

    told = asyncio.run(estimating.foresee(a_plan("Ada", "Bob", number=777)))

    assert told.estimate.likely_at > told.expectation.ends_at


def test_a_look_is_good_for_a_second(house, estimating):
    _, share = ask(house, "Ada")
    first = asyncio.run(estimating.glance(share))

    house.clock.advance(0.5)
    assert asyncio.run(estimating.glance(share)) is first
    house.clock.advance(0.5)
    assert asyncio.run(estimating.glance(share)) != first


@pytest.mark.parametrize("act", ["pause", "move", "halt"])
def test_what_a_person_holds_up_is_not_learned_from(house, act):
    _, share = ask(house, "Ada")

    async def do():
        with house.opened() as opened:
            await opened.sharing.estimating.take_note()
            assert len(house.outlook.noted) == 1
            if act == "pause":
                await opened.sharing.pause(share.id)
            elif act == "move":
                await opened.sharing.move(share.id, share.timing)
            else:
                await opened.operating.pause("repairs", by=None)

    asyncio.run(do())

    assert house.outlook.noted == []


def test_a_paused_share_has_none(house, estimating):
    _, share = ask(house, "Ada")
    paused = house.ledger.turn(share.id, to=ShareState.PAUSED, now=EIGHT)

    assert asyncio.run(estimating.estimates([paused])) == {}


def ask_for(house, *, within, students=("Ada",), number=1):
    timing = Timing(deadline=house.clock.now() + timedelta(seconds=within))
    plan = a_plan(*students, number=number, timing=timing)
    return house.ledger.add(plan, joins_since=LONG_AGO)[0]


def watch(estimating):
    return list(asyncio.run(estimating.watch_deadlines()))


def test_a_deadline_that_cannot_be_kept_is_told_once(house, estimating):
    share = ask_for(house, within=0.05)

    (risk,) = watch(estimating)
    house.clock.advance(60)

    assert (risk.share, risk.deadline) == (share.id, share.deadline)
    assert risk.latest_at > share.deadline
    assert watch(estimating) == []
    assert list(house.outlook.list_risks()) == [risk]


def test_a_deadline_that_can_be_kept_is_no_matter(house, estimating):
    ask_for(house, within=3600)

    assert watch(estimating) == []


def test_it_is_looked_once_in_a_minute(house, estimating):
    watch(estimating)
    ask_for(house, within=0.05)

    house.clock.advance(59)
    assert watch(estimating) == []
    house.clock.advance(1)
    assert len(watch(estimating)) == 1


def test_a_risk_is_over_when_the_share_is_moved_or_has_ended(house, estimating):
    first = ask_for(house, within=0.05)
    second = ask_for(house, within=0.05, students=("Bob",), number=2)
    assert len(watch(estimating)) == 2

    house.ledger.move(second.id, Timing(), now=house.clock.now())
    house.ledger.cancel(first.id, now=house.clock.now())
    house.clock.advance(60)
    changes = watch(estimating)

    assert {each.share for each in changes} == {first.id, second.id}
    assert {each.over_at for each in changes} == {house.clock.now()}
    assert house.outlook.list_risks() == []


def test_of_two_workers_one_tells(house, estimating):
    ask_for(house, within=0.05)
    other = an_estimating(house, estimating.desk)

    assert len(watch(estimating) + watch(other)) == 1


def test_a_halt_puts_what_is_near_at_risk(house, estimating):
    ask_for(house, within=46 * 60)
    house.ledger.halt("repairs", by=None, now=EIGHT)
    assert watch(estimating) == []

    house.clock.advance(60)

    assert len(watch(estimating)) == 1


def test_the_queue_is_told_line_by_line(house, estimating):
    ask(house, "Ada")
    other = AccountId("google:school/ada@school.test")
    house.ledger.add(a_plan(number=2, account=other), joins_since=LONG_AGO)

    everything = asyncio.run(estimating.queue())
    one = asyncio.run(estimating.queue("google:school"))

    assert [each.line.account for each in everything] == [ACCOUNT, other]
    assert [each.line.account for each in one] == [other]
    assert [len(each.standings) for each in everything] == [1, 1]
