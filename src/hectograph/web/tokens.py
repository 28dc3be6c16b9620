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
from hectograph.domain.tokens import LONGEST_NAME, Scope, Token
from hectograph.web.pages import ANYBODY, REFUSED, Pages, signed_in

MADE: Final = "hectograph-token"
"""Where a session carries a token, until it is shown once."""

MAY: Final = {
    "read": (_("See my classes and shares"), [Scope.READ]),
    "share": (_("See, share, and steer shares"), [Scope.READ, Scope.SHARE]),
    "admin": (
        _("All of that, and look after the school"),
        [Scope.READ, Scope.SHARE, Scope.ADMIN],
    ),
}


class TokenForm(forms.Form):
    """What a program may do, and for how long."""

    name = forms.CharField(
        label=_("What it is for"),
        max_length=LONGEST_NAME,
        help_text=_("So that you know later what stops when you revoke it."),
    )
    scopes = forms.ChoiceField(label=_("It may"))
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
        # What nobody may who makes it is not offered.
        is_admin = may_in_school(person, Act.SEE_SCHOOL, person.school)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (value, words)
            for value, (words, scopes) in MAY.items()
            if is_admin or Scope.ADMIN not in scopes
        ]


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
                (each, _words(each))
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


def _words(token: Token) -> Any:
    """What a token lets a program do."""
    words = (said for said, scopes in MAY.values() if token.scopes == set(scopes))
    return next(words, ", ".join(sorted(token.scopes)))
