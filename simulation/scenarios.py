"""The loads that are played, as data."""

from random import Random

from simulation.school import Asked, Scenario

HOUR = 3600.0
LESSONS = (0.0, 2700.0)
RUSH_SECONDS = 180.0
PATIENCE_SECONDS = 300.0
"""A share asked for at the beginning of a lesson is wanted within five minutes."""


def school_hour(*, teachers: int, recipients: int, couriers: int, seed: int) -> Scenario:
    """Each teacher shares once within the hour: half at any time, half as lessons begin.

    Lessons begin at 08:00 and 08:45, and most are wanted within three minutes of that.
    """
    random = Random(seed)
    moments = [
        random.uniform(0, HOUR)
        if teacher % 2
        else random.choice(LESSONS) + random.uniform(0, RUSH_SECONDS)
        for teacher in range(teachers)
    ]
    whose = "one account each" if not couriers else f"{couriers} couriers"
    return Scenario(
        name=f"{teachers:,} teachers × {recipients} from 08:00 to 09:00, {whose}",
        asked=tuple(
            Asked(at=at, recipients=recipients, teacher=each, wanted_at=_wanted(at))
            for each, at in enumerate(moments)
        ),
        couriers=couriers,
        lanes=256,
        patrol_seconds=5.0,
    )


def nine_sharp(*, teachers: int, recipients: int, lanes: int) -> Scenario:
    """All at the same moment."""
    return Scenario(
        name=f"{teachers} teachers × {recipients} at 09:00 sharp, {lanes} lanes at once",
        asked=tuple(
            Asked(at=1.0, recipients=recipients, teacher=each, wanted_at=_wanted(1.0))
            for each in range(teachers)
        ),
        lanes=lanes,
    )


def small_behind_big(*, big: int, small: int, count: int, apart: float) -> Scenario:
    """Small shares that come in behind a big one, on the same account."""
    return Scenario(
        name=f"{count} × {small} behind {big:,}, one account",
        asked=(
            Asked(at=1.0, recipients=big, teacher=0),
            *(
                Asked(at=at, recipients=small, teacher=0, wanted_at=_wanted(at))
                for at in (61.0 + apart * each for each in range(count))
            ),
        ),
    )


def _wanted(at: float) -> float:
    return at + PATIENCE_SECONDS
