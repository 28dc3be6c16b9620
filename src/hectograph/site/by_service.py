"""Signing in by a service: there, back, and in. Each address is for one service.

The way there begins by a POST, so that no other site can begin it, and goes by a page
that leads on at once: where a form leads by redirects, browsers hold every stop against
the page's policy, and a service may send people on to another one.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.microsoft.views import MicrosoftGraphOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from requests import RequestException

from hectograph.app.house import House
from hectograph.domain.errors import HectographError, RequestRefused, Unavailable
from hectograph.domain.sign_in import Claim, Service
from hectograph.site.claims import Told, google_claim, microsoft_claim, oidc_claim
from hectograph.site.sign_in import Unvouched, Vouched, let_in
from hectograph.web.pages import Pages

CLAIMS: Final[Mapping[Service, Callable[[Told], Claim]]] = {
    Service.GOOGLE: google_claim,
    Service.MICROSOFT: microsoft_claim,
    Service.OIDC: oidc_claim,
}

LONGEST_NEXT: Final = 500
"""Of the address where somebody wants to go; a session is a cookie, which is short."""

WAYS: Final = "socialaccount_states"
"""Where allauth keeps, in the session, what it began."""


class ServicePages(Pages):
    """Everything below /account/by/, for services that allauth speaks to."""

    def __init__(self, house: House, services: Mapping[Service, str]) -> None:
        super().__init__(house)
        self.services = services

    async def begin(self, request: HttpRequest, service: Service) -> HttpResponseBase:
        """Lead to the service."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        begun_at = self.house.staff.clock.now().isoformat()
        try:
            address = await sync_to_async(_way_to)(request, service, begun_at=begun_at)
        except HectographError as error:
            return self.show_error(request, error, person=None)
        return self.lead(request, service, address)

    def lead(self, request: HttpRequest, service: Service, address: str) -> HttpResponse:
        """A page that leads on at once."""
        answer = self.show(
            request, "account/leaving.html", address=address, name=self.services[service]
        )
        answer["Cache-Control"] = "no-store"
        return answer

    async def back(
        self, request: HttpRequest, service: Service, **named: str
    ) -> HttpResponseBase:
        """Somebody comes back from the service."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        answer = await sync_to_async(_come_back)(request, service, **named)
        if isinstance(answer, Vouched):
            claim = CLAIMS[service](answer.told)
            return await self.enter(request, claim, answer.state["data"])
        if isinstance(answer, Unvouched) and answer.is_cancelled:
            messages.info(request, _("You did not sign in."))
            return redirect("account_login")
        return self.show_error(request, _unfinished(), person=None)

    async def enter(
        self, request: HttpRequest, claim: Claim, kept: Mapping[str, Any]
    ) -> HttpResponseBase:
        """Let somebody in, or say why not. `kept` is what was kept on the way there."""
        try:
            begun_at = datetime.fromisoformat(kept["begun_at"])
            person = await self.house.staff.enter(claim, begun_at=begun_at)
        except HectographError as error:
            return self.show_error(request, error, person=None)
        await sync_to_async(let_in)(request, person)
        return HttpResponseRedirect(kept["next"] or reverse("home"))


def _way_to(request: HttpRequest, service: Service, *, begun_at: str) -> str:
    """Where a browser goes to sign in there. Raises Unavailable."""
    # One at a time: what is kept of each is in a cookie.
    request.session.pop(WAYS, None)
    provider = get_adapter(request).get_provider(request, service.value)
    kept = {"begun_at": begun_at, "next": wanted(request)}
    try:
        answer = provider.redirect(request, AuthProcess.LOGIN, data=kept)
    except (RequestException, KeyError, ValueError) as error:
        raise unavailable() from error
    if isinstance(answer, Unvouched):
        raise unavailable()
    address: str = answer["Location"]
    return address


def _come_back(request: HttpRequest, service: Service, **named: str) -> HttpResponseBase:
    """A Vouched, or an Unvouched."""
    adapters = {
        Service.GOOGLE: GoogleOAuth2Adapter,
        Service.MICROSOFT: MicrosoftGraphOAuth2Adapter,
        Service.OIDC: lambda request: OpenIDConnectOAuth2Adapter(
            request, named["provider_id"]
        ),
    }
    view = OAuth2CallbackView.adapter_view(adapters[service](request))
    try:
        answer: HttpResponseBase = view(request)
    except (RequestException, KeyError, ValueError):
        # What the service said is not what services of its kind say.
        answer = Unvouched(is_cancelled=False)
    return answer


def wanted(request: HttpRequest) -> str:
    """Where somebody wants to go once they are in; empty if it is not here."""
    told = request.POST.get("next", "")
    is_here = told.startswith("/") and url_has_allowed_host_and_scheme(
        told, allowed_hosts=None, require_https=request.is_secure()
    )
    return told if is_here and len(told) <= LONGEST_NEXT else ""


def unavailable() -> Unavailable:
    """A service that cannot be spoken to."""
    return Unavailable(
        "The other service does not answer.",
        effect="Nobody was let in.",
        remedy="Try again in a minute, or sign in with your password.",
    )


def _unfinished() -> RequestRefused:
    return RequestRefused(
        "The sign-in did not come to its end, or was used already.",
        effect="Nobody was let in.",
        remedy="Sign in again.",
    )
