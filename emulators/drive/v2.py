"""The methods of Drive v2 that PyDrive2 calls, and the conditional writes that v3 lacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulators.drive import access, creation, listing, mutation, sharing, v3
from emulators.drive import v2_resources as resources
from emulators.drive.calls import EDIT, LIST, OTHER, READ, Answer, Call, Method
from emulators.drive.etags import check_match, etag_of
from emulators.drive.fields import select
from emulators.drive.model import File, as_text
from emulators.drive.refusals import Refusal, invalid
from emulators.drive.v3_resources import Lens

# v2's names in a body, and v3's.
RENAMED = {"title": "name", "modifiedDate": "modifiedTime", "createdDate": "createdTime"}
KEPT = (
    "id", "description", "mimeType", "contentRestrictions", "writersCanShare",
    "copyRequiresWriterPermission", "folderColorRgb", "shortcutDetails",
    "inheritedPermissionsDisabled",
)  # fmt: skip


def as_v3(body: Mapping[str, Any], *, dates: bool = True) -> dict[str, Any]:
    """A v2 body in v3's words. v2 ignores what cannot be written."""
    result = {key: body[key] for key in KEPT if key in body}
    for theirs, ours in RENAMED.items():
        if theirs in body and (dates or theirs == "title"):
            result[ours] = body[theirs]
    labels = body.get("labels") or {}
    for label in ("trashed", "starred"):
        if label in labels:
            result[label] = labels[label]
    if "restricted" in labels:
        result["copyRequiresWriterPermission"] = labels["restricted"]
    for entry in body.get("properties") or []:
        private = entry.get("visibility", "PRIVATE") == "PRIVATE"
        name = "appProperties" if private else "properties"
        result.setdefault(name, {})[entry["key"]] = entry.get("value")
    return result


def parents_in(body: Mapping[str, Any]) -> list[str]:
    """The folders that a v2 body names."""
    return [str(entry["id"]) for entry in body.get("parents") or [] if entry.get("id")]


def file_answer(call: Call, file: File) -> Answer:
    """A file, with its etag twice, as v2 gives it."""
    body = resources.file_resource(call.world, call.caller, file, call.selection)
    return Answer(body=body, headers={"ETag": etag_of(file)})


def matched(call: Call) -> File:
    """The file the call is about; 404, or 412 when If-Match names another state of it."""
    file, _ = access.visible(call.world, call.caller, call.ids[0])
    check_match(file, call.headers.get("If-Match"))
    return file


def get(call: Call) -> Answer:
    """files.get; 304 when If-None-Match names its state."""
    file, _ = access.visible(call.world, call.caller, call.ids[0])
    if call.query.get("alt") == "media":
        return v3.download(call, file)
    if call.headers.get("If-None-Match") == etag_of(file):
        return Answer(status=304, headers={"ETag": etag_of(file)})
    return file_answer(call, file)


def list_files(call: Call) -> Answer:
    """files.list."""
    page = listing.find_files(
        call.world, call.caller, v3.search_of(call, size="maxResults", most=1000)
    )
    inner = call.inner("items")
    body: dict[str, Any] = {
        "kind": "drive#fileList",
        "etag": resources.SHARED_ETAG,
        "selfLink": f"{resources.ROOT}/files",
        "incompleteSearch": False,
        "items": [
            resources.file_resource(call.world, call.caller, file, inner)
            for file in page.files
        ],
    }
    if page.next_token:
        body["nextPageToken"] = page.next_token
        body["nextLink"] = f"{resources.ROOT}/files?pageToken={page.next_token}"
    return v3.listed(call, body, "items")


def insert(call: Call) -> Answer:
    """files.insert without content."""
    body = as_v3(call.body) | {"parents": parents_in(call.body)}
    return file_answer(call, creation.create(call.world, call.caller, body))


def copy(call: Call) -> Answer:
    """files.copy."""
    body = as_v3(call.body) | {"parents": parents_in(call.body)}
    return file_answer(call, creation.copy(call.world, call.caller, call.ids[0], body))


def update(call: Call) -> Answer:
    """files.update and files.patch without content; If-Match is honoured."""
    return file_answer(call, change(call))


def change(call: Call, *, data: bytes | None = None, media_type: str | None = None) -> File:
    """Apply a v2 body to a file, perhaps with new content."""
    file = matched(call)
    add, remove = _moves(call, file)
    return mutation.update(
        call.world,
        call.caller,
        file.id,
        as_v3(call.body, dates=call.flag("setModifiedDate")),
        add_parents=add,
        remove_parents=remove,
        data=data,
        media_type=media_type,
    )


