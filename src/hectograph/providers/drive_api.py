"""The calls to Google Drive that hectograph makes, each typed, none repeated.

The one exception is a call that Google refused for its token: it is sent again with a new
one. Only v2 of the API knows conditional changes, so those three calls are v2's.
Source: the discovery documents, v3 of 2026-11-06 and v2 of 2026-09-16.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

from hectograph.domain.budget import (
    DOWNLOAD_UNITS,
    PAGE_UNITS,
    READ_UNITS,
    WRITE_UNITS,
)
from hectograph.domain.errors import OutcomeUnknown, ProviderError, Unavailable
from hectograph.providers.drive_answers import Meaning, classify, error_of
from hectograph.providers.drive_values import (
    ABOUT_FIELDS,
    CHANGES_FIELDS,
    FILE_FIELDS,
    FILES_FIELDS,
    FOLDER,
    PERMISSION_FIELDS,
    PERMISSIONS_FIELDS,
    REVISIONS_FIELDS,
    SEARCH_FIELDS,
    About,
    ChangePage,
    DriveFile,
    FilePage,
    Lock,
    Permission,
    SearchPage,
    read_about,
    read_changes,
    read_file,
    read_files,
    read_permission,
    read_permissions,
    read_revisions,
    read_search,
)
from hectograph.providers.transport import Answer, Call, Transport

T = TypeVar("T")

PAGE_SIZE: Final = 1000
PERMISSIONS_PAGE_SIZE: Final = 100
IDS_PER_CALL: Final = 1000
QUOTA_USER_LENGTH: Final = 40

FILES: Final = "/drive/v3/files"
UNAUTHORISED: Final = 401

ALL_DRIVES: Final = {"supportsAllDrives": "true"}
PAGES_OF_ALL_DRIVES: Final = {
    **ALL_DRIVES,
    "includeItemsFromAllDrives": "true",
    "spaces": "drive",
    "pageSize": str(PAGE_SIZE),
}


class Tokens(Protocol):
    """Where the acting account's access tokens come from."""

    async def token(self) -> str:
        """A token that is good for some minutes yet."""
        ...

    def forget(self, token: str) -> None:
        """Google refused this one; have another for the next call."""
        ...


