"""The mail of a day, for those who want it: at most one, however many workers there are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from hectograph.domain.digest import (
    BEHIND,
    DigestLetter,
    DigestState,
    MailOutcome,
    Reader,
    decide_digest,
    decide_since,
    find_due_day,
)
from hectograph.domain.errors import CalendarRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Person
from hectograph.domain.school_days import SchoolDays
from hectograph.domain.school_time import SchoolTime
from hectograph.ports.clock import Clock
from hectograph.ports.digests import DigestMailer, Digests
from hectograph.threads import OneThread

AT_ONCE: Final = 50
LOOKED_SECONDS: Final = 60.0
RESTS_SECONDS: Final = 300.0
"""So long nothing is sent after the mail server did not take a mail."""


@dataclass(slots=True, kw_only=True)
class Digesting:
    """`mailer` is None where no mail server is set: then it is not offered.

    `seal` makes the text by which somebody wants no mail any more, `find_sealed` reads it.
    """

    digests: Digests
    mailer: DigestMailer | None
    desk: OneThread
    clock: Clock
    school: SchoolTime
    school_days: Callable[[], SchoolDays]
    at: time
    seal: Callable[[str], str]
    find_sealed: Callable[[str], str | None]
    _looks_at: float = 0.0

    @property
    def is_offered(self) -> bool:
        """Whether somebody may ask for it."""
        return self.mailer is not None

    async def is_wanted(self, *, by: Person) -> bool:
        """Whether somebody wants it."""
        return await self.desk.run(self.digests.is_wanted, by.id)

    async def want(self, *, by: Person, is_wanted: bool) -> None:
        """Have it sent from now on, or not any more; safe to repeat."""
        since = self.clock.now() if is_wanted else None
        await self.desk.run(self.digests.want, by.id, since=since)

    def knows(self, stop: str) -> bool:
        """Whether a text is one by which somebody wants no mail any more."""
        return self._person(stop) is not None

    async def stop(self, stop: str) -> bool:
        """Send nothing any more to whom this stands for; False if it is none of ours."""
        person = self._person(stop)
        if person is None:
            return False
        await self.desk.run(self.digests.want, person, since=None)
        return True

    async def send_due(self) -> None:
        """Send what is due; a look a minute is enough, so others return at once."""
        elapsed = self.clock.elapsed()
        if self.mailer is None or elapsed < self._looks_at:
            return
        self._looks_at = elapsed + LOOKED_SECONDS
        now = self.clock.now()
        day = find_due_day(now, at=self.at, school=self.school)
        if day is None:
            return
        readers = await self.desk.run(self.digests.list_readers, day=day, limit=AT_ONCE)
        for reader in readers:
            if not await self._tell(self.mailer, reader, day=day, now=now):
                self._looks_at = elapsed + RESTS_SECONDS
                return
        if len(readers) == AT_ONCE:
            self._looks_at = elapsed

    async def _tell(
        self, mailer: DigestMailer, reader: Reader, *, day: date, now: datetime
    ) -> bool:
        """Send somebody's mail, if there is one; False if the server takes none now."""
        since, until = decide_since(reader, now=now), now - BEHIND
        lines = await self.desk.run(
            self.digests.list_lines, reader.person, since=since, until=until
        )
        state = decide_digest(lines, is_school_day=self._is_open(day))
        is_ours = await self.desk.run(
            self.digests.begin,
            reader.person,
            day=day,
            state=state,
            now=now,
            told_until=until if state is DigestState.NOTHING else None,
        )
        if state is not DigestState.BEGUN or not is_ours:
            return True
        letter = DigestLetter(
            reader=reader, day=day, lines=tuple(lines), stop=self.seal(f"{reader.person}")
        )
        return await self._note(await mailer.send(letter), letter, until=until)

    async def _note(
        self, outcome: MailOutcome, letter: DigestLetter, *, until: datetime
    ) -> bool:
        person, day = letter.reader.person, letter.day
        if outcome is MailOutcome.LATER:
            await self.desk.run(self.digests.release, person, day=day)
            return False
        if outcome is MailOutcome.UNKNOWN:
            # Not a second time today; the next one tells of the same once more.
            return True
        is_sent = outcome is MailOutcome.SENT
        await self.desk.run(
            self.digests.end,
            person,
            day=day,
            state=DigestState.SENT if is_sent else DigestState.REFUSED,
            told_until=until if is_sent else None,
        )
        return True

    def _is_open(self, day: date) -> bool:
        try:
            return self.school_days().is_open(day)
        except CalendarRefused:
            return SchoolDays().is_open(day)

    def _person(self, stop: str) -> PersonId | None:
        text = self.find_sealed(stop)
        return PersonId(int(text)) if text is not None else None
