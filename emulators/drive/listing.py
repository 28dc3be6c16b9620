"""files.list and changes.list: what a caller finds, as late as listings know it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from emulators.drive import access, query
from emulators.drive.access import Caller
from emulators.drive.model import Change, File
from emulators.drive.query import Hints, Seen
from emulators.drive.refusals import invalid
from emulators.drive.world import World

SortKey = Callable[[File], Any]

SORT_KEYS: dict[str, SortKey] = {
    "createdTime": lambda file: file.created_at,
    "folder": lambda file: not file.is_folder,
    "modifiedByMeTime": lambda file: file.modified_at,
    "modifiedTime": lambda file: file.modified_at,
    "name": lambda file: file.name.casefold(),
    "name_natural": lambda file: file.name.casefold(),
    "quotaBytesUsed": lambda file: file.size_bytes,
    "recency": lambda file: file.modified_at,
    "sharedWithMeTime": lambda file: file.modified_at,
    "starred": lambda file: not file.starred_by,
    "viewedByMeTime": lambda file: file.modified_at,
}
V2_SORT_KEYS = {
    "title": "name",
    "title_natural": "name_natural",
    "modifiedDate": "modifiedTime",
    "createdDate": "createdTime",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked of files.list."""

    q: str = ""
    order_by: str = ""
    page_size: int = 100
    page_token: str = ""
    drive_id: str = ""
    every_drive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some files, and the token for more; empty at the end."""

    files: Sequence[File]
    next_token: str = ""


def find_files(world: World, caller: Caller, search: Search) -> Page:
    """A page of the files that match. The rest is settled with the first page."""
    if search.page_token:
        if search.page_token not in world.pages:
            raise invalid("Invalid Value", location="pageToken")
        found = world.pages[search.page_token]
    else:
        found = _matches(world, caller, search)
    page, rest = found[: search.page_size], found[search.page_size :]
    token = world.remember_page(rest) if rest else ""
    files = [_shown(world, file) for file in page if not file.gone or "gone" in file.shadow]
    return Page(files=files, next_token=token)


def _shown(world: World, file: File) -> File:
    # A name or a folder that queries do not know yet is shown all the same.
    if not file.shadow:
        return file
    seen = world.as_listed(file)
    seen.name = seen.name or file.name
    seen.parent = seen.parent or file.parent
    return seen


def _matches(world: World, caller: Caller, search: Search) -> list[File]:
    wanted = query.parse(search.q)
    found = []
    for file in _candidates(world, caller, wanted.hints):
        listed = world.as_listed(file)
        if (
            not listed.gone
            and wanted.test(Seen(world=world, caller=caller, file=listed, live=file))
            and _in_reach(world, caller, file, search)
        ):
            found.append(file)
    return _sorted(found, search.order_by)


def _candidates(world: World, caller: Caller, hints: Hints) -> Iterable[File]:
    for folder in hints.parents:
        root = world.users[caller.account].root
        return list(world.candidates_in(root if folder == "root" else folder))
    for pair in hints.marks:
        return [world.files[file_id] for file_id in world.marked.get(pair, ())]
    for name in hints.names:
        return [world.files[file_id] for file_id in world.named.get(name, ())]
    return list(world.files.values())


def _in_reach(world: World, caller: Caller, file: File, search: Search) -> bool:
    if file.parent is None or not access.knows(caller, file):
        return False
    if search.drive_id:
        if file.drive_id != search.drive_id:
            return False
    elif file.drive_id and not search.every_drive:
        return False
    user = world.users[caller.account]
    rank = access.rank_of(world, file, user)
    return rank > 0 and _is_listed_for(world, file, caller.account)


def _is_listed_for(world: World, file: File, email: str) -> bool:
    """Whether a user need not have the link to know of it."""
    node: File | None = file
    user = world.users[email]
    while node is not None:
        if user.permission_id in node.permissions or any(
            entry.discoverable for entry in node.permissions.values()
        ):
            return True
        node = world.parent_of(node)
    return email in file.viewed_by


def _sorted(files: list[File], order_by: str) -> list[File]:
    if not order_by:
        return files[::-1]
    for part in reversed([part.strip() for part in order_by.split(",")]):
        name, _, direction = part.partition(" ")
        key = SORT_KEYS.get(V2_SORT_KEYS.get(name, name))
        if key is None or direction not in {"", "desc", "asc"}:
            raise invalid("Invalid Value", location="orderBy")
        files.sort(key=key, reverse=direction == "desc")
    return files


# The changes feed


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Changes a caller may know of. One of the tokens is given, never both."""

    changes: Sequence[Change]
    next_token: str = ""
    new_start: str = ""


def last_visible(world: World) -> int:
    """The number of the last change that the feed shows: those after it wait their turn."""
    while (
        world.changes_shown < len(world.changes)
        and world.changes[world.changes_shown].visible_at <= world.now
    ):
        world.changes_shown += 1
    return world.changes_shown


def find_changes(world: World, caller: Caller, *, token: str, page_size: int) -> ChangePage:
    """Everything after a token, in order, an entry a file: its last."""
    if not token.isdigit() or int(token) < 1 or int(token) > len(world.changes) + 1:
        raise invalid("Invalid Value", location="pageToken")
    end = last_visible(world)
    newest: dict[str, Change] = {}
    position = int(token)
    while position <= end and len(newest) < page_size:
        change = world.changes[position - 1]
        if _concerns(world, caller, change):
            newest.pop(change.file_id, None)
            newest[change.file_id] = change
        position += 1
    if position <= end:
        return ChangePage(changes=list(newest.values()), next_token=str(position))
    return ChangePage(
        changes=list(newest.values()), new_start=str(max(position, int(token)))
    )


def _concerns(world: World, caller: Caller, change: Change) -> bool:
    file = world.files[change.file_id]
    if not access.knows(caller, file) or (file.drive_id and not caller.all_drives):
        return False
    if caller.account in change.lost_by:
        return True
    user = world.users[caller.account]
    return not file.gone and access.rank_of(world, file, user) > 0


def is_removed(world: World, caller: Caller, change: Change) -> bool:
    """Whether the file is out of the caller's sight."""
    file = world.files[change.file_id]
    return file.gone or access.rank_of(world, file, world.users[caller.account]) == 0
