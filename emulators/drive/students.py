"""What people do to files in Drive's own pages, with their own rights."""

from collections.abc import Callable
from typing import Any

from emulators.drive import access, creation, mutation
from emulators.drive.access import Caller
from emulators.drive.chance import between, draw
from emulators.drive.model import FOLDER, Comment, File, User
from emulators.drive.refusals import Refusal
from emulators.drive.settings import BadSettings
from emulators.drive.world import World

PAGES = "drive.google.com"  # the client that people use


def as_person(account: str) -> Caller:
    """A person in the browser."""
    return Caller(account=account, client=PAGES, scopes=frozenset({"drive"}))


def _edit(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    text = given.get("content")
    old = file.head.content.data if file.head else b""
    data = old + b"\nmine" if text is None else str(text).encode()
    mutation.update(world, caller, file.id, {}, data=data)


def _rename(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    name = given.get("name", f"{file.name} (mine)")
    mutation.update(world, caller, file.id, {"name": name})


def _move(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    to = given.get("to") or _own_folder(world, caller)
    old = file.parent or ""
    mutation.update(world, caller, file.id, {}, add_parents=to, remove_parents=old)


def _own_folder(world: World, caller: Caller) -> str:
    root = world.users[caller.account].root
    for file in world.candidates_in(root):
        if file.name == "Mine" and file.parent == root and not file.gone:
            return file.id
    body = {"name": "Mine", "mimeType": FOLDER}
    return creation.create(world, caller, body).id


def _trash(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    _ = given
    mutation.update(world, caller, file.id, {"trashed": True})


def _untrash(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    _ = given
    mutation.update(world, caller, file.id, {"trashed": False})


def _comment(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    _, rank = access.visible(world, caller, file.id)
    access.require(rank, access.COMMENTER)
    access.check_unlocked(file)
    text = str(given.get("content", "I do not understand this"))
    name = "AAAA" + world.new_id(length=7)
    file.comments.append(Comment(id=name, by=caller.account, at=world.now, text=text))
    world.change(file, what="commented", by=caller.account)


def _copy(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    body: dict[str, Any] = {key: given[key] for key in ("name", "parents") if key in given}
    creation.copy(world, caller, file.id, body)


def _open(world: World, caller: Caller, file: File, given: dict[str, Any]) -> None:
    access.visible(world, caller, file.id)
    file.viewed_by[caller.account] = world.now
    if given.get("client"):  # Picked for an app, which may see it from now on.
        file.opened_clients |= {given["client"]}


ACTIONS: dict[str, Callable[[World, Caller, File, dict[str, Any]], None]] = {
    "edit": _edit,
    "rename": _rename,
    "move": _move,
    "trash": _trash,
    "untrash": _untrash,
    "comment": _comment,
    "copy": _copy,
    "open": _open,
}


def act(
    world: World, *, account: str, do: str, file_id: str, given: dict[str, Any]
) -> File:
    """One deed of one person. Raises `Refusal` where their rights end."""
    if do not in ACTIONS or account not in world.users:
        raise BadSettings(f"nobody can {do} as {account}")
    caller = as_person(account)
    file, _ = access.visible(world, caller, file_id)
    ACTIONS[do](world, caller, file, given)
    return file


def greet_arrivals(world: World) -> None:
    """Let eager students act on what has just appeared in their folders."""
    arrivals, world.arrivals = world.arrivals, []
    eager = world.settings.students
    if not eager.actions or eager.share <= 0:
        return
    for file in arrivals:
        for student in _students_of(world, file):
            world.greeted.add((student.email, file.id))
            subject = (world.settings.seed, student.email, file.name)
            if draw("acts", *subject) < eager.share:
                choice = int(draw("which", *subject) * len(eager.actions))
                delay = between(*eager.delay, "delay", *subject)
                _plan(world, student, file, eager.actions[choice], delay=delay)


def _students_of(world: World, file: File) -> list[User]:
    if (
        file.created_client == PAGES
        or file.is_folder
        or file.gone
        or world.is_trashed(file)
    ):
        return []
    names = access.viewers(world, file)
    people = [world.users[name] for name in sorted(names) if name in world.users]
    return [
        user
        for user in people
        if user.kind == "student"
        and (user.email, file.id) not in world.greeted
        and access.rank_of(world, file, user) >= access.WRITER
    ]


def _plan(world: World, student: User, file: File, do: str, *, delay: float) -> None:
    def deed() -> None:
        try:
            act(world, account=student.email, do=do, file_id=file.id, given={})
        except Refusal:
            return  # Not theirs to do, or gone meanwhile.
        finally:
            greet_arrivals(world)

    if delay <= 0:
        deed()
    else:
        world.later(delay, deed)
