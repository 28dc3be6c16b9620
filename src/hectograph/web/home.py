"""The first page: my classes, what is running, what needs me, what was."""

from django.http import HttpRequest, HttpResponseBase

from hectograph.domain.people import Person
from hectograph.domain.share import Progress
from hectograph.web.pages import ANYBODY, Pages, signed_in


class HomePages(Pages):
    """What somebody sees who comes in."""

    @signed_in(get=ANYBODY)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """The first page; with ?search=, the shares whose title has the words in it."""
        search = request.GET.get("search", "")
        classes = await self.house.classes.list_mine(person)
        found = await self.house.teaching.list_shares(by=person, search=search)
        shares = [progress for _, progress in found]
        return self.show(
            request,
            "web/home.html",
            person=person,
            classes=classes,
            search=search,
            is_first=await self.house.first_steps.are_open(to=person),
            running=[each for each in shares if not each.is_ended],
            needing=[each for each in shares if _needs_somebody(each)],
            past=[each for each in shares if each.is_ended],
        )


def _needs_somebody(progress: Progress) -> bool:
    return bool(progress.failed)
