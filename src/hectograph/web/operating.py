"""Everything paused, and let go on, by whoever runs the installation."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.domain.people import Act, Person
from hectograph.web.pages import REFUSED, Pages, signed_in


class PauseForm(forms.Form):
    """Why everything is paused."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        help_text=_('Everybody reads it on every page, such as "The drive is moved".'),
    )


class OperatingPages(Pages):
    """Everything below /school/pause/."""

    @signed_in(get=Act.OPERATE, post=Act.OPERATE)
    async def pause(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Have nothing begun any more, on any machine."""
        form = PauseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            await self.house.installation.pause(reason, by=person)
            messages.success(request, now_("Nothing more is begun."))
            return redirect("school-pause")
        status = REFUSED if form.errors else 200
        return self.show(
            request, "school/pause.html", person=person, form=form, status=status
        )

    @signed_in(post=Act.OPERATE)
    async def resume(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """Let everything go on."""
        await self.house.installation.resume(by=person)
        messages.success(request, now_("Everything goes on."))
        return redirect("school-pause")
