import asyncio
import itertools
from dataclasses import dataclass, field

import pytest

from hectograph.domain.budget import QUERIES, UNITS, Budget, Grant, Plan
from hectograph.domain.errors import LedgerUnavailable, OutcomeUnknown, Unavailable
from hectograph.domain.pace import COLD_VOLLEY, LearnedPace, Pace, Verdict
from hectograph.providers.paced import Handful, Paced
from hectograph.providers.transport import Answer, Call
from simulation.one_account import TokenBucket
from simulation.virtual_time import VirtualClock, run

LATENCY = 0.3


def a_call(name="files.copy", *, writes=True, units=50):
    return Call(
        name=name,
        method="POST",
        path="/",
        query={},
        body=None,
        headers={},
        writes=writes,
        units=units,
    )


def a_read(name="files.get"):
    return a_call(name, writes=False, units=5)


def an_answer(status=200, **headers):
    return Answer(status=status, headers=headers, body=b"")


def judge(answer):
    if answer.status == 429:
        return Verdict.REFUSED
    return Verdict.FAILED if answer.status >= 500 else Verdict.ADMITTED


def retry_after(answer):
    return float(answer.headers["wait"]) if "wait" in answer.headers else None


@dataclass
class FakeService:
    """Answers after a while, with what `answers` says or by its bucket; notes who came."""

    bucket: TokenBucket | None = None
    answers: list = field(default_factory=list)
    came: list = field(default_factory=list)
    under_way: int = 0
    most: int = 0
    refused: int = 0

    async def send(self, call):
        now = asyncio.get_running_loop().time()
        self.came.append((call.name, now))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            admitted = self.bucket is None or not call.writes or self.bucket.admits(now)
            await asyncio.sleep(LATENCY)
        finally:
            self.under_way -= 1
        self.refused += not admitted
        answer = (
            self.answers.pop(0) if self.answers else an_answer(200 if admitted else 429)
        )
        if isinstance(answer, Exception):
            raise answer
        return answer


def paced(service, *, rate=10.0, burst=5.0, handful=None, pace=None):
    return Paced(
        service,
        pace=pace or Pace.begin(LearnedPace(rate=rate, burst=burst), now=0.0),
        judge=judge,
        retry_after=retry_after,
        clock=VirtualClock(),
        handful=handful,
    )


async def until_admitted(transport, call):
    while judge(answer := await transport.send(call)) is not Verdict.ADMITTED:
        pass
    return answer


async def send_all(transport, calls):
    return await asyncio.gather(*(transport.send(each) for each in calls))


def test_calls_leave_at_the_pace_first_come_first_served():
    service = FakeService()

    run(send_all(paced(service), [a_call(str(number)) for number in range(40)]))

    assert [name for name, _ in service.came] == [str(number) for number in range(40)]
    times = [at for _, at in service.came]
    assert sum(at == 0.0 for at in times) == 4
    assert 3.4 <= times[-1] <= 3.8


def test_hundreds_of_calls_share_a_bucket_they_do_not_know():
    service = FakeService(bucket=TokenBucket(100, 100))

    async def share():
        transport = paced(service, pace=Pace.begin(None, now=0.0))
        width = asyncio.Semaphore(400)

        async def deliver(number):
            async with width:
                await until_admitted(transport, a_call(str(number)))

        await asyncio.gather(*(deliver(number) for number in range(1500)))
        return asyncio.get_running_loop().time(), transport.learned()

    seconds, learned = run(share())

    assert seconds <= 1.2 * 14.3
    assert service.refused <= 0.04 * 1500
    assert 80 <= learned.rate <= 120


def test_in_a_hold_only_the_probe_goes():
    service = FakeService(answers=[an_answer(429), an_answer(429), an_answer(429)])

    async def some():
        transport = paced(service)
        await transport.send(a_call("first"))
        service.most = 0
        await send_all(transport, [a_call(str(number)) for number in range(10)])

    run(some())

    gaps = [
        after - before
        for (_, before), (_, after) in zip(service.came, service.came[1:], strict=False)
    ]
    assert all(gap > LATENCY for gap in gaps[:3])


def test_retry_after_is_the_time_of_the_probe():
    service = FakeService(answers=[an_answer(429, wait="20")])

    async def some():
        transport = paced(service)
        await transport.send(a_call())
        await send_all(transport, [a_call(), a_read()])

    run(some())

    assert [round(at, 3) for _, at in service.came] == [0.0, 20.3, 20.6]


def test_reads_do_not_wait_for_the_pace():
    service = FakeService()

    run(
        send_all(
            paced(service), [a_call() for _ in range(30)] + [a_read() for _ in range(30)]
        )
    )

    assert all(at == 0.0 for name, at in service.came if name == "files.get")


def test_how_long_calls_were_refused_is_told():
    service = FakeService(answers=[an_answer(429, wait="1000")])

    async def some():
        transport = paced(service)
        assert transport.refused_for_seconds() == 0.0
        await transport.send(a_call())
        await asyncio.sleep(950)
        refused = transport.refused_for_seconds()
        await transport.send(a_call())
        return refused, transport.refused_for_seconds()

    refused, after = run(some())

    assert refused == pytest.approx(950)
    assert after == 0.0


