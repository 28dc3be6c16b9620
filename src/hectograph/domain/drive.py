"""A drive at a storage service: who acts there, and how native documents get in."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from hectograph.domain.budget import QUERIES, UNITS, Plan
from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import AccountId

GOOGLE: Final = "google"
GOOGLE_API_ROOT: Final = "https://www.googleapis.com"

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ROOT: Final = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
QUOTA: Final = re.compile(r"(?P<number>[1-9][0-9]{0,8})? ?(?P<word>units|queries)")
EMAIL: Final = re.compile(r"[^@\s,:/]+@[^@\s,:/]+")


class Acting(StrEnum):
    """Whose account makes the copies."""

    TEACHER = "teacher"
    """The teacher's, who is impersonated."""
    INSTITUTION = "institution"
    """One account of the school's."""
    COURIERS = "couriers"
    """Several accounts of the school's, which share the work."""
    RECIPIENT = "recipient"
    """Each student's own, which then owns the copy."""


class DeliveryMode(StrEnum):
    """How copies of native documents, which cannot be given an id, get into a folder."""

    STAGED = "staged"
    """Copied where no student sees it, then moved: two writes, never a second copy."""
    DIRECT = "direct"
    """Copied straight into the folder: one write, and a second copy may show a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A drive as the school set it up.

    `credentials` is the path of a key file, the same on every machine; what is in it is
    nowhere else. `accounts` are emails of accounts of the school's. `quota` is that of
    the project whose key it is.
    """

    name: str
    credentials: str
    acting: Acting
    accounts: tuple[str, ...] = ()
    delivery: DeliveryMode = DeliveryMode.STAGED
    api_root: str = GOOGLE_API_ROOT
    quota: Plan = UNITS

    @property
    def pool(self) -> AccountId:
        """The account of shares that several accounts carry."""
        return AccountId(f"{GOOGLE}:{self.name}")

    def account(self, email: str) -> AccountId:
        """The account of one person at this drive."""
        return AccountId(f"{GOOGLE}:{self.name}/{email.lower()}")

    def acting_account(self, teacher: str | None) -> AccountId:
        """The account that a share goes to. Raises RequestRefused without a teacher."""
        match self.acting:
            case Acting.TEACHER | Acting.RECIPIENT:
                return self.account(_checked_teacher(self, teacher))
            case Acting.INSTITUTION:
                return self.account(self.accounts[0])
            case Acting.COURIERS:
                return self.pool

    def reader(self, teacher: str | None) -> str:
        """The email of the account that reads documents: of several, the first.

        Raises RequestRefused without a teacher where it is theirs.
        """
        _, email = split_account(self.acting_account(teacher))
        return email or self.accounts[0]

    def lanes(self, account: AccountId) -> tuple[AccountId, ...]:
        """The accounts whose lanes carry the shares of an acting account."""
        if self.acting is Acting.COURIERS:
            return tuple(self.account(each) for each in self.accounts)
        return (account,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingChoice:
    """What `--acting` says: who acts, and with which accounts."""

    acting: Acting
    accounts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "teacher", "institution:EMAIL", "couriers:EMAIL,EMAIL" or "recipient"."""
        word, _, rest = text.strip().partition(":")
        emails = tuple(dict.fromkeys(each.strip().lower() for each in rest.split(",")))
        accounts = tuple(each for each in emails if each)
        if word not in list(Acting):
            raise _refused(f'"{text}" does not say who acts.')
        acting = Acting(word)
        if any(EMAIL.fullmatch(each) is None for each in accounts):
            raise _refused(f'"{rest}" has something in it that is no email address.')
        wanted = {Acting.INSTITUTION: 1, Acting.COURIERS: len(accounts) or 1}.get(acting, 0)
        if len(accounts) != wanted:
            raise _refused(f'"{text}" does not name the accounts that act.')
        return cls(acting=acting, accounts=accounts)


def parse_quota(text: str) -> Plan:
    """Read "units", "queries", or a number of one of them a minute: "600queries"."""
    found = QUOTA.fullmatch(text.strip().lower().replace(",", ""))
    if found is None:
        raise RequestRefused(
            f'"{text}" is no quota.',
            effect="Nothing was done.",
            remedy='Take "units", "queries", or a number of them a minute such as '
            '"600queries" or "2000000units".',
        )
    usual = UNITS if found["word"] == "units" else QUERIES
    return replace(usual, per_minute=int(found["number"] or usual.per_minute))


def check_api_root(url: str) -> str:
    """The address of an API without a slash at its end. Raises RequestRefused."""
    root = url.strip().rstrip("/")
    if ROOT.fullmatch(root) is None:
        raise RequestRefused(
            f'"{url}" is no address of an API.',
            effect="Nothing was added.",
            remedy=f"Write it as {GOOGLE_API_ROOT}, or leave --api-root out.",
        )
    return root


def check_email(text: str) -> str:
    """An email as it is compared. Raises RequestRefused."""
    if EMAIL.fullmatch(text.strip()) is None:
        raise RequestRefused(
            f'"{text}" is no email address.', remedy="Write it as name@school.example."
        )
    return text.strip().lower()


def check_drive_name(name: str) -> None:
    """Refuse a name that is not fit for a command line and an account's id."""
    if NAME.fullmatch(name) is None:
        raise RequestRefused(
            f'"{name}" cannot be the name of a drive.',
            effect="Nothing was added.",
            remedy="Use small letters, digits and hyphens, at most 40.",
        )


def owner_of(drive: Drive, teacher: str | None) -> str:
    """Whose folders they are. Raises RequestRefused where no account of the school acts."""
    match drive.acting:
        case Acting.INSTITUTION | Acting.COURIERS:
            return drive.accounts[0]
        case Acting.TEACHER:
            drive.acting_account(teacher)
            return (teacher or "").strip().lower()
        case Acting.RECIPIENT:
            raise RequestRefused(
                f'On the drive "{drive.name}" each student\'s own account acts: there is '
                "none that could own the class's folders.",
                effect="Nothing was made.",
                remedy='Give the roster a column "Folder" with links, or make the folders '
                "on a drive whose acting account is one of the school's.",
            )


def is_google(name: str) -> bool:
    """Whether an account, or a destination, is at Google Drive; else in a directory."""
    return name.startswith(f"{GOOGLE}:")


def destination_on(drive: str) -> str:
    """Where shares go that are for the drive of this name."""
    return f"{GOOGLE}:{drive}"


def split_account(account: AccountId) -> tuple[str, str | None]:
    """The drive's name and the email in an account's id."""
    name, _, email = account.removeprefix(f"{GOOGLE}:").partition("/")
    return name, email or None


def _checked_teacher(drive: Drive, teacher: str | None) -> str:
    if teacher is None or EMAIL.fullmatch(teacher.strip()) is None:
        raise RequestRefused(
            f'On the drive "{drive.name}" a teacher\'s account reads the document, and '
            f"{'no teacher was named' if teacher is None else f'{teacher!r} is no email'}.",
            effect="Nothing was shared.",
            remedy="Name the teacher: --as EMAIL",
        )
    return teacher.strip()


def _refused(cause: str) -> RequestRefused:
    return RequestRefused(
        cause,
        effect="Nothing was added.",
        remedy="Take teacher, institution:EMAIL, couriers:EMAIL,EMAIL,… or recipient.",
    )