def _moves(call: Call, file: File) -> tuple[str, str]:
    add, remove = call.query.get("addParents", ""), call.query.get("removeParents", "")
    named = parents_in(call.body)
    if named and not add and file.parent not in named:
        return named[0], file.parent or ""
    return add, remove


def delete(call: Call) -> Answer:
    """files.delete: for good."""
    matched(call)
    mutation.delete(call.world, call.caller, call.ids[0])
    return Answer(status=204)


def trash(call: Call) -> Answer:
    """files.trash."""
    matched(call)
    return file_answer(
        call, mutation.update(call.world, call.caller, call.ids[0], {"trashed": True})
    )


def untrash(call: Call) -> Answer:
    """files.untrash."""
    matched(call)
    return file_answer(
        call, mutation.update(call.world, call.caller, call.ids[0], {"trashed": False})
    )


def touch(call: Call) -> Answer:
    """files.touch: modified now."""
    now = as_text(call.world.now)
    body = {"modifiedTime": now}
    return file_answer(call, mutation.update(call.world, call.caller, call.ids[0], body))


def list_parents(call: Call) -> Answer:
    """parents.list."""
    file, _ = access.visible(call.world, call.caller, call.ids[0])
    lens = Lens(call.world, call.caller, file)
    return call.shaped(_a_list(call, "drive#parentList", resources.parents(lens)))


def list_children(call: Call) -> Answer:
    """children.list."""
    folder, _ = access.visible(call.world, call.caller, call.ids[0])
    search = v3.search_of(call, size="maxResults")
    q = f"'{folder.id}' in parents" + (f" and ({search.q})" if search.q else "")
    page = listing.find_files(call.world, call.caller, replace(search, q=q))
    items = [
        {
            "kind": "drive#childReference",
            "id": file.id,
            "selfLink": f"{resources.ROOT}/files/{folder.id}/children/{file.id}",
            "childLink": f"{resources.ROOT}/files/{file.id}",
        }
        for file in page.files
    ]
    token = {"nextPageToken": page.next_token} if page.next_token else {}
    return call.shaped(_a_list(call, "drive#childList", items) | token)


def _a_list(call: Call, kind: str, items: Sequence[Any]) -> dict[str, Any]:
    return {
        "kind": kind,
        "etag": resources.SHARED_ETAG,
        "selfLink": f"{resources.ROOT}/files/{call.ids[0]}",
        "items": list(items),
    }


# permissions, revisions, changes, about


def _permission_body(body: Mapping[str, Any]) -> dict[str, Any]:
    extra = body.get("additionalRoles") or []
    role = "commenter" if "commenter" in extra else body.get("role")
    kind = body.get("type")
    value = body.get("value") or body.get("emailAddress")
    return {
        "type": kind,
        "role": role,
        "emailAddress": value,
        "domain": body.get("domain") or value,
        "allowFileDiscovery": not body.get("withLink", True),
    }


def list_permissions(call: Call) -> Answer:
    """permissions.list."""
    file, rank = access.visible(call.world, call.caller, call.ids[0])
    access.require(rank, access.WRITER)
    items = [
        resources.permission_resource(call.world, file, entry, source)
        for entry, source in access.effective(call.world, file).values()
    ]
    return call.shaped(_a_list(call, "drive#permissionList", items))


def get_permission(call: Call) -> Answer:
    """permissions.get."""
    file, entry, source = sharing.find(call.world, call.caller, *call.ids)
    return call.shaped(resources.permission_resource(call.world, file, entry, source))


def insert_permission(call: Call) -> Answer:
    """permissions.insert. A new owner needs no further word in v2."""
    body = _permission_body(call.body)
    file, entry = sharing.share(
        call.world, call.caller, call.ids[0], body, transfer=body["role"] == "owner"
    )
    return call.shaped(resources.permission_resource(call.world, file, entry, None))


def update_permission(call: Call) -> Answer:
    """permissions.update and permissions.patch."""
    file, entry = sharing.alter(
        call.world,
        call.caller,
        call.ids[0],
        call.ids[1],
        body=_permission_body(call.body),
        transfer=call.flag("transferOwnership"),
    )
    return call.shaped(resources.permission_resource(call.world, file, entry, None))


