"""The staff: who may come in, and who is here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hectograph.app.tokens import digest_of
from hectograph.domain.drive import check_email
from hectograph.domain.errors import NotAllowed, RequestRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import (
    Act,
    Person,
    Role,
    check_language,
    check_name,
    may_in_school,
    may_invite,
)
from hectograph.ports.clock import Clock
from hectograph.ports.people import Invitation, People
from hectograph.threads import OneThread

GOOD_FOR: Final = timedelta(days=7)
"""How long a link by which somebody gets in is good for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """`new_token` makes secrets that nobody can guess; only digests of them are kept.

    `school` is what the first school of an installation is called.
    """

    people: People
    desk: OneThread
    clock: Clock
    new_token: Callable[[], str]
    school: str

    async def first_link(self) -> str | None:
        """A token that lets the first of all in, as operator; None if somebody is here.

        It takes the place of an earlier one.
        """
        if not await self.desk.run(self.people.is_empty):
            return None
        return await self._invite("", Role.OPERATOR, self.school)

    async def invite(self, email: str, role: Role, *, school: str, by: Person) -> str:
        """A token that lets somebody in. Raises NotAllowed and RequestRefused.

        Inviting somebody who is here is the way to a new password, and to another role.
        """
        if not may_invite(by, role, school):
            raise NotAllowed(f"You may not invite a person as {role}.")
        known = await self.desk.run(self.people.find, check_email(email))
        if known is not None and not may_invite(by, known.role, known.school):
            raise NotAllowed("You may not invite this person.")
        if known is not None and known.id == by.id:
            raise RequestRefused(
                "Nobody invites themselves.",
                effect="Nothing was changed.",
                remedy="Change your password on the page for that.",
            )
        return await self._invite(check_email(email), role, school)

    async def _invite(self, email: str, role: Role, school: str) -> str:
        token = self.new_token()
        invitation = Invitation(
            token_sha256=digest_of(token),
            email=email,
            role=role,
            school=school,
            expires_at=self.clock.now() + GOOD_FOR,
        )
        await self.desk.run(self.people.invite, invitation)
        return token

    async def find_invitation(self, token: str) -> Invitation | None:
        """What a token lets in; None if it is not good any more."""
        now = self.clock.now()
        return await self.desk.run(self.people.find_invitation, digest_of(token), now=now)

    async def accept(self, token: str, *, email: str, name: str, password: str) -> Person:
        """Let somebody in. Raises RequestRefused when the link was used, or is too old."""
        found = await self.find_invitation(token)
        if found is None:
            raise _too_late()
        accepted = await self.desk.run(
            self.people.accept,
            found,
            email=found.email or check_email(email),
            name=check_name(name),
            password=password,
        )
        if accepted is None:
            raise _too_late()
        return accepted

    async def find_signed_in(self, person: PersonId, *, session_hash: str) -> Person | None:
        """Whose session it is."""
        return await self.desk.run(
            self.people.find_signed_in, person, session_hash=session_hash
        )

    async def speak(self, language: str, *, to: Person) -> None:
        """Show somebody pages in a language; empty: as their browser says."""
        await self.desk.run(self.people.speak, to.id, check_language(language))

    async def list_people(self, *, by: Person) -> Sequence[Person]:
        """Everybody whom somebody may see. Raises NotAllowed."""
        if not may_in_school(by, Act.SEE_SCHOOL, by.school):
            raise NotAllowed("You may not see who is here.")
        is_everywhere = may_in_school(by, Act.OPERATE, by.school)
        school = None if is_everywhere else by.school
        return await self.desk.run(self.people.list_people, school=school)

    async def dismiss(self, person: PersonId, *, by: Person) -> None:
        """Let somebody in no more. Raises NotAllowed and RequestRefused."""
        found = next((e for e in await self.list_people(by=by) if e.id == person), None)
        if found is None or not may_invite(by, found.role, found.school):
            raise NotAllowed("You may not let this person go.")
        if found.id == by.id:
            raise RequestRefused(
                "Nobody lets themselves go.", effect="Nothing was changed."
            )
        await self.desk.run(self.people.leave, person)


def _too_late() -> RequestRefused:
    return RequestRefused(
        "This link is not good any more.",
        effect="Nobody was let in.",
        remedy="Ask for another one; or sign in, if you are here already.",
    )
