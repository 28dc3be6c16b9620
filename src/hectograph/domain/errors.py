"""Everything hectograph raises, sorted by what to do next and not by what broke.

HectographError
├── RequestRefused
│   ├── TableRefused
│   │   ├── RosterRefused
│   │   └── ParentsRefused
│   ├── DocumentRefused
│   ├── DestinationRefused
│   ├── IllegalTransition
│   └── KeyReused
├── NotFound
│   ├── UnknownShare
│   ├── UnknownDrive
│   ├── UnknownRepetition
│   ├── UnknownCleanup
│   ├── UnknownClass
│   └── UnknownWebhook
├── NotAllowed
├── StillUnderWay
├── ProviderError
│   ├── Unavailable
│   ├── OutcomeUnknown
│   ├── Throttled
│   ├── Exhausted
│   ├── Withdrawn
│   └── Rejected
│       ├── AccessDenied
│       ├── FolderRefused
│       ├── NoSpace
│       ├── SourceDamaged
│       └── SourceRefused
├── LaneLost
├── LaneWaiting
├── LedgerUnavailable
├── ServerUnavailable
└── Misconfigured
    └── CalendarRefused

Each says the cause, its effect and the remedy; the `code` is what the ledger stores,
JSON carries and a translation looks up. A storage service may have classes of its own
below these; whoever does not know them treats them as what they are a kind of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something did not happen, as it is stored and shown."""

    code: str
    message: str
    remedy: str


