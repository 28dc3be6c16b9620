"""Who may do what: by a file's own roles, and those of the folders above."""

from dataclasses import dataclass, replace

from emulators.drive.model import RANKS, File, Permission, User
from emulators.drive.refusals import (
    Refusal,
    file_not_found,
    forbidden,
    insufficient_file_permissions,
)
from emulators.drive.world import World

READER, COMMENTER, WRITER = RANKS["reader"], RANKS["commenter"], RANKS["writer"]
FILE_ORGANIZER, ORGANIZER, OWNER = (
    RANKS["fileOrganizer"],
    RANKS["organizer"],
    RANKS["owner"],
)

READ_SCOPES = frozenset(
    {
        "drive",
        "drive.file",
        "drive.readonly",
        "drive.metadata",
        "drive.metadata.readonly",
        "drive.photos.readonly",
    }
)
WRITE_SCOPES = frozenset({"drive", "drive.file", "drive.appdata"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An account acting through a client. Scopes are without their address."""

    account: str
    client: str
    scopes: frozenset[str]
    all_drives: bool = True

    @property
    def sees_own_only(self) -> bool:
        """Whether the client knows only the files it made, or was handed."""
        return "drive.file" in self.scopes and not self.scopes & {
            "drive",
            "drive.readonly",
            "drive.metadata",
            "drive.metadata.readonly",
        }


def find_permission(user: User, permissions: dict[str, Permission]) -> Permission | None:
    """The strongest of the entries that speak of this user."""
    found = permissions.get(user.permission_id)
    if len(permissions) > 1 or found is None:
        for entry in permissions.values():
            if entry.type == "anyone" or (
                entry.type == "domain" and entry.domain == user.domain
            ):
                stronger = found is None or RANKS[entry.role] > RANKS[found.role]
                found = entry if stronger else found
    return found


def rank_of(world: World, file: File, user: User) -> int:
    """0 for a stranger, else as in `RANKS`. Owning a folder is writing to what is in it."""
    best = 0
    node: File | None = file
    below = False
    while node is not None:
        entry = find_permission(user, node.permissions)
        if entry is not None:
            rank = RANKS[entry.role]
            best = max(best, WRITER if below and rank == OWNER else rank)
        if not node.inherits:
            break
        below = True
        node = world.files.get(node.parent) if node.parent else None
    return best


def effective(world: World, file: File) -> dict[str, tuple[Permission, str | None]]:
    """Every permission on a file, and the folder it comes from, if it was inherited."""
    result: dict[str, tuple[Permission, str | None]] = {}
    node: File | None = file
    source = None
    while node is not None:
        for key, entry in node.permissions.items():
            role = "writer" if source and entry.role == "owner" else entry.role
            known = result.get(key)
            if known is None or RANKS[role] > RANKS[known[0].role]:
                result[key] = (replace(entry, role=role), known[1] if known else source)
        if not node.inherits:
            break
        node = world.files.get(node.parent) if node.parent else None
        source = node.id if node else None
    return result


def viewers(world: World, file: File) -> frozenset[str]:
    """The accounts that can read a file by name; `anyone` and domains are left out."""
    entries = effective(world, file).values()
    return frozenset(entry.email for entry, _ in entries if entry.email)


def knows(caller: Caller, file: File) -> bool:
    """Whether the caller's scopes let it know of the file at all."""
    if not caller.sees_own_only:
        return True
    return file.created_client == caller.client or caller.client in file.opened_clients


def visible(
    world: World, caller: Caller, file_id: str, *, name: str = ""
) -> tuple[File, int]:
    """A file and the caller's rank on it, or 404."""
    user = world.users[caller.account]
    root = file_id == "root"
    file = world.find(user.root if root else file_id)
    if file is None or not knows(caller, file):
        raise file_not_found(name or ("." if root else file_id))
    rank = rank_of(world, file, user)
    if rank == 0 or (file.drive_id and not caller.all_drives):
        raise file_not_found(name or file_id)
    return file, rank


def folder_for_writing(world: World, caller: Caller, folder_id: str) -> File:
    """A folder the caller may put things into, or the refusal Drive would give."""
    user = world.users[caller.account]
    root = folder_id in {"root", user.root}
    folder = world.find(user.root if root else folder_id)
    known = folder is not None and (root or knows(caller, folder))
    rank = rank_of(world, folder, user) if folder is not None and known else 0
    if folder is None or rank == 0 or (folder.drive_id and not caller.all_drives):
        raise file_not_found(folder_id)
    if not folder.is_folder:
        raise forbidden("parentNotAFolder", "The specified parent is not a folder.")
    if rank < WRITER:
        raise forbidden(
            "insufficientParentPermissions",
            "Insufficient permissions for the specified parent.",
        )
    if not root and world.is_full(folder.id):
        raise forbidden(
            "numChildrenInNonRootLimitExceeded",
            "The limit for this folder's number of children (files and folders) "
            "has been exceeded.",
        )
    return folder


def require(rank: int, needed: int) -> None:
    """Refuse a caller whose role is too small."""
    if rank < needed:
        raise insufficient_file_permissions()


def may_trash(file: File, rank: int) -> bool:
    """In My Drive the owner alone; in a shared drive a file organiser."""
    return rank >= (FILE_ORGANIZER if file.drive_id else OWNER)


def may_copy(file: File, rank: int) -> bool:
    """Folders never; others unless it was forbidden."""
    if file.is_folder or not file.copyable:
        return False
    return rank >= WRITER or (rank >= READER and file.readers_copy)


def check_unlocked(file: File) -> None:
    """Refuse a change of what a content restriction protects."""
    if file.restriction is not None:
        raise forbidden(
            "cannotModifyRestrictedContent",
            "The content of this file is restricted and cannot be modified.",
        )


def check_scopes(caller: Caller, *, writes: bool) -> None:
    """Refuse a token that was not given for this."""
    allowed = WRITE_SCOPES if writes else READ_SCOPES | WRITE_SCOPES
    if not caller.scopes & allowed:
        raise Refusal(
            403,
            "insufficientPermissions",
            "Request had insufficient authentication scopes.",
            headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
        )


def capabilities(file: File, rank: int) -> dict[str, bool]:
    """What the caller can do; the ones of Drive v3 that follow from the state we keep."""
    edit = rank >= WRITER
    content = edit and file.restriction is None
    folder = file.is_folder
    owner = rank >= OWNER
    in_drive = file.drive_id is not None
    organiser = rank >= FILE_ORGANIZER if in_drive else owner
    download = not folder and (edit or file.readers_copy)
    return {
        "canAcceptOwnership": False,
        "canAddChildren": folder and edit,
        "canAddMyDriveParent": False,
        "canChangeCopyRequiresWriterPermission": edit,
        "canChangeViewersCanCopyContent": edit,
        "canComment": rank >= COMMENTER and file.restriction is None,
        "canCopy": may_copy(file, rank),
        "canDelete": (rank >= ORGANIZER) if in_drive else owner,
        "canDownload": download,
        "canEdit": content,
        "canListChildren": folder,
        "canModifyContent": content,
        "canModifyContentRestriction": edit,
        "canModifyEditorContentRestriction": edit and not owner,
        "canModifyOwnerContentRestriction": owner,
        "canMoveChildrenOutOfDrive": False,
        "canMoveChildrenWithinDrive": folder and edit,
        "canMoveItemIntoTeamDrive": owner and not folder,
        "canMoveItemOutOfDrive": owner,
        "canMoveItemWithinDrive": edit,
        "canReadRevisions": not folder and rank >= WRITER,
        "canRemoveChildren": folder and edit,
        "canRemoveContentRestriction": edit and file.restriction is not None,
        "canRemoveMyDriveParent": False,
        "canRename": content,
        "canShare": owner or (edit and file.writers_share),
        "canTrash": organiser,
        "canUntrash": organiser,
    }
