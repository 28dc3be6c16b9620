"""Changing one's mind about a share: another go, another time, taken back, a better one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.app.house import House
from hectograph.app.teaching import Seen
from hectograph.domain.delivery import OPEN_STATES, DeliveryState
from hectograph.domain.drive import is_google
from hectograph.domain.errors import IllegalTransition, ProviderError, RequestRefused
from hectograph.domain.ids import ShareId
from hectograph.domain.people import Act, Person
from hectograph.domain.report import ShareReport
from hectograph.once import Once, new_press
from hectograph.web.choosing import Choosing, Chosen, linked
from hectograph.web.pages import REFUSED, Pages, signed_in
from hectograph.web.share_form import DocumentForm, WhenForm
from hectograph.web.share_view import row_of
from hectograph.web.speaking import grouped, speak


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One request about a share, by somebody who may steer it."""

    request: HttpRequest
    person: Person
    share: ShareId
    seen: Seen

    @property
    def is_sent(self) -> bool:
        """Whether a form comes back."""
        return self.request.method == "POST"

    def back(self) -> HttpResponseBase:
        """To the share's page."""
        return redirect("share", share=self.share)


Send = Callable[[Chosen, DocumentForm], Awaitable[ShareId]]
"""Begins a share of what was chosen."""


class SteeringPages(Pages):
    """What those may do who may share with the class. All of it begins with a POST."""

    def __init__(self, house: House, choosing: Choosing) -> None:
        super().__init__(house)
        self._choosing = choosing
        self._pressed: Once[ShareId] = Once()
        self._turns: Mapping[str, Callable[[ShareId], Awaitable[str]]] = {
            "retry": self._retry,
            "pause": self._pause,
            "resume": self._resume,
        }

    @signed_in(post=Act.STEER)
    async def turn(
        self, request: HttpRequest, person: Person, share: str, turn: str
    ) -> HttpResponseBase:
        """Retry, pause or resume."""
        visit = await self._visit(request, person, share)
        if turn not in self._turns:
            raise Http404
        if visit.is_sent:
            try:
                messages.success(request, await self._turns[turn](visit.share))
            except IllegalTransition as late:
                # Somebody else was first; the page shows how it is now.
                messages.info(request, speak(late.cause))
        return visit.back()

    async def _retry(self, share: ShareId) -> str:
        number = await self.house.sharing.retry_failed(share)
        return ngettext(
            "%(number)s copy is tried again.", "%(number)s copies are tried again.", number
        ) % {"number": grouped(number)}

    async def _pause(self, share: ShareId) -> str:
        await self.house.sharing.pause(share)
        return _("Paused. What is there stays there.")

    async def _resume(self, share: ShareId) -> str:
        await self.house.sharing.resume(share)
        return _("It goes on.")

    @signed_in(get=Act.STEER, post=Act.STEER)
    async def cancel(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Ask whether to withdraw what was not begun; and do it."""
        visit = await self._visit(request, person, share)
        if visit.is_sent:
            try:
                withdrawn = await self.house.sharing.cancel(visit.share)
            except IllegalTransition as late:
                messages.info(request, speak(late.cause))
            else:
                words = ngettext(
                    "%(number)s copy is withdrawn; what is there stays there.",
                    "%(number)s copies are withdrawn; what is there stays there.",
                    withdrawn,
                )
                messages.success(request, words % {"number": grouped(withdrawn)})
            return visit.back()
        return self._show(visit, "web/share_cancel.html", await self._report(visit))

    @signed_in(get=Act.STEER, post=Act.STEER)
    async def move(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Ask for another time; and move the share."""
        visit = await self._visit(request, person, share)
        form = WhenForm(request.POST if visit.is_sent else None)
        if visit.is_sent and form.is_valid():
            try:
                timing = self.house.sharing.timing(form.said())
                await self.house.sharing.move(visit.share, timing)
            except RequestRefused as refused:
                form.tell(refused, at=form.time_field())
            else:
                messages.success(request, _("It is done at another time."))
                return visit.back()
        begins_at, ends_at = self.house.sharing.tonight()
        return self._show(
            visit,
            "web/share_move.html",
            await self._report(visit),
            status=REFUSED if form.errors else 200,
            form=form,
            tonight={"begins_at": begins_at, "ends_at": ends_at},
        )

    @signed_in(get=Act.STEER, post=Act.STEER)
    async def recall(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Tell what would go and what stays; and take the share back."""
        visit = await self._visit(request, person, share)
        if visit.is_sent:
            await self.house.cleaning.recall(visit.share, by=person.email)
            return visit.back()
        return self._show(visit, "web/share_recall.html", await self._report(visit))

    @signed_in(post=Act.STEER)
    async def undo(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Bring back what a recall has taken away."""
        visit = await self._visit(request, person, share)
        if visit.is_sent:
            try:
                await self.house.cleaning.undo_recall(visit.share, by=person.email)
            except RequestRefused as late:
                messages.info(request, speak(late.cause))
            else:
                messages.success(request, _("What was taken away comes back."))
        return visit.back()

    @signed_in(get=Act.STEER, post=Act.STEER)
    async def correct(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Ask for a better version; and send it to everybody who got the first."""
        visit = await self._visit(request, person, share)

        async def send(chosen: Chosen, _form: DocumentForm) -> ShareId:
            made = await self.house.correcting.correct(
                visit.share, chosen.documents[0], by=person.email
            )
            return made.share

        report = await self._report(visit)
        return await self._send(visit, "web/share_correct.html", send, report=report)

    @signed_in(get=Act.STEER, post=Act.STEER)
    async def fresh(
        self, request: HttpRequest, person: Person, share: str, copy: int
    ) -> HttpResponseBase:
        """Ask of which document; and give one student a fresh copy."""
        visit = await self._visit(request, person, share)
        report = await self._report(visit)
        if copy >= len(report.deliveries):
            raise Http404
        delivery = report.deliveries[copy]

        async def send(chosen: Chosen, form: DocumentForm) -> ShareId:
            made = await self.house.correcting.refresh(
                visit.share,
                None,
                copy=copy,
                document=next(iter(chosen.documents), None),
                renames_old=form.cleaned_data["rename_old"],
                by=person.email,
            )
            return made.share

        return await self._send(
            visit,
            "web/share_fresh.html",
            send,
            report=report,
            is_known=delivery.handout.origin is not None,
            row=row_of(delivery, report.share),
        )

    @signed_in(get=Act.STEER, post=Act.STEER)
    async def late(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Give those who came to the class since what others have; or pass them over."""
        visit = await self._visit(request, person, share)
        teaching = self.house.teaching
        try:
            late = await teaching.latecomers(visit.share, by=person)
        except RequestRefused as refused:
            messages.info(request, refused.cause)
            return visit.back()
        if visit.is_sent and "pass" in request.POST:
            await teaching.pass_over(late)
            messages.success(request, _("They get nothing, and you are not asked again."))
            return redirect("home")

        async def send(chosen: Chosen, _form: DocumentForm) -> ShareId:
            return (await teaching.admit(late, chosen.documents, by=person)).share.id

        return await self._send(
            visit,
            "web/share_late.html",
            send,
            report=await self._report(visit),
            is_known=bool(late.origins),
            late=late,
        )

    async def _send(
        self,
        visit: _Visit,
        template: str,
        send: Send,
        *,
        report: ShareReport,
        is_known: bool = False,
        **shown: Any,
    ) -> HttpResponseBase:
        """Show a form for one document, or send what was chosen on it, once.

        `is_known`: none need be chosen.
        """
        form = DocumentForm(visit.request.POST if visit.is_sent else None)
        is_on_drive = is_google(report.share.destination)
        chosen = Chosen()
        if visit.is_sent and form.is_valid():
            try:
                if not is_known:
                    chosen = await self._choose(visit, form, is_on_drive=is_on_drive)
                made = await self._send_once(visit, lambda: send(chosen, form))
            except (RequestRefused, ProviderError) as error:
                form.tell(error, at="link")
            else:
                return redirect("share", share=made)
        return self._show(
            visit,
            template,
            report,
            status=REFUSED if form.errors else 200,
            form=form,
            chosen=chosen,
            press=new_press(),
            is_known=is_known,
            is_on_drive=is_on_drive,
            **shown,
        )

    async def _choose(
        self, visit: _Visit, form: DocumentForm, *, is_on_drive: bool
    ) -> Chosen:
        if is_on_drive:
            return linked(tuple(form.cleaned_data["link"].split()[:1]))
        return await self._choosing.files(visit.request, by=visit.person.id)

    async def _send_once(
        self, visit: _Visit, send: Callable[[], Awaitable[ShareId]]
    ) -> ShareId:
        async def act() -> ShareId:
            made = await send()
            await self.house.teaching.note_offspring(made, of=visit.share, by=visit.person)
            return made

        press = visit.request.POST.get("press", new_press())
        made, _is_second = await self._pressed.run(f"{visit.person.id}:{press}", act)
        return made

    async def _visit(self, request: HttpRequest, person: Person, share: str) -> _Visit:
        """Raises UnknownShare and NotAllowed."""
        number = ShareId(share)
        seen = await self.house.teaching.find(number, by=person, act=Act.STEER)
        return _Visit(request=request, person=person, share=number, seen=seen)

    async def _report(self, visit: _Visit) -> ShareReport:
        return await self.house.sharing.report(visit.share)

    def _show(
        self,
        visit: _Visit,
        template: str,
        report: ShareReport,
        *,
        status: int = 200,
        **shown: Any,
    ) -> HttpResponse:
        counts = report.progress.counts
        return self.show(
            visit.request,
            template,
            person=visit.person,
            status=status,
            seen=visit.seen,
            report=report,
            untouched=counts[DeliveryState.VERIFIED],
            unmade=sum(counts[each] for each in OPEN_STATES),
            worked_on=[
                row_of(each, report.share)
                for each in report.deliveries
                if each.state is DeliveryState.KEPT
            ],
            **shown,
        )
