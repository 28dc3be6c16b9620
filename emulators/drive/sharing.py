"""Permissions: given, changed, taken away; and ownership handed over."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulators.drive import access
from emulators.drive.access import OWNER, WRITER, Caller
from emulators.drive.model import RANKS, File, Permission
from emulators.drive.refusals import (
    Refusal,
    forbidden,
    insufficient_file_permissions,
    invalid,
)
from emulators.drive.world import World

TYPES = frozenset({"user", "group", "domain", "anyone"})


def share(
    world: World,
    caller: Caller,
    file_id: str,
    body: Mapping[str, Any],
    *,
    transfer: bool = False,
) -> tuple[File, Permission]:
    """permissions.create. Counts towards the sharing quota, if there is one."""
    file, rank = access.visible(world, caller, file_id)
    _check_may_share(file, rank)
    _check_sharing_quota(world, caller)
    entry = _read(world, body)
    if entry.role == "owner":
        return file, _hand_over(world, caller, file, entry, rank=rank, transfer=transfer)
    _check_role(file, entry.role)
    permissions = {**file.permissions, entry.id: _stronger(file, entry)}
    world.change(file, what="shared", by=caller.account, permissions=permissions)
    if entry.email:
        file.shared_with_me.setdefault(entry.email, world.now)
    return file, permissions[entry.id]


def _stronger(file: File, entry: Permission) -> Permission:
    known = file.permissions.get(entry.id)
    return known if known and RANKS[known.role] >= RANKS[entry.role] else entry


def _check_may_share(file: File, rank: int) -> None:
    allowed = rank >= OWNER or (rank >= WRITER and file.writers_share)
    if not allowed or (file.drive_id == file.id and rank < access.ORGANIZER):
        raise insufficient_file_permissions()


def _check_sharing_quota(world: World, caller: Caller) -> None:
    user = world.users[caller.account]
    limit = world.settings.quotas.sharing
    if limit is not None and user.shared_count >= limit:
        raise forbidden(
            "sharingRateLimitExceeded",
            "Rate limit exceeded. User message: "
            '"Sorry, you have exceeded your sharing quota."',
        )
    user.shared_count += 1


def _check_role(file: File, role: str) -> None:
    if role in {"organizer", "fileOrganizer"} and not file.drive_id:
        raise forbidden("invalidSharingRequest", "This role is for shared drives only.")


def _read(world: World, body: Mapping[str, Any]) -> Permission:
    kind, role = body.get("type"), body.get("role")
    if kind not in TYPES:
        raise invalid("The permission type field is required.", location="permission.type")
    if role not in RANKS:
        raise invalid("The permission role field is required.", location="permission.role")
    discoverable = bool(body.get("allowFileDiscovery", False))
    if kind == "anyone":
        name = "anyone" if discoverable else "anyoneWithLink"
        return Permission(id=name, type=kind, role=role, discoverable=discoverable)
    if kind == "domain":
        domain = str(body.get("domain", ""))
        name = f"{int.from_bytes(domain.encode()[:7], 'big'):020d}k"
        return Permission(
            id=name, type=kind, role=role, domain=domain, discoverable=discoverable
        )
    return _for_account(world, str(body.get("emailAddress", "")), kind=kind, role=role)


def _for_account(world: World, email: str, *, kind: str, role: str) -> Permission:
    user = world.users.get(email)
    if user is None:
        raise Refusal(
            400,
            "invalidSharingRequest",
            "Bad Request. User message: "
            f'"You are trying to invite {email}. Since there is no account associated '
            "with this email address, you must check the Notify people box to invite "
            'this recipient."',
        )
    return Permission(id=user.permission_id, type=kind, role=role, email=email)


def _hand_over(
    world: World,
    caller: Caller,
    file: File,
    entry: Permission,
    *,
    rank: int,
    transfer: bool,
) -> Permission:
    if not transfer:
        raise forbidden(
            "forbidden",
            "The transferOwnership parameter must be enabled when the permission role "
            "is 'owner'.",
        )
    if file.drive_id or rank < OWNER or not entry.email:
        raise insufficient_file_permissions()
    old = world.users[file.owner or ""]
    new = world.users[entry.email]
    if old.domain != new.domain:
        raise forbidden(
            "invalidSharingRequest",
            "You can only transfer ownership within your organisation.",
        )
    permissions = dict(file.permissions)
    permissions[old.permission_id] = replace(permissions[old.permission_id], role="writer")
    permissions[new.permission_id] = entry
    world.change(
        file,
        what="transferred",
        by=caller.account,
        owner=new.email,
        permissions=permissions,
    )
    return entry


def find(world: World, caller: Caller, file_id: str, permission_id: str) -> tuple[Any, ...]:
    """A permission with the file and the folder it is inherited from, or 404."""
    file, rank = access.visible(world, caller, file_id)
    access.require(rank, WRITER)
    found = access.effective(world, file).get(permission_id)
    if found is None:
        raise Refusal(
            404,
            "notFound",
            f"Permission not found: {permission_id}.",
            location="permissionId",
        )
    return file, found[0], found[1]


def alter(
    world: World,
    caller: Caller,
    file_id: str,
    permission_id: str,
    *,
    body: Mapping[str, Any],
    transfer: bool = False,
) -> tuple[File, Permission]:
    """permissions.update: another role. `owner` hands the file over."""
    file, entry, source = find(world, caller, file_id, permission_id)
    _, rank = access.visible(world, caller, file_id)
    _check_may_share(file, rank)
    role = body.get("role")
    if role not in RANKS:
        raise invalid("The permission role field is required.", location="permission.role")
    changed = replace(entry, role=role)
    if role == "owner":
        return file, _hand_over(world, caller, file, changed, rank=rank, transfer=transfer)
    _check_inherited(entry, source)
    _check_role(file, role)
    permissions = {**file.permissions, entry.id: changed}
    world.change(file, what="shared", by=caller.account, permissions=permissions)
    return file, changed


def _check_inherited(entry: Permission, source: str | None) -> None:
    if source is not None:
        raise forbidden(
            "cannotModifyInheritedPermission",
            "Cannot update or delete an inherited permission on an item.",
        )
    if entry.role == "owner":
        raise insufficient_file_permissions()


def unshare(world: World, caller: Caller, file_id: str, permission_id: str) -> None:
    """permissions.delete. Everyone may take themselves off a file."""
    file, rank = access.visible(world, caller, file_id)
    user = world.users[caller.account]
    found = access.effective(world, file).get(permission_id)
    if found is None:
        raise Refusal(404, "notFound", f"Permission not found: {permission_id}.")
    if permission_id != user.permission_id:
        _check_may_share(file, rank)
    _check_inherited(*found)
    before = access.viewers(world, file)
    permissions = {
        key: one for key, one in file.permissions.items() if key != permission_id
    }
    world.change(file, what="unshared", by=caller.account, permissions=permissions)
    lost = before - access.viewers(world, file)
    world.changes[-1] = replace(world.changes[-1], lost_by=lost)
