"""From what a teacher says about time to when a share is done."""

from dataclasses import dataclass
from datetime import date, datetime

from hectograph.domain.errors import RequestRefused
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import SchoolTime
from hectograph.domain.share import ServiceClass, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What was said: times as people write them, see `SchoolTime.parse_moment`.

    Not before `at`, or any time `tonight`; all of it by `done_by`; seen by nobody before
    `reveal_at`. `in_lesson`: a class waits for it.
    """

    at: str | None = None
    tonight: bool = False
    done_by: str | None = None
    reveal_at: str | None = None
    in_lesson: bool = False

    @property
    def is_now(self) -> bool:
        """Whether nothing was said."""
        return self == When()


def decide_timing(
    when: When, *, school: SchoolTime, days: SchoolDays, now: datetime
) -> Timing:
    """When the share is done. Raises RequestRefused for times that cannot be kept.

    What is for the night, and what is made long before it may be seen, gives way to
    everything else until its own time comes near. Tonight's work may take until the
    morning of the next school day.
    """
    if when.tonight and (when.at or when.in_lesson):
        raise _refused("It cannot be for tonight and for another time as well.")
    begins_at, ends_at = school.tonight(days, now=now) if when.tonight else (None, None)
    if when.at:
        begins_at = school.parse_moment(when.at, now=now)
    start = begins_at or now

    def later(text: str | None) -> datetime | None:
        return school.parse_moment(text, now=now, after=start) if text else None

    deadline, reveals_at = later(when.done_by) or ends_at, later(when.reveal_at)
    if when.in_lesson and reveals_at is not None:
        raise _refused("What is made beforehand is waited for by nobody.")
    is_patient = when.tonight or reveals_at is not None
    quiet = ServiceClass.OVERNIGHT if is_patient else ServiceClass.NORMAL
    return Timing(
        service_class=ServiceClass.IN_LESSON if when.in_lesson else quiet,
        begins_at=begins_at if begins_at and begins_at > now else None,
        deadline=deadline or reveals_at,
        reveals_at=reveals_at,
    )


def closed_days(
    when: When, timing: Timing, *, school: SchoolTime, days: SchoolDays
) -> dict[date, str]:
    """The days without school on which somebody wants something, and why there is none."""
    named = {
        timing.begins_at: when.at,
        timing.deadline: when.done_by,
        timing.reveals_at: when.reveal_at,
    }
    wanted = sorted({school.local(at).date() for at, text in named.items() if at and text})
    return {day: why for day in wanted if (why := days.why_closed(day))}


def _refused(cause: str) -> RequestRefused:
    return RequestRefused(cause, effect="Nothing was done.", remedy="Say one of the two.")
