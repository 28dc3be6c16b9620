"""Drive v3 resources. A file is built field by field, and only the fields asked for."""

from collections.abc import Callable
from typing import Any

from emulators.drive import access
from emulators.drive.access import Caller
from emulators.drive.fields import Selection, check, select, takes_all
from emulators.drive.model import (
    FOLDER,
    SHORTCUT,
    Change,
    Comment,
    File,
    Permission,
    Restriction,
    Revision,
    User,
    as_text,
)
from emulators.drive.world import World

DEFAULT_FILE: Selection = {"kind": {}, "id": {}, "name": {}, "mimeType": {}, "driveId": {}, "teamDriveId": {}}  # fmt: skip  # noqa: E501
DEFAULT_PERMISSION: Selection = {"kind": {}, "id": {}, "type": {}, "role": {}}
DEFAULT_REVISION: Selection = {"kind": {}, "id": {}, "mimeType": {}, "modifiedTime": {}}
DEFAULT_DRIVE: Selection = {"kind": {}, "id": {}, "name": {}}

EXPORTS = {
    "application/vnd.google-apps.document": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/pdf",
        "text/plain",
        "text/html",
    ),
    "application/vnd.google-apps.spreadsheet": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/pdf",
        "text/csv",
    ),
    "application/vnd.google-apps.presentation": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/pdf",
        "text/plain",
    ),
    "application/vnd.google-apps.drawing": ("image/png", "application/pdf"),
}
WEB = "https://docs.google.com"


class Lens:
    """One file, as one caller sees it."""

    __slots__ = ("caller", "file", "rank", "user", "world")

    def __init__(self, world: World, caller: Caller, file: File) -> None:
        self.world = world
        self.caller = caller
        self.file = file
        self.user = world.users[caller.account]
        self.rank = access.rank_of(world, file, self.user)


def user_resource(world: World, email: str | None, *, me: str) -> dict[str, Any] | None:
    """A person, as v3 names them."""
    user = world.users.get(email or "")
    if user is None:
        return None
    return {
        "kind": "drive#user",
        "displayName": user.name,
        "me": user.email == me,
        "permissionId": user.permission_id,
        "emailAddress": user.email,
    }


def _person(lens: Lens, email: str | None) -> dict[str, Any] | None:
    return user_resource(lens.world, email, me=lens.caller.account)


def _parents(lens: Lens) -> list[str] | None:
    folder = lens.world.files.get(lens.file.parent or "")
    if folder is None or access.rank_of(lens.world, folder, lens.user) == 0:
        return None
    if lens.caller.sees_own_only and not access.knows(lens.caller, folder):
        return None
    return [folder.id]


def _owners(lens: Lens) -> list[dict[str, Any]] | None:
    owner = _person(lens, lens.file.owner)
    return [owner] if owner else None


def _trashed(lens: Lens) -> bool:
    return lens.world.is_trashed(lens.file)


def _size(lens: Lens) -> str | None:
    if lens.file.is_native:
        return "1"
    return str(lens.file.size_bytes) if lens.file.has_bytes else None


def _hash(algorithm: str) -> Callable[[Lens], str | None]:
    def build(lens: Lens) -> str | None:
        head = lens.file.head
        if head is None or not lens.file.has_bytes:
            return None
        digest: str = getattr(head.content, algorithm)
        return digest

    return build


def _head_revision(lens: Lens) -> str | None:
    return lens.file.head.id if lens.file.head and lens.file.has_bytes else None


def _app_properties(lens: Lens) -> dict[str, str] | None:
    return lens.file.app_properties.get(lens.caller.client) or None


def _shared(lens: Lens) -> bool:
    return len(access.effective(lens.world, lens.file)) > 1


def _permissions(lens: Lens) -> list[dict[str, Any]] | None:
    if lens.rank < access.WRITER or lens.file.drive_id:
        return None
    return [
        permission_resource(lens.world, lens.file, entry, source)
        for entry, source in access.effective(lens.world, lens.file).values()
    ]


def _permission_ids(lens: Lens) -> list[str] | None:
    if lens.rank < access.WRITER or lens.file.drive_id:
        return None
    return list(access.effective(lens.world, lens.file))


