"""The audit log: who did what to students' files."""

from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import date_format

from hectograph.domain.people import Act, Person, may_in_school
from hectograph.ports.cleanups import AuditEntry
from hectograph.web.audit_words import ACTS, FACTS
from hectograph.web.pages import Pages, signed_in
from hectograph.web.speaking import speak
from hectograph.web.words import Words

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
            entries=[(each, ACTS.get(each.act), self._facts(each)) for each in entries],
            next_page=entries[-1].number if len(found) > A_PAGE else None,
            is_first=not _is_number(before),
            is_everything=may_in_school(person, Act.OPERATE, person.school),
        )

    def _facts(self, entry: AuditEntry) -> list[tuple[Words, str]]:
        """The evidence, fact by fact; of what is long, only that it is there."""
        return [
            (FACTS.get(name, name.replace("_", " ")), self._words(told))
            for name, told in entry.facts.items()
            if told is not None
        ]

    def _words(self, told: object) -> str:
        if isinstance(told, dict | list):
            return "…"
        try:
            at = datetime.fromisoformat(str(told))
        except ValueError:
            return speak(str(told))
        if at.tzinfo is None:
            return str(told)
        return date_format(at.astimezone(self.zone), "SHORT_DATETIME_FORMAT")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18  # noqa: PLR2004 - bigint
