"""Tokens of one's own: made and shown once, and revoked."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.domain.people import Act, Person, may_in_school
from hectograph.domain.tokens import LONGEST_NAME, Scope
from hectograph.web.pages import ANYBODY, REFUSED, Pages, signed_in
from hectograph.web.words import Words

MADE: Final = "hectograph-token"
"""Where a session carries a token, until it is shown once."""

MAY: Final = {
    "read": (_("See my classes and shares"), [Scope.READ]),
    "share": (_("See, share, and steer shares"), [Scope.READ, Scope.SHARE]),
    "manage": (_("See, and look after webhooks"), [Scope.READ, Scope.MANAGE]),
}


class TokenForm(forms.Form):
    """What a program may do, and for how long."""

    name = forms.CharField(
        label=_("What it is for"),
        max_length=LONGEST_NAME,
        help_text=_("So that you know later what stops when you revoke it."),
    )
    scopes = forms.ChoiceField(
        label=_("It may"),
        choices=[(value, words) for value, (words, _scopes) in MAY.items()],
    )
    days = forms.TypedChoiceField(
        label=_("It is good for"),
        coerce=int,
        choices=[
            (90, _("90 days")),
            (365, _("a year")),
            (0, _("until I revoke it")),
        ],
    )

    def __init__(self, person: Person, said: QueryDict | None = None) -> None:
        super().__init__(said, label_suffix="")
        if not may_in_school(person, Act.MANAGE_SCHOOL, person.school):
            offered = [(each, MAY[each][0]) for each in MAY if each != "manage"]
            self.fields["scopes"].choices = offered  # type: ignore[attr-defined]


class TokenPages(Pages):
    """Everything below /account/tokens/."""

    @signed_in(get=ANYBODY, post=ANYBODY)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """My tokens; making one more, and revoking one."""
        if "revoke" in request.POST:
            await self.house.tokens.revoke(request.POST["revoke"], by=person)
            messages.success(request, now_("The token is not good any more."))
            return redirect("account-tokens")
        is_sent = request.method == "POST"
        form = TokenForm(person, request.POST if is_sent else None)
        if is_sent and form.is_valid():
            return await self._make(request, person, **form.cleaned_data)
        return self.show(
            request,
            "web/tokens.html",
            person=person,
            status=REFUSED if form.errors else 200,
            form=form,
            tokens=[
                (each, _may(each.scopes))
                for each in await self.house.tokens.list_mine(by=person)
            ],
            now=self.house.sharing.clock.now(),
            made=request.session.pop(MADE, None),
        )

    async def _make(
        self, request: HttpRequest, person: Person, *, name: str, scopes: str, days: int
    ) -> HttpResponseBase:
        made: dict[str, Any] = {"name": name}
        made["token"] = await self.house.tokens.make(
            by=person,
            name=name,
            scopes=MAY[scopes][1],
            good_for=timedelta(days=days) if days else None,
        )
        # Shown once, on the page that the browser is sent to: reloading it sends nothing.
        request.session[MADE] = made
        return redirect("account-tokens")


def _may(scopes: frozenset[Scope]) -> Words:
    """What a token may, in words."""
    return next(
        (words for words, each in MAY.values() if scopes == frozenset(each)),
        MAY["read"][0],
    )
