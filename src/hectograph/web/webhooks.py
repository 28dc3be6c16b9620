"""The webhooks of a school: added, tried, switched off, given another secret, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from hectograph.domain.errors import RequestRefused
from hectograph.domain.events import SUBSCRIBABLE, EventType
from hectograph.domain.ids import WebhookId
from hectograph.domain.people import Act, Person, may_in_school
from hectograph.domain.reach import LONGEST_URL
from hectograph.domain.webhooks import PostingState, Tried, Trouble, Webhook
from hectograph.web.pages import REFUSED, Pages, signed_in
from hectograph.web.words import Words

SECRET: Final = "hectograph-webhook"  # noqa: S105 - where it is, not what it is
"""Where a session carries a secret, until it is shown once."""

EVENTS: Final[Mapping[EventType, Words]] = {
    EventType.SHARE_CREATED: _("A share was asked for"),
    EventType.SHARE_STARTED: _("A share has begun"),
    EventType.SHARE_COMPLETED: _("A share is complete"),
    EventType.SHARE_PARTIALLY_FAILED: _("A share is through, and some copies failed"),
    EventType.SHARE_CANCELLED: _("A share was cancelled"),
    EventType.SHARE_UNDONE: _("A share was recalled or replaced"),
    EventType.COPY_FAILED: _("A copy failed"),
    EventType.ROSTER_CHANGED: _("A class has another roster"),
    EventType.TEST: _("A test"),
}
TROUBLES: Final[Mapping[Trouble, Words]] = {
    Trouble.UNREACHABLE: _("nobody answered there"),
    Trouble.TIMEOUT: _("no answer in time"),
    Trouble.INSECURE: _("no secure connection"),
    Trouble.CLOSED_NETWORK: _("the address is in a closed network"),
    Trouble.OTHER_KEY: _("the secret cannot be read any more: make another one"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A webhook on the page."""

    webhook: Webhook
    events: Sequence[Words]
    tried: Sequence[tuple[Tried, str, str, str]]
    """Each with its event in words, a sign's kind, and what was answered."""
    may_change: bool


class WebhookForm(forms.Form):
    """Where to send what; those who look after several schools say for which."""

    url = forms.CharField(
        label=_("Address of the receiver"),
        max_length=LONGEST_URL,
        help_text=_("It begins with https://"),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    school = forms.CharField(label=_("School"), max_length=100)
    events = forms.MultipleChoiceField(
        label=_("What it is told"),
        choices=[(each.value, EVENTS[each]) for each in SUBSCRIBABLE],
        initial=[each.value for each in SUBSCRIBABLE],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, person: Person, said: QueryDict | None = None) -> None:
        super().__init__(said, initial={"school": person.school}, label_suffix="")
        if not may_in_school(person, Act.OPERATE, person.school):
            self.fields["school"].disabled = True
            self.fields["school"].widget = forms.HiddenInput()


class WebhookPages(Pages):
    """Everything below /school/webhooks/."""

    @signed_in(get=Act.SEE_SCHOOL, post=Act.MANAGE_SCHOOL)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """All of them with their last answers; and adding one more."""
        form = WebhookForm(person, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return await self._add(request, person, **form.cleaned_data)
            except RequestRefused as refused:
                form.add_error("url", f"{refused.cause} {refused.remedy}")
        found = await self.house.webhooks.list_seen(by=person)
        return self.show(
            request,
            "school/webhooks.html",
            person=person,
            status=REFUSED if form.errors else 200,
            webhooks=[_shown(each, tried, to=person) for each, tried in found],
            is_of_many=len({each.school for each, _ in found} | {person.school}) > 1,
            form=form,
            made=request.session.pop(SECRET, None),
        )

    async def _add(
        self,
        request: HttpRequest,
        person: Person,
        *,
        url: str,
        school: str,
        events: Sequence[str],
    ) -> HttpResponseBase:
        webhook, secret = await self.house.webhooks.add(
            url, events=[EventType(each) for each in events], school=school, by=person
        )
        return _to_secret(request, webhook.url, secret)

    @signed_in(post=Act.MANAGE_SCHOOL)
    async def switch(
        self, request: HttpRequest, person: Person, hook: str
    ) -> HttpResponseBase:
        """Switch it on, or off."""
        is_on = request.POST.get("on") == "yes"
        await self.house.webhooks.switch(_number(hook), is_on=is_on, by=person)
        told = now_("It is switched on.") if is_on else now_("It is switched off.")
        messages.success(request, told)
        return redirect("school-webhooks")

    @signed_in(post=Act.MANAGE_SCHOOL)
    async def rotate(
        self, request: HttpRequest, person: Person, hook: str
    ) -> HttpResponseBase:
        """Give it another secret."""
        found = await self.house.webhooks.find(
            _number(hook), by=person, act=Act.MANAGE_SCHOOL
        )
        secret = await self.house.webhooks.rotate(found.id, by=person)
        return _to_secret(request, found.url, secret, is_another=True)

    @signed_in(post=Act.MANAGE_SCHOOL)
    async def test(
        self, request: HttpRequest, person: Person, hook: str
    ) -> HttpResponseBase:
        """Send it a test."""
        try:
            await self.house.webhooks.send_test(_number(hook), by=person)
        except RequestRefused as refused:
            messages.error(request, f"{refused.cause} {refused.remedy}")
        else:
            sent = now_("A test is on its way. Load the page again to see the answer.")
            messages.success(request, sent)
        return redirect("school-webhooks")

    @signed_in(post=Act.MANAGE_SCHOOL)
    async def delete(
        self, request: HttpRequest, person: Person, hook: str
    ) -> HttpResponseBase:
        """Forget it."""
        await self.house.webhooks.delete(_number(hook), by=person)
        messages.success(request, now_("The webhook is deleted."))
        return redirect("school-webhooks")


def _to_secret(
    request: HttpRequest, url: str, secret: str, *, is_another: bool = False
) -> HttpResponseBase:
    """Shown once, on the page that the browser is sent to: reloading it sends nothing."""
    made: dict[str, Any] = {"url": url, "secret": secret, "is_another": is_another}
    request.session[SECRET] = made
    return redirect("school-webhooks")


def _number(hook: str) -> WebhookId:
    return WebhookId(hook.replace("\0", ""))


def _shown(webhook: Webhook, tried: Sequence[Tried], *, to: Person) -> Shown:
    return Shown(
        webhook=webhook,
        events=[EVENTS[each] for each in SUBSCRIBABLE if each in webhook.events],
        tried=[(each, str(EVENTS[each.type]), *_said(each)) for each in tried],
        may_change=may_in_school(to, Act.MANAGE_SCHOOL, webhook.school),
    )


def _said(tried: Tried) -> tuple[str, str]:
    """How a try is shown, and what was answered."""
    if tried.tried_at is None:
        return "quiet", now_("on its way")
    answer = tried.answer
    said = str(TROUBLES[answer.trouble]) if answer.trouble else f"{answer.status}"
    if tried.state is PostingState.SENT:
        return "well", now_("arrived (%s)") % said
    if tried.state is PostingState.DUE:
        return "quiet", now_("%s; it is tried again") % said
    return "wrong", now_("%s; given up") % said
