"""The first steps of whoever runs hectograph."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as now_

from hectograph.domain.people import Act, Person
from hectograph.web.pages import Pages, signed_in


class FirstStepPages(Pages):
    """What the first page offers while there is no class."""

    @signed_in(post=Act.OPERATE)
    async def sample(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Make a sample school."""
        await self.house.first_steps.make_sample(by=person)
        messages.success(
            request, now_("The sample school is made, and you teach its class.")
        )
        return redirect("home")
