"""Sharing with a class: what, with whom, how and when; then what would happen, and go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.app.house import House
from hectograph.app.sharing import Requested
from hectograph.app.teaching import ClassPlan, ClassWish
from hectograph.domain.errors import ProviderError, RequestRefused
from hectograph.domain.ids import ClassId
from hectograph.domain.manner import DEFAULT_PATTERN, Manner, ShareMode, gather
from hectograph.domain.people import Act, Person
from hectograph.domain.plan import sample_name
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import SchoolClass
from hectograph.domain.school_time import SchoolTime
from hectograph.once import Once, new_press
from hectograph.web.choosing import Choosing, Chosen, linked
from hectograph.web.pages import REFUSED, Pages, signed_in
from hectograph.web.searching import SearchView, is_search, look, with_found
from hectograph.web.share_form import LONGEST_PATTERN, ShareForm, field_of, tell
from hectograph.web.share_plan import PlanView, build_plan_view, plan_key, promise


@dataclass(slots=True, kw_only=True)
class _Asking:
    """One request for the share page, and what is known of it so far."""

    request: HttpRequest
    person: Person
    school_class: SchoolClass
    roster: Roster
    form: ShareForm
    chosen: Chosen = field(default_factory=Chosen)
    search: SearchView | None = None

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
        self._pressed: Once[Sequence[Requested]] = Once()

    @signed_in(get=Act.SHARE, post=Act.SHARE)
    async def ask(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """The form; what it would do; and doing it."""
        asking = await self._begin(request, person, ClassId(number))
        if request.method != "POST" or asking.search is not None:
            return self._show_form(asking)
        wishes = await self._read(asking)
        if not wishes or "edit" in request.POST:
            return self._show_form(asking)
        try:
            plans = await self.house.teaching.preview_all(
                wishes, by=person, twice=asking.form.is_twice
            )
            is_sure = request.POST.get("plan") == plan_key(plans)
            if "confirm" in request.POST and is_sure:
                return await self._share(asking, wishes)
        except (RequestRefused, ProviderError) as error:
            asking.form.tell(error, at=field_of(error))
            return self._show_form(asking)
        return await self._show_preview(asking, plans, wishes[0])

    @signed_in(get=Act.SHARE)
    async def name(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """What the first copy would be called."""
        classes, wanted = self.house.classes, ClassId(number)
        found = await classes.school_class(wanted, by=person, act=Act.SHARE)
        roster = await classes.roster(found)
        pattern = request.GET.get("pattern", DEFAULT_PATTERN)[:LONGEST_PATTERN]
        title = request.GET.get("title", "")
        mode = request.GET.get("mode", "")
        sample = self._sample(roster, pattern, title, mode=mode)
        return HttpResponse(self.fragment("web/share_name.html", **sample))

    async def _begin(
        self, request: HttpRequest, person: Person, number: ClassId
    ) -> _Asking:
        classes, teaching = self.house.classes, self.house.teaching
        found = await classes.school_class(number, by=person, act=Act.SHARE)
        roster = await classes.roster(found)
        place = found.destination
        recent = await teaching.list_documents(place, by=person) if place else ()
        others = await teaching.list_companions(found, by=person)
        typed = with_found(request.POST) if request.method == "POST" else None
        is_on_drive = place is not None and place.drive is not None
        searches = is_on_drive and typed is not None and is_search(typed)
        asking = _Asking(
            request=request,
            person=person,
            school_class=found,
            roster=roster,
            form=ShareForm(
                None if searches else typed, roster=roster, others=others, recent=recent
            ),
        )
        if searches and typed is not None:
            await self._search(asking, typed)
        return asking

    async def _search(self, asking: _Asking, typed: QueryDict) -> None:
        """Search, and keep everything that was typed."""
        asking.form.as_typed(typed)
        if "search" not in typed:
            messages.info(
                asking.request, _("Choose one of the documents, or paste a link.")
            )
        asking.search = await look(
            self.house,
            asking.school_class.id,
            typed.get("words", ""),
            by=asking.person,
            chosen=typed.get("link", "").split(),
        )

    async def _read(self, asking: _Asking) -> Sequence[ClassWish]:
        """What was typed, as a wish for each class; none when something is wrong."""
        form = asking.form
        is_well = form.is_valid()
        try:
            asking.chosen = await self._choose(asking)
            if not is_well:
                return ()
        except RequestRefused as refused:
            form.tell(refused, at="link")
            return ()
        try:
            timing = self.house.sharing.timing(form.said())
        except RequestRefused as refused:
            form.tell(refused, at=form.time_field())
            return ()
        return form.wishes(asking.school_class, asking.chosen.documents, timing=timing)

    async def _choose(self, asking: _Asking) -> Chosen:
        if not asking.is_on_drive:
            return await self._choosing.files(asking.request, by=asking.person.id)
        is_typed = "link" in asking.form.cleaned_data
        return linked(asking.form.links() if is_typed else ())

    async def _share(
        self, asking: _Asking, wishes: Sequence[ClassWish]
    ) -> HttpResponseBase:
        made, is_second = await self._pressed.run(
            f"{asking.person.id}:{asking.request.POST.get('press', new_press())}",
            lambda: self.house.teaching.request_all(
                wishes, by=asking.person, twice=asking.form.is_twice
            ),
        )
        if len(made) > 1:
            messages.info(asking.request, _told_of(made))
            return redirect("home")
        (requested,) = made
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
            sample=self._sample(
                asking.roster, pattern, title, mode=form["mode"].value() or ""
            ),
        )

    async def _show_preview(
        self, asking: _Asking, plans: Sequence[ClassPlan], wish: ClassWish
    ) -> HttpResponse:
        views = [await self._view(each) for each in plans]
        asked = [each for each in views if each.report]
        return self._show(
            asking,
            "web/share_preview.html",
            plans=views,
            title=asked[0].report.share.title if asked[0].report else "",
            manner=wish.manner,
            timing=wish.timing,
            is_changed="confirm" in asking.request.POST,
            button=promise(
                wish,
                copies=sum(each.receivers for each in asked),
                classes=len(asked),
                zone=self.zone,
            ),
            carried=asking.form.carried(),
            plan=plan_key(plans),
            press=new_press(),
        )

    async def _view(self, plan: ClassPlan) -> PlanView:
        find_same = self.house.sharing.find_same
        same = await find_same(plan.report.share) if plan.report else None
        return build_plan_view(plan, same=same, zone=self.zone)

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
            search=asking.search,
            is_on_drive=asking.is_on_drive,
            **shown,
        )

    def _tonight(self) -> Mapping[str, Any]:
        begins_at, ends_at = self.house.sharing.tonight()
        return {"begins_at": begins_at, "ends_at": ends_at}

    def _sample(
        self, roster: Roster, pattern: str, title: str, *, mode: str
    ) -> Mapping[str, Any]:
        if not roster.recipients:
            return {}
        first = _first_to_get_one(roster, mode)
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


def _first_to_get_one(roster: Roster, mode: str) -> Recipient:
    """The first student, or what stands for those who share the first copy."""
    members = roster.recipients
    if mode == ShareMode.GROUP:
        members = tuple(each for each in members if each.group) or members
    if mode not in list(ShareMode) or (not members[0].group and mode == ShareMode.GROUP):
        return members[0]
    return gather(members, Manner(mode=ShareMode(mode)))[0]


def _told_of(made: Sequence[Requested]) -> str:
    """What came of a wish about several classes."""
    joined = sum(each.joined for each in made)
    new = len(made) - joined
    told = []
    if new:
        words = ngettext(
            "It is shared with %(number)d class.",
            "It is shared with %(number)d classes.",
            new,
        )
        told.append(words % {"number": new})
    if joined:
        words = ngettext(
            "%(number)d class has it already, or soon: nothing was changed there.",
            "%(number)d classes have it already, or soon: nothing was changed there.",
            joined,
        )
        told.append(words % {"number": joined})
    return " ".join(told)
