"""Who is here: inviting people, and letting them go."""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Act, Person, Role, may_in_school, may_invite
from hectograph.web.pages import REFUSED, Pages, signed_in
from hectograph.web.share_form import tell

ROLES: Final = {
    Role.TEACHER: _("Teacher"),
    Role.ADMIN: _("Administrator of the school"),
    Role.AUDITOR: _("Auditor: sees all, changes nothing"),
    Role.OPERATOR: _("Operator of hectograph"),
}
SHORT_ROLES: Final = {
    Role.TEACHER: _("Teacher"),
    Role.ADMIN: _("Administrator"),
    Role.AUDITOR: _("Auditor"),
    Role.OPERATOR: _("Operator"),
}
LINK: Final = "hectograph-invited"
"""Where a session carries a link, until it is shown once."""


class InviteForm(forms.Form):
    """Whom to invite; those who look after several schools say to which."""

    email = forms.EmailField(
        label=_("Email"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"))
    school = forms.CharField(label=_("School"), max_length=100)

    def __init__(self, person: Person, said: QueryDict | None = None) -> None:
        super().__init__(said, initial={"school": person.school})
        roles = [each for each in ROLES if may_invite(person, each, person.school)]
        self.fields["role"].choices = [(each, ROLES[each]) for each in roles]  # type: ignore[attr-defined]
        if not may_in_school(person, Act.OPERATE, person.school):
            self.fields["school"].disabled = True
            self.fields["school"].widget = forms.HiddenInput()


class PeoplePages(Pages):
    """Everything below /school/people/."""

    @signed_in(get=Act.SEE_SCHOOL, post=Act.MANAGE_SCHOOL)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Who is here; and inviting one more."""
        form = InviteForm(person, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return await self._invite(request, person, **form.cleaned_data)
            except RequestRefused as refused:
                form.add_error("email", tell(refused))
        people = await self.house.staff.list_people(by=person)
        return self.show(
            request,
            "school/people.html",
            person=person,
            status=REFUSED if form.errors else 200,
            people=[
                (each, SHORT_ROLES[each.role], _may_dismiss(person, each))
                for each in people
            ],
            is_of_many=len({each.school for each in people}) > 1,
            form=form,
            invited=request.session.pop(LINK, None),
        )

    async def _invite(
        self, request: HttpRequest, person: Person, *, email: str, role: str, school: str
    ) -> HttpResponseBase:
        token = await self.house.staff.invite(email, Role(role), school=school, by=person)
        link = request.build_absolute_uri(reverse("welcome", args=[token]))
        # Shown once, on the page that the browser is sent to: reloading it sends nothing.
        request.session[LINK] = {"email": email, "link": link}
        return redirect("school-people")

    @signed_in(post=Act.MANAGE_SCHOOL)
    async def dismiss(
        self, request: HttpRequest, person: Person, number: int
    ) -> HttpResponseBase:
        """Let somebody in no more."""
        await self.house.staff.dismiss(PersonId(number), by=person)
        messages.success(request, now_("They are signed out, and cannot come in again."))
        return redirect("school-people")


def _may_dismiss(by: Person, other: Person) -> bool:
    return other.id != by.id and may_invite(by, other.role, other.school)