def _restrictions(lens: Lens) -> list[dict[str, Any]] | None:
    lock = lens.file.restriction
    return (
        [restriction_resource(lens.world, lock, me=lens.caller.account)] if lock else None
    )


def restriction_resource(world: World, lock: Restriction, *, me: str) -> dict[str, Any]:
    """A lock on the content."""
    return {
        "readOnly": True,
        "reason": lock.reason,
        "type": "globalContentRestriction",
        "restrictingUser": user_resource(world, lock.by, me=me),
        "restrictionTime": as_text(lock.at),
        "ownerRestricted": lock.owner_only,
        "systemRestricted": False,
    }


def _shortcut(lens: Lens) -> dict[str, Any] | None:
    target = lens.world.files.get(lens.file.shortcut_target or "")
    if lens.file.mime_type != SHORTCUT or target is None:
        return None
    return {"targetId": target.id, "targetMimeType": target.mime_type}


def extension(file: File) -> str | None:
    """What follows the last dot of a binary's name."""
    if not file.has_bytes:
        return None
    return file.name.rpartition(".")[2] if "." in file.name else ""


def web_view(file: File) -> str:
    """Where a person opens it."""
    if file.mime_type == FOLDER:
        return f"https://drive.google.com/drive/folders/{file.id}"
    if file.is_native:
        return f"{WEB}/{file.mime_type.rpartition('.')[2]}/d/{file.id}/edit?usp=drivesdk"
    return f"https://drive.google.com/file/d/{file.id}/view?usp=drivesdk"


def _download(lens: Lens) -> str | None:
    if not lens.file.has_bytes:
        return None
    return f"https://drive.google.com/uc?id={lens.file.id}&export=download"


def export_links(file: File) -> dict[str, str] | None:
    """Where a native document is found in other formats."""
    formats = EXPORTS.get(file.mime_type)
    if formats is None:
        return None
    address = f"https://www.googleapis.com/drive/v3/files/{file.id}/export?mimeType="
    return {one: address + one for one in formats}


def _viewed_at(lens: Lens) -> str | None:
    at = lens.file.viewed_by.get(lens.caller.account)
    return as_text(at) if at else None


def _shared_with_me_at(lens: Lens) -> str | None:
    at = lens.file.shared_with_me.get(lens.caller.account)
    return as_text(at) if at else None


def _trashing_user(lens: Lens) -> dict[str, Any] | None:
    return _person(lens, lens.file.trashed_by) if lens.file.drive_id else None


