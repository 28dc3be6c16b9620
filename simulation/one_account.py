"""Shares under a quota that nobody tells; `python -m simulation.one_account`.

A call reaches the service after a part of its latency, is admitted there or refused, and
its answer takes the rest. A refusal takes as long as any answer, which is the harder
case: while it is under way, more calls are sent into the empty bucket.
"""

import heapq
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf
from statistics import fmean
from typing import Protocol

from hectograph.domain.pace import Departure, LearnedPace, Pace, Verdict

LATENCY_SIGMA = 0.5


class Service(Protocol):
    """What admits calls, and refuses them."""

    def admits(self, now: float) -> bool: ...

    def admits_at(self, now: float) -> float:
        """When the next call would be admitted, from now on."""
        ...


@dataclass
class TokenBucket:
    """Holds `burst` calls and gains `rate` a second, half of it between two times."""

    rate: float
    burst: float
    refusal_cost: float = 0.0
    halved: tuple[float, float] = (inf, inf)
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.burst

    def _refill(self, now: float) -> None:
        begin, end = self.halved
        slow = max(0.0, min(now, end) - max(self.at, begin))
        self.level = min(self.burst, self.level + self.rate * (now - self.at - slow / 2))
        self.at = now

    def admits(self, now: float) -> bool:
        self._refill(now)
        if self.level >= 1 - 1e-9:
            self.level -= 1
            return True
        self.level = max(0.0, self.level - self.refusal_cost)
        return False

    def admits_at(self, now: float) -> float:
        self._refill(now)
        begin, end = self.halved
        rate = self.rate / 2 if begin <= now < end else self.rate
        return now + max(0.0, (1 - self.level) / rate)


