"""Drive v2 resources: `title`, `labels`, `items`, and the etag that v3 lost."""

from collections.abc import Callable, Mapping
from typing import Any

from emulators.drive import access
from emulators.drive import v3_resources as v3
from emulators.drive.access import Caller
from emulators.drive.etags import etag_of
from emulators.drive.fields import Selection, check, select, takes_all
from emulators.drive.model import Change, File, Permission, Revision, User, as_text
from emulators.drive.v3_resources import FILE_FIELDS, Lens
from emulators.drive.world import World

ROOT = "https://www.googleapis.com/drive/v2"
SHARED_ETAG = '"emulated"'  # where v2 has an etag that nothing depends on

# v2's names for what v3 has under another name.
RENAMED = {
    "title": "name",
    "createdDate": "createdTime",
    "modifiedDate": "modifiedTime",
    "modifiedByMeDate": "modifiedByMeTime",
    "lastViewedByMeDate": "viewedByMeTime",
    "sharedWithMeDate": "sharedWithMeTime",
    "trashedDate": "trashedTime",
    "fileSize": "size",
    "alternateLink": "webViewLink",
}
SAME = (
    "id", "mimeType", "version", "explicitlyTrashed", "ownedByMe", "shared",
    "permissionIds",
    "quotaBytesUsed", "md5Checksum", "sha1Checksum", "sha256Checksum", "headRevisionId",
    "originalFilename", "fileExtension", "fullFileExtension", "description", "spaces",
    "driveId", "teamDriveId", "copyRequiresWriterPermission", "writersCanShare",
    "inheritedPermissionsDisabled", "isAppAuthorized", "hasThumbnail", "thumbnailVersion",
    "webContentLink", "iconLink", "exportLinks", "folderColorRgb", "shortcutDetails",
)  # fmt: skip
V3_ONLY_CAPABILITIES = frozenset({"canChangeViewersCanCopyContent"})


def user_resource(world: World, email: str | None, *, me: str) -> dict[str, Any] | None:
    """A person, as v2 names them."""
    user = world.users.get(email or "")
    if user is None:
        return None
    return {
        "kind": "drive#user",
        "displayName": user.name,
        "isAuthenticatedUser": user.email == me,
        "permissionId": user.permission_id,
        "emailAddress": user.email,
    }


def _person(lens: Lens, email: str | None) -> dict[str, Any] | None:
    return user_resource(lens.world, email, me=lens.caller.account)


def _labels(lens: Lens) -> dict[str, bool]:
    return {
        "starred": lens.caller.account in lens.file.starred_by,
        "hidden": False,
        "trashed": lens.world.is_trashed(lens.file),
        "restricted": not lens.file.readers_copy,
        "viewed": lens.caller.account in lens.file.viewed_by,
        "modified": lens.file.modified_by == lens.caller.account,
    }


def parent_resource(lens: Lens, parent_id: str) -> dict[str, Any]:
    """A reference to the folder a file is in."""
    return {
        "kind": "drive#parentReference",
        "id": parent_id,
        "selfLink": f"{ROOT}/files/{lens.file.id}/parents/{parent_id}",
        "parentLink": f"{ROOT}/files/{parent_id}",
        "isRoot": parent_id == lens.user.root,
    }


def parents(lens: Lens) -> list[dict[str, Any]]:
    """References to the folders a file is in, as far as the caller sees them."""
    shown = FILE_FIELDS["parents"](lens) or []
    return [parent_resource(lens, parent_id) for parent_id in shown]


def properties(lens: Lens) -> list[dict[str, Any]] | None:
    """Public ones, and the caller's private ones."""
    mine = lens.file.app_properties.get(lens.caller.client, {})
    entries = [_property(lens, *pair, "PRIVATE") for pair in mine.items()]
    entries += [_property(lens, *pair, "PUBLIC") for pair in lens.file.properties.items()]
    return entries or None


def _property(lens: Lens, key: str, value: str, visibility: str) -> dict[str, Any]:
    return {
        "kind": "drive#property",
        "etag": SHARED_ETAG,
        "selfLink": f"{ROOT}/files/{lens.file.id}/properties/{key}?visibility={visibility}",
        "key": key,
        "value": value,
        "visibility": visibility,
    }