UPLOAD_BYTES: Final = 5 * 1024 * 1024
"""What Drive takes in one request: guides/manage-uploads. More would take several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file's new content, with the name and the private properties that go with it."""

    name: str
    media_type: str
    app_properties: Mapping[str, str]
    content: bytes = field(repr=False)

    def boundary(self) -> str:
        """A text that does not occur in the content: told by the content itself."""
        return sha256(self.content).hexdigest()

    def related(self, boundary: str) -> bytes:
        """Metadata in v2's words, then the content, as one multipart/related body."""
        properties = [
            {"key": key, "value": value, "visibility": "PRIVATE"}
            for key, value in self.app_properties.items()
        ]
        told = {"title": self.name, "mimeType": self.media_type, "properties": properties}
        metadata = json.dumps(told, separators=(",", ":")).encode()
        mark = b"--" + boundary.encode()
        return b"\r\n".join(
            (
                mark,
                b"Content-Type: application/json; charset=UTF-8",
                b"",
                metadata,
                mark,
                b"Content-Type: " + self.media_type.encode(),
                b"",
                self.content,
                mark + b"--",
                b"",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveApi:
    """Drive as one account sees it.

    Every method may raise Unavailable, Throttled, Exhausted and Rejected with all its
    kinds, those that write OutcomeUnknown too, and what the tokens raise. Absent may come
    from every method that names a file; what it means, only the caller knows.

    `quota_user` tells Google's quota apart for the people that one project acts for.
    """

    transport: Transport
    tokens: Tokens
    quota_user: str | None = None

    async def copy(
        self,
        file_id: str,
        *,
        name: str,
        parent: str,
        app_properties: Mapping[str, str | None],
        new_id: str | None = None,
    ) -> DriveFile:
        """Copy a file into a folder; in one step it has its name, place and properties.

        A copy inherits the source's properties, so `app_properties` must name every key
        that hectograph uses; None takes one away. With a `new_id` the same call can be
        made again: Conflict says that it is there. IdRefused says that this type of file
        takes none.
        """
        body = {
            "name": name,
            "parents": [parent],
            "appProperties": dict(app_properties),
            **({"id": new_id} if new_id else {}),
        }
        call = _write("files.copy", "POST", f"{_path(file_id)}/copy", body=body)
        return await self._call(call, read=read_file)

    async def get(self, file_id: str) -> DriveFile:
        """A file as it is now; unlike a list, this is never behind what was written."""
        call = _read("files.get", _path(file_id), fields=FILE_FIELDS, query=ALL_DRIVES)
        return await self._call(call, read=read_file)

    async def list_files(
        self, query: str, *, drive_id: str | None = None, page_token: str | None = None
    ) -> FilePage:
        """A page of the files that fit, in a shared drive or wherever the account sees.

        Lists lag behind what was written, nobody says by how much. Raises Stale when the
        token is too old; then the list is to be begun anew.
        """
        where = {"corpora": "drive", "driveId": drive_id} if drive_id else {}
        call = _page(
            "files.list",
            FILES,
            fields=FILES_FIELDS,
            query={"q": query, **where, **_token(page_token)},
        )
        return await self._call(call, read=read_files)

    async def list_pages(
        self, query: str, *, drive_id: str | None = None
    ) -> AsyncIterator[FilePage]:
        """All pages of a list, one after the other."""
        page = await self.list_files(query, drive_id=drive_id)
        yield page
        while page.next_token is not None:
            page = await self.list_files(
                query, drive_id=drive_id, page_token=page.next_token
            )
            yield page

    async def search(
        self, query: str, *, limit: int, page_token: str | None = None
    ) -> SearchPage:
        """At most `limit` of the files that fit, the last changed first."""
        call = _page(
            "files.list",
            FILES,
            fields=SEARCH_FIELDS,
            query={
                "q": query,
                "orderBy": "modifiedTime desc",
                "pageSize": str(limit),
                **_token(page_token),
            },
        )
        return await self._call(call, read=read_search)

    async def update(
        self,
        file_id: str,
        *,
        body: Mapping[str, Any],
        add_parent: str | None = None,
        remove_parent: str | None = None,
    ) -> DriveFile:
        """Change what `body` names, and where the file is. Safe to repeat."""
        query = {
            **({"addParents": add_parent} if add_parent else {}),
            **({"removeParents": remove_parent} if remove_parent else {}),
        }
        call = _write("files.update", "PATCH", _path(file_id), body=body, query=query)
        return await self._call(call, read=read_file)

    async def move(self, file_id: str, *, add: str, remove: str) -> DriveFile:
        """Move a file from one folder to another; its id stays. Safe to repeat."""
        return await self.update(file_id, body={}, add_parent=add, remove_parent=remove)

    async def rename(self, file_id: str, *, name: str) -> DriveFile:
        """Give a file another name. Safe to repeat."""
        return await self.update(file_id, body={"name": name})

    async def set_trashed(self, file_id: str, *, trashed: bool) -> DriveFile:
        """Put a file into the trash, or take it out again. Safe to repeat."""
        return await self.update(file_id, body={"trashed": trashed})

    async def set_lock(self, file_id: str, lock: Lock | None) -> DriveFile:
        """Make a file read-only, or let it be changed again. Safe to repeat."""
        wanted: dict[str, Any] = {"readOnly": lock is not None}
        if lock is not None:
            wanted["reason"] = lock.reason
            # Also False may be said by an owner alone.
            wanted |= {"ownerRestricted": True} if lock.is_firm else {}
        return await self.update(file_id, body={"contentRestrictions": [wanted]})

    async def create_folder(
        self,
        name: str,
        *,
        parent: str,
        app_properties: Mapping[str, str],
        new_id: str | None = None,
    ) -> DriveFile:
        """Make a folder. With a `new_id`, Conflict says that it is there already."""
        body = {
            "name": name,
            "mimeType": FOLDER,
            "parents": [parent],
            "appProperties": dict(app_properties),
            **({"id": new_id} if new_id else {}),
        }
        call = _write("files.create", "POST", FILES, body=body)
        return await self._call(call, read=read_file)

    async def generate_ids(self, count: int) -> tuple[str, ...]:
        """Ids for files and folders to come, a call for each 1,000.

        Documents of Google's own take none.
        """
        ids: list[str] = []
        while len(ids) < count:
            wanted = min(count - len(ids), IDS_PER_CALL)
            call = _read(
                "files.generateIds",
                f"{FILES}/generateIds",
                fields="ids",
                query={"count": str(wanted), "space": "drive", "type": "files"},
            )
            ids += await self._call(call, read=_ids)
        return tuple(ids)

    async def list_permissions(self, file_id: str) -> tuple[Permission, ...]:
        """Everyone who may do something with a file, inherited rights included."""
        call = _read(
            "permissions.list",
            f"{_path(file_id)}/permissions",
            fields=PERMISSIONS_FIELDS,
            query={**ALL_DRIVES, "pageSize": str(PERMISSIONS_PAGE_SIZE)},
        )
        return await self._all_pages(call, read=read_permissions)

    async def create_permission(
        self,
        file_id: str,
        *,
        role: str,
        type: str,  # noqa: A002 - the API's word
        email: str,
        send_notification: bool = False,
    ) -> Permission:
        """Share a file with a user or a group. Safe to repeat.

        Of changes to one file's permissions at the same time Google keeps only the last.
        """
        call = _write(
            "permissions.create",
            "POST",
            f"{_path(file_id)}/permissions",
            body={"role": role, "type": type, "emailAddress": email},
            query={"sendNotificationEmail": "true" if send_notification else "false"},
            fields=PERMISSION_FIELDS,
        )
        return await self._call(call, read=read_permission)

    async def list_revisions(self, file_id: str) -> tuple[str, ...]:
        """The ids of a file's revisions, the last one last.

        Of Google's own types some may be missing, and the list lags.
        """
        call = _read(
            "revisions.list",
            f"{_path(file_id)}/revisions",
            fields=REVISIONS_FIELDS,
            query={"pageSize": str(PAGE_SIZE)},
        )
        return await self._all_pages(call, read=read_revisions)

    async def has_comments(self, file_id: str) -> bool:
        """Whether anybody has commented on a file, as far as the list shows."""
        call = _read(
            "comments.list",
            f"{_path(file_id)}/comments",
            fields="comments(id)",
            query={"pageSize": "1"},
        )
        return await self._call(call, read=lambda told: bool(told.get("comments")))

    async def start_page_token(self, *, drive_id: str | None = None) -> str:
        """From where `list_changes` tells what happens after now."""
        call = _read(
            "changes.getStartPageToken",
            "/drive/v3/changes/startPageToken",
            fields="startPageToken",
            query={**ALL_DRIVES, **({"driveId": drive_id} if drive_id else {})},
        )
        return await self._call(call, read=_start_token)

    async def list_changes(
        self, page_token: str, *, drive_id: str | None = None
    ) -> ChangePage:
        """A page of what happened to files since then; it lags as lists do.

        Raises Stale when the token is too old.
        """
        call = _page(
            "changes.list",
            "/drive/v3/changes",
            fields=CHANGES_FIELDS,
            query={
                "pageToken": page_token,
                "includeRemoved": "true",
                **({"driveId": drive_id} if drive_id else {}),
            },
        )
        return await self._call(call, read=read_changes)

    async def about(self) -> About:
        """Who the account is, and how full its storage."""
        call = _read("about.get", "/drive/v3/about", fields=ABOUT_FIELDS, query={})
        return await self._call(call, read=read_about)

    async def get_etag(self, file_id: str) -> str:
        """What `patch_if` compares a file with.

        Read it first and the file's facts afterwards: then `patch_if` refuses if anything
        changed since before the facts were read.
        """
        path = f"/drive/v2/files/{quote(file_id, safe='')}"
        call = _read("v2.files.get", path, fields="etag", query=ALL_DRIVES)
        return await self._call(call, read=_etag)

    async def patch_if(self, file_id: str, *, body: Mapping[str, Any], etag: str) -> str:
        """Change what `body` names, in v2's words, if the file is still as it was.

        Returns the new etag. Raises Stale when anything about the file changed.
        """
        path = f"/drive/v2/files/{quote(file_id, safe='')}"
        call = _write("v2.files.patch", "PATCH", path, body=body, fields="etag")
        call = replace(call, headers={**call.headers, "If-Match": etag})
        return await self._call(call, read=_etag)

    async def upload_if(self, file_id: str, *, upload: Upload, etag: str) -> str:
        """Give a file content, name and properties, if it is still as it was.

        Returns the new etag. Its id, place and rights stay; what it held is an earlier
        revision, which Drive keeps for thirty days. Raises Stale when anything about the
        file changed. At most UPLOAD_BYTES.
        """
        boundary = upload.boundary()
        call = Call(
            name="v2.files.update",
            method="PUT",
            path=f"/upload/drive/v2/files/{quote(file_id, safe='')}",
            query=_asking("etag", {**ALL_DRIVES, "uploadType": "multipart"}),
            body=upload.related(boundary),
            headers={
                "Content-Type": f"multipart/related; boundary={boundary}",
                "If-Match": etag,
            },
            writes=True,
            units=WRITE_UNITS,
        )
        return await self._call(call, read=_etag)

    async def download(self, file_id: str, *, revision: str | None = None) -> bytes:
        """The bytes of a file, or of an earlier revision of it; not of Google's own."""
        path = _path(file_id)
        if revision is not None:
            path = f"{path}/revisions/{quote(revision, safe='')}"
        call = Call(
            name="files.download" if revision is None else "revisions.download",
            method="GET",
            path=path,
            query={**ALL_DRIVES, "alt": "media"},
            writes=False,
            units=DOWNLOAD_UNITS,
        )
        return (await self._done(call)).body

    async def _all_pages(
        self, call: Call, *, read: Callable[[Any], Sequence[T]]
    ) -> tuple[T, ...]:
        """What is on all pages of a list that is short."""
        found: list[T] = []
        token: str | None = None
        while True:
            page = replace(call, query={**call.query, **_token(token)})
            items, token = await self._call(
                page, read=lambda told: (read(told), told.get("nextPageToken"))
            )
            found += items
            if token is None:
                return tuple(found)

    async def _call(self, call: Call, *, read: Callable[[Any], T]) -> T:
        answer = await self._done(call)
        try:
            return read(json.loads(answer.body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            error = _unreadable(call)
        raise error

    async def _done(self, call: Call) -> Answer:
        """The answer of a call that did what it was for; or what it means."""
        answer = await self._send(call)
        verdict = classify(answer, writes=call.writes)
        if verdict.meaning is not Meaning.DONE:
            raise error_of(verdict)
        return answer

    async def _send(self, call: Call) -> Answer:
        """Send it; with a new token once more if Google refuses the one we have."""
        token = await self.tokens.token()
        answer = await self.transport.send(self._signed(call, token=token))
        if answer.status != UNAUTHORISED:
            return answer
        self.tokens.forget(token)
        token = await self.tokens.token()
        return await self.transport.send(self._signed(call, token=token))

    def _signed(self, call: Call, *, token: str) -> Call:
        headers = {**call.headers, "Authorization": f"Bearer {token}"}
        if self.quota_user is None:
            return replace(call, headers=headers)
        query = {**call.query, "quotaUser": shorten_quota_user(self.quota_user)}
        return replace(call, query=query, headers=headers)


def shorten_quota_user(name: str) -> str:
    """A name that Google takes as `quotaUser`: at most 40 characters, still one's own."""
    if len(name) <= QUOTA_USER_LENGTH:
        return name
    return sha256(name.encode()).hexdigest()[:QUOTA_USER_LENGTH]


def _read(name: str, path: str, *, fields: str, query: Mapping[str, str]) -> Call:
    return Call(
        name=name,
        method="GET",
        path=path,
        query=_asking(fields, query),
        writes=False,
        units=READ_UNITS,
    )


def _page(name: str, path: str, *, fields: str, query: Mapping[str, str]) -> Call:
    return Call(
        name=name,
        method="GET",
        path=path,
        query=_asking(fields, {**PAGES_OF_ALL_DRIVES, **query}),
        # 1,000 files are 625 kB, or 32 kB for about 1 ms of work more.
        headers={"Accept-Encoding": "gzip"},
        writes=False,
        units=PAGE_UNITS,
    )


def _write(
    name: str,
    method: str,
    path: str,
    *,
    body: Mapping[str, Any],
    query: Mapping[str, str] | None = None,
    fields: str = FILE_FIELDS,
) -> Call:
    return Call(
        name=name,
        method=method,
        path=path,
        query=_asking(fields, {**ALL_DRIVES, **(query or {})}),
        body=json.dumps(body, separators=(",", ":")).encode(),
        headers={"Content-Type": "application/json"},
        writes=True,
        units=WRITE_UNITS,
    )


def _asking(fields: str, query: Mapping[str, str]) -> Mapping[str, str]:
    return {**query, "fields": fields, "prettyPrint": "false"}


def _path(file_id: str) -> str:
    return f"{FILES}/{quote(file_id, safe='')}"


def _token(page_token: str | None) -> Mapping[str, str]:
    return {"pageToken": page_token} if page_token else {}


def _ids(told: Any) -> list[str]:
    # Fewer than asked for is fine, none would ask for ever.
    ids: list[str] = told["ids"]
    if not ids:
        raise ValueError("no ids")
    return ids


def _start_token(told: Any) -> str:
    return str(told["startPageToken"])


def _etag(told: Any) -> str:
    return str(told["etag"])


def _unreadable(call: Call) -> ProviderError:
    cause = f"Google Drive's answer to {call.name} cannot be read."
    if call.writes:
        return OutcomeUnknown(cause, effect="It may have been done all the same.")
    return Unavailable(cause, effect="Nothing was done.")
