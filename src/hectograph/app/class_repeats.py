"""What repeats for a class: begun, looked at and changed by those who may."""

from collections.abc import Sequence
from dataclasses import dataclass

from hectograph.app.repeating import Coming, Repeating
from hectograph.app.teaching import Teaching
from hectograph.domain.errors import UnknownClass, UnknownRepetition
from hectograph.domain.ids import ClassId, RepetitionId
from hectograph.domain.manner import Access, ShareMode
from hectograph.domain.names import check_pattern
from hectograph.domain.people import Act, Person, Tie, may
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import DATED_PATTERN, Outcome, StandingRequest
from hectograph.domain.report import ShareReport
from hectograph.domain.schedule import When
from hectograph.ports.provider import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatWish:
    """What a class is to get again and again; everybody who is in it then."""

    school_class: ClassId
    documents: tuple[Document, ...]
    pattern: str | None = None
    mode: ShareMode = ShareMode.OWN
    access: Access = Access.EDIT
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRepeats:
    """Repetitions of classes. Those that were begun at a command line are of no class.

    Each share is asked for in the name of whoever began it, while they may.
    """

    teaching: Teaching
    repeating: Repeating

    async def preview(
        self, wish: RepeatWish, rule: Rule, *, by: Person
    ) -> tuple[Coming, ShareReport]:
        """What would repeat, and the first share. Raises as `Repeating.preview`.

        And UnknownClass and NotAllowed.
        """
        request = await self._request(wish, by=by)
        return await self.repeating.preview(request, rule, by=by.email)

    async def begin(self, wish: RepeatWish, rule: Rule, *, by: Person) -> Coming:
        """Repeat it from now on. Raises as `preview` does; then nothing is kept."""
        request = await self._request(wish, by=by)
        return await self.repeating.begin(request, rule, by=by.email)

    async def list_repetitions(
        self, *, by: Person, of: ClassId | None = None, limit: int
    ) -> Sequence[Coming]:
        """The newest that somebody may see, or those of a class. Raises UnknownClass."""
        classes = self.teaching.classes
        seen: Sequence[ClassId] | None = None
        if of is not None:
            seen = [(await classes.school_class(of, by=by)).id]
        elif not may(by.role, Act.SEE_CLASS, Tie.OTHER_SCHOOL):
            seen = [each.id for each in await classes.list_seen(by)]
        return await self.repeating.list_repetitions(limit=limit, classes=seen)

    async def find(
        self, repetition: RepetitionId, *, by: Person, act: Act = Act.SEE_CLASS
    ) -> Coming:
        """One about which somebody may do this. Raises UnknownRepetition, NotAllowed."""
        found = await self.repeating.find(repetition)
        number = found.repetition.request.class_id
        unknown = UnknownRepetition(f"There is no repetition {repetition!r}.")
        if number is None:
            if not may(by.role, act, Tie.OTHER_SCHOOL):
                raise unknown
            return found
        try:
            await self.teaching.classes.school_class(number, by=by, act=act)
        except UnknownClass as error:
            raise unknown from error
        return found

    async def list_outcomes(
        self, repetition: RepetitionId, *, by: Person, limit: int
    ) -> Sequence[Outcome]:
        """What came of the latest days. Raises UnknownRepetition."""
        await self.find(repetition, by=by)
        return await self.repeating.list_outcomes(repetition, limit=limit)

    async def pause(self, repetition: RepetitionId, *, by: Person) -> Coming:
        """Make no more shares until it is resumed. Raises as `find` does."""
        await self.find(repetition, by=by, act=Act.STEER)
        return await self.repeating.pause(repetition)

    async def resume(self, repetition: RepetitionId, *, by: Person) -> Coming:
        """Go on with what is to come. Raises as `find` does."""
        await self.find(repetition, by=by, act=Act.STEER)
        return await self.repeating.resume(repetition)

    async def cancel(self, repetition: RepetitionId, *, by: Person) -> Coming:
        """Make no more shares. Raises as `find` does."""
        await self.find(repetition, by=by, act=Act.STEER)
        return await self.repeating.cancel(repetition)

    async def move(
        self,
        repetition: RepetitionId,
        *,
        every: str | None,
        until: str | None,
        when: When,
        by: Person,
    ) -> Coming:
        """Repeat it by another rule: what is not said stays as it is.

        Raises as `find` does, and RequestRefused.
        """
        found = await self.find(repetition, by=by, act=Act.STEER)
        rule = found.repetition.rule.changed(every=every, until=until, when=when)
        return await self.repeating.move(repetition, rule)

    async def _request(self, wish: RepeatWish, *, by: Person) -> StandingRequest:
        classes = self.teaching.classes
        found = await classes.school_class(wish.school_class, by=by, act=Act.SHARE)
        pattern = wish.pattern or DATED_PATTERN
        check_pattern(pattern)
        return StandingRequest(
            documents=tuple(dict.fromkeys(map(str, wish.documents))),
            roster="",
            teacher=by.email,
            school_class=found.name,
            pattern=pattern,
            mode=wish.mode,
            access=wish.access,
            subject=wish.subject,
            class_id=found.id,
        )