def id_for_email(call: Call) -> Answer:
    """permissions.getIdForEmail."""
    user = call.world.users.get(call.ids[0])
    if user is None:
        raise invalid("The email address is invalid.", location="email")
    return call.shaped({"kind": "drive#permissionId", "id": user.permission_id})


def list_revisions(call: Call) -> Answer:
    """revisions.list."""
    file, rank = access.visible(call.world, call.caller, call.ids[0])
    access.require(rank, access.WRITER)
    items = [
        resources.revision_resource(call.world, call.caller, file, one)
        for one in file.revisions
    ]
    return call.shaped(_a_list(call, "drive#revisionList", items))


def get_revision(call: Call) -> Answer:
    """revisions.get."""
    file, rank = access.visible(call.world, call.caller, call.ids[0])
    access.require(rank, access.WRITER)
    for one in file.revisions:
        if one.id == call.ids[1]:
            return call.shaped(
                resources.revision_resource(call.world, call.caller, file, one)
            )
    raise Refusal(404, "notFound", f"Revision not found: {call.ids[1]}")


def list_changes(call: Call) -> Answer:
    """changes.list."""
    token = call.query.get("pageToken") or call.query.get("startChangeId") or "1"
    size = call.number("maxResults", default=100, most=1000)
    page = listing.find_changes(call.world, call.caller, token=token, page_size=size)
    items = [
        resources.change_resource(
            call.world,
            call.caller,
            one,
            removed=listing.is_removed(call.world, call.caller, one),
        )
        for one in page.changes
    ]
    body: dict[str, Any] = {
        "kind": "drive#changeList",
        "etag": resources.SHARED_ETAG,
        "selfLink": f"{resources.ROOT}/changes",
        "largestChangeId": str(listing.last_visible(call.world)),
        "items": items,
    }
    if page.next_token:
        body["nextPageToken"] = page.next_token
    if page.new_start:
        body["newStartPageToken"] = page.new_start
    return Answer(body=select(body, call.selection) if call.selection else body)


def about(call: Call) -> Answer:
    """about.get."""
    user = call.world.users[call.caller.account]
    return call.shaped(resources.about_resource(call.world, user))


def _read(
    name: str, path: str, run: Callable[[Call], Answer], *, units: int = READ
) -> Method:
    return Method(name=name, verb="GET", path=f"drive/v2/{path}", run=run, units=units)


def _write(name: str, verb: str, path: str, run: Callable[[Call], Answer]) -> Method:
    return Method(
        name=name, verb=verb, path=f"drive/v2/{path}", run=run, units=EDIT, writes=True
    )


# Named as in v3 where v3 has the method, so that one rule of trouble means both.
METHODS: Sequence[Method] = (
    _read("files.generateIds", "files/generateIds", v3.generate_ids, units=OTHER),
    _write("files.emptyTrash", "DELETE", "files/trash", v3.empty_trash),
    _read("files.list", "files", list_files, units=LIST),
    _write("files.create", "POST", "files", insert),
    _read("files.get", "files/*", get),
    _write("files.update", "PUT", "files/*", update),
    _write("files.update", "PATCH", "files/*", update),
    _write("files.delete", "DELETE", "files/*", delete),
    _write("files.copy", "POST", "files/*/copy", copy),
    _write("files.trash", "POST", "files/*/trash", trash),
    _write("files.untrash", "POST", "files/*/untrash", untrash),
    _write("files.touch", "POST", "files/*/touch", touch),
    _read("files.export", "files/*/export", v3.export),
    _read("parents.list", "files/*/parents", list_parents),
    _read("children.list", "files/*/children", list_children, units=LIST),
    _read("permissions.list", "files/*/permissions", list_permissions),
    _write("permissions.create", "POST", "files/*/permissions", insert_permission),
    _read("permissions.get", "files/*/permissions/*", get_permission),
    _write("permissions.update", "PUT", "files/*/permissions/*", update_permission),
    _write("permissions.update", "PATCH", "files/*/permissions/*", update_permission),
    _write("permissions.delete", "DELETE", "files/*/permissions/*", v3.delete_permission),
    _read("permissions.getIdForEmail", "permissionIds/*", id_for_email),
    _read("revisions.list", "files/*/revisions", list_revisions),
    _read("revisions.get", "files/*/revisions/*", get_revision),
    _read("changes.getStartPageToken", "changes/startPageToken", v3.start_page_token),
    _read("changes.list", "changes", list_changes, units=LIST),
    _read("about.get", "about", about),
)
