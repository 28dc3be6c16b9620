"""Which languages there are, and which one a request is answered in."""

from pathlib import Path
from typing import Final

from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from hectograph.domain.errors import Misconfigured
from hectograph.web import LOCALE

ORIGINAL: Final = "en"
"""The language in which everything is written."""

FOR_PROGRAMS: Final = "/api/"
"""What programs read is in English."""


class Spoken(LocaleMiddleware):
    """The language of the browser; whoever is signed in may have chosen another."""

    def process_request(self, request: HttpRequest) -> None:
        """Speak it."""
        if request.path_info.startswith(FOR_PROGRAMS):
            translation.activate(ORIGINAL)
            request.LANGUAGE_CODE = ORIGINAL
        else:
            super().process_request(request)


def list_languages(locales: Path | None) -> list[tuple[str, str]]:
    """The tags of all languages, and their own names for themselves."""
    tags = {ORIGINAL}
    for root in (LOCALE, locales) if locales else (LOCALE,):
        found = root.glob("*/LC_MESSAGES/django.mo")
        tags |= {translation.to_language(each.parts[-3]) for each in found}
    return [(tag, _own_name(tag)) for tag in sorted(tags)]


def check_language(language: str, locales: Path | None) -> str:
    """A language in which there are pages. Raises Misconfigured."""
    known = [tag for tag, _ in list_languages(locales)]
    if language not in known:
        raise Misconfigured(
            f'HECTOGRAPH_LANGUAGE: there are no pages in "{language}".',
            effect="Nothing was started.",
            remedy=f"Take one of {', '.join(known)}, or name a directory with its "
            "catalogue by HECTOGRAPH_LOCALES.",
        )
    return language


def _own_name(tag: str) -> str:
    known = LANG_INFO.get(tag) or LANG_INFO.get(tag.partition("-")[0], {})
    return str(known.get("name_local", tag)).capitalize()
