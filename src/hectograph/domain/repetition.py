"""A request that stands, to be made anew each Monday: its states, what is due, what came.

Each occurrence is an ordinary share. There is one for a day of a repetition, whoever asks
and however often; that is settled where it is written down.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import dropwhile, takewhile
from typing import Any, Final, Self

from hectograph.domain.errors import IllegalTransition, Reason, RequestRefused
from hectograph.domain.ids import ClassId, RepetitionId, ShareId
from hectograph.domain.manner import DEFAULT_PATTERN, Access, Manner, ShareMode
from hectograph.domain.recurrence import Occurrence, Rule
from hectograph.domain.school_days import A_DAY, SchoolDays
from hectograph.domain.school_time import SchoolTime

DATED_PATTERN: Final = DEFAULT_PATTERN.replace("{document}", "{document} {date}")
"""Tells a week's copy from the last one's."""

MISSED: Final = "missed"
CLOSED: Final = "closed"


class RepetitionState(StrEnum):
    """Whether shares are made by it."""

    ON = "on"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRequest:
    """What is asked for each time, as it was named: read anew, each time.

    `into` is a directory; `drive` in its place is one of the school's, with the subject
    and the teacher who shares. Paths are absolute. Where it is for a class that is kept,
    `class_id` names it, and its roster and folders are that class's, as they are then;
    `roster` is empty, and `teacher` is the email of whoever began it.
    """

    documents: tuple[str, ...]
    roster: str
    into: str | None = None
    drive: str | None = None
    subject: str = ""
    teacher: str | None = None
    school_class: str | None = None
    pattern: str = DATED_PATTERN
    mode: ShareMode = ShareMode.OWN
    access: Access = Access.EDIT
    class_id: ClassId | None = None

    @property
    def manner(self) -> Manner:
        """How the copies are made."""
        return Manner(
            pattern=self.pattern, mode=self.mode, access=self.access, subject=self.subject
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a day: its share, or the reason why there is none."""

    day: date
    at: datetime
    share: ShareId | None = None
    reason: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "on": self.day.isoformat(),
            "at": self.at.isoformat(),
            "share": self.share,
            "error": asdict(self.reason) if self.reason else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """A standing request with its rule, as it is kept.

    `next_on` is the day that is looked at next, closed or not, at `due_at`; None when it
    has ended. `last` is what came of the latest day, `made_on` the latest with a share,
    and `made` how many have one.
    """

    id: RepetitionId
    request: StandingRequest
    rule: Rule
    state: RepetitionState
    asked_at: datetime
    asked_by: str | None
    next_on: date | None
    due_at: datetime | None
    last: Outcome | None = None
    made_on: date | None = None
    made: int = 0

    def as_json(
        self, coming: Occurrence | None = None, closed: Mapping[date, str] | None = None
    ) -> dict[str, Any]:
        """What `--json` prints. `closed` are the days that will be left out before."""
        is_on = self.state is RepetitionState.ON
        return {
            "repeat": self.id,
            "state": str(self.state),
            **asdict(self.request),
            **self.rule.as_json(),
            "next_on": coming.day.isoformat() if coming and is_on else None,
            "next_at": coming.wanted_at.isoformat() if coming and is_on else None,
            "left_out": {day.isoformat(): why for day, why in (closed or {}).items()},
            "asked_at": self.asked_at.isoformat(),
            "asked_by": self.asked_by,
            "made": self.made,
            "last": self.last.as_json() if self.last else None,
        }

    def paused(self) -> Self:
        """Makes no more shares until it is resumed."""
        return replace(self._not_ended(), state=RepetitionState.PAUSED)

    def resumed(self, upcoming: Occurrence | None) -> Self:
        """Goes on with what is still to come; what passed meanwhile is left out."""
        if self._not_ended().state is RepetitionState.ON:
            return self
        return replace(self, state=RepetitionState.ON).followed_by(upcoming)

    def moved(self, rule: Rule, upcoming: Occurrence | None) -> Self:
        """By another rule from now on; a paused one stays paused."""
        if upcoming is None:
            raise never_due()
        return replace(self._not_ended(), rule=rule).followed_by(upcoming)

    def ended(self) -> Self:
        """Makes no more shares; those that it made stay."""
        return self._not_ended().followed_by(None)

    def followed_by(self, occurrence: Occurrence | None) -> Self:
        """Is due next then; it has ended when there is none."""
        if occurrence is None:
            ended = RepetitionState.ENDED
            return replace(self, state=ended, next_on=None, due_at=None)
        return replace(self, next_on=occurrence.day, due_at=occurrence.asks_at)

    def _not_ended(self) -> Self:
        if self.state is RepetitionState.ENDED:
            raise IllegalTransition(
                "The repetition has ended.",
                effect="Nothing was changed.",
                remedy="Begin another with `hectograph share … --every DAYS`.",
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be done now: a share, days to tell of, and what comes afterwards."""

    wanted: Occurrence | None
    told: tuple[Outcome, ...]
    following: Occurrence | None


def find_upcoming(
    rule: Rule,
    *,
    school: SchoolTime,
    days: SchoolDays,
    now: datetime,
    made_on: date | None = None,
) -> Occurrence | None:
    """The next occurrence whose moment is still to come, closed or not; None if none is.

    `made_on` is the latest day that has its share already.
    """
    today = school.local(now).date()
    first = today if made_on is None else max(today, made_on + A_DAY)
    coming = rule.occurrences(first=first, school=school, days=days)
    return next(dropwhile(lambda each: each.wanted_at <= now, coming), None)


def decide_due(
    rule: Rule, *, next_on: date, school: SchoolTime, days: SchoolDays, now: datetime
) -> Due:
    """What is to be done about a rule of which `next_on` was the next day to look at.

    Of days whose time passed while nobody looked the newest counts, if it is not over at
    the school; the others were missed. Nothing is made on a day that the calendar closes;
    who names Sundays means them.
    """

    def coming() -> Iterator[Occurrence]:
        return rule.occurrences(first=next_on, school=school, days=days)

    passed = list(takewhile(lambda each: each.asks_at <= now, coming()))
    following = next(dropwhile(lambda each: each.asks_at <= now, coming()), None)
    newest = passed[-1] if passed else None
    is_of_use = (
        newest is not None
        and newest.day >= school.local(now).date()
        and newest.day not in days.closed
    )
    return Due(
        wanted=_at_once(newest, now=now) if newest and is_of_use else None,
        told=tuple(
            _left_out(each.day, days=days, now=now)
            for each in passed
            if not (is_of_use and each is newest)
        ),
        following=following,
    )


def list_coming(
    repetition: Repetition, *, school: SchoolTime, days: SchoolDays
) -> tuple[Occurrence | None, dict[date, str]]:
    """The next occurrence that will be made, and the closed days before it, and why."""
    closed: dict[date, str] = {}
    if repetition.next_on is None:
        return None, closed
    rule, first = repetition.rule, repetition.next_on
    for each in rule.occurrences(first=first, school=school, days=days):
        if each.day not in days.closed:
            return each, closed
        closed[each.day] = days.closed[each.day]
    return None, closed


def never_due() -> RequestRefused:
    """The refusal of a rule by which nothing is to come."""
    return RequestRefused(
        "It would never be due.",
        effect="Nothing was done.",
        remedy="Name a later day with --until, or none.",
    )


def _at_once(occurrence: Occurrence, *, now: datetime) -> Occurrence:
    """The occurrence, begun at once when its beginning has passed."""
    timing = occurrence.timing
    if timing.begins_at is None or timing.begins_at > now:
        return occurrence
    return replace(occurrence, timing=replace(timing, begins_at=None))


def _left_out(day: date, *, days: SchoolDays, now: datetime) -> Outcome:
    why = days.closed.get(day)
    reason = Reason(
        code=CLOSED if why else MISSED,
        message=f"There was no school: {why}." if why else "No worker was about in time.",
        remedy="" if why else "Have a worker run at all times: `hectograph worker`.",
    )
    return Outcome(day=day, at=now, reason=reason)
