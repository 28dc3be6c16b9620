"""The audit log: who did what to students' files."""

from typing import Final

from django.http import HttpRequest, HttpResponseBase

from hectograph.domain.people import Act, Person, may_in_school
from hectograph.web.pages import Pages, signed_in

A_PAGE: Final = 50


class AuditPages(Pages):
    """Everything below /school/audit/."""

    @signed_in(get=Act.SEE_SCHOOL)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """The newest entries; ?about= of one share or clean-up, ?before= the next page."""
        about = request.GET.get("about", "").strip().lower()
        before = request.GET.get("before", "")
        found = await self.house.auditing.list_entries(
            by=person,
            about=about or None,
            before=int(before) if _is_number(before) else None,
            limit=A_PAGE + 1,
        )
        entries = found[:A_PAGE]
        return self.show(
            request,
            "school/audit.html",
            person=person,
            about=about,
            entries=[(each, _facts(each.facts)) for each in entries],
            next_page=entries[-1].number if len(found) > A_PAGE else None,
            is_first=not _is_number(before),
            is_everything=may_in_school(person, Act.OPERATE, person.school),
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18  # noqa: PLR2004 - bigint


def _facts(facts: object) -> list[tuple[str, str]]:
    """The evidence, a fact a line; of what is long, only that it is there."""
    if not isinstance(facts, dict):
        return []
    return [
        (str(name).replace("_", " "), "…" if isinstance(told, dict | list) else str(told))
        for name, told in facts.items()
        if told is not None
    ]
