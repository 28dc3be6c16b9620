"""How people get in: those who are known, by password or by a service that vouches."""

from typing import Any, Final, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hectograph.domain.people import Person

BACKEND: Final = "allauth.account.auth_backends.AuthenticationBackend"


class Door(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth asks us."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """People are invited."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Whoever has a new password goes on as before."""
        return "/"

    def clean_email(self, email: str) -> Any:
        """Emails are kept in small letters."""
        return super().clean_email(email.strip().lower())

    def respond_user_inactive(
        self,
        request: HttpRequest,
        user: object,  # noqa: ARG002 - the signature is given
    ) -> HttpResponseBase:
        """Who was let go, and remembers the password, is told so."""
        messages.error(request, _("You were let go, and cannot come in any more."))
        return redirect("account_login")


class Vouched(HttpResponse):
    """In place of an answer: who signed in at a service, in its words. It is never sent."""

    def __init__(self, told: dict[str, Any], *, state: dict[str, Any]) -> None:
        super().__init__()
        self.told = told
        self.state = state


class Unvouched(HttpResponse):
    """In place of an answer: nobody signed in at a service. It is never sent."""

    def __init__(self, *, is_cancelled: bool) -> None:
        super().__init__()
        self.is_cancelled = is_cancelled


class Gate(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What allauth asks us of services: it finds out who somebody is, and no more."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:  # noqa: ARG002
        """Stop here: who comes in is decided by the house, and no account is connected."""
        told = Vouched(sociallogin.account.extra_data, state=sociallogin.state)
        raise ImmediateHttpResponse(told)

    def on_authentication_error(  # noqa: PLR0917 - the signature is given
        self,
        request: HttpRequest,  # noqa: ARG002 - the signature is given
        provider: object,  # noqa: ARG002
        error: str | None = None,
        exception: Exception | None = None,  # noqa: ARG002
        extra_context: object = None,  # noqa: ARG002
    ) -> NoReturn:
        """Stop here as well."""
        raise ImmediateHttpResponse(Unvouched(is_cancelled=error == AuthError.CANCELLED))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:  # noqa: ARG002
        """People are invited."""
        return False

    def list_apps(
        self,
        request: HttpRequest,
        provider: str | None = None,
        client_id: str | None = None,
    ) -> list[Any]:
        """Those of the settings; a row of the database makes no service."""
        apps = super().list_apps(request, provider=provider, client_id=client_id)
        return [app for app in apps if app.pk is None]


def let_in(request: HttpRequest, person: Person) -> None:
    """Begin a session of somebody's, until the browser is closed."""
    login(request, get_user_model().objects.get(pk=person.id), backend=BACKEND)
    request.session.set_expiry(0)
