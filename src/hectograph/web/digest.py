"""The mail of a day: wanted by whoever says so, and stopped by a link in it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext as now_
from django.views.decorators.csrf import csrf_exempt

from hectograph.domain.errors import HectographError, RequestRefused
from hectograph.domain.people import Person
from hectograph.web.pages import ANYBODY, Pages, signed_in


class DigestPages(Pages):
    """/account/digest/, and what a mail links to."""

    @signed_in(get=ANYBODY, post=ANYBODY)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Whether I want it."""
        digesting = self.house.digesting
        if request.method == "POST":
            is_wanted = request.POST.get("want") == "yes" and digesting.is_offered
            await digesting.want(by=person, is_wanted=is_wanted)
            told = (
                now_("You get a mail on each day with something to tell.")
                if is_wanted
                else now_("You get no mail any more.")
            )
            messages.success(request, told)
            return redirect("account-digest")
        return self.show(
            request,
            "web/digest.html",
            person=person,
            is_offered=digesting.is_offered,
            is_wanted=await digesting.is_wanted(by=person),
            at=digesting.at,
        )

    @csrf_exempt
    async def stop(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """No mail any more, by the link alone; a look at it changes nothing (RFC 8058)."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "POST"])
        try:
            if request.method == "POST":
                is_known = await self.house.digesting.stop(token)
            else:
                is_known = self.house.digesting.knows(token)
        except HectographError as error:
            return self.show_error(request, error, person=None)
        if not is_known:
            unknown = RequestRefused(
                now_("This link is none of ours."),
                remedy=now_("Sign in, and say on the page for it that you want no mail."),
            )
            return self.show_error(request, unknown, person=None)
        is_done = request.method == "POST"
        return self.show(request, "web/digest_stop.html", is_done=is_done)
