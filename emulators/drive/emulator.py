"""The whole of it, between a request that was read and an answer to be written."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from emulators.drive import access, faults, students
from emulators.drive.calls import Answer, Call, Method
from emulators.drive.faults import Fault, Trouble
from emulators.drive.journal import Entry, Journal
from emulators.drive.latency import draw_delay
from emulators.drive.quotas import Purse
from emulators.drive.refusals import Refusal, forbidden
from emulators.drive.settings import Settings
from emulators.drive.tokens import Tokens
from emulators.drive.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked over HTTP, with its method found."""

    method: Method
    ids: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is to be answered, or how answering goes wrong."""

    answer: Answer | None
    refusal: Refusal | None
    fault: Fault | None


class Emulator:
    """A world with its doors, quotas, troubles and records. One to a process."""

    def __init__(
        self, settings: Settings, *, wall: Callable[[], float] = time.time
    ) -> None:
        self._wall = wall
        self.reset(settings)

    def reset(self, settings: Settings) -> None:
        """Everything anew."""
        self.skipped_seconds = 0.0
        self.settings = settings
        self._began_at = self._wall()
        self.world = World(settings, now=self._began_at)
        self.tokens = Tokens()
        self.purse = Purse()
        self.trouble = Trouble(seed=settings.seed)
        self.journal = Journal(keep=settings.keep_log)
        self.sessions: dict[str, Any] = {}
        self._random = Random(f"latency {settings.seed}")
        self._calls = 0

    def adopt(self, settings: Settings) -> None:
        """Other settings for the same world."""
        self.settings = settings
        self.world.settings = settings

    def now(self) -> float:
        """The world's time, brought up to date."""
        passed = self._began_at if self.settings.stands_still else self._wall()
        self.world.advance(passed + self.skipped_seconds)
        return self.world.now

    # A call

    async def perform(self, request: Request) -> Outcome:
        """Charge it, let it suffer what it must, do it, and write it down."""
        now = self.now()
        delay = draw_delay(self.settings.latency, request.method.name, random=self._random)
        try:
            call = self._admit(request, now=now)
        except Refusal as refusal:
            self._record(request, account="", refusal=refusal)
            await _pass(delay.total / 5)
            return Outcome(answer=None, refusal=refusal, fault=None)
        account = call.caller.account
        try:
            self.purse.charge(
                request.method, account=account, quotas=self.settings.quotas, now=now
            )
        except Refusal as refusal:
            self._record(request, account=account, refusal=refusal, refused=True)
            await _pass(delay.total / 5)
            return Outcome(answer=None, refusal=refusal, fault=None)
        fault = self._find_fault(call)
        if fault and fault.when == "before" and fault.kind != "slow":
            await _pass(delay.total)
            self._record(request, account=account, fault=fault)
            return Outcome(answer=None, refusal=None, fault=fault)
        await _pass(delay.before)
        outcome = self._decide(request, call, fault)
        await _pass(
            delay.after + (fault.seconds if fault and fault.kind == "slow" else 0.0)
        )
        return outcome

    def _admit(self, request: Request, *, now: float) -> Call:
        _ = now
        query = request.query
        every = query.get("supportsAllDrives") or query.get("supportsTeamDrives") or ""
        bearer = request.headers.get("Authorization", "")
        if not bearer and "access_token" in query:
            bearer = f"Bearer {query['access_token']}"
        caller = self.tokens.caller(
            self.world, bearer, all_drives=every.lower() in {"true", "1"}
        )
        access.check_scopes(caller, writes=request.method.writes)
        if self.world.users[caller.account].disabled:
            raise forbidden(
                "domainPolicy", "The domain administrators have disabled Drive apps."
            )
        return Call(
            method=request.method,
            world=self.world,
            caller=caller,
            ids=request.ids,
            query=query,
            headers=request.headers,
            raw=request.raw,
            origin=request.origin,
            sessions=self.sessions,
        )

    def _decide(self, request: Request, call: Call, fault: Fault | None) -> Outcome:
        self.now()
        answer, refusal = None, None
        try:
            answer = request.method.run(call)
        except Refusal as problem:
            refusal = problem
        if self.world.arrivals:
            students.greet_arrivals(self.world)
        committed = request.method.writes and answer is not None
        self._record(
            request,
            account=call.caller.account,
            answer=answer,
            refusal=refusal,
            fault=fault,
            committed=committed,
        )
        return Outcome(answer=answer, refusal=refusal, fault=fault)

    def _find_fault(self, call: Call) -> Fault | None:
        if not self.trouble.rules:
            return None
        return self.trouble.find(
            call=call.method.name, account=call.caller.account, target=self._target(call)
        )

    def _target(self, call: Call) -> str:
        # Names before ids: different clients are given different ids for the same thing.
        try:
            name = call.body.get("name") or call.body.get("title")
        except Refusal:
            name = None
        if name:
            return str(name)
        file = self.world.files.get(call.ids[0]) if call.ids else None
        return file.name if file else call.caller.account

    def _record(
        self,
        request: Request,
        *,
        account: str,
        answer: Answer | None = None,
        refusal: Refusal | None = None,
        fault: Fault | None = None,
        committed: bool = False,
        refused: bool = False,
    ) -> None:
        said = faults.as_refusal(fault.kind) if fault else None
        shown = said or refusal
        status = shown.status if shown else (answer.status if answer else 0)
        if fault and fault.kind in {"drop", "hang", "kill"}:
            status = 0
        elif fault and fault.kind == "502html":
            status = 502
        self._calls += 1
        self.journal.add(
            Entry(
                number=self._calls,
                at=self.world.now,
                call=request.method.name,
                account=account,
                target=request.ids[0] if request.ids else "",
                status=status,
                reason=shown.reason if shown else "",
                fault=fault.label if fault else "",
                committed=committed,
                units=request.method.units,
                body_bytes=len(request.raw),
            ),
            refused=refused,
        )

    # The token endpoint

    def token_fault(self, form: Mapping[str, str]) -> Fault | None:
        """Trouble at the token endpoint; it counts as the call named `token`."""
        self.now()
        if not self.trouble.rules:
            return None
        return self.trouble.find(
            call="token", account="", target=form.get("grant_type", "")
        )


async def _pass(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)
