"""Loading rosters: what would change, then the load; and what was loaded so far."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from tempfile import NamedTemporaryFile
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.domain.errors import RosterRefused
from hectograph.domain.people import Act, Person
from hectograph.domain.school_class import LoadPlan, RosterLoad
from hectograph.web.carried_plan import CarriedPlan
from hectograph.web.pages import REFUSED, Pages, signed_in
from hectograph.web.speaking import grouped

LONGEST_NAME: Final = 100


class RosterForm(forms.Form):
    """A file to look at."""

    file = forms.FileField(
        label=_("Roster"),
        help_text=_(
            "CSV or .xlsx, as your school's system writes it: with columns for the name "
            "and the class, and if there are, for email, folder and group."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )


class RosterPages(Pages):
    """Everything below /school/rosters/."""

    @signed_in(get=Act.SEE_SCHOOL, post=Act.MANAGE_SCHOOL)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """The loads so far; a file that is sent is looked at, and nothing is loaded."""
        is_sent = request.method == "POST"
        form = RosterForm(request.POST, request.FILES) if is_sent else RosterForm()
        refused = None
        if is_sent and form.is_valid():
            sent: UploadedFile[Any] = form.cleaned_data["file"]
            try:
                with _on_disk(sent) as path:
                    plan = await self.house.classes.preview_load(
                        path, file=_name_of(sent), by=person
                    )
                return self._show_plan(request, person, plan)
            except RosterRefused as error:
                refused = error
        return self.show(
            request,
            "school/rosters.html",
            person=person,
            status=REFUSED if refused or form.errors else 200,
            form=form,
            refused=refused,
            loads=await self.house.classes.list_loads(by=person),
        )

    @signed_in(post=Act.MANAGE_SCHOOL)
    async def load(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Carry out what was looked at, or ask whether it is meant."""
        carried = CarriedPlan.opened(request.POST.get("plan", ""), by=person.id)
        classes = self.house.classes
        try:
            load = await classes.carry_out(
                carried.rosters,
                file=carried.file,
                seen=carried.seen,
                by=person,
                is_sure="sure" in request.POST,
            )
        except RosterRefused:
            plan = await classes.plan(carried.rosters, file=carried.file, by=person)
            return self._show_plan(request, person, plan, is_unsure=True)
        messages.success(request, _said_of(load))
        return redirect("school-rosters")

    def _show_plan(
        self,
        request: HttpRequest,
        person: Person,
        plan: LoadPlan,
        *,
        is_unsure: bool = False,
    ) -> HttpResponseBase:
        changes = [change for _, change in plan.changes]
        return self.show(
            request,
            "school/plan.html",
            person=person,
            status=REFUSED if is_unsure else 200,
            plan=plan,
            changed=[each for each in changes if not each.is_none],
            same=[each.name for each in changes if each.is_none],
            carried=CarriedPlan.of(plan).sealed(by=person.id),
            is_unsure=is_unsure,
        )


@contextmanager
def _on_disk(sent: "UploadedFile[Any]") -> Iterator[Path]:
    """What was sent, as a file of ours; its own name is never a path."""
    with NamedTemporaryFile(prefix="hectograph-roster-") as kept:
        for chunk in sent.chunks():
            kept.write(chunk)
        kept.flush()
        yield Path(kept.name)


def _name_of(sent: "UploadedFile[Any]") -> str:
    name = PureWindowsPath(sent.name or "").name
    return " ".join(name.split())[:LONGEST_NAME] or now_("roster")


def _said_of(load: RosterLoad) -> str:
    words = now_("%(file)s is loaded. Students: %(students)s, classes: %(classes)s.")
    return words % {
        "file": load.file,
        "students": grouped(load.students),
        "classes": grouped(load.classes),
    }
