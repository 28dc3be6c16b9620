"""What Google Drive tells, as values; and how they are read from its JSON.

Each type stands beside the fields that must be asked for to read it. A field that is asked
for and missing is an error where Drive always gives it: KeyError, ValueError or TypeError.
Source: the discovery documents, v3 of 2026-11-06 and v2 of 2026-09-16.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hectograph.ports.drive_office import FoundDocument

FOLDER: Final = "application/vnd.google-apps.folder"
SHORTCUT: Final = "application/vnd.google-apps.shortcut"
# Google's by name, but another program keeps the content; its number may follow.
FOREIGN: Final = "application/vnd.google-apps.drive-sdk"
GOOGLE_TYPES: Final = "application/vnd.google-apps."

FILE_FIELDS: Final = (
    "id,name,mimeType,parents,trashed,explicitlyTrashed,appProperties,md5Checksum,size,"
    "headRevisionId,version,modifiedTime,createdTime,lastModifyingUser(me,emailAddress),"
    "owners(emailAddress),ownedByMe,driveId,shortcutDetails(targetId),webViewLink,"
    "capabilities(canCopy,canAddChildren,canEdit,canTrash),"
    "contentRestrictions(readOnly,reason,ownerRestricted)"
)
FILES_FIELDS: Final = f"nextPageToken,incompleteSearch,files({FILE_FIELDS})"
CHANGES_FIELDS: Final = (
    "nextPageToken,newStartPageToken,"
    f"changes(changeType,fileId,removed,time,file({FILE_FIELDS}))"
)
PERMISSION_FIELDS: Final = "id,role,type,emailAddress,deleted"
PERMISSIONS_FIELDS: Final = f"nextPageToken,permissions({PERMISSION_FIELDS})"
REVISIONS_FIELDS: Final = "nextPageToken,revisions(id)"
SEARCH_FIELDS: Final = (
    "nextPageToken,files(id,name,mimeType,size,owners(displayName,emailAddress),"
    "modifiedTime,capabilities(canCopy))"
)
ABOUT_FIELDS: Final = "user(emailAddress,permissionId),storageQuota(limit,usage)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A content restriction: the file is read-only. `is_firm`: only its owner lifts it."""

    reason: str
    is_firm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveFile:
    """A file or folder as Drive described it, at `version`.

    `version` grows with every change on the server, its own ones included: the same
    version proves the same file, another proves nothing. `modified_by_me` and
    `modified_by` tell of the last change, and are None when nobody is named for it, as
    after one by an anonymous person. `size_bytes` says nothing of Google's own types.
    `app_properties` are those of this OAuth client alone. `explicitly_trashed` is false
    for what lies in the trash because a folder above does.
    """

    id: str
    name: str
    mime_type: str
    parents: tuple[str, ...]
    trashed: bool
    explicitly_trashed: bool
    app_properties: Mapping[str, str]
    md5: str | None
    size_bytes: int | None
    head_revision_id: str | None
    version: int
    modified_at: datetime
    created_at: datetime
    modified_by_me: bool | None
    modified_by: str | None
    owners: tuple[str, ...]
    owned_by_me: bool
    drive_id: str | None
    shortcut_target: str | None
    can_copy: bool
    can_add_children: bool
    can_edit: bool
    can_trash: bool
    web_link: str | None
    lock: Lock | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.mime_type == FOLDER

    @property
    def is_shortcut(self) -> bool:
        """Whether it only points to `shortcut_target`."""
        return self.mime_type == SHORTCUT

    @property
    def is_native(self) -> bool:
        """Whether it is a document of Google's own, whose copies choose their own ids."""
        return (
            self.mime_type.startswith(GOOGLE_TYPES)
            and not self.mime_type.startswith(FOREIGN)
            and not self.is_folder
            and not self.is_shortcut
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePage:
    """Some of a list's files; `next_token` leads to more, and None ends it.

    A page may be empty and yet not the last. `is_incomplete`: Drive did not look
    everywhere, so what is missing here may exist.
    """

    files: tuple[DriveFile, ...]
    next_token: str | None
    is_incomplete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Some of what a search found; `next_token` as in a FilePage."""

    documents: tuple[FoundDocument, ...]
    next_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something happened to a file; `file` is None when it is gone for this account."""

    file_id: str
    file: DriveFile | None
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Some changes: `next_token` leads to more, or `new_start_token` to later ones."""

    changes: tuple[Change, ...]
    next_token: str | None
    new_start_token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who may do what with a file; `type` is user, group, domain or anyone.

    `is_deleted`: the account that it is for is gone.
    """

    id: str
    role: str
    type: str
    email: str | None
    is_deleted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The acting account. `limit_bytes` is None where its storage has no limit."""

    email: str
    permission_id: str
    limit_bytes: int | None
    used_bytes: int


def read_file(told: Any) -> DriveFile:
    """From what FILE_FIELDS ask for."""
    get = told.get
    size = get("size")
    last = get("lastModifyingUser")
    capable = told["capabilities"]
    return DriveFile(
        id=told["id"],
        name=told["name"],
        mime_type=told["mimeType"],
        parents=tuple(get("parents", ())),
        trashed=told["trashed"],
        explicitly_trashed=get("explicitlyTrashed", False),
        app_properties=get("appProperties", {}),
        md5=get("md5Checksum"),
        size_bytes=None if size is None else int(size),
        head_revision_id=get("headRevisionId"),
        version=int(told["version"]),
        modified_at=datetime.fromisoformat(told["modifiedTime"]),
        created_at=datetime.fromisoformat(told["createdTime"]),
        modified_by_me=last.get("me", False) if last else None,
        modified_by=last.get("emailAddress") if last else None,
        owners=tuple(
            each["emailAddress"] for each in get("owners", ()) if "emailAddress" in each
        ),
        # What lies in a shared drive is nobody's own; Drive leaves the field out then.
        owned_by_me=get("ownedByMe", False),
        drive_id=get("driveId"),
        shortcut_target=get("shortcutDetails", {}).get("targetId"),
        can_copy=capable.get("canCopy") is True,
        can_add_children=capable.get("canAddChildren") is True,
        can_edit=capable.get("canEdit") is True,
        can_trash=capable.get("canTrash") is True,
        web_link=get("webViewLink"),
        lock=read_lock(get("contentRestrictions", ())),
    )


def read_lock(told: Any) -> Lock | None:
    """The one of a file's content restrictions that is in force."""
    return next(
        (
            Lock(reason=each.get("reason", ""), is_firm=each.get("ownerRestricted", False))
            for each in told
            if each.get("readOnly", False)
        ),
        None,
    )


def read_files(told: Any) -> FilePage:
    """From what FILES_FIELDS ask for."""
    return FilePage(
        files=tuple(read_file(each) for each in told.get("files", ())),
        next_token=told.get("nextPageToken"),
        is_incomplete=told.get("incompleteSearch", False),
    )


def read_search(told: Any) -> SearchPage:
    """From what SEARCH_FIELDS ask for."""
    return SearchPage(
        documents=tuple(_read_found(each) for each in told.get("files", ())),
        next_token=told.get("nextPageToken"),
    )


def _read_found(told: Any) -> FoundDocument:
    media_type, size = told["mimeType"], told.get("size")
    # For a document of its own Drive tells how much of the quota it uses.
    has_bytes = size is not None and not media_type.startswith(GOOGLE_TYPES)
    owners = [
        each.get("displayName") or each.get("emailAddress")
        for each in told.get("owners", ())
    ]
    return FoundDocument(
        id=told["id"],
        title=told["name"],
        media_type=media_type,
        size_bytes=int(size) if has_bytes else None,
        owner=next(filter(None, owners), None),
        modified_at=datetime.fromisoformat(told["modifiedTime"]),
        can_copy=told["capabilities"].get("canCopy") is True,
    )


def read_changes(told: Any) -> ChangePage:
    """From what CHANGES_FIELDS ask for, without what happened to shared drives as such."""
    return ChangePage(
        changes=tuple(
            read_change(each)
            for each in told.get("changes", ())
            if each.get("changeType", "file") == "file"
        ),
        next_token=told.get("nextPageToken"),
        new_start_token=told.get("newStartPageToken"),
    )


def read_change(told: Any) -> Change:
    """One of CHANGES_FIELDS."""
    file = told.get("file")
    is_gone = file is None or told.get("removed", False)
    return Change(
        file_id=told["fileId"],
        file=None if is_gone else read_file(file),
        changed_at=datetime.fromisoformat(told["time"]),
    )


def read_permission(told: Any) -> Permission:
    """From what PERMISSION_FIELDS ask for."""
    return Permission(
        id=told["id"],
        role=told["role"],
        type=told["type"],
        email=told.get("emailAddress"),
        is_deleted=told.get("deleted", False),
    )


def read_permissions(told: Any) -> list[Permission]:
    """From what PERMISSIONS_FIELDS ask for."""
    return [read_permission(each) for each in told.get("permissions", ())]


def read_revisions(told: Any) -> list[str]:
    """From what REVISIONS_FIELDS ask for: the ids."""
    return [each["id"] for each in told.get("revisions", ())]


def read_about(told: Any) -> About:
    """From what ABOUT_FIELDS ask for."""
    limit = told["storageQuota"].get("limit")
    return About(
        email=told["user"]["emailAddress"],
        permission_id=told["user"]["permissionId"],
        limit_bytes=None if limit is None else int(limit),
        used_bytes=int(told["storageQuota"].get("usage", 0)),
    )
