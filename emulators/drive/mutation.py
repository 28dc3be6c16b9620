"""What happens to files that exist: edits, renames, moves, the trash, the end."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from emulators.drive import access, properties
from emulators.drive.access import OWNER, READER, WRITER, Caller
from emulators.drive.model import Content, File, Permission, Revision
from emulators.drive.refusals import forbidden, insufficient_file_permissions, invalid
from emulators.drive.world import World

# What a reader may change: it is about the reader, not about the file.
PERSONAL = frozenset({"starred", "viewedByMeTime"})


def update(  # noqa: PLR0913 - an update has that many sides
    world: World,
    caller: Caller,
    file_id: str,
    body: Mapping[str, Any],
    *,
    add_parents: str = "",
    remove_parents: str = "",
    data: bytes | None = None,
    media_type: str | None = None,
) -> File:
    """files.update: metadata, content, parents and trash in one, or nothing of it."""
    properties.check_writable(body, update=True)
    file, rank = access.visible(world, caller, file_id)
    only_personal = set(body) <= PERSONAL and not (add_parents or data is not None)
    access.require(rank, READER if only_personal else WRITER)
    values = properties.plain(body)
    if "appProperties" in body or "properties" in body:
        values |= properties.marks(caller, body, old=file)
    values |= properties.restriction(world, caller, body, rank=rank, old=file)
    properties.check_lock(file, values, content=data is not None)
    values |= _trash_values(world, caller, file, body, rank=rank)
    parent = _new_parent(
        world, caller, file, rank=rank, add=add_parents, remove=remove_parents
    )
    if parent is not None:
        values["parent"] = parent.id
        values |= _new_corpus(world, caller, file, parent)
    if data is not None:
        values |= _content_values(world, caller, file, data=data)
    if body.get("mimeType") or (media_type and data is not None and file.has_bytes):
        values["mime_type"] = body.get("mimeType") or media_type
    _commit(world, caller, file, values, body=body)
    return file


def _commit(
    world: World,
    caller: Caller,
    file: File,
    values: dict[str, Any],
    *,
    body: Mapping[str, Any],
) -> None:
    if body.get("viewedByMeTime"):
        file.viewed_by[caller.account] = world.now
    if "starred" in body:
        file.starred_by = (
            file.starred_by | {caller.account}
            if body["starred"]
            else file.starred_by - {caller.account}
        )
    if "name" in values and "modified_at" not in values:
        values |= {"modified_at": world.now, "modified_by": caller.account}
    if not values:
        return
    what = _describe(values)
    before = access.viewers(world, file) if "parent" in values else frozenset()
    world.change(file, what=what, by=caller.account, **values)
    if "parent" in values:
        _lose(world, file, before=before)


def _lose(world: World, file: File, *, before: frozenset[str]) -> None:
    # The change is in the feed already; who was left behind is known only after the move.
    lost = before - access.viewers(world, file)
    if lost:
        world.changes[-1] = replace(world.changes[-1], lost_by=lost)


def _describe(values: Mapping[str, Any]) -> str:
    words = {
        "revisions": "edited",
        "name": "renamed",
        "parent": "moved",
        "app_properties": "marked",
        "restriction": "restricted",
        "description": "described",
    }
    told = [word for attribute, word in words.items() if attribute in values]
    if "explicitly_trashed" in values:
        told.append("trashed" if values["explicitly_trashed"] else "untrashed")
    return "+".join(told) or "touched"


def _content_values(
    world: World, caller: Caller, file: File, *, data: bytes
) -> dict[str, Any]:
    if file.is_folder:
        raise invalid("A folder has no content.")
    number = int(file.revisions[-1].id) + 1 if file.is_native and file.revisions else 0
    name = str(number) if number else "0B" + world.new_id(length=48)
    revision = Revision(id=name, at=world.now, by=caller.account, content=Content(data))
    grown = len(data) - file.size_bytes if file.has_bytes else 0
    owner = world.users.get(file.owner or "")
    if (
        owner
        and owner.limit_bytes is not None
        and owner.used_bytes + grown > owner.limit_bytes
    ):
        raise forbidden(
            "storageQuotaExceeded", "The user's Drive storage quota has been exceeded."
        )
    return {
        "revisions": (*file.revisions, revision),
        "modified_at": world.now,
        "modified_by": caller.account,
    }


# Moving


def _new_parent(
    world: World, caller: Caller, file: File, *, rank: int, add: str, remove: str
) -> File | None:
    if not add:
        return _taken_out(world, caller, file, rank=rank, remove=remove)
    if "," in add:
        raise forbidden(
            "cannotAddParent", "Increasing the number of parents is not allowed"
        )
    folder = access.folder_for_writing(world, caller, add)
    if folder.id == file.parent:
        return None
    access.require(rank, WRITER)
    removed = {_root_or(world, caller, name) for name in remove.split(",") if name}
    if file.parent and file.parent not in removed and _is_shown(world, caller, file):
        raise forbidden(
            "cannotAddParent", "Increasing the number of parents is not allowed"
        )
    _check_destination(world, file, folder, rank=rank)
    return folder


def _taken_out(
    world: World, caller: Caller, file: File, *, rank: int, remove: str
) -> File | None:
    removed = {_root_or(world, caller, name) for name in remove.split(",") if name}
    if not file.parent or file.parent not in removed:
        return None
    access.require(rank, OWNER)
    return world.files[world.users[caller.account].root]


def _new_corpus(world: World, caller: Caller, file: File, folder: File) -> dict[str, Any]:
    if folder.drive_id == file.drive_id:
        return {}
    user = world.users[caller.account]
    entries = {key: one for key, one in file.permissions.items() if one.role != "owner"}
    if folder.drive_id is None:
        entries[user.permission_id] = Permission(
            id=user.permission_id, type="user", role="owner", email=user.email
        )
    owner = user.email if folder.drive_id is None else None
    return {"drive_id": folder.drive_id, "owner": owner, "permissions": entries}


def _root_or(world: World, caller: Caller, name: str) -> str:
    return world.users[caller.account].root if name == "root" else name


def _is_shown(world: World, caller: Caller, file: File) -> bool:
    """Whether the caller can see the folder that a file is in."""
    folder = world.files[file.parent or ""]
    return access.rank_of(world, folder, world.users[caller.account]) > 0


def _check_destination(world: World, file: File, folder: File, *, rank: int) -> None:
    node: File | None = folder
    while node is not None:
        if node.id == file.id:
            raise forbidden("circularReference", "A folder cannot be moved into itself.")
        node = world.parent_of(node)
    if folder.drive_id == file.drive_id:
        return
    if file.is_folder and folder.drive_id:
        raise forbidden(
            "teamDrivesFolderMoveInNotSupported",
            "Moving folders into shared drives is not supported.",
        )
    if rank < OWNER and file.drive_id is None:
        raise insufficient_file_permissions()


# Trash


def _trash_values(
    world: World, caller: Caller, file: File, body: Mapping[str, Any], *, rank: int
) -> dict[str, Any]:
    if "trashed" not in body or bool(body["trashed"]) == file.explicitly_trashed:
        return {}
    if not access.may_trash(file, rank) or file.parent is None:
        raise insufficient_file_permissions()
    if not body["trashed"]:
        return {"explicitly_trashed": False, "trashed_at": None, "trashed_by": None}
    at = world.now
    world.later(world.settings.trash_seconds, lambda: _purge(world, file, since=at))
    return {"explicitly_trashed": True, "trashed_at": at, "trashed_by": caller.account}


def _purge(world: World, file: File, *, since: float) -> None:
    if file.explicitly_trashed and file.trashed_at == since and not file.gone:
        _remove(world, file, by=None)


def delete(world: World, caller: Caller, file_id: str) -> File:
    """files.delete: at once, for good, and with everything below."""
    file, rank = access.visible(world, caller, file_id)
    if file.parent is None or not access.may_trash(file, rank):
        raise insufficient_file_permissions()
    _remove(world, file, by=caller.account)
    return file


def empty_trash(world: World, caller: Caller) -> None:
    """files.emptyTrash: whatever the caller owns and put there."""
    for file in list(world.files.values()):
        if file.explicitly_trashed and file.owner == caller.account and not file.gone:
            _remove(world, file, by=caller.account)


def _remove(world: World, file: File, *, by: str | None) -> None:
    for one in [*_below(world, file), file]:
        lost = access.viewers(world, one)
        world.change(one, what="deleted", by=by, lost_by=lost, gone=True)


def _below(world: World, folder: File) -> Iterator[File]:
    for child in list(world.candidates_in(folder.id)):
        if child.parent == folder.id and not child.gone:
            yield from _below(world, child)
            yield child
