"""The staff: who may come in, and who is here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from hectograph.app.tokens import digest_of
from hectograph.domain.drive import check_email
from hectograph.domain.errors import NotAllowed, RequestRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import (
    LONGEST_NAME,
    Act,
    Person,
    Role,
    check_language,
    check_name,
    may_in_school,
    may_invite,
)
from hectograph.domain.sign_in import Claim, Entry, decide_entry
from hectograph.ports.clock import Clock
from hectograph.ports.people import Acquaintance, Invitation, People
from hectograph.threads import OneThread

GOOD_FOR: Final = timedelta(days=7)
"""How long a link by which somebody gets in is good for."""

REFUSALS: Final[Mapping[Entry, str]] = MappingProxyType(
    {
        Entry.UNVERIFIED: "The service does not say that {email} is really yours.",
        Entry.LEFT: "{email} may not come in any more.",
        Entry.STRANGER: "Nobody here has the email {email}.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """`new_token` makes secrets that nobody can guess; only digests of them are kept.

    `school` is what the first school of an installation is called. `domains` are those of
    emails whose people come in as its teachers by themselves.
    """

    people: People
    desk: OneThread
    clock: Clock
    new_token: Callable[[], str]
    school: str
    domains: frozenset[str] = frozenset()

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

    async def enter(self, claim: Claim, *, begun_at: datetime) -> Person:
        """Let somebody in whom a service vouches for. Raises NotAllowed, RequestRefused.

        `begun_at`: when they were sent to the service, by our clock.
        """
        email = check_email(claim.email)
        now = self.clock.now()
        found = await self.desk.run(self.people.look_up, email, now=now)
        entry = decide_entry(
            claim,
            standing=found.standing,
            is_invited=found.invitation is not None,
            domains=self.domains,
        )
        if entry in REFUSALS:
            raise NotAllowed(
                REFUSALS[entry].format(email=email),
                effect="Nobody was let in.",
                remedy="Ask whoever looks after hectograph at your school to invite you.",
            )
        if entry is Entry.JOINS:
            # At once used: it is their invitation, written by the setting.
            await self._invite(email, Role.TEACHER, self.school)
            found = await self.desk.run(self.people.look_up, email, now=now)
        person = found.person if entry is Entry.KNOWN else await self._come(claim, found)
        if person is None or not await self.desk.run(
            self.people.note_entry, person.id, begun_at=begun_at, now=self.clock.now()
        ):
            raise _used_already()
        return person

    async def _come(self, claim: Claim, found: Acquaintance) -> Person | None:
        """Somebody who is invited, as they are from now on; None if others were faster."""
        if found.invitation is None:
            return None
        email = found.invitation.email
        known = found.person.name if found.person is not None else ""
        called = known or " ".join(claim.name.split()) or email.partition("@")[0]
        return await self.desk.run(
            self.people.accept,
            found.invitation,
            email=email,
            name=check_name(called[:LONGEST_NAME]),
            password=None,
        )

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


def _used_already() -> RequestRefused:
    return RequestRefused(
        "This sign-in was used already, or is older than another one.",
        effect="Nobody was let in.",
        remedy="Sign in again.",
    )


def _too_late() -> RequestRefused:
    return RequestRefused(
        "This link is not good any more.",
        effect="Nobody was let in.",
        remedy="Ask for another one; or sign in, if you are here already.",
    )
