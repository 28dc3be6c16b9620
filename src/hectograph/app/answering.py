"""What a program asks for under a key is done once, and answered in the same way again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hectograph.app.tokens import digest_of
from hectograph.domain.errors import HectographError, KeyReused, StillUnderWay
from hectograph.domain.ids import PersonId
from hectograph.domain.tokens import KeyedRequest
from hectograph.ports.clock import Clock
from hectograph.ports.tokens import Answers
from hectograph.threads import OneThread


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Answers, by person and key."""

    answers: Answers
    desk: OneThread
    clock: Clock

    async def once(
        self, key: str, body: str, act: Callable[[], Awaitable[str]], *, by: PersonId
    ) -> str:
        """What the act answers; or what it answered before to the same key and body.

        Raises KeyReused and StillUnderWay; and as the act does, which can be tried again.
        """
        request = KeyedRequest(key_sha256=digest_of(key), body_sha256=digest_of(body))
        known = await self.desk.run(
            self.answers.begin, request, by=by, now=self.clock.now()
        )
        if known.body_sha256 != request.body_sha256:
            raise KeyReused(
                "This key was sent with another request before.",
                effect="Nothing was done.",
            )
        if known.answer is not None:
            return known.answer
        if not known.is_begun:
            raise StillUnderWay("The same request is under way.")
        try:
            answer = await act()
        except HectographError:
            await self.desk.run(self.answers.drop, request, by=by)
            raise
        await self.desk.run(self.answers.keep, request, answer, by=by)
        return answer
