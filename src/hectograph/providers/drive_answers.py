"""What Google Drive's answers mean for a delivery. The one place that says.

The first rule that fits decides. Reasons come in several spellings and places; case and
underscores do not count, and a rule's "*" stands for any beginning. What Google writes for
people is never repeated: it may name them.

Sources: https://developers.google.com/workspace/drive/api/guides/handle-errors, and what
other clients of the live service have recorded; ADR 8.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final

from hectograph.domain.errors import (
    AccessDenied,
    Exhausted,
    FolderRefused,
    NoSpace,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    SourceRefused,
    Throttled,
    Unavailable,
)
from hectograph.providers.transport import Answer


class Absent(Rejected):
    """There is no such file or folder, or the account may not see it."""

    code = "absent"


class Conflict(Rejected):
    """Something of this id is there already."""

    code = "conflict"


class Stale(Rejected):
    """What the request relied on is out of date: a version, or a place in a listing."""

    code = "stale"


class IdRefused(Rejected):
    """This kind of file cannot be given an id beforehand."""

    code = "id_refused"


class Meaning(StrEnum):
    """What an answer says about the request."""

    DONE = "done"
    NOT_DONE = "not done"
    UNKNOWN = "unknown"
    SLOW_DOWN = "slow down"
    WAIT_HOURS = "wait for hours"
    NEEDS_A_PERSON = "needs a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which answers it is for, what they mean, and what people are told.

    No `reasons` means any. `words` are for a teacher, `remedy` is for an administrator;
    `refusal` is the error when a person is needed.
    """

    statuses: frozenset[int]
    reasons: tuple[str, ...] = ()
    meaning: Meaning
    refusal: type[Rejected] = Rejected
    words: str
    remedy: str = ""

    def fits(self, status: int, reasons: Sequence[str]) -> bool:
        """Whether an answer of this status, with these folded reasons, is meant."""
        return status in self.statuses and (
            not self.reasons
            or any(
                fnmatchcase(each, fold(mine)) for mine in self.reasons for each in reasons
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one answer means. `reason` is Google's own word for it, or empty."""

    meaning: Meaning
    status: int
    reason: str = ""
    kind: type[ProviderError] = ProviderError
    words: str = ""
    effect: str = ""
    remedy: str = ""
    retry_after: timedelta | None = None


# Stands among the reasons when the body is not the API's: a page in HTML, half of a JSON,
# or nothing. It may come from a proxy, a filter, or a machine in front of the API.
UNREADABLE: Final = "(unreadable)"

REFUSED: Final = frozenset(range(400, 500))
BROKEN: Final = frozenset(range(500, 600))

DONE: Final = frozenset(range(200, 300))

BUSY: Final = "Google Drive is busy with this account and asks us to slow down."

RULES: Final = (
    # --- limits that come back by themselves
    Rule(
        statuses=frozenset({403, 429}),
        reasons=("sharingRateLimitExceeded",),
        meaning=Meaning.WAIT_HOURS,
        words="The account has shared as much as Google allows for now.",
        remedy=(
            "It works again by itself within a day. Let the students' folders be shared "
            "with them beforehand, so that nothing needs sharing file by file."
        ),
    ),
    Rule(
        statuses=frozenset({403, 429}),
        reasons=("dailyLimitExceeded*", "userDailyLimitExceeded"),
        meaning=Meaning.WAIT_HOURS,
        words="What Google allows for a day is used up.",
        remedy=(
            "It works again tomorrow. The limit is one of your own project: Google Cloud "
            "console, APIs & Services, Google Drive API, Quotas."
        ),
    ),
    Rule(
        statuses=frozenset({403}),
        reasons=("storageQuotaExceeded",),
        meaning=Meaning.WAIT_HOURS,
        words="The Google storage of the account that owns the copies is full.",
        remedy=(
            "Free some space there or give the account more. A service account has none "
            "at all: let it act for a person, or deliver into a shared drive."
        ),
    ),
    Rule(
        statuses=frozenset({403, 429}),
        reasons=("*rateLimitExceeded", "quotaExceeded", "RESOURCE_EXHAUSTED"),
        meaning=Meaning.SLOW_DOWN,
        words=BUSY,
    ),
    Rule(statuses=frozenset({429}), meaning=Meaning.SLOW_DOWN, words=BUSY),
    # --- what stands whoever says it
    Rule(
        statuses=frozenset({401}),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=AccessDenied,
        words="Google does not let the account in, even with a new token.",
        remedy=(
            "See in the Admin console whether the account is suspended, or Drive is "
            "switched off for it."
        ),
    ),
    Rule(
        statuses=frozenset({408}),
        meaning=Meaning.UNKNOWN,
        words="Google Drive waited too long for us.",
    ),
    Rule(
        statuses=frozenset({409}),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=Conflict,
        words="Something of the same id is there already.",
    ),
    Rule(
        statuses=frozenset({412}),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=Stale,
        words="Somebody changed the file in the meantime.",
    ),
    # --- refusals that are not the API's own word
    Rule(
        statuses=frozenset({403}),
        reasons=(UNREADABLE,),
        meaning=Meaning.SLOW_DOWN,
        words="Something in front of Google Drive turned us away.",
        remedy=(
            "It is tried again by itself. If it stays: does a filter or proxy of the "
            "school's network block www.googleapis.com?"
        ),
    ),
    Rule(
        statuses=REFUSED,
        reasons=(UNREADABLE,),
        meaning=Meaning.UNKNOWN,
        words="The answer did not come from Google Drive itself.",
        remedy=(
            "It is tried again by itself. If it stays: does a filter or proxy of the "
            "school's network change what www.googleapis.com answers?"
        ),
    ),
    # --- the document
    Rule(
        statuses=frozenset({403}),
        reasons=("cannotCopyFile", "copyRequiresWriterPermission"),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=SourceRefused,
        words="The document may not be copied.",
        remedy=(
            "Its owner can allow it: Share, Settings, viewers can download, print and "
            "copy. Folders and forms of other programs can never be copied."
        ),
    ),
    # --- the folder
    Rule(
        statuses=frozenset({403}),
        reasons=("teamDriveFileLimitExceeded", "activeItemCreationLimitExceeded"),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=NoSpace,
        words="There are as many files already as Google allows.",
        remedy=(
            "Remove some from the shared drive, its trash included, or from those that "
            "the account has made; then run `hectograph shares retry ID`."
        ),
    ),
    Rule(
        statuses=frozenset({403}),
        reasons=(
            "numChildrenInNonRootLimitExceeded",
            "*HierarchyTooDeep",
            "myDriveHierarchyDepthLimitExceeded",
        ),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=FolderRefused,
        words="The folder holds too much, or lies too deep, for Google Drive.",
        remedy="Give the student another folder, then run `hectograph shares retry ID`.",
    ),
    Rule(
        statuses=frozenset({400, 403}),
        reasons=(
            "teamDrivesParentLimit",
            "teamDrivesFolderMoveInNotSupported",
            "fileOwnerNotMemberOf*",
            "fileWriterTeamDriveMoveInDisabled",
            "crossDomainMoveRestriction",
            "cannotMoveTrashedItem*",
        ),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=FolderRefused,
        words="Google Drive does not let the copy be moved into this folder.",
        remedy=(
            "Copies are moved within one drive only: let staging and the students' "
            "folders lie in the same shared drive, or both in My Drive."
        ),
    ),
    # --- the account
    Rule(
        statuses=frozenset({403}),
        reasons=("accessNotConfigured", "SERVICE_DISABLED"),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=AccessDenied,
        words="The Google project of hectograph may not use Google Drive.",
        remedy=(
            "Switch the Google Drive API on: Google Cloud console, APIs & Services, "
            "Library. It takes some minutes to be known everywhere."
        ),
    ),
    Rule(
        statuses=frozenset({403}),
        reasons=(
            "insufficientPermissions",
            "insufficientScopes",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        ),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=AccessDenied,
        words="Hectograph was not given the right to do this on Google Drive.",
        remedy=(
            "Add the scope https://www.googleapis.com/auth/drive: Admin console, "
            "Security, API controls, Domain-wide delegation."
        ),
    ),
    Rule(
        statuses=frozenset({403}),
        reasons=("domainPolicy",),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=AccessDenied,
        words="A rule of the school's Google Workspace forbids it.",
        remedy="See Admin console, Apps, Google Workspace, Drive and Docs.",
    ),
    Rule(
        statuses=frozenset({403}),
        reasons=("appNotAuthorizedToFile",),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=AccessDenied,
        words="Hectograph may use only files that were chosen in it, and this was not.",
        remedy="Choose the document again, or grant the scope for all of Drive.",
    ),
    Rule(
        statuses=frozenset({403}),
        reasons=("teamDriveMembershipRequired",),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=AccessDenied,
        words="The account is not a member of this shared drive.",
        remedy="Add it as a content manager, then run `hectograph shares retry ID`.",
    ),
    Rule(
        statuses=frozenset({403}),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=AccessDenied,
        words="The account may not do this with the file or folder.",
        remedy=(
            "Make it an editor of the folder, and at least a viewer of the document; then "
            "run `hectograph shares retry ID`."
        ),
    ),
    # --- the request
    Rule(
        statuses=frozenset({400}),
        reasons=("generatedIdNotSupported",),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=IdRefused,
        words="Google Drive chooses the id of such a document itself.",
    ),
    Rule(
        statuses=frozenset({400}),
        reasons=("invalidPageToken",),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=Stale,
        words="Google Drive has forgotten where we were in a list.",
    ),
    Rule(
        statuses=frozenset({410}),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=Stale,
        words="Google Drive has forgotten where we were in a list.",
    ),
    Rule(
        statuses=frozenset({404}),
        meaning=Meaning.NEEDS_A_PERSON,
        refusal=Absent,
        words="It is not there, or the account may not see it.",
        remedy=(
            "Was it deleted? Otherwise share it with the account that runs hectograph, "
            "then run `hectograph shares retry ID`."
        ),
    ),
    Rule(
        statuses=frozenset({400}),
        reasons=("invalidSharingRequest",),
        meaning=Meaning.NEEDS_A_PERSON,
        words="Google Drive cannot share with this address.",
        remedy="An address without a Google account can only be invited by mail.",
    ),
    # --- whatever else there is
    Rule(
        statuses=REFUSED,
        meaning=Meaning.NEEDS_A_PERSON,
        words="Google Drive does not understand what we asked for.",
        remedy="This is a mistake in hectograph: please report the words in brackets.",
    ),
    Rule(
        statuses=BROKEN,
        meaning=Meaning.UNKNOWN,
        words="Google Drive failed while it worked on this.",
    ),
    Rule(
        statuses=frozenset(range(1000)) - DONE,
        meaning=Meaning.UNKNOWN,
        words="The answer is none that Google Drive gives.",
        remedy="Does a filter or proxy of the school's network send it elsewhere?",
    ),
)

KINDS: Final[Mapping[Meaning, type[ProviderError]]] = MappingProxyType(
    {
        Meaning.NOT_DONE: Unavailable,
        Meaning.UNKNOWN: OutcomeUnknown,
        Meaning.SLOW_DOWN: Throttled,
        Meaning.WAIT_HOURS: Exhausted,
    }
)
# Even "slow down" was seen after the file had been made.
MAY_BE_DONE: Final = frozenset({Meaning.UNKNOWN, Meaning.SLOW_DOWN})

# Longer than that is no request to wait but nonsense, or an overflow.
LONGEST_WAIT_SECONDS: Final = 7 * 24 * 3600


def classify(answer: Answer, *, writes: bool) -> Verdict:
    """What an answer means, to a request that `writes` or only reads.

    What may have been done is never said of a request that only reads.
    """
    if answer.status in DONE:
        return Verdict(meaning=Meaning.DONE, status=answer.status)
    reasons = _reasons(answer.body)
    folded = [fold(each) for each in reasons]
    rule = next((each for each in RULES if each.fits(answer.status, folded)), RULES[-1])
    may_be_done = writes and rule.meaning in MAY_BE_DONE
    meaning = rule.meaning
    if meaning is Meaning.UNKNOWN and not writes:
        meaning = Meaning.NOT_DONE
    return Verdict(
        meaning=meaning,
        status=answer.status,
        reason=next((each for each in reasons if each != UNREADABLE), ""),
        kind=kind_of(rule, meaning),
        words=rule.words,
        effect="It may have been done all the same."
        if may_be_done
        else "Nothing was done.",
        remedy=rule.remedy,
        retry_after=find_wait(answer.headers),
    )


def kind_of(rule: Rule, meaning: Meaning) -> type[ProviderError]:
    """The error for an answer that a rule fits."""
    return KINDS.get(meaning, rule.refusal)


def error_of(verdict: Verdict) -> ProviderError:
    """The error to raise for it. Raises ValueError for what was done."""
    if verdict.meaning is Meaning.DONE:
        raise ValueError("what was done is no error")
    said = f"{verdict.status} {verdict.reason}".strip()
    return verdict.kind(
        verdict.words,
        effect=f"{verdict.effect} (Google Drive: {said})",
        remedy=verdict.remedy,
        retry_after=verdict.retry_after,
    )


def fold(reason: str) -> str:
    """A reason without case and underscores: all spellings of it are the same."""
    return reason.replace("_", "").lower()


def find_wait(headers: Mapping[str, str]) -> timedelta | None:
    """How long the answer asks us to wait: in seconds, or until a date.

    The date is seen from the answer's own, so that our clock does not matter.
    """
    folded = {name.lower(): value for name, value in headers.items()}
    value = folded.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        wait = timedelta(seconds=int(value))
    else:
        try:
            until = parsedate_to_datetime(value)
            wait = until - parsedate_to_datetime(folded.get("date", ""))
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    longest = timedelta(seconds=LONGEST_WAIT_SECONDS)
    return wait if timedelta(0) < wait <= longest else None


def _reasons(body: bytes) -> list[str]:
    """Every reason that the body gives, the most telling first; or UNREADABLE."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return [UNREADABLE]
    if isinstance(told, list):
        told = told[0] if told else None
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return [UNREADABLE]
    return [each for each in _told(error) if _is_word(each)]


def _told(error: Mapping[str, Any]) -> Iterator[Any]:
    for each in _dicts(error.get("errors")):
        # An unknown page token is told as an invalid parameter; its name tells them apart.
        if each.get("location") == "pageToken":
            yield "invalidPageToken"
        yield each.get("reason")
    for each in _dicts(error.get("details")):
        yield each.get("reason")
    yield error.get("status")


def _dicts(values: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(values, list):
        yield from (each for each in values if isinstance(each, dict))


def _is_word(reason: Any) -> bool:
    """Whether it is a reason's name: only such may appear in our own texts."""
    return isinstance(reason, str) and re.fullmatch(r"[A-Za-z_]{1,80}", reason) is not None