FILE_FIELDS: dict[str, Callable[[Lens], Any]] = {
    "kind": lambda _: "drive#file",
    "id": lambda lens: lens.file.id,
    "name": lambda lens: lens.file.name,
    "mimeType": lambda lens: lens.file.mime_type,
    "parents": _parents,
    "appProperties": _app_properties,
    "properties": lambda lens: lens.file.properties or None,
    "version": lambda lens: str(lens.file.version),
    "trashed": _trashed,
    "explicitlyTrashed": lambda lens: lens.file.explicitly_trashed,
    "trashedTime": lambda lens: (
        as_text(lens.file.trashed_at) if lens.file.trashed_at else None
    ),
    "trashingUser": _trashing_user,
    "createdTime": lambda lens: as_text(lens.file.created_at),
    "modifiedTime": lambda lens: as_text(lens.file.modified_at),
    "modifiedByMe": lambda lens: lens.file.modified_by == lens.caller.account,
    "modifiedByMeTime": lambda lens: (
        as_text(lens.file.modified_at)
        if lens.file.modified_by == lens.caller.account
        else None
    ),
    "viewedByMe": lambda lens: lens.caller.account in lens.file.viewed_by,
    "viewedByMeTime": _viewed_at,
    "sharedWithMeTime": _shared_with_me_at,
    "lastModifyingUser": lambda lens: _person(lens, lens.file.modified_by),
    "owners": _owners,
    "ownedByMe": lambda lens: (
        None if lens.file.drive_id else lens.file.owner == lens.caller.account
    ),
    "shared": _shared,
    "permissions": _permissions,
    "permissionIds": _permission_ids,
    "capabilities": lambda lens: access.capabilities(lens.file, lens.rank),
    "size": _size,
    "quotaBytesUsed": lambda lens: str(1 if lens.file.is_native else lens.file.size_bytes),
    "md5Checksum": _hash("md5"),
    "sha1Checksum": _hash("sha1"),
    "sha256Checksum": _hash("sha256"),
    "headRevisionId": _head_revision,
    "originalFilename": lambda lens: lens.file.name if lens.file.has_bytes else None,
    "fileExtension": lambda lens: extension(lens.file),
    "fullFileExtension": lambda lens: extension(lens.file),
    "contentRestrictions": _restrictions,
    "shortcutDetails": _shortcut,
    "description": lambda lens: lens.file.description,
    "starred": lambda lens: lens.caller.account in lens.file.starred_by,
    "spaces": lambda _: ["drive"],
    "driveId": lambda lens: lens.file.drive_id,
    "teamDriveId": lambda lens: lens.file.drive_id,
    "copyRequiresWriterPermission": lambda lens: not lens.file.readers_copy,
    "viewersCanCopyContent": lambda lens: lens.file.readers_copy,
    "writersCanShare": lambda lens: None if lens.file.drive_id else lens.file.writers_share,
    "inheritedPermissionsDisabled": lambda lens: not lens.file.inherits,
    "isAppAuthorized": lambda lens: access.knows(lens.caller, lens.file),
    "hasThumbnail": lambda _: False,
    "thumbnailVersion": lambda _: "0",
    "webViewLink": lambda lens: web_view(lens.file),
    "webContentLink": _download,
    "iconLink": lambda lens: (
        f"https://drive-thirdparty.googleusercontent.com/16/type/{lens.file.mime_type}"
    ),
    "exportLinks": lambda lens: export_links(lens.file),
    "folderColorRgb": lambda lens: (
        (lens.file.folder_color or "#8f8f8f") if lens.file.is_folder else None
    ),
}

# What the discovery document has and we never give.
ABSENT = frozenset(
    {
        "clientEncryptionDetails", "contentHints", "downloadRestrictions",
        "hasAugmentedPermissions", "imageMediaMetadata", "labelInfo", "linkShareMetadata",
        "resourceKey", "sharingUser", "thumbnailLink", "videoMediaMetadata",
    }
)  # fmt: skip
KNOWN_FILE_FIELDS = frozenset(FILE_FIELDS) | ABSENT


def file_resource(
    world: World, caller: Caller, file: File, selection: Selection | None = None
) -> dict[str, Any]:
    """A file; by default the few fields that v3 gives by default."""
    wanted = DEFAULT_FILE if selection is None else selection
    check(wanted, KNOWN_FILE_FIELDS)
    lens = Lens(world, caller, file)
    names = FILE_FIELDS if takes_all(wanted) else wanted
    result = {}
    for name in names:
        build = FILE_FIELDS.get(name)
        value = build(lens) if build else None
        if value is not None:
            inner = wanted.get(name)
            result[name] = select(value, inner) if inner else value
    return result


def permission_resource(
    world: World, file: File, entry: Permission, source: str | None
) -> dict[str, Any]:
    """Who may do what. In a shared drive it says where that comes from."""
    user = world.users.get(entry.email or "")
    result: dict[str, Any] = {
        "kind": "drive#permission",
        "id": entry.id,
        "type": entry.type,
        "role": entry.role,
    }
    if entry.email:
        result |= {
            "emailAddress": entry.email,
            "displayName": user.name if user else entry.email,
            "deleted": False,
            "pendingOwner": False,
        }
    if entry.domain:
        result |= {"domain": entry.domain, "displayName": entry.domain}
    if entry.type in {"anyone", "domain"}:
        result["allowFileDiscovery"] = entry.discoverable
    if file.drive_id:
        result["permissionDetails"] = [_details(entry, source)]
    return result


def _details(entry: Permission, source: str | None) -> dict[str, Any]:
    kind = "member" if entry.role in {"organizer", "fileOrganizer"} else "file"
    details: dict[str, Any] = {
        "permissionType": kind,
        "role": entry.role,
        "inherited": source is not None,
    }
    return details | ({"inheritedFrom": source} if source else {})