def _capabilities(lens: Lens) -> dict[str, bool]:
    given = access.capabilities(lens.file, lens.rank)
    return {key: can for key, can in given.items() if key not in V3_ONLY_CAPABILITIES}


def _permissions(lens: Lens) -> list[dict[str, Any]] | None:
    if lens.rank < access.WRITER or lens.file.drive_id:
        return None
    return [
        permission_resource(lens.world, lens.file, entry, source)
        for entry, source in access.effective(lens.world, lens.file).values()
    ]


def _user_permission(lens: Lens) -> dict[str, Any] | None:
    entry = access.effective(lens.world, lens.file).get(lens.user.permission_id)
    if entry is None:
        return None
    return permission_resource(lens.world, lens.file, *entry) | {"id": "me"}


def _owners(lens: Lens) -> list[dict[str, Any]] | None:
    owner = _person(lens, lens.file.owner)
    return [owner] if owner else None


def _restrictions(lens: Lens) -> list[dict[str, Any]] | None:
    lock = lens.file.restriction
    if lock is None:
        return None
    return [
        {
            "readOnly": True,
            "reason": lock.reason,
            "type": "globalContentRestriction",
            "restrictingUser": _person(lens, lock.by),
            "restrictionDate": as_text(lock.at),
            "ownerRestricted": lock.owner_only,
            "systemRestricted": False,
        }
    ]


def _owner_name(lens: Lens) -> str:
    owner = lens.world.users.get(lens.file.owner or "")
    return owner.name if owner else ""


def _modifier_name(lens: Lens) -> str | None:
    user = lens.world.users.get(lens.file.modified_by or "")
    return user.name if user else None


def _download(lens: Lens) -> str | None:
    if not lens.file.has_bytes:
        return None
    return f"{ROOT}/files/{lens.file.id}?alt=media&source=downloadUrl"


FIELDS: dict[str, Callable[[Lens], Any]] = {
    "kind": lambda _: "drive#file",
    "etag": lambda lens: etag_of(lens.file),
    "selfLink": lambda lens: f"{ROOT}/files/{lens.file.id}",
    **{name: FILE_FIELDS[name] for name in SAME},
    **{ours: FILE_FIELDS[theirs] for ours, theirs in RENAMED.items()},
    "labels": _labels,
    "parents": parents,
    "properties": properties,
    "owners": _owners,
    "ownerNames": lambda lens: [_owner_name(lens)],
    "lastModifyingUser": lambda lens: _person(lens, lens.file.modified_by),
    "lastModifyingUserName": _modifier_name,
    "capabilities": _capabilities,
    "editable": lambda lens: lens.rank >= access.WRITER,
    "copyable": lambda lens: access.may_copy(lens.file, lens.rank),
    "shareable": lambda lens: lens.rank >= access.WRITER,
    "canComment": lambda lens: lens.rank >= access.COMMENTER,
    "canReadRevisions": lambda lens: lens.rank >= access.WRITER,
    "appDataContents": lambda _: False,
    "permissions": _permissions,
    "userPermission": _user_permission,
    "contentRestrictions": _restrictions,
    "downloadUrl": _download,
    "trashingUser": lambda lens: _person(
        lens, lens.file.trashed_by if lens.file.drive_id else None
    ),
}
ABSENT = frozenset(
    {
        "clientEncryptionDetails", "defaultOpenWithLink", "embedLink",
        "hasAugmentedPermissions",
        "imageMediaMetadata", "indexableText", "labelInfo", "linkShareMetadata",
        "markedViewedByMeDate", "openWithLinks", "resourceKey", "sharingUser", "thumbnail",
        "thumbnailLink", "videoMediaMetadata", "webViewLink",
    }
)  # fmt: skip
KNOWN_FIELDS = frozenset(FIELDS) | ABSENT


def file_resource(
    world: World, caller: Caller, file: File, selection: Selection | None = None
) -> dict[str, Any]:
    """A file; all of it unless less is asked for."""
    wanted = selection or {}
    check(wanted, KNOWN_FIELDS)
    lens = Lens(world, caller, file)
    result = {}
    for name in FIELDS if takes_all(wanted) else wanted:
        build = FIELDS.get(name)
        value = build(lens) if build else None
        if value is not None:
            inner = wanted.get(name)
            result[name] = select(value, inner) if inner else value
    return result


