"""What the body of a create, copy or update says about a file, as attributes of ours."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from emulators.drive.access import OWNER, Caller, check_unlocked, require
from emulators.drive.model import File, Restriction
from emulators.drive.refusals import forbidden, invalid
from emulators.drive.world import World

PROPERTY_BYTES = 124
PROPERTIES_PER_CLIENT = 30

READ_ONLY = frozenset(
    {
        "capabilities", "driveId", "explicitlyTrashed", "fullFileExtension",
        "headRevisionId",
        "isAppAuthorized", "lastModifyingUser", "md5Checksum", "ownedByMe", "owners",
        "permissionIds", "permissions", "quotaBytesUsed", "sha1Checksum", "sha256Checksum",
        "shared", "sharingUser", "size", "spaces", "trashedTime", "trashingUser", "version",
        "viewedByMe", "webContentLink", "webViewLink",
    }
)  # fmt: skip


def check_writable(body: Mapping[str, Any], *, update: bool = False) -> None:
    """Refuse a body with fields that only the server writes."""
    if update and "parents" in body:
        raise forbidden(
            "fieldNotWritable",
            "The parents field is not directly writable in update requests. "
            "Use the addParents and removeParents parameters instead.",
        )
    if not READ_ONLY.isdisjoint(body):
        raise forbidden(
            "fieldNotWritable",
            "The resource body includes fields which are not directly writable.",
        )


def as_seconds(text: str, *, location: str) -> float:
    """RFC 3339 as seconds, to the millisecond; or 400."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid("Invalid value for: Invalid format", location=location) from None
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp(), 3)


def patched(old: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Patch semantics: what is not named stays, null clears."""
    for key, value in changes.items():
        length = len(str(key).encode()) + len(str(value or "").encode())
        if length > PROPERTY_BYTES:
            raise invalid(
                f"A property's key and value may not exceed {PROPERTY_BYTES} bytes.",
                location="properties",
            )
    merged = {**old, **changes}
    result = {key: value for key, value in merged.items() if value is not None}
    if len(result) > PROPERTIES_PER_CLIENT:
        raise invalid("Too many properties.", location="properties", reason="limitExceeded")
    return result


def marks(
    caller: Caller, body: Mapping[str, Any], *, old: File | None
) -> dict[str, dict[str, Any]]:
    """The file's properties after this body: all clients' private ones, and the public."""
    private = dict(old.app_properties) if old else {}
    public = dict(old.properties) if old else {}
    if "appProperties" in body:
        mine = patched(private.get(caller.client, {}), body["appProperties"] or {})
        private[caller.client] = mine
    if "properties" in body:
        public = patched(public, body["properties"] or {})
    return {"app_properties": private, "properties": public}


def plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that a body sets without further ado."""
    values: dict[str, Any] = {}
    if body.get("name") is not None:
        values["name"] = str(body["name"])
    if "description" in body:
        values["description"] = body["description"]
    if body.get("modifiedTime"):
        values["modified_at"] = as_seconds(body["modifiedTime"], location="modifiedTime")
    if "copyRequiresWriterPermission" in body:
        values["readers_copy"] = not body["copyRequiresWriterPermission"]
    if "writersCanShare" in body:
        values["writers_share"] = bool(body["writersCanShare"])
    if "folderColorRgb" in body:
        values["folder_color"] = body["folderColorRgb"]
    if "inheritedPermissionsDisabled" in body:
        values["inherits"] = not body["inheritedPermissionsDisabled"]
    return values


def restriction(
    world: World, caller: Caller, body: Mapping[str, Any], *, rank: int, old: File | None
) -> dict[str, Any]:
    """The content restriction that a body sets or lifts, if it speaks of one."""
    if "contentRestrictions" not in body:
        return {}
    entries = body["contentRestrictions"] or []
    wanted = next((entry for entry in entries if entry.get("readOnly")), None)
    owner_only = bool(wanted and wanted.get("ownerRestricted"))
    if owner_only or (old and old.restriction and old.restriction.owner_only):
        require(rank, OWNER)
    if wanted is None:
        return {"restriction": None}
    reason = str(wanted.get("reason", ""))
    lock = Restriction(
        reason=reason, by=caller.account, at=world.now, owner_only=owner_only
    )
    return {"restriction": lock}


def check_lock(file: File, values: Mapping[str, Any], *, content: bool) -> None:
    """A locked file keeps its name, its description and its content."""
    lifted = "restriction" in values and values["restriction"] is None
    if not lifted and (content or not {"name", "description"}.isdisjoint(values)):
        check_unlocked(file)
