"""When shares will be through: told to people, and kept to learn from."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf
from typing import Final

from hectograph.domain.errors import LedgerUnavailable
from hectograph.domain.estimate import Estimate
from hectograph.domain.hindsight import Hindsight
from hectograph.domain.ids import ShareId, drive_of
from hectograph.domain.line import Line
from hectograph.domain.noted import Noted, note_line
from hectograph.domain.risk import Risk, is_at_risk
from hectograph.domain.share import PlannedShare, Share
from hectograph.domain.standing import Standing, list_standings
from hectograph.ports.clock import Clock
from hectograph.ports.outlook import Outlook
from hectograph.ports.presence import Presence
from hectograph.threads import OneThread

LEARNED_SECONDS: Final = 60.0
"""How long what was learned is good."""

LEARNED_FROM: Final = 4000
"""The latest estimates that are learned from."""

GLANCE_SECONDS: Final = 1.0
"""How long what was told is good, to whoever looks all the time."""

NOTES_APART_SECONDS: Final = 5.0

WATCHED_SECONDS: Final = 60.0

KEPT: Final = timedelta(days=60)
TIDIED_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A line, and where each of its shares stands, in the order of their ends."""

    line: Line
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    share: ShareId
    at: float
    estimate: Estimate | None


@dataclass(slots=True, kw_only=True)
class Estimating:
    """Knows what may be expected of every line."""

    outlook: Outlook
    presence: Presence
    desk: OneThread
    clock: Clock
    _hindsight: Hindsight | None = None
    _learned_at: float = 0.0
    _noted_at: float = -inf
    _tidied_at: float = -inf
    _watched_at: float = -inf
    _seen: _Seen | None = None

    async def estimates(self, shares: Sequence[Share]) -> Mapping[ShareId, Estimate]:
        """Those of open shares, by share; where nobody works, as if somebody did."""
        wanted = [each for each in shares if not each.is_ended]
        only = wanted[0].id if len(wanted) == 1 else None
        noted = await self._note(wanted, only=only)
        return {share: each.estimate for share, each in noted.items()}

    async def queue(self, account: str | None = None) -> Sequence[Queued]:
        """Every line that is not empty, share by share; those of one account or drive."""
        now = self.clock.now()
        is_about = await self.desk.run(self.presence.is_worker_about)
        hindsight = await self._learned()
        return [
            Queued(
                line=line,
                standings=tuple(
                    list_standings(
                        line, note_line(line, hindsight), is_worker_about=is_about
                    )
                ),
            )
            for line in await self.desk.run(self.outlook.list_lines, now=now)
            if account is None or account in (line.account, drive_of(line.account))
        ]

    async def promised(self, shares: Sequence[Share]) -> Mapping[ShareId, Estimate]:
        """The same; none while nobody works, as nobody knows when somebody will."""
        if all(each.is_ended for each in shares):
            return {}
        is_about = await self.desk.run(self.presence.is_worker_about)
        return await self.estimates(shares) if is_about else {}

    async def glance(self, share: Share) -> Estimate | None:
        """A share's estimate for whoever looks many times a second."""
        now = self.clock.elapsed()
        seen = self._seen
        if seen is None or seen.share != share.id or now - seen.at >= GLANCE_SECONDS:
            estimates = await self.estimates([share])
            seen = _Seen(share=share.id, at=now, estimate=estimates.get(share.id))
            self._seen = seen
        return None if share.is_ended else seen.estimate

    async def forget(self, share: ShareId | None) -> None:
        """Learn nothing from what was expected so far; of all that is open, or a share."""
        await self.desk.run(self.outlook.forget, share)

    async def foresee(self, plan: PlannedShare) -> Noted | None:
        """What would become of a plan, were it written down now.

        None where that cannot be told: it is never worth a request that fails.
        """
        try:
            line = await self.desk.run(
                self.outlook.line,
                plan.share.account,
                now=self.clock.now(),
                lanes=plan.lanes,
            )
            hindsight = await self._learned()
        except LedgerUnavailable:
            return None
        joined = line.joined_by(plan.share, is_native=plan.is_native)
        return note_line(joined, hindsight, only=plan.share.id).get(plan.share.id)

    async def keep(self, noted: Noted | None) -> None:
        """Keep what was foreseen of a share, once it is written down.

        Not while nobody works: when it ends depends on when somebody comes.
        """
        if noted is None:
            return
        with suppress(LedgerUnavailable):
            if await self.desk.run(self.presence.is_worker_about):
                await self.desk.run(self.outlook.keep, [noted])

    async def take_note(self) -> None:
        """Keep estimates of what runs, now and then; every worker does."""
        elapsed, now = self.clock.elapsed(), self.clock.now()
        if elapsed - self._noted_at < NOTES_APART_SECONDS:
            return
        self._noted_at = elapsed
        due = await self.desk.run(self.outlook.list_unnoted, now=now)
        noted = await self._note(due)
        kept = [noted[each.id] for each in due if each.id in noted]
        await self.desk.run(self.outlook.keep, kept)
        if elapsed - self._tidied_at >= TIDIED_SECONDS:
            self._tidied_at = elapsed
            await self.desk.run(self.outlook.prune, before=now - KEPT)

    async def watch_deadlines(self) -> Sequence[Risk]:
        """Write down which deadlines are at risk now, and which no more; what is new.

        Looks once in a minute. What another worker wrote down is not new.
        """
        elapsed, now = self.clock.elapsed(), self.clock.now()
        if elapsed - self._watched_at < WATCHED_SECONDS:
            return ()
        self._watched_at = elapsed
        shares = await self.desk.run(self.outlook.list_deadlines)
        told = {each.share: each for each in await self.desk.run(self.outlook.list_risks)}
        estimates = await self.estimates(shares) if shares else {}
        changes = []
        for each in shares:
            estimate, was = estimates.get(each.id), told.pop(each.id, None)
            if not is_at_risk(each, estimate, now=now, was=was is not None):
                changes += await self._end(was, now=now)
            elif was is None:
                changes += await self._tell(each, estimate, now=now)
        for over in told.values():
            changes += await self._end(over, now=now)
        return changes

    async def _tell(
        self, share: Share, estimate: Estimate | None, *, now: datetime
    ) -> list[Risk]:
        deadline = share.deadline or now
        latest_at = estimate.latest_at if estimate else deadline
        risk = Risk(share=share.id, told_at=now, deadline=deadline, latest_at=latest_at)
        return [risk] if await self.desk.run(self.outlook.tell_risk, risk) else []

    async def _end(self, risk: Risk | None, *, now: datetime) -> list[Risk]:
        if risk is None:
            return []
        is_new = await self.desk.run(self.outlook.end_risk, risk.share, at=now)
        return [replace(risk, over_at=now)] if is_new else []

    async def _note(
        self, shares: Sequence[Share], *, only: ShareId | None = None
    ) -> Mapping[ShareId, Noted]:
        """What can be told of all in the lines of these; as much as it takes of `only`."""
        accounts = sorted({each.account for each in shares})
        lines = await self.desk.run(self.outlook.list_lines, accounts, now=self.clock.now())
        hindsight = await self._learned()
        noted: dict[ShareId, Noted] = {}
        for line in lines:
            noted |= note_line(line, hindsight, only=only)
        return noted

    async def _learned(self) -> Hindsight:
        now = self.clock.elapsed()
        if self._hindsight is None or now - self._learned_at > LEARNED_SECONDS:
            past = await self.desk.run(self.outlook.list_past, limit=LEARNED_FROM)
            self._hindsight, self._learned_at = Hindsight.learned(past), now
        return self._hindsight
