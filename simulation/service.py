"""A storage service with hidden quotas, latencies, troubles and an outage; in one process.

What it answers is what Google Drive would, so that our own reading of answers is used.
"""

import asyncio
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from hectograph.domain.budget import MINUTE, QUERIES, Plan
from hectograph.domain.errors import OutcomeUnknown, Unavailable
from hectograph.providers.transport import Answer, Call
from simulation.one_account import TokenBucket

COPY: Final = "files.copy"
MOVE: Final = "files.update"
LIST: Final = "files.list"
GET: Final = "files.get"

REFUSED: Final = Answer(
    status=403,
    body=json.dumps(
        {"error": {"code": 403, "errors": [{"reason": "userRateLimitExceeded"}]}}
    ).encode(),
)
BROKEN: Final = Answer(status=503)
FOUND: Final = Answer(status=200)
GIVEN_UP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What calls meet. Times are seconds, rates a second, shares from 0 to 1.

    `write_rate` and `write_burst` hold for each account, `quota` for the project: over
    the minutes of its clock. Of the calls a `failing` share is answered with 503, half of
    these after the effect, and a `hanging` share never. During `outage` all fail.
    """

    write_rate: float = 3.0
    write_burst: float = 3.0
    quota: Plan = QUERIES
    median: float = 0.3
    sigma: float = 0.5
    failing: float = 0.005
    hanging: float = 0.0005
    outage: tuple[float, float] = (math.inf, math.inf)


@dataclass(slots=True)
class Minutes:
    """What the project may spend in each minute of the service's clock."""

    limit: int
    minute: int = -1
    spent: int = 0

    def take(self, cost: int, *, now: float) -> bool:
        """Count it, or refuse it."""
        minute = int(now // MINUTE)
        if minute != self.minute:
            self.minute, self.spent = minute, 0
        if self.spent + cost > self.limit:
            return False
        self.spent += cost
        return True


@dataclass(slots=True, kw_only=True)
class Service:
    """The service as a whole: its quotas, and what its users can see.

    `hidden` are copies in staging, by delivery, `visible` those in students' folders.
    """

    conditions: Conditions
    random: Random
    calls: int = 0
    refused: int = 0
    hidden: dict[str, list[str]] = field(default_factory=dict)
    visible: Counter[str] = field(default_factory=Counter)
    _project: Minutes = field(init=False)
    _buckets: dict[str, TokenBucket] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _under_way: set[asyncio.Future[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._project = Minutes(limit=self.conditions.quota.per_minute)

    def account(self, name: str) -> "AccountTransport":
        """The service as one account calls it."""
        return AccountTransport(service=self, name=name)

    def lose_calls(self) -> None:
        """Every connection breaks: answers under way never come."""
        for each in list(self._under_way):
            if not each.done():
                each.set_exception(ConnectionResetError())

    async def exchange(self, name: str, call: Call) -> Answer:
        """One call: a part of the latency, the effect, and the rest of the latency."""
        conditions, random = self.conditions, self.random
        latency = conditions.median * random.lognormvariate(0, conditions.sigma)
        transit = latency * random.random()
        trouble = random.random()
        await self._pass(transit)
        now = asyncio.get_running_loop().time()
        self.calls += 1
        begin, end = conditions.outage
        if begin <= now < end:
            answer = BROKEN
        elif not self._admits(name, call, now=now):
            self.refused += 1
            answer = REFUSED
        elif trouble < conditions.failing / 2:
            answer = BROKEN
        else:
            answer = self._done(call)
            if trouble < conditions.failing:
                answer = BROKEN
            elif trouble < conditions.failing + conditions.hanging:
                await self._pass(GIVEN_UP_SECONDS)
                raise TimeoutError
        await self._pass(latency - transit)
        return answer

    async def _pass(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        passed: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(seconds, _pass_on, passed)
        self._under_way.add(passed)
        try:
            await passed
        finally:
            timer.cancel()
            self._under_way.discard(passed)

    def _admits(self, name: str, call: Call, *, now: float) -> bool:
        conditions = self.conditions
        if call.writes:
            bucket = self._buckets.get(name)
            if bucket is None:
                bucket = TokenBucket(conditions.write_rate, conditions.write_burst, at=now)
                self._buckets[name] = bucket
            if not bucket.admits(now):
                return False
        return self._project.take(conditions.quota.cost(call.units), now=now)

    def _done(self, call: Call) -> Answer:
        return {COPY: self._copy, MOVE: self._move, LIST: self._list}.get(
            call.name, _nothing
        )(call.query)

    def _copy(self, asked: Mapping[str, str]) -> Answer:
        """Into staging under a new id; or, with an id of the caller's, into the folder."""
        number = asked.get("id")
        if number is None:
            number = f"copy {len(self._owners)}"
            self._owners[number] = asked["delivery"]
            self.hidden.setdefault(asked["delivery"], []).append(number)
            return Answer(status=200, body=number.encode())
        if number in self._owners:
            return Answer(status=409)
        self._owners[number] = asked["delivery"]
        self.visible[asked["delivery"]] += 1
        return Answer(status=200, body=number.encode())

    def _move(self, asked: Mapping[str, str]) -> Answer:
        delivery = self._owners[asked["id"]]
        hidden = self.hidden.get(delivery, [])
        if asked["id"] in hidden:
            hidden.remove(asked["id"])
            self.visible[delivery] += 1
        return FOUND

    def _list(self, asked: Mapping[str, str]) -> Answer:
        hidden = self.hidden.get(asked["delivery"], [])
        return Answer(status=200, body=(hidden[0] if hidden else "").encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTransport:
    """A Transport to the service, as one account."""

    service: Service
    name: str

    async def send(self, call: Call) -> Answer:
        try:
            return await self.service.exchange(self.name, call)
        except OSError:
            kind = OutcomeUnknown if call.writes else Unavailable
        raise kind("No answer came.")


def _pass_on(passed: asyncio.Future[None]) -> None:
    if not passed.done():
        passed.set_result(None)


def _nothing(asked: Mapping[str, str]) -> Answer:  # noqa: ARG001 - one of several
    return FOUND