def test_a_caller_that_gives_up_waiting_takes_no_turn():
    service = FakeService()

    async def some():
        transport = paced(service)
        calls = [asyncio.create_task(transport.send(a_call(str(n)))) for n in range(20)]
        await asyncio.sleep(0.05)
        for each in calls[4:14]:
            each.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    run(some())

    assert len(service.came) == 10
    assert service.came[-1][1] < 0.8


def test_nothing_is_left_when_all_give_up():
    service = FakeService()

    async def some():
        transport = paced(service)
        calls = [asyncio.create_task(transport.send(a_call())) for _ in range(20)]
        await asyncio.sleep(0)
        for each in calls:
            each.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    run(some())


def test_a_caller_that_gives_up_as_its_turn_comes_gives_it_back():
    service = FakeService()

    async def some():
        transport = paced(service, pace=Pace.begin(None, now=0.0))

        async def first():
            await transport.send(a_call())
            late.cancel()

        others = [asyncio.create_task(first())]
        others += [
            asyncio.create_task(transport.send(a_call()))
            for _ in range(int(COLD_VOLLEY) - 1)
        ]
        late = asyncio.create_task(transport.send(a_call("late")))
        await asyncio.gather(late, *others, return_exceptions=True)
        return transport._pace.outstanding

    assert run(some()) == 0
    assert "late" not in [name for name, _ in service.came]


def test_who_waits_when_the_worker_stops_is_told_that_nothing_was_done():
    service = FakeService(answers=[an_answer(429)] * 3)

    async def some():
        transport = paced(service)
        await transport.send(a_call())
        waiting = [asyncio.create_task(transport.send(a_call("late"))) for _ in range(9)]
        await asyncio.sleep(0.01)
        transport.give_up()
        late = asyncio.create_task(transport.send(a_call("late")))
        ended = await asyncio.gather(*waiting, late, return_exceptions=True)
        await asyncio.sleep(0.01)  # until the alarm clock is off
        return ended

    ended = run(some())

    assert [type(each) for each in ended] == [Unavailable] * 10
    assert "late" not in [name for name, _ in service.came]


def test_a_probe_that_is_cancelled_makes_room_for_the_next():
    service = FakeService(answers=[an_answer(429)])

    async def some():
        transport = paced(service)
        await transport.send(a_call())
        probe = asyncio.create_task(transport.send(a_call("probe")))
        other = asyncio.create_task(transport.send(a_call("other")))
        await asyncio.sleep(0.15)
        probe.cancel()
        await other

    run(some())

    assert "other" in [name for name, _ in service.came]


@pytest.mark.parametrize("error", [Unavailable("down"), OutcomeUnknown("cut")])
def test_a_call_that_failed_says_nothing_about_the_quota(error):
    service = FakeService(answers=[error])

    async def some():
        transport = paced(service)
        with pytest.raises(type(error)):
            await transport.send(a_call())
        await transport.send(a_call())
        return transport

    transport = run(some())

    assert transport.refused_for_seconds() == 0.0
    assert transport.learned() == LearnedPace(rate=10.0, burst=5.0)


def test_an_outage_is_probed_by_one_call_at_a_time():
    class Down:
        calls = 0
        until = 60.0

        async def send(self, call):
            self.calls += 1
            await asyncio.sleep(0.01)
            if asyncio.get_running_loop().time() < self.until:
                raise Unavailable("down")
            return an_answer()

    service = Down()

    async def deliver(transport):
        while True:
            try:
                return await transport.send(a_call())
            except Unavailable:
                pass

    async def some():
        transport = paced(service, rate=100, burst=100)
        await asyncio.gather(*(deliver(transport) for _ in range(300)))
        return asyncio.get_running_loop().time()

    seconds = run(some())

    assert seconds <= 70
    assert service.calls <= 1.5 * 300


# The project's budget


@dataclass
class FakeBudget:
    """A budget in a database that takes its time, and notes what it is asked."""

    budget: Budget
    seconds: float = 0.02
    drive: str = "north"
    asked: list = field(default_factory=list)
    under_way: int = 0
    error: Exception | None = None

    async def reserve(self, wanted):
        assert self.under_way == 0
        self.under_way += 1
        await asyncio.sleep(self.seconds)
        self.under_way -= 1
        if self.error is not None:
            raise self.error
        now = asyncio.get_running_loop().time()
        self.asked.append((now, wanted))
        self.budget, grant = self.budget.reserve(wanted, drive=self.drive, now=now)
        return grant


def a_budget(plan, **kwargs):
    return FakeBudget(Budget.begin(plan, now=-600.0), **kwargs)


def under(budget, service, *, rate, burst):
    handful = Handful(budget.budget.plan, reserve=budget.reserve, clock=VirtualClock())
    return paced(service, rate=rate, burst=burst, handful=handful)


async def settled(coroutine):
    """Let a reservation that is under way come to its end."""
    result = await coroutine
    await asyncio.sleep(5)
    return result


