"""What a teacher does with a class: share with it, and look after what was shared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from hectograph.app.asking import Asking
from hectograph.app.classes import SchoolClasses, seen_by
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
from hectograph.domain.manner import PLAIN, Manner, ShareMode
from hectograph.domain.people import Act, Person, Tie, may
from hectograph.domain.repetition import StandingRequest
from hectograph.domain.report import ShareReport
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import (
    Destination,
    Latecomers,
    SchoolClass,
    each_once,
    pick,
)
from hectograph.domain.share import NOW, Progress, Timing
from hectograph.ports.classes import Asked, KnownDocument, Place
from hectograph.ports.provider import Document

LATE_FOR: Final = timedelta(days=60)
"""How long after a share those are asked about who came to its class since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassWish:
    """What a teacher wants a class to get. `students` are places on its roster, or all."""

    school_class: ClassId
    documents: tuple[Document, ...]
    students: tuple[int, ...] | None = None
    manner: Manner = PLAIN
    again: bool = False
    timing: Timing = NOW

    @property
    def pattern_of_all(self) -> str | None:
        """What names the copies, where each of the class gets their own as usual."""
        pattern = self.manner.pattern
        is_usual = self.manner == Manner(pattern=pattern)
        return pattern if is_usual and self.students is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPlan:
    """What a wish would do in a class; nothing, where all have it by another class.

    `elsewhere` are the students who are counted in an earlier class of the same wish.
    """

    school_class: SchoolClass
    report: ShareReport | None
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A wish about a class as a request; none where nobody is left to share with."""

    school_class: SchoolClass
    request: RequestShare | None
    elsewhere: tuple[str, ...]


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
        (plan,) = await self.preview_all([wish], by=by)
        assert plan.report is not None  # noqa: S101 - of one class nobody is elsewhere
        return plan.report

    async def request(self, wish: ClassWish, *, by: Person) -> Requested:
        """Share with a class, or join the share of the same request.

        Raises UnknownClass, NotAllowed, RequestRefused and UnknownDrive.
        """
        (requested,) = await self.request_all([wish], by=by)
        return requested

    async def preview_all(
        self, wishes: Sequence[ClassWish], *, by: Person, twice: bool = False
    ) -> Sequence[ClassPlan]:
        """What wishes about several classes would do; raises as `request_all` does."""
        plans = []
        for each in await self._asked(wishes, by=by, twice=twice):
            report = await self.sharing.preview(each.request) if each.request else None
            plans.append(
                ClassPlan(
                    school_class=each.school_class, report=report, elsewhere=each.elsewhere
                )
            )
        return plans

    async def request_all(
        self, wishes: Sequence[ClassWish], *, by: Person, twice: bool = False
    ) -> Sequence[Requested]:
        """Share with several classes: a share for each, all of them or none.

        A student of two of the classes gets the copy in the first, unless `twice`, or
        unless copies are shared; a class of which nobody is left has no share. Raises as
        `request` does, for whichever class.
        """
        asked = await self._asked(wishes, by=by, twice=twice)
        wanted = [(each.school_class, each.request) for each in asked if each.request]
        requested = await self.sharing.request_all([request for _, request in wanted])
        patterns = {each.school_class: each.pattern_of_all for each in wishes}
        for (school_class, _), made in zip(wanted, requested, strict=True):
            await self._note(
                made.share.id,
                school_class=school_class.id,
                by=by,
                pattern=patterns[school_class.id],
            )
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
        classes = None
        school, taught_by = seen_by(by)
        if of is not None:
            classes = [(await self.classes.school_class(of, by=by)).id]
        elif taught_by is not None:
            classes = [each.id for each in await self.classes.list_mine(by)]
        return await self.classes.desk.run(
            self.classes.classes.list_shares,
            classes,
            school=school,
            search=search,
            limit=limit,
            after=after,
        )

    async def list_companions(
        self, found: SchoolClass, *, by: Person
    ) -> Sequence[SchoolClass]:
        """The other classes of somebody that take the documents which this one takes."""
        mine = await self.classes.list_mine(by)
        return [
            each
            for each in mine
            if each.id != found.id
            and may_share(by, each)
            and _takes_links(each) is _takes_links(found)
        ]

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

    async def list_latecomers(
        self, mine: Sequence[SchoolClass], *, by: Person
    ) -> Sequence[Latecomers]:
        """Who has nothing of what all of somebody's classes got in the last weeks."""
        return await self._latecomers([each.id for each in mine if may_share(by, each)])

    async def latecomers(self, share: ShareId, *, by: Person) -> Latecomers:
        """Who has nothing of a share.

        Raises UnknownShare and NotAllowed; RequestRefused when everybody has it.
        """
        found = await self.find(share, by=by, act=Act.SHARE)
        late = await self._latecomers([found.school_class.id] if found.school_class else ())
        for each in late:
            if each.share == share:
                return each
        raise RequestRefused(
            "Everybody in the class has it, or was passed over.", effect="Nothing was done."
        )

    async def admit(
        self, late: Latecomers, documents: Sequence[Document] = (), *, by: Person
    ) -> Requested:
        """Give those who came late what the others have. Raises as `request` does.

        `documents` where the drive does not know them any more.
        """
        return await self.request(
            ClassWish(
                school_class=late.school_class,
                documents=tuple(documents) or late.origins,
                students=late.places,
                manner=Manner(pattern=late.pattern),
            ),
            by=by,
        )

    async def pass_over(self, late: Latecomers) -> None:
        """They get nothing, and nobody is asked about them again."""
        await self.classes.desk.run(
            self.classes.classes.pass_over, late.share, late.students
        )

    async def _latecomers(self, classes: Sequence[ClassId]) -> Sequence[Latecomers]:
        return await self.classes.desk.run(
            self.classes.classes.list_latecomers,
            classes,
            since=self.classes.clock.now() - LATE_FOR,
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
            manner=request.manner,
            again=True,
            timing=timing,
        )
        (asked,) = await self._asked([wish], by=by)
        assert asked.request is not None  # noqa: S101 - of one class nobody is elsewhere
        return asked.request

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

    async def _note(
        self,
        share: ShareId,
        *,
        school_class: ClassId,
        by: Person,
        pattern: str | None = None,
    ) -> None:
        await self.classes.desk.run(
            self.classes.classes.note_asked,
            share,
            school_class=school_class,
            by=by.id,
            now=self.classes.clock.now(),
            pattern=pattern,
        )

    async def _asked(
        self, wishes: Sequence[ClassWish], *, by: Person, twice: bool = False
    ) -> Sequence[_Asked]:
        """The requests that wishes about different classes make."""
        if len({each.school_class for each in wishes}) < len(wishes) or not wishes:
            raise RequestRefused(
                "A class is named twice, or none is.",
                effect="Nothing was shared.",
                remedy="Name each class once.",
            )
        members = [await self._members(each, by=by) for each in wishes]
        once = each_once([(found.destination, roster) for found, roster in members])
        # A group, or a class, has its copy whoever else has one.
        twice = twice or any(each.manner.mode is not ShareMode.OWN for each in wishes)
        asked = []
        for wish, (found, whole), (roster, elsewhere) in zip(
            wishes, members, once, strict=True
        ):
            left = whole if twice else roster
            is_asked = bool(left.recipients) or not elsewhere
            request = None
            if is_asked:
                request = await self._request_of(wish, found, left, teacher=by.email)
            asked.append(
                _Asked(
                    school_class=found,
                    request=request,
                    elsewhere=() if twice else elsewhere,
                )
            )
        return asked

    async def _members(self, wish: ClassWish, *, by: Person) -> tuple[SchoolClass, Roster]:
        found = await self.classes.school_class(wish.school_class, by=by, act=Act.SHARE)
        people = await self.classes.roster(found)
        return found, pick(people, wish.students)

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
            manner=wish.manner,
            again=wish.again,
            timing=wish.timing,
        )


def may_share(person: Person, found: SchoolClass) -> bool:
    """Whether somebody may share with a class."""
    return may(person.role, Act.SHARE, found.tie_to(person))


def _takes_links(found: SchoolClass) -> bool | None:
    """Whether documents are links there, or else files; None where there is no place."""
    place = found.destination
    return None if place is None else place.drive is not None
