"""A share under a quota that nobody tells, in virtual time."""

import heapq
import random
import sys
from dataclasses import dataclass, field, replace
from math import inf

from hectograph.domain.pace import LearnedPace, Pace, Verdict

IN_FLIGHT = 400
TRANSIT = 0.3  # share of a call's latency after which the service decides


@dataclass
class TokenBucket:
    rate: float
    burst: float
    refusal_cost: float = 0.0
    halved: tuple = (inf, inf)
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self):
        self.level = self.burst

    def grow(self, now):
        begin, end = self.halved
        slow = max(0.0, min(now, end) - max(self.at, begin))
        self.level = min(self.burst, self.level + self.rate * (now - self.at - slow / 2))
        self.at = now

    def admits(self, now):
        self.grow(now)
        if self.level >= 1 - 1e-9:
            self.level -= 1
            return True
        self.level = max(0.0, self.level - self.refusal_cost)
        return False

    def admits_at(self, now):
        """When the oracle's next call would be admitted."""
        self.grow(now)
        if self.level >= 1 - 1e-9:
            return now
        begin, end = self.halved
        rate = self.rate / 2 if begin <= now < end else self.rate
        return now + max(1e-6, (1 - self.level) / rate)


@dataclass
class Windows:
    size: int
    seconds: float
    window: int = 0
    used: int = 0

    def turn(self, now):
        window = int(now // self.seconds)
        if window != self.window:
            self.window, self.used = window, 0

    def admits(self, now):
        self.turn(now)
        self.used += self.used < self.size
        return not self.full(now)

    def full(self, now):
        raise NotImplementedError

    def admits_at(self, now):
        self.turn(now)
        return now if self.used < self.size else (self.window + 1) * self.seconds


class MinuteWindows(Windows):
    def admits(self, now):
        self.turn(now)
        if self.used >= self.size:
            return False
        self.used += 1
        return True


@dataclass
class Result:
    seconds: float
    calls: int
    refused: int
    deliveries: int
    pace: object = None

    @property
    def refused_each(self):
        return self.refused / self.deliveries

    @property
    def calls_each(self):
        return self.calls / self.deliveries


def simulate(
    server, n, seed, pace=None, outage=(inf, inf), median=0.3, failing=0.01, trace=None
):
    """pace None: the oracle, that sees the server's bucket."""
    draw = random.Random(seed)
    oracle = pace is None
    events, order = [], 0
    left, in_flight, done = n, 0, 0
    calls = refused = 0
    now, wake = 0.0, inf
    transit = 0.0 if oracle else TRANSIT

    def push(at, *event):
        nonlocal order
        order += 1
        heapq.heappush(events, (at, order, *event))

    while done < n:
        while left and in_flight < IN_FLIGHT:
            at = server.admits_at(now) if oracle else pace.next_at(now=now, cost=1.0)
            if at > now:
                if at < wake or wake <= now:
                    wake = at
                    if at < inf:
                        push(at, "wake")
                break
            left, in_flight, calls = left - 1, in_flight + 1, calls + 1
            departure = None
            if not oracle:
                pace, departure = pace.sent(now=now, cost=1.0)
            latency = draw.lognormvariate(0, 0.5) * median
            fails = draw.random() < failing
            push(now + transit * latency, "arrive", departure, latency, fails)
            if oracle:
                break_at = heapq.heappop(events)
                # its turn at the server is now
                assert server.admits(now)
                push(
                    now + latency,
                    "answer",
                    None,
                    Verdict.FAILED if fails else Verdict.ADMITTED,
                )
        now, _, kind, *rest = heapq.heappop(events)
        if kind == "arrive":
            departure, latency, fails = rest
            if outage[0] <= now < outage[1]:
                verdict = Verdict.FAILED
            elif not server.admits(now):
                verdict = Verdict.REFUSED
            else:
                verdict = Verdict.FAILED if fails else Verdict.ADMITTED
            push(now + (1 - transit) * latency, "answer", departure, verdict)
        elif kind == "answer":
            departure, verdict = rest
            in_flight -= 1
            if not oracle:
                before = pace
                pace = pace.answered(departure, verdict, now=now)
                if trace and (before.hold is None) != (pace.hold is None):
                    trace(now, before, pace, refused, done)
            if verdict is Verdict.ADMITTED:
                done += 1
            else:
                left += 1
                refused += verdict is Verdict.REFUSED
    return Result(now, calls, refused, n, pace)


SCENES = {
    "A": (lambda: TokenBucket(100, 100), 3000),
    "B": (lambda: TokenBucket(10, 10), 600),
    "C": (lambda: TokenBucket(3, 30), 300),
    "D": (lambda: MinuteWindows(6000, 60.0), 15000),
    "E": (lambda: TokenBucket(100, 100, halved=(10.0, 70.0)), 6000),
    "F": (lambda: TokenBucket(100, 100, refusal_cost=0.5), 3000),
    "300": (lambda: TokenBucket(100, 100), 300),
    "2000": (lambda: TokenBucket(100, 100), 2000),
    "30": (lambda: TokenBucket(100, 100), 30),
    "10/s": (lambda: TokenBucket(10, 10), 300),
    "3/s b3": (lambda: TokenBucket(3, 3), 100),
    "3/s b30": (lambda: TokenBucket(3, 30), 100),
}

if __name__ == "__main__":
    import time

    for name in sys.argv[1:] or SCENES:
        make, n = SCENES[name]
        began = time.time()
        for kind in ("cold", "warm"):
            row = []
            for seed in (1, 2, 3, 4):
                limit = simulate(make(), n, seed).seconds
                learned = None
                if kind == "warm":
                    # what another share learned before
                    learned = simulate(
                        make(), max(n, 300), seed + 100, Pace.begin(None, now=0)
                    ).pace.learned()
                r = simulate(make(), n, seed, Pace.begin(learned, now=0.0))
                row.append((limit / r.seconds, r.refused_each, learned, limit))
            g = sum(x[0] for x in row) / 4
            print(
                f"{name:8} {kind} goodput {g:.3f} min {min(x[0] for x in row):.3f} ratio {1 / g:.2f} max {1 / min(x[0] for x in row):.2f} refused {sum(x[1] for x in row) / 4:.4f} max {max(x[1] for x in row):.4f} limit {row[0][3]:.1f}",
                [f"{x[2].rate:.1f}/{x[2].burst:.0f}" for x in row if x[2]],
            )
        print(f"   {time.time() - began:.1f}s")
    limit = simulate(TokenBucket(100, 100), 300, 1)
    for seed in (1, 2, 3, 4):
        for n, b in ((300, 1.0), (3000, 3.0)):
            r = simulate(
                TokenBucket(100, 100),
                n,
                seed,
                Pace.begin(None, now=0.0),
                outage=(b, b + 60),
            )
            w = simulate(
                TokenBucket(100, 100),
                n,
                seed,
                Pace.begin(LearnedPace(rate=100, burst=100), now=0.0),
                outage=(b, b + 60),
            )
            print(
                "outage",
                n,
                "cold",
                round(r.seconds - b - 60, 1),
                round(r.calls_each, 2),
                "warm",
                round(w.seconds - b - 60, 1),
                round(w.calls_each, 2),
            )
