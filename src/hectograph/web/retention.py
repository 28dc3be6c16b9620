"""What is kept, and for how long, for those who answer for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hectograph.app.estimating import KEPT as ESTIMATES_KEPT
from hectograph.app.staff import GOOD_FOR
from hectograph.domain.people import Act, Person
from hectograph.domain.tokens import KEPT_FOR as ANSWERS_KEPT
from hectograph.uploads import KEPT_FOR as FILES_KEPT
from hectograph.web.pages import Pages, signed_in
from hectograph.web.speaking import grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that is kept: what, until when, and who else could take it away."""

    what: str
    until: str
    remedy: str = ""


class RetentionPages(Pages):
    """The page at /school/retention/."""

    @signed_in(get=Act.SEE_SCHOOL)
    async def index(self, request: HttpRequest, person: Person) -> HttpResponseBase:
        """All that is kept, what leaves by itself first."""
        return self.show(
            request,
            "school/retention.html",
            person=person,
            leaving=_leaving(),
            staying=_staying(),
        )


def _leaving() -> Sequence[Kept]:
    return (
        Kept(
            what=_("A roster that somebody is looking at"),
            until=_("nowhere but on the page; for an hour"),
        ),
        Kept(
            what=_("Files that were sent, until they are shared"),
            until=_for(FILES_KEPT),
        ),
        Kept(
            what=_("Documents of a share, in its drive's hidden folder"),
            until=_("until the share is complete or cancelled"),
        ),
        Kept(what=_("Answers to programs, by their keys"), until=_for(ANSWERS_KEPT)),
        Kept(
            what=_("Invitations"),
            until=_("until they are used, or another one is made; good for %(time)s")
            % {"time": _for(GOOD_FOR)},
        ),
        Kept(what=_("Estimates, to learn from"), until=_for(ESTIMATES_KEPT)),
        Kept(
            what=_("Copies that a clean-up took away on Google Drive"),
            until=_("in the trash, which Google empties after 30 days"),
        ),
        Kept(
            what=_("Students who are on no roster any more"),
            until=_("gone with the next load of the roster; their shares stay"),
        ),
    )


def _staying() -> Sequence[Kept]:
    by_hand = _("Nothing takes them away by itself.")
    return (
        Kept(
            what=_("Shares and their copies: names, paths, states and times"),
            until=_("as long as the database"),
            remedy=by_hand,
        ),
        Kept(
            what=_("The audit log"),
            until=_("as long as the database"),
            remedy=by_hand,
        ),
        Kept(
            what=_("Copies that a clean-up took away from a directory"),
            until=_("in .hectograph-quarantine, until somebody empties it"),
            remedy=_("Only the account that runs hectograph can open it."),
        ),
        Kept(
            what=_("People of the staff who were let go"),
            until=_("as long as the database"),
            remedy=_("Their shares and the audit log name them."),
        ),
        Kept(
            what=_("Loads of rosters, and the problems that stood in their way"),
            until=_("as long as the database"),
            remedy=by_hand,
        ),
    )


def _for(time: timedelta) -> str:
    return ngettext("%(days)s day", "%(days)s days", time.days) % {
        "days": grouped(time.days)
    }
