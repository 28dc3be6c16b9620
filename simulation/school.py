"""A school under load: shares come in, real lanes carry them, and what became of each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil, inf
from random import Random
from typing import Final

from hectograph.app.estimating import Estimating
from hectograph.domain.budget import Grant
from hectograph.domain.handout import NATIVE, Handout, digest
from hectograph.domain.hindsight import Past
from hectograph.domain.ids import AccountId, ShareId, share_id_from
from hectograph.domain.noted import Noted
from hectograph.domain.pace import LearnedPace, Pace
from hectograph.domain.plan import Wish, build_plan
from hectograph.domain.retry import RetryPolicy
from hectograph.domain.risk import Risk
from hectograph.domain.roster import Recipient
from hectograph.domain.share import NOW, PlannedShare, ShareState, Timing
from hectograph.engine.lane import LaneLimits, Lanes
from hectograph.engine.timekeeper import Timekeeper
from hectograph.ports.ledger import Ledger
from hectograph.ports.provider import Notes, Permit, Provider
from hectograph.providers.google_drives import Permitted, judge, read_wait
from hectograph.providers.paced import Handful, Paced
from hectograph.store.memory import MemoryLedger
from hectograph.store.memory_outlook import MemoryOutlook
from simulation.drive import PacedTransport, SimulatedDrive
from simulation.policies import OURS, FixedRate, Policy
from simulation.service import Conditions, Service
from simulation.stand_ins import (
    InlineDesk,
    LanePool,
    MemoryAccounts,
    Nobody,
    NoCleanups,
    Somebody,
)
from simulation.virtual_time import EPOCH, VirtualClock, run

LEDGER_SECONDS: Final = 0.002
"""What a transaction takes, to a lane."""
A_DAY: Final = timedelta(days=1)
LIMITS: Final = LaneLimits(  # the defaults of the settings
    width=1024,
    lane_seconds=180.0,
    beat_seconds=2.0,
    permit_seconds=10.0,
    retry=RetryPolicy(
        attempts=8,
        patience=timedelta(hours=2),
        first=timedelta(seconds=1),
        longest=timedelta(minutes=15),
    ),
    joins_within=A_DAY,
    linger=timedelta(seconds=5),
    park=timedelta(hours=3),
    sweep_after=timedelta(hours=1),
)
TAKEOVER: Final = timedelta(seconds=20)
USUAL: Final = Conditions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A share: when it is asked for, and how soon it is wanted, in seconds after 08:00.

    Of a `deadline` hectograph is told; at which it `is_shown` together, or is there.
    """

    at: float
    recipients: int
    teacher: int
    wanted_at: float = inf
    deadline: float = inf
    is_shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """At some time the database's clock jumps, or the machine falls asleep, for seconds."""

    at: float
    jump: float = 0.0
    nap: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A load, and what it meets. Teachers act themselves, unless there are `couriers`.

    `lanes` run at once, in all workers together. It is given up after `longest` seconds.
    """

    name: str
    asked: tuple[Asked, ...]
    conditions: Conditions = USUAL
    couriers: int = 0
    is_native: bool = True
    lanes: int = 32
    patrol_seconds: float = 1.0
    incidents: tuple[Incident, ...] = ()
    longest: float = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What became of a share; `took` seconds are infinite when it did not end.

    `unmade` copies were not made when they were to be shown.
    """

    id: ShareId
    asked: Asked
    state: ShareState
    took: float
    unmade: int = 0

    @property
    def is_missed(self) -> bool:
        """Whether it missed its deadline."""
        if self.asked.is_shown:
            return self.unmade > 0
        return self.asked.at + self.took > self.asked.deadline

    @property
    def is_in_time(self) -> bool:
        """Whether all was there when it was wanted."""
        return self.asked.at + self.took <= self.asked.wanted_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An estimate that was told, and when the share ended."""

    noted: Noted
    ended_at: datetime

    @property
    def is_right(self) -> bool:
        """Whether the end lay within the range."""
        estimate = self.noted.estimate
        return estimate.earliest_at <= self.ended_at <= estimate.latest_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a scenario. `doubles` and `losses` are counted at the service.

    `told` are the estimates of shares that ended, and `risks` what was told of deadlines,
    where they were asked for.
    """

    shares: tuple[Carried, ...]
    calls: int
    refused: int
    doubles: int
    losses: int
    told: tuple["Told", ...] = ()
    risks: tuple[Risk, ...] = ()

    def percentile(self, share: float) -> float:
        """Seconds that so many of the shares took at most, as a share of them."""
        return percentile([each.took for each in self.shares], share)

    @property
    def in_time(self) -> float:
        """The share of those with a wish that were there by then."""
        wanted = [each for each in self.shares if each.asked.wanted_at < inf]
        return sum(each.is_in_time for each in wanted) / len(wanted) if wanted else 1.0


LedgerMaker = Callable[[LanePool, VirtualClock, Policy], Ledger]


