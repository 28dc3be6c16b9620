"""The audit log, for those who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hectograph.domain.errors import NotAllowed
from hectograph.domain.people import Act, Person, may_in_school
from hectograph.ports.cleanups import AuditEntry, Cleanups
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditing:
    """Operators read all of it; others what is about shares of their school's classes.

    What was done at a command line, or to a drive, is of no school.
    """

    cleanups: Cleanups
    desk: OneThread

    async def list_entries(
        self,
        *,
        by: Person,
        about: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[AuditEntry]:
        """The newest entries, about one share or clean-up if one is named.

        `before` is the number of the entry above which the last page ended. Raises
        NotAllowed.
        """
        if not may_in_school(by, Act.SEE_SCHOOL, by.school):
            raise NotAllowed("You may not read the audit log.")
        is_everywhere = may_in_school(by, Act.OPERATE, by.school)
        return await self.desk.run(
            self.cleanups.audit,
            subject=about,
            limit=limit,
            school=None if is_everywhere else by.school,
            before=before,
        )