@dataclass
class MinuteWindows:
    """Admits so many calls in each minute of its clock."""

    size: int
    window: int = 0
    used: int = 0

    def _turn(self, now: float) -> None:
        window = int(now // 60)
        if window != self.window:
            self.window, self.used = window, 0

    def admits(self, now: float) -> bool:
        self._turn(now)
        self.used += self.used < self.size + 1
        return self.used <= self.size

    def admits_at(self, now: float) -> float:
        self._turn(now)
        return now if self.used < self.size else (self.window + 1) * 60.0


@dataclass(frozen=True, kw_only=True)
class World:
    """What calls meet on their way."""

    median: float = 0.3
    transit: float = 0.3  # share of a latency after which the service decides
    failing: float = 0.01
    outage: tuple[float, float] = (inf, inf)
    in_flight: int = 400

    def draw(self, seed: int) -> Iterator[tuple[float, bool]]:
        source = random.Random(seed)
        while True:
            latency = self.median * source.lognormvariate(0, LATENCY_SIGMA)
            yield latency, source.random() < self.failing


USUAL = World()


@dataclass(frozen=True, kw_only=True)
class Result:
    seconds: float
    calls: int
    refused: int
    most_in_hold: int
    pace: Pace


def limit(service: Service, n: int, *, seed: int, world: World = USUAL) -> float:
    """Seconds that a client would need who sees into the service."""
    draws = world.draw(seed)
    under_way: list[tuple[float, bool]] = []
    now, left, done = 0.0, n, 0
    while done < n:
        at = service.admits_at(now) if left and len(under_way) < world.in_flight else inf
        if under_way and under_way[0][0] <= at:
            now, fails = heapq.heappop(under_way)
            done, left = done + (not fails), left + fails
            continue
        now = at
        if service.admits(now):
            latency, fails = next(draws)
            heapq.heappush(under_way, (now + latency, fails))
            left -= 1
        else:
            now += 1e-6
    return now


class Share:
    """A share of `n` deliveries, a write each, sent at a pace."""

    def __init__(
        self, service: Service, n: int, *, pace: Pace, seed: int, world: World
    ) -> None:
        self.service, self.n, self.pace, self.world = service, n, pace, world
        self.draws = world.draw(seed)
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.now, self.left, self.done, self.calls, self.refused = 0.0, n, 0, 0, 0
        self.in_flight = self.order = self.in_hold = self.most_in_hold = 0
        self.wakes_at = inf

    def at(self, when: float, act: Callable[[], None]) -> None:
        self.order += 1
        heapq.heappush(self.events, (when, self.order, act))

    def run(self) -> Result:
        self.send()
        while self.done < self.n:
            self.now, _, act = heapq.heappop(self.events)
            act()
            self.send()
        return Result(
            seconds=self.now,
            calls=self.calls,
            refused=self.refused,
            most_in_hold=self.most_in_hold,
            pace=self.pace,
        )

    def send(self) -> None:
        while self.left and self.in_flight < self.world.in_flight:
            at = self.pace.next_at(now=self.now, cost=1.0)
            if at > self.now:
                if at < inf and not self.now < self.wakes_at <= at:
                    self.wakes_at = at
                    self.at(at, lambda: None)
                return
            self.depart()

    def depart(self) -> None:
        holding = self.pace.hold is not None
        self.pace, departure = self.pace.sent(now=self.now, cost=1.0)
        self.left, self.in_flight, self.calls = (
            self.left - 1,
            self.in_flight + 1,
            self.calls + 1,
        )
        self.in_hold += holding
        self.most_in_hold = max(self.most_in_hold, self.in_hold)
        latency, fails = next(self.draws)
        self.at(
            self.now + latency * self.world.transit,
            lambda: self.arrive(departure, latency=latency, fails=fails, probe=holding),
        )

    def arrive(
        self, departure: Departure, *, latency: float, fails: bool, probe: bool
    ) -> None:
        begin, end = self.world.outage
        if begin <= self.now < end:
            verdict = Verdict.FAILED
        elif not self.service.admits(self.now):
            verdict = Verdict.REFUSED
        else:
            verdict = Verdict.FAILED if fails else Verdict.ADMITTED
        self.at(
            self.now + latency * (1 - self.world.transit),
            lambda: self.answer(departure, verdict, probe=probe),
        )

    def answer(self, departure: Departure, verdict: Verdict, *, probe: bool) -> None:
        self.pace = self.pace.answered(departure, verdict, now=self.now)
        self.in_flight -= 1
        self.in_hold -= probe
        self.done += verdict is Verdict.ADMITTED
        self.left += verdict is not Verdict.ADMITTED
        self.refused += verdict is Verdict.REFUSED


def simulate(
    service: Service,
    n: int,
    *,
    seed: int,
    learned: LearnedPace | None = None,
    world: World = USUAL,
) -> Result:
    pace = Pace.begin(learned, now=0.0)
    return Share(service, n, pace=pace, seed=seed, world=world).run()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A service, and a share that meets it; warm is a pace that `lesson` taught."""

    name: str
    service: Callable[[], Service]
    n: int
    lesson: int = 0
    world: World = USUAL

    def learned(self, seed: int) -> LearnedPace | None:
        n = max(self.n, self.lesson)
        return simulate(self.service(), n, seed=seed + 100, world=self.world).pace.learned()

    def scored(self, *, seeds: range, warm: bool) -> "Score":
        """Means over the seeds."""
        ratios, refused = [], []
        for seed in seeds:
            learned = self.learned(seed) if warm else None
            least = limit(self.service(), self.n, seed=seed, world=self.world)
            result = simulate(
                self.service(), self.n, seed=seed, learned=learned, world=self.world
            )
            ratios.append(result.seconds / least)
            refused.append(result.refused / self.n)
        return Score(ratio=fmean(ratios), refused=fmean(refused))


@dataclass(frozen=True, kw_only=True)
class Score:
    ratio: float
    """Time over the limit."""

    refused: float
    """Refused calls for each delivery."""

    @property
    def goodput(self) -> float:
        return 1 / self.ratio


SCENES = {
    each.name: each
    for each in (
        Scene(name="A", service=lambda: TokenBucket(100, 100), n=3000),
        Scene(name="B", service=lambda: TokenBucket(10, 10), n=600),
        Scene(name="C", service=lambda: TokenBucket(3, 30), n=300),
        Scene(name="D", service=lambda: MinuteWindows(6000), n=15000),
        Scene(name="E", service=lambda: TokenBucket(100, 100, halved=(10.0, 70.0)), n=6000),
        Scene(name="F", service=lambda: TokenBucket(100, 100, refusal_cost=0.5), n=3000),
        Scene(name="100/s, 30", service=lambda: TokenBucket(100, 100), n=30, lesson=2000),
        Scene(name="100/s, 300", service=lambda: TokenBucket(100, 100), n=300, lesson=2000),
        Scene(name="100/s, 2000", service=lambda: TokenBucket(100, 100), n=2000),
        Scene(name="10/s, 300", service=lambda: TokenBucket(10, 10), n=300),
        Scene(name="3/s, burst 3", service=lambda: TokenBucket(3, 3), n=100),
        Scene(name="3/s, burst 30", service=lambda: TokenBucket(3, 30), n=100),
    )
}


OUTAGE = World(outage=(1.0, 61.0))


def main() -> None:
    """Print each scene's figures: means over as many seeds as are asked for, or four."""
    seeds = range(1, 1 + int(sys.argv[1] if len(sys.argv) > 1 else "4"))
    sys.stdout.write(
        "scene           goodput  ratio  refused: cold   goodput  ratio  refused: warm\n"
    )
    for scene in SCENES.values():
        scores = [scene.scored(seeds=seeds, warm=warm) for warm in (False, True)]
        figures = [
            f"{each.goodput:7.2f}{each.ratio:7.2f}{each.refused:9.4f}" for each in scores
        ]
        sys.stdout.write(f"{scene.name:15} {'       '.join(figures)}\n")
    for learned in (None, LearnedPace(rate=100, burst=100)):
        results = [
            simulate(TokenBucket(100, 100), 300, seed=seed, learned=learned, world=OUTAGE)
            for seed in seeds
        ]
        late = fmean(each.seconds for each in results) - OUTAGE.outage[1]
        calls = fmean(each.calls for each in results) / 300
        sys.stdout.write(
            f"outage of 60 s, {'cold' if learned is None else 'warm'}: "
            f"done {late:.1f} s after its end, {calls:.2f} calls each\n"
        )


if __name__ == "__main__":
    main()
