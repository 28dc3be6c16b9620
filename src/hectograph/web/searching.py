"""Searching for a document on the drive of a class, and choosing what was found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.translation import gettext_lazy as _

from hectograph.app.house import House
from hectograph.app.searching import Search
from hectograph.domain.errors import (
    Misconfigured,
    ProviderError,
    Rejected,
    RequestRefused,
)
from hectograph.domain.ids import ClassId
from hectograph.domain.links import file_link
from hectograph.domain.people import Act, Person
from hectograph.ports.drive_office import FoundDocument
from hectograph.web.pages import Pages, signed_in
from hectograph.web.share_form import tell
from hectograph.web.words import Words

KINDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "application/vnd.google-apps.document": _("Google Docs"),
        "application/vnd.google-apps.spreadsheet": _("Google Sheets"),
        "application/vnd.google-apps.presentation": _("Google Slides"),
        "application/vnd.google-apps.drawing": _("Google Drawings"),
        "application/vnd.google-apps.form": _("Google Forms"),
        "application/pdf": _("PDF"),
        "application/msword": _("Word document"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _(
            "Word document"
        ),
        "application/vnd.ms-excel": _("Excel spreadsheet"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _(
            "Excel spreadsheet"
        ),
        "application/vnd.ms-powerpoint": _("PowerPoint presentation"),
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": _(
            "PowerPoint presentation"
        ),
        "application/vnd.oasis.opendocument.text": _("OpenDocument text"),
    }
)
FAMILIES: Final[Mapping[str, Words]] = MappingProxyType(
    {"image": _("Picture"), "audio": _("Sound"), "video": _("Video"), "text": _("Text")}
)
FILE: Final = _("File")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A document as it is shown. `is_chosen`: its link is in the form already."""

    link: str
    title: str
    kind: Words
    owner: str | None
    size_bytes: int | None
    modified_at: datetime
    can_copy: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """What came of a search; `wrong` are the lines that say why nothing did."""

    rows: Sequence[Row] = ()
    reader: str = ""
    is_narrowed: bool = False
    is_cut: bool = False
    wrong: Sequence[Words] = ()


class SearchPages(Pages):
    """What the page asks for while somebody searches."""

    @signed_in(get=Act.SHARE)
    async def documents(
        self, request: HttpRequest, person: Person, number: str
    ) -> HttpResponseBase:
        """The list of what was found, to be put into the form."""
        words = request.GET.get("words", "")
        search = await look(self.house, ClassId(number), words, by=person)
        return HttpResponse(
            self.fragment("web/share_found.html", search=search, is_part=True)
        )


async def look(
    house: House, number: ClassId, words: str, *, by: Person, chosen: Collection[str] = ()
) -> SearchView:
    """Search, or say in words why not. `chosen` are links that the form has."""
    try:
        search = await house.searching.documents(number, words, by=by)
    except (RequestRefused, Misconfigured, Rejected) as refused:
        return SearchView(wrong=tell(refused))
    except ProviderError:
        return SearchView(
            wrong=[
                _("The drive does not answer. Search again in a minute, or paste a link.")
            ]
        )
    return build_search_view(search, chosen=chosen)


def build_search_view(search: Search, *, chosen: Collection[str] = ()) -> SearchView:
    """What a search found, as it is shown."""
    return SearchView(
        rows=[_row(each, chosen) for each in search.documents],
        reader=search.reader,
        is_narrowed=search.is_narrowed,
        is_cut=search.is_cut,
    )


def with_found(typed: QueryDict) -> QueryDict:
    """What was typed, with the documents that were chosen of those found as links."""
    links = typed.get("link", "")
    known = links.split()
    new = [each for each in typed.getlist("found") if each not in known]
    merged = typed.copy()
    merged["link"] = "\n".join(filter(None, [links.rstrip(), *new]))
    return merged


def is_search(typed: Mapping[str, Any]) -> bool:
    """Whether somebody searches: by the button, or by Enter before a document is named."""
    is_named = typed.get("link", "").strip() or typed.get("recent")
    return "search" in typed or bool(typed.get("words", "").strip() and not is_named)


def kind_of(media_type: str) -> Words:
    """What a document is, in words."""
    family = media_type.partition("/")[0]
    return KINDS.get(media_type) or FAMILIES.get(family, FILE)


def _row(found: FoundDocument, chosen: Collection[str]) -> Row:
    link = file_link(found.id)
    return Row(
        link=link,
        title=found.title,
        kind=kind_of(found.media_type),
        owner=found.owner,
        size_bytes=found.size_bytes,
        modified_at=found.modified_at,
        can_copy=found.can_copy,
        is_chosen=link in chosen,
    )
