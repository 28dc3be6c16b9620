"""Signing in by SAML: there, back by way of a page of ours, and in.

The answer comes by a POST from elsewhere, with which browsers send no cookies of ours. So
it is taken by a page that sends it on from here, and only there it is read.
"""

from collections.abc import Mapping
from typing import Final

from asgiref.sync import sync_to_async
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.urls import reverse

from hectograph.app.house import House
from hectograph.domain.errors import HectographError, RequestRefused
from hectograph.domain.sign_in import Service
from hectograph.site.by_service import ServicePages, wanted
from hectograph.site.saml import Saml

PENDING: Final = "hectograph-saml"
"""Where a session keeps the request that is under way."""


class SamlPages(ServicePages):
    """Everything below /account/by/saml/."""

    def __init__(self, house: House, services: Mapping[Service, str], saml: Saml) -> None:
        super().__init__(house, services)
        self.saml = saml

    async def ask(self, request: HttpRequest) -> HttpResponseBase:
        """Lead to the identity provider."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            asked = await sync_to_async(self.saml.ask)(**_places(request))
        except HectographError as error:
            return self.show_error(request, error, person=None)
        request.session[PENDING] = {
            "id": asked.id,
            "begun_at": self.house.staff.clock.now().isoformat(),
            "next": wanted(request),
        }
        return self.lead(request, Service.SAML, asked.address)

    async def take(self, request: HttpRequest) -> HttpResponseBase:
        """Take the answer from elsewhere; nothing is done with it but to send it on."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        answer = self.show(
            request, "account/arriving.html", answer=request.POST.get("SAMLResponse", "")
        )
        answer["Cache-Control"] = "no-store"
        return answer

    take.csrf_exempt = True  # type: ignore[attr-defined]  # it comes from elsewhere

    async def finish(self, request: HttpRequest) -> HttpResponseBase:
        """Read the answer, and let somebody in."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        kept = request.session.pop(PENDING, None)
        try:
            if kept is None:
                raise _nobody_asked()
            claim = await sync_to_async(self.saml.read)(
                request.POST.get("SAMLResponse", ""), asked=kept["id"], **_places(request)
            )
        except HectographError as error:
            return self.show_error(request, error, person=None)
        return await self.enter(request, claim, kept)

    async def metadata(self, request: HttpRequest) -> HttpResponseBase:
        """What an identity provider has to know of us."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        told = await sync_to_async(self.saml.describe)(**_places(request))
        return HttpResponse(told, content_type="application/samlmetadata+xml")


def _places(request: HttpRequest) -> dict[str, str]:
    """By which address we are known, and where answers go."""
    return {
        "here": request.build_absolute_uri(reverse("by-saml-metadata")),
        "back": request.build_absolute_uri(reverse("by-saml-back")),
    }


def _nobody_asked() -> RequestRefused:
    return RequestRefused(
        "This sign-in was not begun here, or was used already.",
        effect="Nobody was let in.",
        remedy="Sign in again.",
    )
