"""New files: created, uploaded, copied."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulators.drive import properties
from emulators.drive.access import Caller, folder_for_writing, may_copy, rank_of, visible
from emulators.drive.model import (
    FOLDER,
    NATIVE,
    RANKS,
    SHORTCUT,
    Content,
    File,
    Permission,
    Revision,
    is_native,
)
from emulators.drive.refusals import Refusal, file_not_found, forbidden, invalid
from emulators.drive.world import World

EMPTY = Content(b"")


def create(
    world: World,
    caller: Caller,
    body: Mapping[str, Any],
    *,
    data: bytes | None = None,
    media_type: str | None = None,
) -> File:
    """files.create, with or without bytes."""
    properties.check_writable(body)
    mime_type = body.get("mimeType") or media_type or "application/octet-stream"
    folder = _destination(world, caller, body)
    file_id = _id_for(world, body.get("id"), mime_type=mime_type)
    target = _shortcut_target(world, caller, body, mime_type=mime_type)
    content = Content(data) if data else EMPTY
    file = _new_file(
        world,
        caller,
        body,
        file_id=file_id,
        folder=folder,
        mime_type=mime_type,
        content=content,
    )
    file.shortcut_target = target
    _set_values(world, caller, body, file, old=None)
    return world.add(file, by=caller.account)


def copy(
    world: World,
    caller: Caller,
    source_id: str,
    body: Mapping[str, Any],
    *,
    comments: bool = False,
) -> File:
    """files.copy: what the body does not say is as in the source, properties too."""
    properties.check_writable(body)
    source, rank = visible(world, caller, source_id)
    if not may_copy(source, rank):
        raise forbidden("cannotCopyFile", "This file cannot be copied by the user.")
    folder = _destination(world, caller, body, source=source)
    file_id = _id_for(world, body.get("id"), mime_type=source.mime_type, copied=True)
    head = source.head
    content = head.content if head else EMPTY
    named = body if body.get("name") else {**body, "name": f"Copy of {source.name}"}
    file = _new_file(
        world,
        caller,
        named,
        file_id=file_id,
        folder=folder,
        mime_type=source.mime_type,
        content=content,
    )
    file.description = source.description
    file.shortcut_target = source.shortcut_target
    _set_values(world, caller, named, file, old=source)
    if comments:
        file.comments = [replace(comment) for comment in source.comments]
    world.add(file, by=caller.account)
    settle(world, file)
    return file


def settle(world: World, file: File) -> None:
    """What the server does to a fresh copy by itself: a version, and a Doc's time."""
    low, high = world.settings.settle_seconds
    if high <= 0:
        return
    world.later(world.random.uniform(low, high), lambda: world.bump(file))
    if file.is_native:
        last = min(2.0, high * 4 / 3)
        world.later(
            world.random.uniform(low, last), lambda: world.bump(file, modified_at=world.now)
        )


def _new_file(
    world: World,
    caller: Caller,
    body: Mapping[str, Any],
    *,
    file_id: str,
    folder: File,
    mime_type: str,
    content: Content,
) -> File:
    user = world.users[caller.account]
    shared_drive = folder.drive_id
    owner = None if shared_drive else caller.account
    counted = 0 if mime_type.startswith(NATIVE) else len(content.data)
    _check_storage(world, caller, size_bytes=counted, in_drive=shared_drive is not None)
    entry = Permission(
        id=user.permission_id, type="user", role="owner", email=caller.account
    )
    return File(
        id=file_id,
        name=str(body.get("name") or "Untitled"),
        mime_type=mime_type,
        parent=folder.id,
        owner=owner,
        created_by=caller.account,
        created_client=caller.client,
        created_at=world.now,
        modified_at=world.now,
        modified_by=caller.account,
        revisions=_first_revision(world, caller, mime_type=mime_type, content=content),
        permissions={} if shared_drive else {user.permission_id: entry},
        drive_id=shared_drive,
    )


def _set_values(
    world: World, caller: Caller, body: Mapping[str, Any], file: File, *, old: File | None
) -> None:
    values = properties.plain(body) | properties.marks(caller, body, old=old)
    values |= properties.restriction(world, caller, body, rank=RANKS["owner"], old=None)
    for attribute, value in values.items():
        setattr(file, attribute, value)
    if body.get("createdTime"):
        file.created_at = properties.as_seconds(body["createdTime"], location="createdTime")
    if body.get("starred"):
        file.starred_by = frozenset({caller.account})


