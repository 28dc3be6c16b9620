"""The first page: my classes, what is running, what needs me, what was."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

from hectograph.domain.people import Person
from hectograph.domain.share import WITHDRAWN_STATES, Progress
from hectograph.once import new_press
from hectograph.web.pages import ANYBODY, Pages, signed_in
from hectograph.web.share_view import said_of
from hectograph.web.words import SHARE_WORDS, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A share in a list. `others` asked for it; `is_foreign`: that was a command line."""

    progress: Progress
    said: str
    state: Words
    others: tuple[str, ...]
    is_foreign: bool

    @property
    def needs_somebody(self) -> bool:
        """Whether copies wait for a person."""
        is_open = self.progress.share.state not in WITHDRAWN_STATES
        return is_open and self.progress.failed > 0


class HomePages(Pages):
    """What somebody sees who comes in."""

    @signed_in(get=ANYBODY)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """The first page; with ?search=, the shares whose title has the words in it."""
        search = request.GET.get("search", "")
        classes = await self.house.classes.list_mine(person)
        shares = [
            Listed(
                progress=progress,
                said=said_of(progress),
                state=SHARE_WORDS[progress.share.state],
                others=asked.by if asked and person.name not in asked.by else (),
                is_foreign=asked is None,
            )
            for asked, progress in await self.house.teaching.list_shares(
                by=person, search=search
            )
        ]
        return self.show(
            request,
            "web/home.html",
            person=person,
            classes=classes,
            search=search,
            is_first=await self.house.first_steps.are_open(to=person),
            running=[each for each in shares if not each.progress.is_ended],
            needing=[each for each in shares if each.needs_somebody],
            late=await self.house.teaching.list_latecomers(classes, by=person),
            press=new_press(),
            past=[
                each
                for each in shares
                if each.progress.is_ended and not each.needs_somebody
            ],
        )
