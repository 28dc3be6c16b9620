"""The methods of Drive v3."""

from collections.abc import Callable, Sequence
from typing import Any

from emulators.drive import access, creation, listing, mutation, sharing
from emulators.drive import v3_resources as resources
from emulators.drive.calls import DOWNLOAD, EDIT, LIST, OTHER, READ, Answer, Call, Method
from emulators.drive.etags import etag_of
from emulators.drive.fields import Selection, select
from emulators.drive.listing import Search
from emulators.drive.model import Comment, File
from emulators.drive.refusals import Refusal, forbidden, invalid


def file_answer(call: Call, file: File) -> Answer:
    """A file as the caller wants it, with its ETag, which v3 shows in the header alone."""
    body = resources.file_resource(call.world, call.caller, file, call.selection)
    return Answer(body=body, headers={"ETag": etag_of(file)})


# files


def get(call: Call) -> Answer:
    """files.get, or its bytes with alt=media."""
    file, _ = access.visible(call.world, call.caller, call.ids[0])
    if call.query.get("alt") == "media":
        return download(call, file)
    return file_answer(call, file)


def download(call: Call, file: File) -> Answer:
    """The bytes of a file; a range of them, if asked."""
    if not file.has_bytes or file.head is None:
        raise forbidden(
            "fileNotDownloadable",
            "Only files with binary content can be downloaded. "
            "Use Export with Docs Editors files.",
        )
    data = file.head.content.data
    wanted = call.headers.get("Range", "")
    if wanted.startswith("bytes="):
        first, _, last = wanted[6:].partition("-")
        begin, end = int(first or 0), int(last) if last else len(data) - 1
        part = data[begin : end + 1]
        span = f"bytes {begin}-{begin + len(part) - 1}/{len(data)}"
        return Answer(
            status=206,
            raw=part,
            content_type=file.mime_type,
            headers={"Content-Range": span},
        )
    return Answer(raw=data, content_type=file.mime_type)


def export(call: Call) -> Answer:
    """files.export: some bytes, whatever the format."""
    file, _ = access.visible(call.world, call.caller, call.ids[0])
    wanted = call.query.get("mimeType", "")
    if not file.is_native:
        raise forbidden("fileNotExportable", "Export only supports Docs Editors files.")
    if wanted not in resources.EXPORTS.get(file.mime_type, ()):
        raise invalid(
            "The requested conversion is not supported.",
            location="convertTo",
            reason="badRequest",
        )
    data = file.head.content.data if file.head else b""
    return Answer(raw=data, content_type=wanted)


def create(call: Call) -> Answer:
    """files.create without content."""
    return file_answer(call, creation.create(call.world, call.caller, call.body))


def copy(call: Call) -> Answer:
    """files.copy."""
    file = creation.copy(
        call.world, call.caller, call.ids[0], call.body, comments=call.flag("copyComments")
    )
    return file_answer(call, file)


def update(call: Call) -> Answer:
    """files.update without content. If-Match is ignored, as Google ignores it in v3."""
    file = mutation.update(
        call.world,
        call.caller,
        call.ids[0],
        call.body,
        add_parents=call.query.get("addParents", ""),
        remove_parents=call.query.get("removeParents", ""),
    )
    return file_answer(call, file)


def delete(call: Call) -> Answer:
    """files.delete."""
    mutation.delete(call.world, call.caller, call.ids[0])
    return Answer(status=204)


def empty_trash(call: Call) -> Answer:
    """files.emptyTrash."""
    mutation.empty_trash(call.world, call.caller)
    return Answer(status=204)


def generate_ids(call: Call) -> Answer:
    """files.generateIds."""
    kind = call.query.get("type", "files")
    if kind not in {"files", "shortcuts"}:
        raise invalid("Invalid Value", location="type")
    size = "maxResults" if "maxResults" in call.query else "count"  # v2's word, and v3's
    how_many = call.number(size, default=10, most=1000)
    ids = creation.generate_ids(call.world, how_many=how_many, kind=kind)
    space = call.query.get("space", "drive")
    return call.shaped({"kind": "drive#generatedIds", "space": space, "ids": ids})


