"""What a teacher does with a class: share with it, and look after what was shared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hectograph.app.asking import Asking
from hectograph.app.classes import SchoolClasses
from hectograph.app.drives import DriveDestination
from hectograph.app.estimating import Queued
from hectograph.app.sharing import Requested, RequestShare, Sharing
from hectograph.domain.drive import destination_on
from hectograph.domain.errors import (
    DocumentRefused,
    NotAllowed,
    RequestRefused,
    UnknownClass,
    UnknownShare,
)
from hectograph.domain.ids import ClassId, ShareId
from hectograph.domain.people import Act, Person, Tie, may
from hectograph.domain.plan import DEFAULT_PATTERN
from hectograph.domain.repetition import StandingRequest
from hectograph.domain.report import ShareReport
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import Destination, SchoolClass, pick
from hectograph.domain.share import NOW, Progress, Timing
from hectograph.ports.classes import Asked, KnownDocument, Place
from hectograph.ports.provider import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWish:
    """What a teacher wants a class to get. `students` are places on its roster, or all."""

    school_class: ClassId
    documents: tuple[Document, ...]
    students: tuple[int, ...] | None = None
    pattern: str = DEFAULT_PATTERN
    again: bool = False
    timing: Timing = NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A share as somebody may see it: for which class, if for one, and who asked for it."""

    school_class: SchoolClass | None
    asked_by: tuple[str, ...]

    def lets(self, person: Person, act: Act) -> bool:
        """Whether somebody may do this about it."""
        found = self.school_class
        return may(person.role, act, found.tie_to(person) if found else Tie.OTHER_SCHOOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaching:
    """Shares of classes."""

    classes: SchoolClasses
    asking: Asking
    sharing: Sharing

    async def preview(self, wish: ClassWish, *, by: Person) -> ShareReport:
        """What a wish would do, without doing any of it. Raises as `request` does."""
        return await self.sharing.preview(await self._request(wish, by=by))

    async def request(self, wish: ClassWish, *, by: Person) -> Requested:
        """Share with a class, or join the share of the same request.

        Raises UnknownClass, NotAllowed, RequestRefused and UnknownDrive.
        """
        requested = await self.sharing.request(await self._request(wish, by=by))
        await self._note(requested.share.id, school_class=wish.school_class, by=by)
        return requested

    async def find(self, share: ShareId, *, by: Person, act: Act = Act.SEE_CLASS) -> Seen:
        """A share about which somebody may do this. Raises UnknownShare and NotAllowed."""
        asked = await self.classes.desk.run(self.classes.classes.find_asked, share)
        if asked is None:
            # Asked for at a command line: of no class that anybody teaches.
            if not may(by.role, act, Tie.OTHER_SCHOOL):
                raise UnknownShare(f"There is no share {share!r}.")
            await self.sharing.progress(share)
            return Seen(school_class=None, asked_by=())
        try:
            found = await self.classes.school_class(asked.school_class, by=by, act=act)
        except UnknownClass as unknown:
            raise UnknownShare(f"There is no share {share!r}.") from unknown
        return Seen(school_class=found, asked_by=asked.by)

    async def list_shares(
        self,
        *,
        by: Person,
        of: ClassId | None = None,
        search: str = "",
        limit: int = 50,
        after: Place | None = None,
    ) -> Sequence[tuple[Asked | None, Progress]]:
        """The newest shares that somebody may see; of one class, or the next of a list.

        Raises UnknownClass.
        """
        if of is not None:
            seen: Sequence[SchoolClass] = [await self.classes.school_class(of, by=by)]
        else:
            seen = await self.classes.list_seen(by)
        return await self.classes.desk.run(
            self.classes.classes.list_shares,
            [each.id for each in seen],
            others=of is None and may(by.role, Act.SEE_CLASS, Tie.OTHER_SCHOOL),
            search=search,
            limit=limit,
            after=after,
        )

    async def queue(self, *, by: Person, account: str | None = None) -> Sequence[Queued]:
        """What runs and waits of the shares that somebody may see, line by line.

        The shares of others count, and are not shown.
        """
        found = await self.sharing.estimating.queue(account)
        if may(by.role, Act.SEE_CLASS, Tie.OTHER_SCHOOL):
            return found
        shares = [each.share.id for line in found for each in line.standings]
        asked = await self.classes.desk.run(self.classes.classes.list_asked, shares)
        classes = {each.id for each in await self.classes.list_seen(by)}
        seen = {each.share for each in asked if each.school_class in classes}
        mine = [
            replace(
                line,
                standings=tuple(each for each in line.standings if each.share.id in seen),
            )
            for line in found
        ]
        return [line for line in mine if line.standings]

    async def list_documents(
        self, place: Destination, *, by: Person, limit: int = 10
    ) -> Sequence[KnownDocument]:
        """The documents that somebody shared on the drive of a class, the last first."""
        if place.drive is None:
            return ()
        return await self.classes.desk.run(
            self.classes.classes.list_documents,
            by.id,
            destination=destination_on(place.drive),
            limit=limit,
        )

    async def note_offspring(self, share: ShareId, *, of: ShareId, by: Person) -> None:
        """Note that a share came of another one, and is of the same class."""
        found = await self.find(of, by=by, act=Act.STEER)
        if found.school_class is not None:
            await self._note(share, school_class=found.school_class.id, by=by)

    async def read_standing(
        self, request: StandingRequest, *, timing: Timing
    ) -> RequestShare:
        """What a request that stands asks for, as its class is now.

        Raises as `request` does, and NotAllowed once whoever began it may not share there.
        """
        by = await self._standing_for(request)
        number = request.class_id or ClassId("")
        found = await self.classes.school_class(number, by=by, act=Act.SHARE)
        place = found.destination
        is_directory = place is not None and place.directory is not None
        wish = ClassWish(
            school_class=number,
            documents=tuple(
                Path(each) if is_directory else each for each in request.documents
            ),
            pattern=request.pattern,
            again=True,
            timing=timing,
        )
        return await self._request(wish, by=by)

    async def note_repeated(self, share: ShareId, request: StandingRequest) -> None:
        """Note for which class a share is that a request that stands has made."""
        by = await self._standing_for(request)
        await self._note(share, school_class=request.class_id or ClassId(""), by=by)

    async def _standing_for(self, request: StandingRequest) -> Person:
        people = self.classes.people
        here = await self.classes.desk.run(people.list_people, school=None)
        for each in here:
            if each.email == request.teacher:
                return each
        raise NotAllowed(
            "Whoever began this is not here any more.",
            effect="Nothing was shared.",
            remedy="Somebody who teaches the class can begin it anew.",
        )

    async def _note(self, share: ShareId, *, school_class: ClassId, by: Person) -> None:
        await self.classes.desk.run(
            self.classes.classes.note_asked,
            share,
            school_class=school_class,
            by=by.id,
            now=self.classes.clock.now(),
        )

    async def _request(self, wish: ClassWish, *, by: Person) -> RequestShare:
        found = await self.classes.school_class(wish.school_class, by=by, act=Act.SHARE)
        people = await self.classes.roster(found)
        return await self._request_of(
            wish, found, pick(people, wish.students), teacher=by.email
        )

    async def _request_of(
        self, wish: ClassWish, found: SchoolClass, people: Roster, *, teacher: str
    ) -> RequestShare:
        place = found.destination
        if place is None:
            raise RequestRefused(
                f"Nobody has said where the folders of {found.name} are.",
                effect="Nothing was shared.",
                remedy="Whoever looks after the classes of your school can say it.",
            )
        into: Path | DriveDestination = Path(place.directory or "")
        if place.drive is not None:
            into = DriveDestination(
                drive=place.drive, subject=place.subject, teacher=teacher
            )
        elif not all(isinstance(each, Path) for each in wish.documents):
            # A text would be a path on this machine.
            raise DocumentRefused(
                f"The folders of {found.name} are in a directory, which takes files alone.",
                effect="Nothing was shared.",
                remedy="Send the document as a file.",
            )
        return await self.asking.request_for(
            people,
            wish.documents,
            into=into,
            school_class=found.name,
            pattern=wish.pattern,
            again=wish.again,
            timing=wish.timing,
        )
