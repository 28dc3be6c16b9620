"""Sharing with a class: what, with whom, how and when; then what would happen, and go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.app.house import House
from hectograph.app.sharing import Requested
from hectograph.app.teaching import ClassWish
from hectograph.domain.errors import ProviderError, RequestRefused
from hectograph.domain.ids import ClassId
from hectograph.domain.people import Act, Person
from hectograph.domain.plan import DEFAULT_PATTERN, sample_name
from hectograph.domain.report import ShareReport
from hectograph.domain.roster import Roster
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.school_time import SchoolTime
from hectograph.domain.share import ServiceClass, Timing
from hectograph.once import Once, new_press
from hectograph.web.choosing import Choosing, Chosen, linked
from hectograph.web.pages import REFUSED, Pages, signed_in
from hectograph.web.share_form import LONGEST_PATTERN, ShareForm, field_of, tell
from hectograph.web.share_view import row_of
from hectograph.web.speaking import grouped
from hectograph.web.time_words import words_by, words_span


@dataclass(slots=True, kw_only=True)
class _Asking:
    """One request for the share page, and what is known of it so far."""

    request: HttpRequest
    person: Person
    school_class: SchoolClass
    roster: Roster
    form: ShareForm
    chosen: Chosen = field(default_factory=Chosen)

    @property
    def is_on_drive(self) -> bool:
        """Whether documents are links."""
        place = self.school_class.destination
        return place is not None and place.drive is not None


class SharingPages(Pages):
    """The page on which a teacher shares."""

    def __init__(self, house: House, choosing: Choosing) -> None:
        super().__init__(house)
        self._choosing = choosing
        self._pressed: Once[Requested] = Once()

    @signed_in(get=Act.SHARE, post=Act.SHARE)
    async def ask(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """The form; what it would do; and doing it."""
        asking = await self._begin(request, person, ClassId(number))
        if request.method != "POST":
            return self._show_form(asking)
        wish = await self._read(asking)
        if wish is None or "edit" in request.POST:
            return self._show_form(asking)
        try:
            report = await self.house.teaching.preview(wish, by=person)
            is_sure = request.POST.get("plan") == report.share.request_key
            if "confirm" in request.POST and is_sure:
                return await self._share(asking, wish)
        except (RequestRefused, ProviderError) as error:
            asking.form.tell(error, at=field_of(error))
            return self._show_form(asking)
        return await self._show_preview(asking, wish, report)

    @signed_in(get=Act.SHARE)
    async def name(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """What the first student's copy would be called."""
        classes, wanted = self.house.classes, ClassId(number)
        found = await classes.school_class(wanted, by=person, act=Act.SHARE)
        roster = await classes.roster(found)
        pattern = request.GET.get("pattern", DEFAULT_PATTERN)[:LONGEST_PATTERN]
        title = request.GET.get("title", "")
        return HttpResponse(
            self.fragment("web/share_name.html", **self._sample(roster, pattern, title))
        )

    async def _begin(
        self, request: HttpRequest, person: Person, number: ClassId
    ) -> _Asking:
        classes, teaching = self.house.classes, self.house.teaching
        found = await classes.school_class(number, by=person, act=Act.SHARE)
        roster = await classes.roster(found)
        place = found.destination
        recent = await teaching.list_documents(place, by=person) if place else ()
        typed = request.POST if request.method == "POST" else None
        return _Asking(
            request=request,
            person=person,
            school_class=found,
            roster=roster,
            form=ShareForm(typed, roster=roster, recent=recent),
        )

    async def _read(self, asking: _Asking) -> ClassWish | None:
        """The wish that was typed; None when something is wrong with it."""
        form = asking.form
        is_well = form.is_valid()
        try:
            asking.chosen = await self._choose(asking)
            if not is_well:
                return None
        except RequestRefused as refused:
            form.tell(refused, at="link")
            return None
        try:
            timing = self.house.sharing.timing(form.said())
        except RequestRefused as refused:
            form.tell(refused, at=form.time_field())
            return None
        return form.wish(asking.school_class, asking.chosen.documents, timing=timing)

    async def _choose(self, asking: _Asking) -> Chosen:
        if not asking.is_on_drive:
            return await self._choosing.files(asking.request, by=asking.person.id)
        is_typed = "link" in asking.form.cleaned_data
        return linked(asking.form.links() if is_typed else ())

    async def _share(self, asking: _Asking, wish: ClassWish) -> HttpResponseBase:
        requested, is_second = await self._pressed.run(
            f"{asking.person.id}:{asking.request.POST.get('press', new_press())}",
            lambda: self.house.teaching.request(wish, by=asking.person),
        )
        if requested.joined or is_second:
            words = (
                _("The class has it already: nothing was changed.")
                if requested.share.is_ended
                else _("This share was under way already.")
            )
            messages.info(asking.request, words)
        return redirect("share", share=requested.share.id)

    def _show_form(self, asking: _Asking) -> HttpResponse:
        form = asking.form
        pattern = form["pattern"].value() or ""
        title = asking.chosen.names[0] if asking.chosen.names else ""
        return self._show(
            asking,
            "web/share_form.html",
            status=REFUSED if form.is_bound and form.errors else 200,
            tonight=self._tonight(),
            sample=self._sample(asking.roster, pattern, title),
        )

    async def _show_preview(
        self, asking: _Asking, wish: ClassWish, report: ShareReport
    ) -> HttpResponse:
        same = await self.house.sharing.find_same(report.share)
        students = len({(each.student, each.folder) for each in report.deliveries})
        return self._show(
            asking,
            "web/share_preview.html",
            report=report,
            rows=[row_of(each, report.share) for each in report.deliveries],
            receivers=students,
            timing=wish.timing,
            takes=self._takes(report),
            same=same,
            is_changed="confirm" in asking.request.POST,
            button=_promise(wish.timing, students=students, zone=self.zone),
            carried=asking.form.carried(),
            press=new_press(),
        )

    def _takes(self, report: ShareReport) -> str:
        """How long it would take, or by when it would be done; and the same tonight."""
        if report.estimate is None:
            return ""
        if report.share.begins_at is not None:
            by = words_by(report.estimate, zone=self.zone)
            return _("ready by %(by)s") % {"by": by}
        told = [words_span(report.estimate)]
        if report.tonight is not None:
            by = words_by(report.tonight, zone=self.zone)
            told.append(_("tonight: ready by %(by)s") % {"by": by})
        return "; ".join(told)

    def _show(
        self, asking: _Asking, template: str, *, status: int = 200, **shown: Any
    ) -> HttpResponse:
        return self.show(
            asking.request,
            template,
            person=asking.person,
            status=status,
            school_class=asking.school_class,
            roster=asking.roster,
            form=asking.form,
            chosen=asking.chosen,
            is_on_drive=asking.is_on_drive,
            **shown,
        )

    def _tonight(self) -> Mapping[str, Any]:
        begins_at, ends_at = self.house.sharing.tonight()
        return {"begins_at": begins_at, "ends_at": ends_at}

    def _sample(self, roster: Roster, pattern: str, title: str) -> Mapping[str, Any]:
        if not roster.recipients:
            return {}
        first = roster.recipients[0]
        try:
            name = sample_name(
                pattern,
                title=title or _("Document"),
                student=first.student,
                school_class=first.school_class,
                on=self._school.local(self._choosing.clock.now()).date(),
            )
        except RequestRefused as refused:
            return {"wrong": tell(refused)[0]}
        return {"name": name, "student": first.student}

    @property
    def _school(self) -> SchoolTime:
        return self.house.sharing.school


def _promise(timing: Timing, *, students: int, zone: tzinfo) -> str:
    """What the button says that it will do."""
    at = timing.reveals_at or timing.begins_at
    if timing.reveals_at is not None:
        words = ngettext(
            "Make %(number)s copy, and show it at %(at)s",
            "Make a copy for %(number)s students, and show them at %(at)s",
            students,
        )
    elif timing.service_class is ServiceClass.OVERNIGHT:
        words = ngettext(
            "Share with %(number)s student tonight",
            "Share with %(number)s students tonight",
            students,
        )
    elif timing.begins_at is not None:
        words = ngettext(
            "Share with %(number)s student at %(at)s",
            "Share with %(number)s students at %(at)s",
            students,
        )
    else:
        words = ngettext(
            "Share with %(number)s student now",
            "Share with %(number)s students now",
            students,
        )
    told = date_format(at.astimezone(zone), "DATETIME_FORMAT") if at else ""
    return words % {"number": grouped(students), "at": told}