def test_calls_do_not_wait_for_the_database_but_at_the_beginning():
    service, budget = FakeService(), a_budget(UNITS)

    run(
        settled(
            send_all(
                under(budget, service, rate=100, burst=100), [a_call() for _ in range(500)]
            )
        )
    )

    assert service.came[0][1] == pytest.approx(0.02)
    assert service.came[-1][1] <= 4.2
    times = [at for _, at in service.came if at > 1.5]
    assert max(after - before for before, after in itertools.pairwise(times)) < 0.02
    assert len(budget.asked) <= 20


def test_the_project_is_not_asked_for_more_than_its_plan():
    service, budget = FakeService(), a_budget(Plan(per_minute=600, by_units=False))

    run(
        settled(
            send_all(
                under(budget, service, rate=100, burst=100), [a_call() for _ in range(700)]
            )
        )
    )

    times = [at for _, at in service.came]
    assert sum(at < 60 for at in times) <= 630
    assert times[-1] == pytest.approx(67, abs=1.5)


def test_a_drive_with_many_lanes_leaves_half_to_one_with_a_single_lane():
    plan = Plan(per_minute=6000, by_units=False)
    shared = {"budget": Budget.begin(plan, now=0.0)}
    services = {"north": FakeService(), "south": FakeService()}

    def lane(drive, *, rate):
        async def reserve(wanted):
            await asyncio.sleep(0.005)
            now = asyncio.get_running_loop().time()
            shared["budget"], grant = shared["budget"].reserve(wanted, drive=drive, now=now)
            return grant

        handful = Handful(plan, reserve=reserve, clock=VirtualClock())
        return paced(services[drive], rate=rate, burst=rate, handful=handful)

    async def both():
        work = [(lane("north", rate=100), 6000)]
        work += [(lane("south", rate=10), 200) for _ in range(40)]
        await asyncio.gather(
            *(send_all(each, [a_call() for _ in range(number)]) for each, number in work)
        )
        await asyncio.sleep(5)

    run(both())

    made = {
        drive: sum(10 <= at < 60 for _, at in service.came)
        for drive, service in services.items()
    }
    assert made["north"] == pytest.approx(made["south"], rel=0.03)
    assert sum(made.values()) >= 0.97 * plan.rate * 50


def test_reads_are_paid_for_as_well():
    service, budget = FakeService(), a_budget(QUERIES)

    run(
        settled(
            send_all(
                under(budget, service, rate=3, burst=3), [a_read() for _ in range(800)]
            )
        )
    )

    assert sum(wanted for _, wanted in budget.asked) >= 800
    assert service.came[-1][1] >= 0.9


def test_tokens_do_not_keep():
    service, budget = FakeService(), a_budget(QUERIES)

    async def some():
        transport = under(budget, service, rate=3, burst=3)
        await transport.send(a_call())
        await asyncio.sleep(120)
        await transport.send(a_call())

    run(settled(some()))

    assert service.came[1][1] == pytest.approx(120 + LATENCY + 2 * budget.seconds)


def test_a_cheaper_call_does_not_overtake_one_that_waits_for_tokens():
    service, asked = FakeService(), []

    async def reserve(wanted):
        asked.append(wanted)
        return Grant(granted=20 if len(asked) == 1 else 500, wait_seconds=1.0)

    async def some():
        handful = Handful(UNITS, reserve=reserve, clock=VirtualClock())
        transport = paced(service, handful=handful)
        dear = asyncio.create_task(transport.send(a_call("dear", units=50)))
        await asyncio.sleep(0.5)
        await asyncio.gather(dear, transport.send(a_call("cheap", units=10)))

    run(settled(some()))

    assert [name for name, _ in service.came] == ["dear", "cheap"]


def test_half_of_a_small_handful_may_be_less_than_a_call_costs():
    service, budget = FakeService(), a_budget(UNITS)

    async def look_then_copy():
        transport = under(budget, service, rate=1.8, burst=3.0)
        for _ in range(9):
            await transport.send(a_read())
        async with asyncio.timeout(60):
            await send_all(transport, [a_call() for _ in range(5)])

    run(look_then_copy())

    assert len(service.came) == 14


def test_who_waits_hears_that_the_ledger_is_gone():
    service, budget = FakeService(), a_budget(UNITS, error=LedgerUnavailable("gone"))

    async def some():
        transport = under(budget, service, rate=10, burst=10)
        lost = await asyncio.gather(
            *(transport.send(a_call()) for _ in range(5)), return_exceptions=True
        )
        budget.error = None
        await transport.send(a_call())
        return lost

    lost = run(settled(some()))

    assert [type(each) for each in lost] == [LedgerUnavailable] * 5
    assert len(service.came) == 1


def test_a_budget_that_gives_nothing_is_not_asked_in_a_frenzy():
    service, asked = FakeService(), []

    async def reserve(wanted):
        asked.append(wanted)
        return Grant(granted=wanted if len(asked) > 3 else 0, wait_seconds=0.0)

    async def some():
        handful = Handful(UNITS, reserve=reserve, clock=VirtualClock())
        await paced(service, handful=handful).send(a_call())

    run(settled(some()))

    assert service.came[0][1] == pytest.approx(3.0)
