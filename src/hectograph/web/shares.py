"""A share under way: how far it is, copy by copy, live; and a table of it."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hectograph.app.house import House
from hectograph.domain.ids import ShareId
from hectograph.domain.manner import ShareMode
from hectograph.domain.people import Act, Person
from hectograph.table import write_table
from hectograph.web.pages import Pages, signed_in
from hectograph.web.share_view import Sight, build_view
from hectograph.web.telling import Shown, Telling
from hectograph.web.watching import Watching


class SharePages(Pages):
    """What can be seen of a share. One reader looks, however many people watch."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._watching: Watching[ShareId, Shown] = Watching(
            self._watch, is_over=lambda shown: shown.sight.is_over
        )

    @signed_in(get=Act.SEE_CLASS)
    async def index(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """The page; without script it is loaded again and again."""
        seen = await self.house.teaching.find(ShareId(share), by=person)
        sight = await self._look(ShareId(share))
        return self.show(
            request,
            "web/share.html",
            person=person,
            seen=seen,
            view=build_view(sight, may_steer=seen.lets(person, Act.STEER)),
        )

    @signed_in(get=Act.SEE_CLASS)
    async def events(
        self,
        request: HttpRequest,  # noqa: ARG002 - the signature is given
        person: Person,
        share: str,
    ) -> HttpResponseBase:
        """The parts of the page, each whenever it changes."""
        seen = await self.house.teaching.find(ShareId(share), by=person)
        stream = self._stream(
            ShareId(share),
            may_steer=seen.lets(person, Act.STEER),
            language=get_language() or "en",
        )
        response = StreamingHttpResponse(stream, content_type="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response

    @signed_in(get=Act.SEE_CLASS)
    async def table(
        self,
        request: HttpRequest,  # noqa: ARG002 - the signature is given
        person: Person,
        share: str,
    ) -> HttpResponseBase:
        """All copies, for a spreadsheet."""
        await self.house.teaching.find(ShareId(share), by=person)
        view = build_view(await self._look(ShareId(share)), may_steer=False)
        head = [_("Student"), _("State"), _("Where"), _("Why"), _("What to do")]
        if is_shared := view.share.mode is not ShareMode.OWN:
            head.append(_("Shared by"))
        rows = [
            (
                each.student,
                str(each.state),
                each.link or each.where,
                each.why,
                str(each.remedy),
                *((", ".join(each.members),) if is_shared else ()),
            )
            for each in view.rows
        ]
        name = f"share-{view.share.id}.csv"
        return HttpResponse(
            write_table(head, rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    async def _watch(self, share: ShareId, before: Shown | None) -> Shown:
        sight = await self._look(share, before.sight if before else None)
        return before if before and before.sight == sight else Shown(sight=sight)

    async def _look(self, share: ShareId, before: Sight | None = None) -> Sight:
        """The share as it is now; not copy by copy when nothing has changed."""
        if before is not None and before.taken is None:
            progress = await self.house.sharing.progress(share)
            known = replace(before.report.progress, halted=before.report.halted)
            if progress == known:
                return before
        report = await self.house.sharing.report(share)
        taken = await self.house.cleaning.find_recall(share)
        # Its seconds would make every look another one.
        return Sight(report=replace(report, seconds=0.0), taken=taken)

    async def _stream(
        self, share: ShareId, *, may_steer: bool, language: str
    ) -> AsyncIterator[bytes]:
        telling = Telling(self.fragment, language=language, may_steer=may_steer)
        async with aclosing(self._watching.follow(share)) as looks:
            async for shown in looks:
                for event in telling.events(shown):
                    yield event