def memory_ledger(queue: LanePool, clock: VirtualClock, policy: Policy) -> Ledger:
    """The ledger that forgets."""
    return MemoryLedger(queue=queue, clock=clock, decide=policy.decide)


def play(
    scenario: Scenario,
    policy: Policy = OURS,
    *,
    seed: int,
    make_ledger: LedgerMaker = memory_ledger,
    past: Sequence[Past] | None = None,
) -> Outcome:
    """Play a scenario to its end. The same seed gives the same outcome.

    With a `past` to learn from, estimates are told of every share, as it is asked for and
    underway; that takes the ledger that forgets.
    """
    school = School(scenario, policy, seed=seed, make_ledger=make_ledger, past=past)
    return run(school.play())


def alone(scenario: Scenario, recipients: int, *, seed: int) -> float:
    """Seconds that a share takes with nobody else about and no trouble."""
    conditions = replace(scenario.conditions, failing=0.0, hanging=0.0, outage=(inf, inf))
    only = Asked(at=1.0, recipients=recipients, teacher=0)
    quiet = replace(scenario, asked=(only,), conditions=conditions, incidents=())
    (share,) = play(quiet, seed=seed).shares
    return share.took


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that is not below so many of them, as a share."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


@dataclass
class School:
    """One run: everything that a worker is made of, on virtual time."""

    scenario: Scenario
    policy: Policy
    seed: int = field(kw_only=True)
    make_ledger: LedgerMaker = field(kw_only=True, default=memory_ledger)
    past: Sequence[Past] | None = field(kw_only=True, default=None)

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.desk = InlineDesk(seconds=LEDGER_SECONDS)
        self.pool = LanePool(width=self.scenario.lanes)
        self.accounts = MemoryAccounts(clock=self.clock)
        self.ledger = self.make_ledger(self.pool, self.clock, self.policy)
        self.service = Service(
            conditions=self.scenario.conditions, random=self._random("service")
        )
        self.outlook, self.estimating = self._estimating()
        self._ids = self._random("ids").randbytes
        self._paces: dict[AccountId, Pace] = {}
        self._shares: dict[ShareId, Asked] = {}
        self._keys: list[str] = []
        self._unmade: dict[ShareId, int] = {}

    async def play(self) -> Outcome:
        """Ask for everything, and wait until all of it has ended."""
        self.pool.serve(self._lanes().drain)
        helpers = [
            asyncio.create_task(self._timekeeper().run()),
            asyncio.create_task(self._see_what_is_shown()),
            *(asyncio.create_task(self._happen(each)) for each in self.scenario.incidents),
        ]
        for asked in sorted(self.scenario.asked, key=lambda each: each.at):
            await self._until(asked.at)
            await self._ask(asked)
        await self._watch()
        for each in helpers:
            each.cancel()
        for ended in await asyncio.gather(*helpers, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
        outcome = self._outcome()
        await self.pool.end()
        await asyncio.sleep(2.0)  # what was asked of the budget comes back
        return outcome

    def _random(self, what: str) -> Random:
        return Random(f"{self.seed} {what}")

    async def _until(self, at: float) -> None:
        await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))

    async def _happen(self, incident: Incident) -> None:
        await self._until(incident.at)
        self.clock.astray += incident.jump
        if incident.nap:
            self.clock.slept += incident.nap
            self.service.lose_calls()

    async def _see_what_is_shown(self) -> None:
        """Count what is not made when it is to be shown."""
        shown = {each.deadline for each in self.scenario.asked if each.is_shown}
        for at in sorted(shown if self.outlook else ()):
            await self._until(at)
            now = self.clock.now()
            for share, asked in self._shares.items():
                if self.outlook and asked.is_shown and asked.deadline == at:
                    line = self.outlook.line(self.ledger.share(share).account, now=now)
                    self._unmade |= {
                        each.share.id: each.to_prepare
                        for each in line.shares
                        if each.share.id == share
                    }

    async def _ask(self, asked: Asked) -> None:
        plan = self._plan(asked)
        self._shares[plan.share.id] = asked
        self._keys += [str(each.key) for each in plan.deliveries]
        foreseen = await self.estimating.foresee(plan) if self.estimating else None
        self.ledger.add(plan, joins_since=plan.share.asked_at)
        if self.estimating:
            await self.estimating.keep(foreseen)

    def _plan(self, asked: Asked) -> PlannedShare:
        account = f"google:school/teacher{asked.teacher}@school.test"
        media_type = f"{NATIVE}document" if self.scenario.is_native else "text/plain"
        number = len(self._shares)
        wish = Wish(
            account=AccountId("google:school" if self.scenario.couriers else account),
            destination="school",
            place="google",
            handouts=(
                Handout(
                    title=f"Worksheet {number}",
                    sha256=digest(str(number)),
                    size_bytes=1,
                    origin=f"document {number}",
                    media_type=media_type,
                ),
            ),
            recipients=tuple(
                Recipient(student=f"Student {each}", folder=(f"folder {each}",))
                for each in range(asked.recipients)
            ),
            timing=_timing(asked),
        )
        now = self.clock.now()
        plan = build_plan(
            wish, share_id=share_id_from(self._ids(10)), asked_at=now, asked_on=now.date()
        )
        couriers = range(self.scenario.couriers)
        return replace(plan, lanes=tuple(map(_courier, couriers)))

    async def _watch(self) -> None:
        while asyncio.get_running_loop().time() < self.scenario.longest:
            if all(self.ledger.share(each).is_ended for each in self._shares):
                return
            await asyncio.sleep(1.0)

    def _outcome(self) -> Outcome:
        visible = self.service.visible
        return Outcome(
            shares=tuple(self._carried(each) for each in self._shares),
            calls=self.service.calls,
            refused=self.service.refused,
            doubles=sum(visible[each] > 1 for each in self._keys),
            losses=sum(visible[each] == 0 for each in self._keys),
            told=self._told(),
            risks=tuple(self.outlook.risks) if self.outlook else (),
        )

    def _carried(self, number: ShareId) -> Carried:
        share = self.ledger.share(number)
        took = inf
        if share.ended_at is not None:
            took = (share.ended_at - share.asked_at).total_seconds()
        return Carried(
            id=number,
            asked=self._shares[number],
            state=share.state,
            took=took,
            unmade=self._unmade.get(number, 0),
        )

    def _told(self) -> tuple[Told, ...]:
        noted = self.outlook.noted if self.outlook else ()
        ends = {each: self.ledger.share(each).ended_at for each in self._shares}
        return tuple(
            Told(noted=each, ended_at=ended_at)
            for each in noted
            if (ended_at := ends[each.expectation.share])
        )

    def _estimating(self) -> tuple[MemoryOutlook | None, Estimating | None]:
        if self.past is None or not isinstance(self.ledger, MemoryLedger):
            return None, None
        outlook = MemoryOutlook(
            ledger=self.ledger, accounts=self.accounts, earlier=self.past
        )
        estimating = Estimating(
            outlook=outlook, presence=Somebody(), desk=self.desk, clock=self.clock
        )
        return outlook, estimating

    def _lanes(self) -> Lanes:
        return Lanes(
            ledger=self.ledger,
            cleanups=NoCleanups(),
            accounts=self.accounts,
            desk=self.desk,
            clock=self.clock,
            open_drive=self._open_drive,
            limits=LIMITS,
            jitter=self._random("jitter").random,
            random_bytes=self._ids,
            stopping=lambda: False,
        )

    def _timekeeper(self) -> Timekeeper:
        return Timekeeper(
            ledger=self.ledger,
            accounts=self.accounts,
            desk=self.desk,
            clock=self.clock,
            queue=self.pool,
            takeover=TAKEOVER,
            grace=timedelta(seconds=LIMITS.beat_seconds),
            patrol_seconds=self.scenario.patrol_seconds,
            sweep_hour=3,
            zone=EPOCH.tzinfo,
            foresight=self.estimating or Nobody(),
        )

    async def _open_drive(
        self, account: AccountId, permit: Permit, notes: Notes
    ) -> Provider:
        transport = self._transport(account, permit)

        async def close() -> None:
            if isinstance(transport, Paced):
                self._paces[account] = transport.pace
                if learned := transport.learned():
                    self.accounts.keep_pace(account, learned)

        return SimulatedDrive(
            transport=transport,
            notes=notes,
            clock=self.clock,
            is_native=self.scenario.is_native,
            at_last=close,
        )

    def _transport(self, account: AccountId, permit: Permit) -> PacedTransport:
        direct = Permitted(self.service.account(account), permit)
        if self.policy.fixed_rate is not None:
            return FixedRate(transport=direct, rate=self.policy.fixed_rate)
        quota = self.scenario.conditions.quota

        def reserve(wanted: int) -> Awaitable[Grant]:
            return self.desk.run(
                self.accounts.reserve, "school", drive="school", wanted=wanted, plan=quota
            )

        return Paced(
            direct,
            pace=self._pace(account),
            judge=judge,
            retry_after=read_wait,
            clock=self.clock,
            handful=Handful(quota, reserve=reserve, clock=self.clock),
        )

    def _pace(self, account: AccountId) -> Pace:
        pace = self._paces.pop(account, None)
        if pace is not None and not pace.outstanding:
            return pace
        known = self.accounts.account(account)
        learned = known.pace
        if learned is None and self.policy.knows_quota:
            conditions = self.scenario.conditions
            learned = LearnedPace(rate=conditions.write_rate, burst=conditions.write_burst)
        return Pace.begin(learned, now=self.clock.elapsed(), rested=known.rested_seconds)


def _timing(asked: Asked) -> Timing:
    if asked.deadline == inf:
        return NOW
    deadline = EPOCH + timedelta(seconds=asked.deadline)
    return Timing(deadline=deadline, reveals_at=deadline if asked.is_shown else None)


def _courier(number: int) -> AccountId:
    return AccountId(f"google:school/courier{number}@school.test")