def search_of(call: Call, *, size: str = "pageSize", most: int = 1000) -> Search:
    """What the parameters of a list ask for."""
    every = call.flag("includeItemsFromAllDrives") or call.flag("includeTeamDriveItems")
    if every and not call.caller.all_drives:
        raise forbidden(
            "teamDrivesSupportRequired",
            "The includeItemsFromAllDrives parameter needs supportsAllDrives.",
        )
    return Search(
        q=call.query.get("q", ""),
        order_by=call.query.get("orderBy", ""),
        page_size=call.number(size, default=100, most=most),
        page_token=call.query.get("pageToken", ""),
        drive_id=call.query.get("driveId", "") or call.query.get("teamDriveId", ""),
        every_drive=every,
    )


def list_files(call: Call) -> Answer:
    """files.list."""
    page = listing.find_files(call.world, call.caller, search_of(call))
    inner = call.inner("files")
    body: dict[str, Any] = {"kind": "drive#fileList", "incompleteSearch": False}
    if page.next_token:
        body["nextPageToken"] = page.next_token
    body["files"] = [
        resources.file_resource(call.world, call.caller, file, inner) for file in page.files
    ]
    return listed(call, body, "files")


def listed(call: Call, body: dict[str, Any], name: str) -> Answer:
    """A list whose entries were cut already."""
    if call.selection is None:
        return Answer(body=body)
    whole: Selection = {
        key: ({} if key == name else inner) for key, inner in call.selection.items()
    }
    if "*" in whole:
        return Answer(body=body)
    return Answer(body=select(body, whole))


# permissions


def permission_answer(
    call: Call, file: File, entry: Any, source: str | None = None
) -> Answer:
    """A permission."""
    body = resources.permission_resource(call.world, file, entry, source)
    return call.shaped(body, default=resources.DEFAULT_PERMISSION)


def create_permission(call: Call) -> Answer:
    """permissions.create."""
    file, entry = sharing.share(
        call.world,
        call.caller,
        call.ids[0],
        call.body,
        transfer=call.flag("transferOwnership"),
    )
    return permission_answer(call, file, entry)


def get_permission(call: Call) -> Answer:
    """permissions.get."""
    file, entry, source = sharing.find(call.world, call.caller, *call.ids)
    return permission_answer(call, file, entry, source)


def list_permissions(call: Call) -> Answer:
    """permissions.list."""
    file, rank = access.visible(call.world, call.caller, call.ids[0])
    access.require(rank, access.WRITER)
    inner = call.inner("permissions") or resources.DEFAULT_PERMISSION
    entries = [
        select(resources.permission_resource(call.world, file, entry, source), inner)
        for entry, source in access.effective(call.world, file).values()
    ]
    return listed(
        call, {"kind": "drive#permissionList", "permissions": entries}, "permissions"
    )


def update_permission(call: Call) -> Answer:
    """permissions.update."""
    file, entry = sharing.alter(
        call.world,
        call.caller,
        call.ids[0],
        call.ids[1],
        body=call.body,
        transfer=call.flag("transferOwnership"),
    )
    return permission_answer(call, file, entry)


def delete_permission(call: Call) -> Answer:
    """permissions.delete."""
    sharing.unshare(call.world, call.caller, *call.ids)
    return Answer(status=204)


# revisions, comments


def list_revisions(call: Call) -> Answer:
    """revisions.list."""
    file, rank = access.visible(call.world, call.caller, call.ids[0])
    access.require(rank, access.WRITER)
    inner = call.inner("revisions") or resources.DEFAULT_REVISION
    entries = [
        select(resources.revision_resource(call.world, call.caller, file, one), inner)
        for one in file.revisions
    ]
    return listed(call, {"kind": "drive#revisionList", "revisions": entries}, "revisions")


def get_revision(call: Call) -> Answer:
    """revisions.get, or its bytes."""
    file, rank = access.visible(call.world, call.caller, call.ids[0])
    access.require(rank, access.WRITER)
    found = next((one for one in file.revisions if one.id == call.ids[1]), None)
    if found is None and call.ids[1] == "head":
        found = file.head
    if found is None:
        raise Refusal(404, "notFound", f"Revision not found: {call.ids[1]}.")
    if call.query.get("alt") == "media":
        return Answer(raw=found.content.data, content_type=file.mime_type)
    body = resources.revision_resource(call.world, call.caller, file, found)
    return call.shaped(body, default=resources.DEFAULT_REVISION)