def _first_revision(
    world: World, caller: Caller, *, mime_type: str, content: Content
) -> tuple[Revision, ...]:
    if mime_type in {FOLDER, SHORTCUT}:
        return ()
    name = "1" if is_native(mime_type) else "0B" + world.new_id(length=48)
    return (Revision(id=name, at=world.now, by=caller.account, content=content),)


def _destination(
    world: World, caller: Caller, body: Mapping[str, Any], *, source: File | None = None
) -> File:
    parents = body.get("parents") or []
    if len(parents) > 1:
        raise invalid("A file can only have one parent.", location="parents")
    if parents:
        return folder_for_writing(world, caller, str(parents[0]))
    if source is not None and source.parent:
        return _beside(world, caller, source)
    return folder_for_writing(world, caller, "root")


def _beside(world: World, caller: Caller, source: File) -> File:
    folder = world.files[source.parent or ""]
    user = world.users[caller.account]
    if folder.id != user.root and rank_of(world, folder, user) >= RANKS["writer"]:
        return folder
    return folder_for_writing(world, caller, "root")


def _id_for(
    world: World, wanted: str | None, *, mime_type: str, copied: bool = False
) -> str:
    native = is_native(mime_type)
    if wanted is None:
        return world.new_id(length=43 if native else 32)
    if native:
        raise invalid(
            "Generated IDs are not supported for Docs Editors formats.",
            location="file.id",
            reason="generatedIdNotSupported",
        )
    if wanted in world.files:
        raise Refusal(
            409,
            "fileIdInUse",
            "A file already exists with the provided ID.",
            location="file.id",
        )
    kind = "shortcuts" if mime_type == SHORTCUT and not copied else "files"
    if world.issued.get(wanted) != kind:
        raise invalid("The provided file ID is not usable.", location="file.id")
    return wanted


def _shortcut_target(
    world: World, caller: Caller, body: Mapping[str, Any], *, mime_type: str
) -> str | None:
    if mime_type != SHORTCUT:
        return None
    target = (body.get("shortcutDetails") or {}).get("targetId")
    if not target:
        raise invalid("A shortcut needs a target.", location="shortcutDetails.targetId")
    return visible(world, caller, str(target))[0].id


def _check_storage(
    world: World, caller: Caller, *, size_bytes: int, in_drive: bool
) -> None:
    user = world.users[caller.account]
    if in_drive:
        return
    if user.kind == "service":
        raise forbidden(
            "storageQuotaExceeded",
            "Service Accounts do not have storage quota. Leverage shared drives, "
            "or use OAuth delegation instead.",
        )
    limit = user.limit_bytes
    full = limit is not None and user.used_bytes + max(size_bytes, 1) > limit
    if full:
        raise forbidden(
            "storageQuotaExceeded", "The user's Drive storage quota has been exceeded."
        )


def generate_ids(world: World, *, how_many: int, kind: str) -> list[str]:
    """Ids that a later create or copy may use, once."""
    ids = [world.new_id() for _ in range(how_many)]
    world.issued.update(dict.fromkeys(ids, kind))
    return ids


def create_drive(world: World, caller: Caller, *, name: str, request_id: str) -> File:
    """drives.create: idempotent by its request id, 409 on the second."""
    if request_id in world.drives:
        raise Refusal(
            409, "duplicate", "A shared drive already exists with this request ID."
        )
    user = world.users[caller.account]
    if user.kind == "service":
        raise file_not_found("drive")
    drive_id = "0A" + world.new_id(length=16)
    entry = Permission(
        id=user.permission_id, type="user", role="organizer", email=caller.account
    )
    drive = File(
        id=drive_id,
        name=name,
        mime_type=FOLDER,
        parent=None,
        owner=None,
        created_by=caller.account,
        created_client=caller.client,
        created_at=world.now,
        modified_at=world.now,
        modified_by=caller.account,
        permissions={user.permission_id: entry},
        drive_id=drive_id,
    )
    world.drives[request_id] = drive_id
    world.files[drive_id] = drive
    return drive
