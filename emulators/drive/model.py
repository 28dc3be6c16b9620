"""What is on the drive. Values that change are changed by `world` alone."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
THIRD_PARTY = "application/vnd.google-apps.drive-sdk"
DOCUMENT = "application/vnd.google-apps.document"
NATIVE = "application/vnd.google-apps."

RANKS = {
    "reader": 1,
    "commenter": 2,
    "writer": 3,
    "fileOrganizer": 4,
    "organizer": 5,
    "owner": 6,
}


def is_native(mime_type: str) -> bool:
    """Whether a file has an editor at Google, so no bytes and no id of our choice."""
    return mime_type.startswith(NATIVE) and mime_type not in {FOLDER, THIRD_PARTY, SHORTCUT}


def as_text(seconds: float) -> str:
    """RFC 3339 with milliseconds, as Drive writes times."""
    stamp = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return f"{stamp[:-6]}Z"


class Content:
    """Bytes, shared by all copies, and hashed once."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def md5(self) -> str:
        """Hexadecimal."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()

    @cached_property
    def sha1(self) -> str:
        """Hexadecimal."""
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()

    @cached_property
    def sha256(self) -> str:
        """Hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(slots=True, kw_only=True)
class User:
    """An account: a person's, or a service's. A service account can own nothing."""

    email: str
    name: str
    permission_id: str
    root: str
    kind: str = "person"  # or student, or service
    limit_bytes: int | None = None
    used_bytes: int = 0
    disabled: bool = False  # by domain policy
    shared_count: int = 0

    @property
    def domain(self) -> str:
        """What follows the @."""
        return self.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who may do what with one file or folder, and everything below it."""

    id: str
    type: str  # user, group, domain, anyone
    role: str
    email: str | None = None
    domain: str | None = None
    discoverable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a file held from `at` on."""

    id: str
    at: float
    by: str | None
    content: Content
    keep: bool = False


@dataclass(slots=True, kw_only=True)
class Comment:
    """Something said about a file, or in answer to that."""

    id: str
    by: str
    at: float
    text: str
    action: str | None = None
    replies: list["Comment"] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A lock on a file's content."""

    reason: str
    by: str
    at: float
    owner_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """For the checker: what happened to a file, by whom, when; and what it was then."""

    what: str
    by: str | None
    at: float
    parent: str | None
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry of the changes feed."""

    number: int
    file_id: str
    at: float
    visible_at: float
    lost_by: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class File:
    """A file, a folder, or a shared drive's root, as it is now.

    `shadow` holds what listings still show instead, by attribute.
    """

    id: str
    name: str
    mime_type: str
    parent: str | None
    owner: str | None
    created_by: str
    created_client: str
    created_at: float
    modified_at: float
    modified_by: str | None
    revisions: tuple[Revision, ...] = ()
    permissions: dict[str, Permission] = field(default_factory=dict)
    app_properties: dict[str, dict[str, str]] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    version: int = 1
    explicitly_trashed: bool = False
    trashed_at: float | None = None
    trashed_by: str | None = None
    gone: bool = False
    drive_id: str | None = None
    description: str | None = None
    starred_by: frozenset[str] = frozenset()
    viewed_by: dict[str, float] = field(default_factory=dict)
    shared_with_me: dict[str, float] = field(default_factory=dict)
    opened_clients: frozenset[str] = frozenset()
    restriction: Restriction | None = None
    copyable: bool = True
    readers_copy: bool = True
    writers_share: bool = True
    inherits: bool = True
    shortcut_target: str | None = None
    folder_color: str | None = None
    comments: list[Comment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    shadow: dict[str, tuple[int, Any]] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)

    @property
    def is_folder(self) -> bool:
        """Whether it can have children."""
        return self.mime_type == FOLDER

    @property
    def is_native(self) -> bool:
        """Whether it is a Docs editor's file."""
        return is_native(self.mime_type)

    @property
    def has_bytes(self) -> bool:
        """Whether there is something to download."""
        return not self.mime_type.startswith(NATIVE)

    @property
    def head(self) -> Revision | None:
        """The newest revision; folders have none."""
        return self.revisions[-1] if self.revisions else None

    @property
    def size_bytes(self) -> int:
        """As it counts towards the owner's storage."""
        return (
            len(self.revisions[-1].content.data) if self.has_bytes and self.revisions else 0
        )
