"""Coming in for the first time, by a link."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from hectograph.domain.errors import HectographError, RequestRefused
from hectograph.domain.people import LONGEST_NAME
from hectograph.web.pages import Pages
from hectograph.web.share_form import tell

SHORTEST_PASSWORD = 10


class WelcomeForm(forms.Form):
    """Who comes in."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your email"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("A password"),
        min_length=SHORTEST_PASSWORD,
        help_text=_("Ten characters or more."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """Not one that everybody has."""
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


class WelcomePages(Pages):
    """A link lets somebody in once."""

    async def accept(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Ask who comes, and let them in; then they sign in."""
        found = await self.house.staff.find_invitation(token)
        if found is None:
            late = RequestRefused(
                "This link is not good any more.",
                remedy="Ask for another one; or sign in, if you are here already.",
            )
            return self.show_error(request, late, person=None)
        form = WelcomeForm(request.POST or None, initial={"email": found.email})
        form.fields["email"].disabled = bool(found.email)
        if request.method == "POST" and form.is_valid():
            try:
                await self.house.staff.accept(token, **form.cleaned_data)
            except HectographError as error:
                form.add_error(None, tell(error))
            else:
                return redirect("account_login")
        return self.show(request, "web/welcome.html", form=form, role=found.role)
