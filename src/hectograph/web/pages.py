"""What all pages have in common: who is there, and what becomes of errors."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, tzinfo
from functools import cache, wraps
from pathlib import Path
from typing import Any, Final, Literal, overload
from zoneinfo import ZoneInfo

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation

from hectograph.app.house import House
from hectograph.domain.errors import (
    HectographError,
    LedgerUnavailable,
    NotAllowed,
    NotFound,
    ProviderError,
)
from hectograph.domain.ids import PersonId
from hectograph.domain.people import Act, Person, may_in_school
from hectograph.web.language_choice import language_for, remembered
from hectograph.web.words import remedy_of

Page = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
Needed = Act | Literal["anybody"]

ANYBODY: Final = "anybody"
"""Whoever is signed in."""

OF_A_SCHOOL: Final = frozenset({Act.SEE_SCHOOL, Act.MANAGE_SCHOOL, Act.OPERATE})
"""What is about no single class."""

HALT: Final = "hectograph.halt"
"""Where a request carries why nothing is begun, while that is so."""

REFUSED: Final = 422
"""The status of a form that is shown again, with what is wrong with it."""

STATUS: Final[tuple[tuple[type[HectographError], int], ...]] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (LedgerUnavailable, 503),
    (ProviderError, 503),
    (HectographError, 400),
)


class Pages:
    """Pages of a house."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def visitor(self, request: HttpRequest) -> Person | None:
        """Who is signed in."""
        number = request.session.get(SESSION_KEY)
        if number is None:
            return None
        return await self.house.staff.find_signed_in(
            PersonId(int(number)), session_hash=request.session.get(HASH_SESSION_KEY, "")
        )

    def show(
        self,
        request: HttpRequest,
        template: str,
        *,
        person: Person | None = None,
        status: int = 200,
        **shown: Any,
    ) -> HttpResponse:
        """A page with what is on it."""
        halt = request.META.get(HALT)
        context = {"person": person, "may": _may(person), "halt": halt, **shown}
        with timezone.override(self.zone):
            return render(request, template, context, status=status)

    def fragment(self, template: str, **shown: Any) -> str:
        """A part of a page."""
        with timezone.override(self.zone):
            return render_to_string(template, shown)

    @property
    def zone(self) -> tzinfo:
        """The school's time zone, or the system's."""
        return self.house.sharing.zone or _system_zone()

    def show_error(
        self, request: HttpRequest, error: HectographError, *, person: Person | None
    ) -> HttpResponse:
        """What went wrong, and what to do about it."""
        status = next(code for kind, code in STATUS if isinstance(error, kind))
        return self.show(
            request,
            "web/error.html",
            person=person,
            status=status,
            error=error,
            remedy=remedy_of(error.reason()),
        )


@overload
def signed_in(page: Page) -> Page: ...
@overload
def signed_in(
    *, get: Needed | None = None, post: Needed | None = None
) -> Callable[[Page], Page]: ...
def signed_in(
    page: Page | None = None, *, get: Needed | None = None, post: Needed | None = None
) -> Page | Callable[[Page], Page]:
    """A page for people who are signed in, and who are told what goes wrong.

    `get` and `post` are what somebody must be allowed to do to have the page, and to send
    something to it; what is not said of them is refused with 405. About a class the use
    cases alone can tell.
    """
    said = {"GET": get, "HEAD": get, "POST": post}
    acts = {method: act for method, act in said.items() if act is not None}
    if page is not None:
        return _guarded(page, acts)
    return lambda page: _guarded(page, acts)


def _guarded(page: Page, acts: Mapping[str, Needed]) -> Page:
    @wraps(page)
    async def shown(
        self: Pages, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if acts and request.method not in acts:
            return HttpResponseNotAllowed(sorted(acts))
        person = None
        try:
            person = await self.visitor(request)
            if person is None:
                return redirect_to_login(request.get_full_path())
            translation.activate(language_for(request, person.language))
            request.META[HALT] = await self.house.operating.find_halt()
            _check(person, acts.get(request.method or ""))
            answer = await page(self, request, person, *args, **kwargs)
        except HectographError as error:
            answer = self.show_error(request, error, person=person)
        return answer if person is None else remembered(answer, request, person.language)

    shown.acts = acts  # type: ignore[attr-defined]  # for tests that walk all addresses
    return shown


def _check(person: Person, act: Needed | None) -> None:
    if act in OF_A_SCHOOL and not may_in_school(person, Act(act), person.school):
        raise NotAllowed("This page is not for you.")


@cache
def _system_zone() -> tzinfo:
    try:
        with Path("/etc/localtime").open("rb") as read:
            return ZoneInfo.from_file(read)
    except OSError:
        return UTC


def _may(person: Person | None) -> dict[str, bool]:
    """What the navigation offers."""
    if person is None:
        return {}
    return {
        "see_school": may_in_school(person, Act.SEE_SCHOOL, person.school),
        "manage_school": may_in_school(person, Act.MANAGE_SCHOOL, person.school),
        "operate": may_in_school(person, Act.OPERATE, person.school),
    }
