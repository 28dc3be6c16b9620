"""The classes of a school: who teaches them, who is in them, where their folders are."""

from collections.abc import Mapping, Sequence
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.domain.drive import Drive
from hectograph.domain.errors import RequestRefused, UnknownDrive
from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.people import Act, Person, may
from hectograph.domain.school_class import Destination, SchoolClass
from hectograph.web.pages import REFUSED, Pages, signed_in
from hectograph.web.share_form import tell

DIRECTORY: Final = "directory"
DRIVE: Final = "drive"
MOST_LISTED: Final = 100
"""Classes on one page; the others are searched for."""

TEACHES: Final = {"own": False, "co": True}
"""What the page says of somebody who teaches, and whether that is beside another."""


class PlaceForm(forms.Form):
    """Where a class's folders are. Without any drive, only a directory can be said."""

    kind = forms.ChoiceField(
        label=_("Where"),
        choices=[(DIRECTORY, _("In a directory")), (DRIVE, _("On a drive"))],
    )
    directory = forms.CharField(
        label=_("Directory"),
        required=False,
        help_text=_(
            "The path on the machine that runs hectograph, such as /srv/school/7B."
        ),
    )
    drive = forms.ChoiceField(label=_("Drive"), required=False)
    subject = forms.CharField(
        label=_("Subject"),
        required=False,
        max_length=100,
        help_text=_("On a drive: whose subject's folders receive; may stay empty."),
    )

    def __init__(
        self,
        drives: Sequence[Drive],
        place: Destination | None,
        said: QueryDict | None = None,
    ) -> None:
        was = place or Destination()
        initial = {
            "kind": DRIVE if was.drive else DIRECTORY,
            "directory": was.directory,
            "drive": was.drive,
            "subject": was.subject,
        }
        super().__init__(said, initial=initial, prefix="place")
        names = [(each.name, each.name) for each in drives]
        self.fields["drive"].choices = names  # type: ignore[attr-defined]
        if not drives:
            self.fields["kind"].widget = forms.HiddenInput()
            del self.fields["drive"], self.fields["subject"]

    def destination(self) -> Destination:
        """What was said."""
        said = self.cleaned_data
        if said["kind"] == DRIVE:
            return Destination(drive=said["drive"], subject=said["subject"])
        return Destination(directory=said["directory"].strip())


class ClassPages(Pages):
    """Everything below /school/classes/."""

    @signed_in(get=Act.SEE_SCHOOL)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """The first classes; with ?search=, those that are called so."""
        search = request.GET.get("search", "")
        found = await self.house.classes.list_seen(
            person, search=search, limit=MOST_LISTED + 1
        )
        classes = found[:MOST_LISTED]
        return self.show(
            request,
            "school/classes.html",
            person=person,
            classes=classes,
            search=search,
            most=MOST_LISTED if len(found) > MOST_LISTED else None,
            is_of_many=len({each.school for each in classes}) > 1,
        )

    @signed_in(get=Act.SEE_CLASS)
    async def one(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """A class; whoever looks after it finds here what there is to be said of it."""
        found = await self.house.classes.school_class(ClassId(number), by=person)
        return await self._show(request, person, found)

    @signed_in(post=Act.MANAGE_CLASS)
    async def teachers(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """Say who teaches a class."""
        classes = self.house.classes
        await classes.set_teachers(ClassId(number), _chosen(request.POST), by=person)
        messages.success(request, now_("It is kept who teaches the class."))
        return redirect("school-class", number)

    @signed_in(post=Act.MANAGE_CLASS)
    async def place(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """Say where the folders of a class are, once copies can be made there."""
        classes = self.house.classes
        found = await classes.school_class(ClassId(number), by=person, act=Act.MANAGE_CLASS)
        drives = await self.house.drives.list_drives()
        form = PlaceForm(drives, found.destination, request.POST)
        if form.is_valid():
            try:
                await classes.place(found.id, form.destination(), by=person)
            except (RequestRefused, UnknownDrive) as refused:
                form.add_error(form.cleaned_data["kind"], tell(refused))
            else:
                messages.success(request, now_("Copies can be made there; it is kept."))
                return redirect("school-class", number)
        return await self._show(request, person, found, form=form)

    async def _show(
        self,
        request: HttpRequest,
        person: Person,
        found: SchoolClass,
        *,
        form: PlaceForm | None = None,
    ) -> HttpResponseBase:
        classes = self.house.classes
        is_mine = may(person.role, Act.MANAGE_CLASS, found.tie_to(person))
        teaching = {each.person for each in found.teachers}
        others: Sequence[Person] = ()
        if is_mine:
            others = await classes.list_possible_teachers(found.id, by=person)
            form = form or PlaceForm(
                await self.house.drives.list_drives(), found.destination
            )
        return self.show(
            request,
            "school/class.html",
            person=person,
            status=REFUSED if form and form.errors else 200,
            school_class=found,
            recipients=(await classes.roster(found)).recipients,
            manages=is_mine,
            others=[each for each in others if each.id not in teaching],
            form=form,
        )


def _chosen(said: QueryDict) -> Mapping[PersonId, bool]:
    """Who teaches, from fields such as `teacher-7`, and one who is added."""
    chosen = {
        PersonId(int(field.removeprefix("teacher-"))): TEACHES[value]
        for field, value in said.items()
        if field.removeprefix("teacher-").isdecimal() and value in TEACHES
    }
    if (added := said.get("add", "")).isdecimal():
        chosen[PersonId(int(added))] = TEACHES.get(said.get("as", ""), False)
    return chosen
