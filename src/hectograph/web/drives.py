"""The drives of an installation, for those who look after them."""

from collections.abc import AsyncIterator
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.app.administering import DriveOverview
from hectograph.domain.drive import Acting, split_account
from hectograph.domain.drive_findings import DriveFinding, FindingState, is_well
from hectograph.domain.errors import HectographError
from hectograph.domain.people import Act, Person
from hectograph.web.pages import Pages, signed_in

ACTING: Final = {
    Acting.TEACHER: _("each teacher's own account"),
    Acting.INSTITUTION: _("one account of the school"),
    Acting.COURIERS: _("several accounts of the school"),
    Acting.RECIPIENT: _("each student's own account"),
}
STATES: Final = {
    FindingState.OK: _("Well"),
    FindingState.WARNING: _("Look at it"),
    FindingState.FAILED: _("Not well"),
    FindingState.UNKNOWN: _("Not known"),
}
HERE: Final = "<!--findings-->"
"""Where in its page the findings go, one by one."""


class DrivePages(Pages):
    """Everything below /school/drives/."""

    @signed_in(get=Act.OPERATE)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """All drives, and which of their accounts rest."""
        drives = await self.house.installation.list_drives(by=person)
        return self.show(
            request,
            "school/drives.html",
            person=person,
            drives=[
                (each.drive, _accounts(each), ACTING[each.drive.acting]) for each in drives
            ],
        )

    @signed_in(post=Act.OPERATE)
    async def check(
        self, request: HttpRequest, person: Person, name: str
    ) -> HttpResponseBase:
        """Look a drive over; what is found is shown as soon as it is known."""
        overview = await self.house.installation.drive(name, by=person)
        teacher = request.POST.get("teacher", "").strip() or None
        findings = self.house.installation.check_drive(name, teacher=teacher, by=person)
        page = self.show(
            request,
            "school/check.html",
            person=person,
            drive=overview.drive,
            needs_account=overview.drive.acting in (Acting.TEACHER, Acting.RECIPIENT),
            here=HERE,
        )
        before, _, after = page.content.decode().partition(HERE)
        return StreamingHttpResponse(_streamed(before, findings, after))

    @signed_in(post=Act.OPERATE)
    async def wake(
        self, request: HttpRequest, person: Person, name: str
    ) -> HttpResponseBase:
        """Let an account that rests work again at once."""
        account = request.POST.get("account", "").strip() or None
        woken = await self.house.installation.wake(name, account=account, by=person)
        if woken:
            awake = now_("These work again: %s.") % ", ".join(woken)
            messages.success(request, awake)
        else:
            messages.info(request, now_("Nothing rested there any more."))
        return redirect("school-drives")


def _accounts(overview: DriveOverview) -> list[tuple[str, object]]:
    """Emails, those who never acted yet as well, and why one rests."""
    parked: dict[str, object] = dict.fromkeys(overview.drive.accounts)
    for each in overview.accounts:
        email = split_account(each.id)[1]
        if email or each.parked:
            parked[email or ""] = each.parked
    return sorted(parked.items())


async def _streamed(
    before: str, findings: AsyncIterator[DriveFinding], after: str
) -> AsyncIterator[str]:
    yield before
    seen = []
    try:
        async for each in findings:
            seen.append(each)
            yield _line(each)
    except HectographError as error:
        reason = error.reason()
        seen.append(
            DriveFinding(
                check="the check itself",
                state=FindingState.UNKNOWN,
                message=reason.message,
                remedy=reason.remedy,
            )
        )
        yield _line(seen[-1])
    yield render_to_string("school/verdict.html", {"is_well": is_well(seen)})
    yield after


def _line(finding: DriveFinding) -> str:
    shown = {"finding": finding, "state": STATES[finding.state]}
    return render_to_string("school/finding.html", shown)
