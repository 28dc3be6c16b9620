"""Changing one's mind about a share: another go, another time, taken back, a better one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.app.house import House
from hectograph.app.teaching import Seen
from hectograph.domain.delivery import OPEN_STATES, DeliveryState
from hectograph.domain.drive import GOOGLE
from hectograph.domain.errors import IllegalTransition, ProviderError, RequestRefused
from hectograph.domain.ids import ShareId
from hectograph.domain.people import Act, Person
from hectograph.domain.report import ShareReport
from hectograph.ports.provider import Document
from hectograph.web.choosing import Choosing, Chosen, linked
from hectograph.web.once import Once, new_press
from hectograph.web.pages import Pages, signed_in
from hectograph.web.share_form import DocumentForm, WhenForm
from hectograph.web.share_view import row_of

REFUSED: Final = 422


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

    @signed_in
    async def turn(
        self, request: HttpRequest, person: Person, share: str, turn: str
    ) -> HttpResponseBase:
        """Retry, pause or resume."""
        number, _seen = await self._find(share, person)
        if turn not in self._turns:
            raise Http404
        if request.method == "POST":
            try:
                messages.success(request, await self._turns[turn](number))
            except IllegalTransition as late:
                # Somebody else was first; the page shows how it is now.
                messages.info(request, late.cause)
        return redirect("share", share=number)

    async def _retry(self, share: ShareId) -> str:
        number = await self.house.sharing.retry_failed(share)
        return ngettext(
            "%(number)d copy is tried again.", "%(number)d copies are tried again.", number
        ) % {"number": number}

    async def _pause(self, share: ShareId) -> str:
        await self.house.sharing.pause(share)
        return _("Paused. What is there stays there.")

    async def _resume(self, share: ShareId) -> str:
        await self.house.sharing.resume(share)
        return _("It goes on.")

    @signed_in
    async def cancel(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Ask whether to withdraw what was not begun; and do it."""
        number, seen = await self._find(share, person)
        if request.method == "POST":
            try:
                withdrawn = await self.house.sharing.cancel(number)
            except IllegalTransition as late:
                messages.info(request, late.cause)
            else:
                words = ngettext(
                    "%(number)d copy is withdrawn; what is there stays there.",
                    "%(number)d copies are withdrawn; what is there stays there.",
                    withdrawn,
                )
                messages.success(request, words % {"number": withdrawn})
            return redirect("share", share=number)
        return await self._show(request, person, seen, number, "web/share_cancel.html")

    @signed_in
    async def move(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Ask for another time; and move the share."""
        number, seen = await self._find(share, person)
        form = WhenForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                timing = self.house.sharing.timing(form.said())
                await self.house.sharing.move(number, timing)
            except RequestRefused as refused:
                form.tell(refused, at=form.time_field())
            else:
                messages.success(request, _("It is done at another time."))
                return redirect("share", share=number)
        begins_at, ends_at = self.house.sharing.school.tonight(
            now=self._choosing.clock.now()
        )
        return await self._show(
            request,
            person,
            seen,
            number,
            "web/share_move.html",
            status=REFUSED if form.errors else 200,
            form=form,
            tonight={"begins_at": begins_at, "ends_at": ends_at},
        )

    @signed_in
    async def recall(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Tell what would go and what stays; and take the share back."""
        number, seen = await self._find(share, person)
        if request.method == "POST":
            await self.house.cleaning.recall(number, by=person.email)
            return redirect("share", share=number)
        return await self._show(request, person, seen, number, "web/share_recall.html")

    @signed_in
    async def undo(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Bring back what a recall has taken away."""
        number, _seen = await self._find(share, person)
        if request.method == "POST":
            try:
                await self.house.cleaning.undo_recall(number, by=person.email)
            except RequestRefused as late:
                messages.info(request, late.cause)
            else:
                messages.success(request, _("What was taken away comes back."))
        return redirect("share", share=number)

    @signed_in
    async def correct(
        self, request: HttpRequest, person: Person, share: str
    ) -> HttpResponseBase:
        """Ask for a better version; and send it to everybody who got the first."""
        number, seen = await self._find(share, person)

        async def send(documents: tuple[Document, ...], _form: DocumentForm) -> ShareId:
            made = await self.house.correcting.correct(
                number, documents[0], by=person.email
            )
            return made.share

        return await self._send(
            request, person, seen, number, "web/share_correct.html", send
        )

    @signed_in
    async def fresh(
        self, request: HttpRequest, person: Person, share: str, copy: int
    ) -> HttpResponseBase:
        """Ask of which document; and give one student a fresh copy."""
        number, seen = await self._find(share, person)
        report = await self.house.sharing.report(number)
        if copy >= len(report.deliveries):
            raise Http404
        origin = report.deliveries[copy].handout.origin

        async def send(documents: tuple[Document, ...], form: DocumentForm) -> ShareId:
            made = await self.house.correcting.refresh(
                number,
                None,
                copy=copy,
                document=next(iter(documents), None),
                renames_old=form.cleaned_data["rename_old"],
                by=person.email,
            )
            return made.share

        return await self._send(
            request,
            person,
            seen,
            number,
            "web/share_fresh.html",
            send,
            is_known=origin is not None,
            row=row_of(report.deliveries[copy], report.share),
        )

    async def _send(  # noqa: PLR0917 - what both pages have in common
        self,
        request: HttpRequest,
        person: Person,
        seen: Seen,
        share: ShareId,
        template: str,
        send: Callable[[tuple[Document, ...], DocumentForm], Awaitable[ShareId]],
        *,
        is_known: bool = False,
        **shown: Any,
    ) -> HttpResponseBase:
        """Show a form for one document, or send what was chosen on it, once."""
        report = await self.house.sharing.report(share)
        form = DocumentForm(request.POST if request.method == "POST" else None)
        chosen = Chosen()
        if request.method == "POST" and form.is_valid():
            try:
                chosen = await self._choose(
                    request, person, form, report, is_known=is_known
                )

                async def act() -> ShareId:
                    made = await send(chosen.documents, form)
                    await self.house.teaching.note_offspring(made, of=share, by=person)
                    return made

                press = f"{person.id}:{request.POST.get('press', new_press())}"
                made, _is_second = await self._pressed.run(press, act)
            except (RequestRefused, ProviderError) as error:
                form.tell(error, at="link")
            else:
                return redirect("share", share=made)
        return await self._show(
            request,
            person,
            seen,
            share,
            template,
            status=REFUSED if form.errors else 200,
            form=form,
            chosen=chosen,
            press=new_press(),
            is_known=is_known,
            is_on_drive=_is_on_drive(report),
            **shown,
        )

    async def _choose(
        self,
        request: HttpRequest,
        person: Person,
        form: DocumentForm,
        report: ShareReport,
        *,
        is_known: bool,
    ) -> Chosen:
        links: tuple[Document, ...] = tuple(form.cleaned_data["link"].split()[:1])
        if is_known and not links:
            return Chosen()
        if _is_on_drive(report):
            return linked(links)
        return await self._choosing.files(request, by=person.id)

    async def _find(self, share: str, person: Person) -> tuple[ShareId, Seen]:
        number = ShareId(share)
        return number, await self.house.teaching.find(number, by=person, act=Act.STEER)

    async def _show(  # noqa: PLR0917 - what is on all of these pages
        self,
        request: HttpRequest,
        person: Person,
        seen: Seen,
        share: ShareId,
        template: str,
        *,
        status: int = 200,
        **shown: Any,
    ) -> HttpResponse:
        report = await self.house.sharing.report(share)
        counts = report.progress.counts
        return self.show(
            request,
            template,
            person=person,
            status=status,
            seen=seen,
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


def _is_on_drive(report: ShareReport) -> bool:
    return report.share.destination.startswith(f"{GOOGLE}:")