def list_comments(call: Call) -> Answer:
    """comments.list; `fields` is required."""
    call.require_fields()
    file, _ = access.visible(call.world, call.caller, call.ids[0])
    entries = [
        resources.comment_resource(call.world, call.caller, one) for one in file.comments
    ]
    return call.shaped({"kind": "drive#commentList", "comments": entries})


def create_comment(call: Call) -> Answer:
    """comments.create; `fields` is required."""
    call.require_fields()
    comment = say(call, call.ids[0])
    return call.shaped(resources.comment_resource(call.world, call.caller, comment))


def say(call: Call, file_id: str) -> Comment:
    """Add a comment to a file."""
    file, rank = access.visible(call.world, call.caller, file_id)
    access.require(rank, access.COMMENTER)
    access.check_unlocked(file)
    comment = _comment(call)
    file.comments.append(comment)
    call.world.change(file, what="commented", by=call.caller.account)
    return comment


def _comment(call: Call) -> Comment:
    return Comment(
        id="AAAA" + call.world.new_id(length=7),
        by=call.caller.account,
        at=call.world.now,
        text=str(call.body.get("content", "")),
        action=call.body.get("action"),
    )


def _find_comment(file: File, comment_id: str) -> Comment:
    for comment in file.comments:
        if comment.id == comment_id:
            return comment
    raise Refusal(404, "notFound", f"Comment not found: {comment_id}.")


def list_replies(call: Call) -> Answer:
    """replies.list; `fields` is required."""
    call.require_fields()
    file, _ = access.visible(call.world, call.caller, call.ids[0])
    comment = _find_comment(file, call.ids[1])
    entries = [
        resources.reply_resource(call.world, call.caller, one) for one in comment.replies
    ]
    return call.shaped({"kind": "drive#replyList", "replies": entries})


def create_reply(call: Call) -> Answer:
    """replies.create; `fields` is required."""
    call.require_fields()
    file, rank = access.visible(call.world, call.caller, call.ids[0])
    access.require(rank, access.COMMENTER)
    reply = _comment(call)
    _find_comment(file, call.ids[1]).replies.append(reply)
    call.world.change(file, what="replied", by=call.caller.account)
    return call.shaped(resources.reply_resource(call.world, call.caller, reply))


# changes, drives, about


def start_page_token(call: Call) -> Answer:
    """changes.getStartPageToken."""
    token = str(listing.last_visible(call.world) + 1)
    return call.shaped({"kind": "drive#startPageToken", "startPageToken": token})


def list_changes(call: Call) -> Answer:
    """changes.list."""
    token = call.query.get("pageToken")
    if not token:
        raise invalid(
            "Required parameter: pageToken", location="pageToken", reason="required"
        )
    size = call.number("pageSize", default=100, most=1000)
    page = listing.find_changes(call.world, call.caller, token=token, page_size=size)
    inner = call.inner("changes")
    file_fields = None if inner is None else inner.get("file", inner.get("*"))
    entries = []
    for change in page.changes:
        entry = resources.change_resource(
            call.world,
            call.caller,
            change,
            removed=listing.is_removed(call.world, call.caller, change),
            file_fields=_or_all(file_fields),
        )
        entries.append(select(entry, inner) if inner else entry)
    body: dict[str, Any] = {"kind": "drive#changeList", "changes": entries}
    if page.next_token:
        body["nextPageToken"] = page.next_token
    if page.new_start:
        body["newStartPageToken"] = page.new_start
    return listed(call, body, "changes")


def _or_all(selection: Selection | None) -> Selection | None:
    return {"*": {}} if selection is not None and not selection else selection


def list_drives(call: Call) -> Answer:
    """drives.list: those the caller is a member of."""
    user = call.world.users[call.caller.account]
    inner = call.inner("drives") or resources.DEFAULT_DRIVE
    drives = [call.world.files[drive_id] for drive_id in call.world.drives.values()]
    entries = [
        select(resources.drive_resource(call.world, call.caller, drive), inner)
        for drive in drives
        if access.rank_of(call.world, drive, user) > 0
    ]
    return listed(call, {"kind": "drive#driveList", "drives": entries}, "drives")