def permission_resource(
    world: World, file: File, entry: Permission, source: str | None
) -> dict[str, Any]:
    """Who may do what. A commenter is a reader with an additional role."""
    user = world.users.get(entry.email or "")
    commenter = entry.role == "commenter"
    result: dict[str, Any] = {
        "kind": "drive#permission",
        "etag": SHARED_ETAG,
        "id": entry.id,
        "selfLink": f"{ROOT}/files/{file.id}/permissions/{entry.id}",
        "role": "reader" if commenter else entry.role,
        "type": entry.type,
    }
    if commenter:
        result["additionalRoles"] = ["commenter"]
    if entry.email:
        result |= {
            "emailAddress": entry.email,
            "domain": entry.email.rpartition("@")[2],
            "name": user.name if user else entry.email,
            "deleted": False,
            "pendingOwner": False,
        }
    if entry.domain:
        result |= {"domain": entry.domain, "name": entry.domain}
    if entry.type in {"anyone", "domain"}:
        result["withLink"] = not entry.discoverable
    if file.drive_id:
        kind = "member" if entry.role in {"organizer", "fileOrganizer"} else "file"
        details = {
            "permissionType": kind,
            "role": entry.role,
            "inherited": source is not None,
        }
        result["permissionDetails"] = [
            details | ({"inheritedFrom": source} if source else {})
        ]
    return result


def revision_resource(
    world: World, caller: Caller, file: File, revision: Revision
) -> dict[str, Any]:
    """What a file held for a while."""
    result: dict[str, Any] = {
        "kind": "drive#revision",
        "etag": SHARED_ETAG,
        "id": revision.id,
        "selfLink": f"{ROOT}/files/{file.id}/revisions/{revision.id}",
        "mimeType": file.mime_type,
        "modifiedDate": as_text(revision.at),
        "published": False,
    }
    person = user_resource(world, revision.by, me=caller.account)
    if person:
        result |= {
            "lastModifyingUser": person,
            "lastModifyingUserName": person["displayName"],
        }
    if file.has_bytes:
        result |= {
            "pinned": revision.keep,
            "originalFilename": file.name,
            "md5Checksum": revision.content.md5,
            "fileSize": str(len(revision.content.data)),
        }
    return result


def change_resource(
    world: World, caller: Caller, change: Change, *, removed: bool
) -> dict[str, Any]:
    """An entry of the changes feed."""
    result: dict[str, Any] = {
        "kind": "drive#change",
        "type": "file",
        "changeType": "file",
        "id": str(change.number),
        "selfLink": f"{ROOT}/changes/{change.number}",
        "fileId": change.file_id,
        "modificationDate": as_text(change.at),
        "deleted": removed,
    }
    if not removed:
        result["file"] = file_resource(world, caller, world.files[change.file_id])
    return result


def about_resource(world: World, user: User) -> dict[str, Any]:
    """about.get."""
    newer = v3.about_resource(world, user)
    quota: Mapping[str, str] = newer["storageQuota"]
    total = {"quotaBytesTotal": quota["limit"]} if "limit" in quota else {}
    return {
        "kind": "drive#about",
        "etag": SHARED_ETAG,
        "selfLink": f"{ROOT}/about",
        "name": user.name,
        "user": user_resource(world, user.email, me=user.email),
        **total,
        "quotaBytesUsed": quota["usageInDrive"],
        "quotaBytesUsedAggregate": quota["usage"],
        "quotaBytesUsedInTrash": quota["usageInDriveTrash"],
        "quotaType": "LIMITED" if total else "UNLIMITED",
        "largestChangeId": str(len(world.changes)),
        "remainingChangeIds": "2500",
        "rootFolderId": user.root,
        "domainSharingPolicy": "allowed",
        "permissionId": user.permission_id,
        "exportFormats": [
            {"source": kind, "targets": list(formats)}
            for kind, formats in v3.EXPORTS.items()
        ],
        "isCurrentAppInstalled": False,
        "languageCode": "en-GB",
        "canCreateDrives": True,
        "canCreateTeamDrives": True,
    }
