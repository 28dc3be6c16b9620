"""Who is in a class, frozen at a moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A student on a roster, with the folder that receives.

    `folder` holds the parts of a path below the destination, or is empty when the
    roster names none; then the student's name makes the folder.
    """

    student: str
    email: str | None = None
    folder: tuple[str, ...] = ()
    school_class: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A class as it stood when it was read; each student once."""

    recipients: tuple[Recipient, ...]
