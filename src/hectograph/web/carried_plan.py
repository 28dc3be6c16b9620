"""A plan of rosters that the page carries, signed, from the look to the load."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from django.core import signing

from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import LoadPlan

SALT: Final = "hectograph.rosters"
GOOD_FOR_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedPlan:
    """What was looked at: `seen` is the digest of what it would have changed."""

    file: str
    rosters: Mapping[str, Roster]
    seen: str

    @classmethod
    def of(cls, plan: LoadPlan) -> Self:
        """What a page must carry, so that exactly this is carried out."""
        rosters = {change.name: change.roster for _, change in plan.changes}
        return cls(file=plan.file, rosters=rosters, seen=plan.digest)

    def sealed(self, *, by: PersonId) -> str:
        """It as text, which only this person can send back, within an hour."""
        rosters = {
            name: [
                (each.student, each.email, each.folder, each.school_class, each.group)
                for each in roster.recipients
            ]
            for name, roster in self.rosters.items()
        }
        told = {"by": by, "file": self.file, "seen": self.seen, "rosters": rosters}
        return signing.dumps(told, salt=SALT, compress=True)

    @classmethod
    def opened(cls, text: str, *, by: PersonId) -> Self:
        """What was sealed. Raises RequestRefused for anything else."""
        try:
            told = signing.loads(text, salt=SALT, max_age=GOOD_FOR_SECONDS)
        except signing.BadSignature as error:
            raise _too_old() from error
        if told["by"] != by:
            raise _too_old()
        rosters = {
            name: Roster(recipients=tuple(map(_recipient, rows)))
            for name, rows in told["rosters"].items()
        }
        return cls(file=told["file"], rosters=rosters, seen=told["seen"])


def _recipient(row: list[object]) -> Recipient:
    student, email, folder, school_class, group = row
    return Recipient(
        student=str(student),
        email=_text(email),
        folder=tuple(map(str, folder)) if isinstance(folder, list) else (),
        school_class=_text(school_class),
        group=_text(group),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _too_old() -> RequestRefused:
    return RequestRefused(
        "It is too long ago that you looked at what would change.",
        effect="Nothing was loaded.",
        remedy="Choose the file again.",
    )