def revision_resource(
    world: World, caller: Caller, file: File, revision: Revision
) -> dict[str, Any]:
    """What a file held for a while."""
    result: dict[str, Any] = {
        "kind": "drive#revision",
        "id": revision.id,
        "mimeType": file.mime_type,
        "modifiedTime": as_text(revision.at),
        "published": False,
    }
    person = user_resource(world, revision.by, me=caller.account)
    if person:
        result["lastModifyingUser"] = person
    if file.has_bytes:
        result |= {
            "keepForever": revision.keep,
            "originalFilename": file.name,
            "md5Checksum": revision.content.md5,
            "size": str(len(revision.content.data)),
        }
    return result


def comment_resource(world: World, caller: Caller, comment: Comment) -> dict[str, Any]:
    """Something said, with what was answered."""
    return {
        "kind": "drive#comment",
        **_said(world, caller, comment),
        "resolved": any(reply.action == "resolve" for reply in comment.replies),
        "replies": [reply_resource(world, caller, reply) for reply in comment.replies],
    }


def reply_resource(world: World, caller: Caller, reply: Comment) -> dict[str, Any]:
    """An answer to a comment."""
    action = {"action": reply.action} if reply.action else {}
    return {"kind": "drive#reply", **_said(world, caller, reply), **action}


def _said(world: World, caller: Caller, comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "createdTime": as_text(comment.at),
        "modifiedTime": as_text(comment.at),
        "author": user_resource(world, comment.by, me=caller.account),
        "htmlContent": comment.text,
        "content": comment.text,
        "deleted": False,
    }


def change_resource(
    world: World,
    caller: Caller,
    change: Change,
    *,
    removed: bool,
    file_fields: Selection | None,
) -> dict[str, Any]:
    """An entry of the changes feed."""
    result: dict[str, Any] = {
        "kind": "drive#change",
        "type": "file",
        "changeType": "file",
        "time": as_text(change.at),
        "removed": removed,
        "fileId": change.file_id,
    }
    if not removed:
        result["file"] = file_resource(
            world, caller, world.files[change.file_id], file_fields
        )
    return result


def drive_resource(world: World, caller: Caller, drive: File) -> dict[str, Any]:
    """A shared drive."""
    rank = access.rank_of(world, drive, world.users[caller.account])
    write, organise = rank >= access.WRITER, rank >= access.ORGANIZER
    return {
        "kind": "drive#drive",
        "id": drive.id,
        "name": drive.name,
        "createdTime": as_text(drive.created_at),
        "hidden": False,
        "capabilities": {
            "canAddChildren": write,
            "canComment": rank >= access.COMMENTER,
            "canCopy": rank >= access.READER,
            "canDeleteDrive": organise,
            "canDownload": rank >= access.READER,
            "canEdit": write,
            "canListChildren": True,
            "canManageMembers": organise,
            "canReadRevisions": write,
            "canRename": write,
            "canRenameDrive": organise,
            "canShare": organise,
            "canTrashChildren": rank >= access.FILE_ORGANIZER,
        },
    }


def about_resource(world: World, user: User) -> dict[str, Any]:
    """about.get."""
    in_trash = sum(
        file.size_bytes
        for file in world.files.values()
        if file.owner == user.email and file.explicitly_trashed and not file.gone
    )
    quota = {
        "usage": str(user.used_bytes),
        "usageInDrive": str(user.used_bytes),
        "usageInDriveTrash": str(in_trash),
    }
    if user.limit_bytes is not None:
        quota["limit"] = str(user.limit_bytes)
    return {
        "kind": "drive#about",
        "user": user_resource(world, user.email, me=user.email),
        "storageQuota": quota,
        "importFormats": {
            "text/plain": ["application/vnd.google-apps.document"],
            "text/csv": ["application/vnd.google-apps.spreadsheet"],
        },
        "exportFormats": {kind: list(formats) for kind, formats in EXPORTS.items()},
        "maxImportSizes": {"application/vnd.google-apps.document": "10485760"},
        "maxUploadSize": "5242880000000",
        "appInstalled": False,
        "folderColorPalette": ["#ac725e", "#d06b64", "#8f8f8f"],
        "canCreateDrives": True,
        "canCreateTeamDrives": True,
    }