class HectographError(Exception):
    """The root. `cause` and `effect` say what happened, `remedy` what to do."""

    code: ClassVar[str] = "error"
    default_remedy: ClassVar[str] = "Run `hectograph doctor` and read what it says."

    def __init__(self, cause: str, *, effect: str = "", remedy: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.effect = effect
        self.remedy = remedy or self.default_remedy

    def __str__(self) -> str:
        return " ".join(part for part in (self.cause, self.effect, self.remedy) if part)

    def reason(self) -> Reason:
        """The error as a value that a ledger can keep."""
        message = " ".join(part for part in (self.cause, self.effect) if part)
        return Reason(code=self.code, message=message, remedy=self.remedy)


class RequestRefused(HectographError):
    """The request breaks a rule; tell the person which. Nothing was done."""

    code = "request_refused"
    default_remedy = "Correct the request and send it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a file, and where.

    `row` counts as a spreadsheet does, from 1 with the headers; None means the file
    as a whole.
    """

    row: int | None
    cause: str
    effect: str
    remedy: str

    def __str__(self) -> str:
        place = "" if self.row is None else f"Row {self.row}: "
        told = (f"{place}{self.cause}", self.effect, self.remedy)
        return " ".join(filter(None, told))


class TableRefused(RequestRefused):
    """A table cannot be used as it is; nothing of it was taken."""

    code = "table_refused"
    default_remedy = "Mend the rows named and send the table again."
    default_effect: ClassVar[str] = "Nothing was taken from it."

    def __init__(self, cause: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(cause, effect=self.default_effect)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        lines = [f"{self.cause} {self.effect}", *(f"  {each}" for each in self.problems)]
        return "\n".join(lines) if self.problems else super().__str__()


class RosterRefused(TableRefused):
    """A roster cannot be used as it is; nothing of it was taken."""

    code = "roster_refused"
    default_remedy = "Mend the rows named and send the roster again."
    default_effect = "Nothing was imported and nothing was shared."


class ParentsRefused(TableRefused):
    """A table of an older tool's shares cannot be used as it is."""

    code = "parents_refused"
    default_effect = "Nothing was planned."


class DocumentRefused(RequestRefused):
    """A document cannot be shared as it is."""

    code = "document_refused"


class DestinationRefused(RequestRefused):
    """The place that should receive the copies cannot be used as it is."""

    code = "destination_refused"


class IllegalTransition(RequestRefused):
    """What was asked is not possible in the present state."""

    code = "illegal_transition"
    default_remedy = "Look at the share with `hectograph shares show ID`."


class KeyReused(RequestRefused):
    """A program's key stands for another request already."""

    code = "key_reused"
    default_remedy = "Send another request under a key of its own."


class NotFound(HectographError):
    """There is nothing of that name; look for another one."""

    code = "not_found"


class UnknownShare(NotFound):
    """There is no such share."""

    code = "unknown_share"
    default_remedy = "`hectograph shares list` names those there are."


class UnknownDrive(NotFound):
    """There is no drive of that name."""

    code = "unknown_drive"
    default_remedy = "`hectograph drive list` names those there are."


class UnknownRepetition(NotFound):
    """There is no such repetition."""

    code = "unknown_repetition"
    default_remedy = "`hectograph repeats list` names those there are."


class UnknownCleanup(NotFound):
    """There is no such list of removals."""

    code = "unknown_cleanup"
    default_remedy = "`hectograph cleanup list` names those there are."


class UnknownClass(NotFound):
    """There is no such class, or none that whoever asks may know of."""

    code = "unknown_class"
    default_remedy = "Ask whoever looks after the rosters of your school."


class UnknownWebhook(NotFound):
    """There is no such webhook, or none that whoever asks may know of."""

    code = "unknown_webhook"
    default_remedy = "Look which there are, at /school/webhooks/."


class NotAllowed(HectographError):
    """Somebody's role does not let them do this."""

    code = "not_allowed"
    default_remedy = "Ask somebody who teaches the class, or who looks after the school."


class StillUnderWay(HectographError):
    """The same request was sent a moment ago, and has no answer yet."""

    code = "still_under_way"
    default_remedy = "Send the same request again in a minute."


class ProviderError(HectographError):
    """A storage service said no, or said nothing.

    `retry_after` is how long it asks to be left alone, where it said so.
    """

    code = "provider_error"

    def __init__(
        self,
        cause: str,
        *,
        effect: str = "",
        remedy: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(cause, effect=effect, remedy=remedy)
        self.retry_after = retry_after


class Unavailable(ProviderError):
    """Nothing was done; come back soon."""

    code = "unavailable"
    default_remedy = "Nothing needs doing: it is tried again by itself."


class OutcomeUnknown(ProviderError):
    """Something may have been done; look before repeating."""

    code = "outcome_unknown"
    default_remedy = "Nothing needs doing: hectograph looks before it tries again."


class Throttled(ProviderError):
    """The service asks us to slow down; look before repeating, as it may have acted."""

    code = "throttled"
    default_remedy = "Nothing needs doing: hectograph slows down and goes on by itself."


class Exhausted(ProviderError):
    """An allowance of the account is used up; nothing helps it for hours."""

    code = "exhausted"
    default_remedy = (
        "Nothing needs doing if the allowance comes back by itself; otherwise raise it. "
        "It is tried again after some hours."
    )


class Withdrawn(ProviderError):
    """The teacher took the request back, and it is certain that there is no copy."""

    code = "withdrawn"
    default_remedy = "Share the document again if it is wanted after all."


class Rejected(ProviderError):
    """Trying again cannot help until a person acts."""

    code = "rejected"


class AccessDenied(Rejected):
    """The worker's account may not do this."""

    code = "access_denied"
    default_remedy = (
        "Give the account that runs hectograph the right to write there, "
        "then run `hectograph shares retry ID`."
    )


class FolderRefused(Rejected):
    """A student's folder cannot be used: a file, or a link, stands in its place."""

    code = "folder_refused"
    default_remedy = (
        "Put a real folder in its place, then run `hectograph shares retry ID`."
    )


class NoSpace(Rejected):
    """The disk, or somebody's quota on it, is full."""

    code = "no_space"
    default_remedy = "Free some space, then run `hectograph shares retry ID`."


class SourceDamaged(Rejected):
    """The frozen document is no longer what the teacher saw."""

    code = "source_damaged"
    default_remedy = "Share the document again with `hectograph share … --again`."


class SourceRefused(Rejected):
    """The document cannot be copied: it is gone, or copying it is not allowed."""

    code = "source_refused"
    default_remedy = (
        "Share a document that the account may see and copy, with `hectograph share …`."
    )


class LaneLost(HectographError):
    """Another lane owns this account now; what this one knows changes nothing."""

    code = "lane_lost"


class LaneWaiting(HectographError):
    """A lane for this account waits already; a second would change nothing."""

    code = "lane_waiting"


class LedgerUnavailable(HectographError):
    """The database does not answer."""

    code = "ledger_unavailable"
    default_remedy = "Try again later; `hectograph doctor` tells what it found."


class ServerUnavailable(HectographError):
    """The server that HECTOGRAPH_URL names does not answer as it should."""

    code = "server_unavailable"
    default_remedy = "Try again later; the same request again does nothing twice."


class Misconfigured(HectographError):
    """A setting is missing or makes no sense."""

    code = "misconfigured"
    default_remedy = "`hectograph config check` lists every setting and its source."


class CalendarRefused(Misconfigured):
    """The calendar of closed days cannot be used as it is."""

    code = "calendar_refused"
    default_remedy = (
        "Export it anew, or mend the file that HECTOGRAPH_CALENDAR names; "
        "`hectograph config check` tells whether it can be used."
    )