def get_drive(call: Call) -> Answer:
    """drives.get."""
    user = call.world.users[call.caller.account]
    drive = call.world.find(call.ids[0])
    if drive is None or drive.drive_id != drive.id:
        raise _no_drive(call)
    if access.rank_of(call.world, drive, user) == 0:
        raise _no_drive(call)
    body = resources.drive_resource(call.world, call.caller, drive)
    return call.shaped(body, default=resources.DEFAULT_DRIVE)


def _no_drive(call: Call) -> Refusal:
    name = call.ids[0]
    return Refusal(404, "notFound", f"Shared drive not found: {name}", location="driveId")


def create_drive(call: Call) -> Answer:
    """drives.create."""
    request_id = call.query.get("requestId")
    if not request_id:
        raise invalid(
            "Required parameter: requestId", location="requestId", reason="required"
        )
    name = str(call.body.get("name", ""))
    drive = creation.create_drive(call.world, call.caller, name=name, request_id=request_id)
    body = resources.drive_resource(call.world, call.caller, drive)
    return call.shaped(body, default=resources.DEFAULT_DRIVE)


def about(call: Call) -> Answer:
    """about.get; `fields` is required."""
    call.require_fields()
    user = call.world.users[call.caller.account]
    return call.shaped(resources.about_resource(call.world, user))


def _method(
    name: str,
    verb: str,
    path: str,
    run: Callable[[Call], Answer],
    *,
    units: int = OTHER,
    writes: bool = False,
) -> Method:
    return Method(
        name=name, verb=verb, path=f"drive/v3/{path}", run=run, units=units, writes=writes
    )


METHODS: Sequence[Method] = (
    _method("files.generateIds", "GET", "files/generateIds", generate_ids),
    _method(
        "files.emptyTrash", "DELETE", "files/trash", empty_trash, units=EDIT, writes=True
    ),
    _method("files.list", "GET", "files", list_files, units=LIST),
    _method("files.create", "POST", "files", create, units=EDIT, writes=True),
    _method("files.get", "GET", "files/*", get, units=READ),
    _method("files.update", "PATCH", "files/*", update, units=EDIT, writes=True),
    _method("files.delete", "DELETE", "files/*", delete, units=EDIT, writes=True),
    _method("files.copy", "POST", "files/*/copy", copy, units=EDIT, writes=True),
    _method("files.export", "GET", "files/*/export", export, units=DOWNLOAD),
    _method("permissions.list", "GET", "files/*/permissions", list_permissions, units=READ),
    _method(
        "permissions.create",
        "POST",
        "files/*/permissions",
        create_permission,
        units=EDIT,
        writes=True,
    ),
    _method("permissions.get", "GET", "files/*/permissions/*", get_permission, units=READ),
    _method(
        "permissions.update",
        "PATCH",
        "files/*/permissions/*",
        update_permission,
        units=EDIT,
        writes=True,
    ),
    _method(
        "permissions.delete",
        "DELETE",
        "files/*/permissions/*",
        delete_permission,
        units=EDIT,
        writes=True,
    ),
    _method("revisions.list", "GET", "files/*/revisions", list_revisions, units=READ),
    _method("revisions.get", "GET", "files/*/revisions/*", get_revision, units=READ),
    _method("comments.list", "GET", "files/*/comments", list_comments, units=READ),
    _method(
        "comments.create",
        "POST",
        "files/*/comments",
        create_comment,
        units=EDIT,
        writes=True,
    ),
    _method("replies.list", "GET", "files/*/comments/*/replies", list_replies, units=READ),
    _method(
        "replies.create",
        "POST",
        "files/*/comments/*/replies",
        create_reply,
        units=EDIT,
        writes=True,
    ),
    _method("changes.getStartPageToken", "GET", "changes/startPageToken", start_page_token),
    _method("changes.list", "GET", "changes", list_changes, units=LIST),
    _method("drives.list", "GET", "drives", list_drives, units=LIST),
    _method("drives.create", "POST", "drives", create_drive, units=EDIT, writes=True),
    _method("drives.get", "GET", "drives/*", get_drive, units=READ),
    _method("about.get", "GET", "about", about, units=READ),
)
