import asyncio
import json
import logging
import traceback
from datetime import UTC, datetime

import pytest

from hectograph.domain.errors import (
    AccessDenied,
    OutcomeUnknown,
    ProviderError,
    SourceRefused,
    Throttled,
    Unavailable,
)
from hectograph.providers.drive_answers import Absent, Conflict, IdRefused, Stale
from hectograph.providers.drive_api import DriveApi, shorten_quota_user
from hectograph.providers.drive_values import FILE_FIELDS, About, Permission
from hectograph.providers.transport import Answer, Call, Connections

from .exchanges import DROP, answer, serving

pytestmark = pytest.mark.usefixtures("loopback")

NAME = "Essay 3 - Ada Lovelace"
TOKENS = ["ya29.first", "ya29.second", "ya29.third"]

TOLD = {
    "id": "1copy",
    "name": NAME,
    "mimeType": "application/vnd.google-apps.document",
    "parents": ["0folder"],
    "trashed": False,
    "explicitlyTrashed": False,
    "appProperties": {"hx": "key"},
    "size": "1",
    "version": "12",
    "modifiedTime": "2026-11-23T10:00:00.123Z",
    "createdTime": "2026-11-23T09:59:58.000Z",
    "lastModifyingUser": {"me": True, "emailAddress": "teacher@school.test"},
    "owners": [{"emailAddress": "teacher@school.test"}],
    "ownedByMe": True,
    "webViewLink": "https://docs.google.com/document/d/1copy/edit",
    "capabilities": {
        "canCopy": True,
        "canAddChildren": False,
        "canEdit": True,
        "canTrash": True,
    },
}


class FakeTokens:
    """Tokens one after the other; the next when one is forgotten."""

    def __init__(self):
        self.left = list(TOKENS)

    async def token(self):
        return self.left[0]

    def forget(self, token):
        if self.left[0] == token:
            self.left.pop(0)


def call(do, *answers, quota_user=None):
    """What a call gives or raises, and the requests that it made."""

    async def run():
        async with serving(*answers) as server, Connections() as connections:
            api = DriveApi(
                transport=connections.transport(server.root),
                tokens=FakeTokens(),
                quota_user=quota_user,
            )
            try:
                said = await do(api)
            except ProviderError as error:
                said = error
            return said, server.requests

    return asyncio.run(run())


def told(**changes):
    return answer(200, {**TOLD, **changes}, Content_Type="application/json")


def refused(status, reason, **more):
    entry = {"reason": reason, "message": f"About {NAME}", **more}
    return answer(status, {"error": {"code": status, "errors": [entry]}})


def copy(api):
    return api.copy(
        "1source", name=NAME, parent="0folder", app_properties={"hx": "key", "old": None}
    )


def get(api):
    return api.get("1copy")


def test_a_copy_is_made_with_its_name_place_and_properties_in_one_call():
    said, [request] = call(copy, told())

    assert (request.method, request.path) == ("POST", "/drive/v3/files/1source/copy")
    assert request.told() == {
        "name": NAME,
        "parents": ["0folder"],
        "appProperties": {"hx": "key", "old": None},
    }
    assert request.query == {
        "supportsAllDrives": "true",
        "fields": FILE_FIELDS,
        "prettyPrint": "false",
    }
    assert request.headers["authorization"] == f"Bearer {TOKENS[0]}"
    assert (said.id, said.name, said.parents) == ("1copy", NAME, ("0folder",))


def test_a_copy_may_have_an_id_of_ours():
    _, [request] = call(
        lambda api: api.copy("1s", name="n", parent="p", app_properties={}, new_id="1new"),
        told(),
    )

    assert request.told()["id"] == "1new"


def test_a_file_is_read_whole():
    said, _ = call(get, told())

    assert said.created_at == datetime(2026, 11, 23, 9, 59, 58, tzinfo=UTC)
    assert said.modified_at == datetime(2026, 11, 23, 10, 0, 0, 123000, tzinfo=UTC)
    assert (said.version, said.size_bytes, said.md5) == (12, 1, None)
    assert (said.modified_by_me, said.modified_by) == (True, "teacher@school.test")
    assert (said.owners, said.owned_by_me) == (("teacher@school.test",), True)
    assert said.app_properties == {"hx": "key"}
    assert (said.can_copy, said.can_add_children, said.can_trash) == (True, False, True)
    assert said.is_native


def test_a_file_of_which_little_is_told_is_read_with_care():
    told_less = {
        "id": "1",
        "name": "x",
        "mimeType": "application/pdf",
        "trashed": False,
        "version": "1",
        "modifiedTime": "2026-11-23T10:00:00Z",
        "createdTime": "2026-11-23T10:00:00Z",
        "capabilities": {},
    }

    said, _ = call(get, answer(200, told_less))

    assert (said.parents, said.owners, said.app_properties) == ((), (), {})
    assert (said.modified_by_me, said.modified_by, said.size_bytes) == (None, None, None)
    assert (said.can_copy, said.can_edit, said.owned_by_me) == (False, False, False)


def test_an_anonymous_last_change_is_told_from_somebody_elses():
    anonymous, _ = call(get, told(lastModifyingUser=None))
    student, _ = call(get, told(lastModifyingUser={"emailAddress": "ada@school.test"}))

    assert anonymous.modified_by_me is None
    assert (student.modified_by_me, student.modified_by) == (False, "ada@school.test")


@pytest.mark.parametrize(
    ("mime_type", "native", "folder", "shortcut"),
    [
        ("application/vnd.google-apps.document", True, False, False),
        ("application/vnd.google-apps.form", True, False, False),
        ("application/vnd.google-apps.folder", False, True, False),
        ("application/vnd.google-apps.shortcut", False, False, True),
        ("application/vnd.google-apps.drive-sdk.123", False, False, False),
        ("application/vnd.google-apps.drive-sdk", False, False, False),
        ("application/pdf", False, False, False),
    ],
)
def test_kinds_of_files_are_told_apart(mime_type, native, folder, shortcut):
    said, _ = call(get, told(mimeType=mime_type))

    assert (said.is_native, said.is_folder, said.is_shortcut) == (native, folder, shortcut)


def test_an_id_cannot_leave_its_place_in_the_address():
    _, [request] = call(lambda api: api.get("../about?x=/"), told())

    assert request.target.startswith("/drive/v3/files/..%2Fabout%3Fx%3D%2F?")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b"<html>",
        json.dumps({**TOLD, "version": "x"}).encode(),
        json.dumps({**TOLD, "modifiedTime": "then"}).encode(),
        json.dumps({**TOLD, "modifiedTime": None}).encode(),
        json.dumps({**TOLD, "capabilities": []}).encode(),
        json.dumps({**TOLD, "parents": 7}).encode(),
        b"[" * 100_000,
    ],
)
def test_an_answer_that_cannot_be_read_leaves_a_copy_unknown(body):
    written, _ = call(copy, answer(200, body))
    seen, _ = call(get, answer(200, body))

    assert type(written) is OutcomeUnknown
    assert type(seen) is Unavailable
    assert (written.__cause__, written.__context__) == (None, None)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (refused(404, "notFound"), Absent),
        (refused(409, "fileIdInUse"), Conflict),
        (refused(400, "generatedIdNotSupported"), IdRefused),
        (refused(403, "userRateLimitExceeded"), Throttled),
        (refused(403, "cannotCopyFile"), SourceRefused),
        (answer(503, b"<html>"), OutcomeUnknown),
        (DROP, OutcomeUnknown),
    ],
)
def test_a_refused_copy_raises_what_the_answer_means_and_is_not_repeated(said, error):
    raised, requests = call(copy, said)

    assert type(raised) is error
    assert len(requests) == 1


def test_a_token_that_google_refuses_is_replaced_once():
    said, requests = call(copy, refused(401, "authError"), told())

    assert said.id == "1copy"
    assert [each.headers["authorization"] for each in requests] == [
        f"Bearer {each}" for each in TOKENS[:2]
    ]
    assert requests[0].body == requests[1].body


def test_a_second_refused_token_is_an_account_that_is_locked_out():
    raised, requests = call(copy, refused(401, "authError"))

    assert type(raised) is AccessDenied
    assert len(requests) == 2


def test_a_move_takes_the_file_out_of_one_folder_and_into_another():
    _, [request] = call(lambda api: api.move("1copy", add="0in", remove="0out"), told())

    assert (request.method, request.told()) == ("PATCH", {})
    assert (request.query["addParents"], request.query["removeParents"]) == ("0in", "0out")


@pytest.mark.parametrize(
    ("do", "body"),
    [
        (lambda api: api.rename("1copy", name="New"), {"name": "New"}),
        (lambda api: api.set_trashed("1copy", trashed=True), {"trashed": True}),
        (lambda api: api.update("1copy", body={"starred": True}), {"starred": True}),
    ],
)
def test_an_update_changes_only_what_it_names(do, body):
    _, [request] = call(do, told())

    assert (request.method, request.path) == ("PATCH", "/drive/v3/files/1copy")
    assert request.told() == body
    assert "addParents" not in request.query


def test_a_folder_is_made_with_the_id_that_was_chosen():
    _, [request] = call(
        lambda api: api.create_folder(
            "Staging", parent="root", app_properties={"hx": "s"}, new_id="0new"
        ),
        told(mimeType="application/vnd.google-apps.folder"),
    )

    assert (request.method, request.path) == ("POST", "/drive/v3/files")
    assert request.told() == {
        "name": "Staging",
        "mimeType": "application/vnd.google-apps.folder",
        "parents": ["root"],
        "appProperties": {"hx": "s"},
        "id": "0new",
    }


def test_more_ids_than_a_call_gives_are_asked_for_in_turns():
    def some(request):
        count = int(request.query["count"])
        return answer(200, {"ids": [f"{count}-{n}" for n in range(count)]})

    ids, requests = call(lambda api: api.generate_ids(2300), some)

    assert len(ids) == 2300
    assert [each.query["count"] for each in requests] == ["1000", "1000", "300"]
    assert requests[0].query["type"] == "files"


def test_no_ids_at_all_is_no_reason_to_ask_for_ever():
    raised, requests = call(lambda api: api.generate_ids(5), answer(200, {"ids": []}))

    assert type(raised) is Unavailable
    assert len(requests) == 1


async def pages(api):
    return [page async for page in api.list_pages("'0folder' in parents")]


def test_a_list_is_read_to_its_end_even_over_an_empty_page():
    found, requests = call(
        pages,
        answer(200, {"files": [TOLD], "nextPageToken": "2"}),
        answer(200, {"files": [], "nextPageToken": "3", "incompleteSearch": True}),
        answer(200, {"files": [TOLD, TOLD]}),
    )

    assert [len(each.files) for each in found] == [1, 0, 2]
    assert [each.is_incomplete for each in found] == [False, True, False]
    assert [each.query.get("pageToken") for each in requests] == [None, "2", "3"]
    assert requests[0].query["q"] == "'0folder' in parents"
    assert requests[0].query["includeItemsFromAllDrives"] == "true"
    assert requests[0].query["pageSize"] == "1000"
    assert requests[0].headers["accept-encoding"] == "gzip"


def test_a_shared_drive_is_listed_by_itself():
    _, [request] = call(
        lambda api: api.list_files("trashed=false", drive_id="0drive"),
        answer(200, {"files": []}),
    )

    assert (request.query["corpora"], request.query["driveId"]) == ("drive", "0drive")


@pytest.mark.parametrize(
    "said",
    [refused(400, "invalid", location="pageToken"), refused(410, "gone")],
    ids=["400", "410"],
)
def test_a_place_in_a_list_that_was_forgotten_is_stale(said):
    raised, _ = call(lambda api: api.list_files("q", page_token="old"), said)

    assert type(raised) is Stale


def test_changes_tell_what_is_new_and_what_is_gone():
    at = "2026-11-23T10:00:00Z"
    page, [request] = call(
        lambda api: api.list_changes("7", drive_id="0drive"),
        answer(
            200,
            {
                "changes": [
                    {"changeType": "file", "fileId": "1copy", "time": at, "file": TOLD},
                    {"changeType": "file", "fileId": "1gone", "time": at, "removed": True},
                    {"changeType": "drive", "driveId": "0drive", "time": at},
                ],
                "newStartPageToken": "9",
            },
        ),
    )

    assert [(each.file_id, each.file is None) for each in page.changes] == [
        ("1copy", False),
        ("1gone", True),
    ]
    assert (page.next_token, page.new_start_token) == (None, "9")
    assert (request.query["pageToken"], request.query["driveId"]) == ("7", "0drive")


def test_where_changes_begin_is_a_token():
    said, [request] = call(
        lambda api: api.start_page_token(), answer(200, {"startPageToken": 42})
    )

    assert said == "42"
    assert request.path == "/drive/v3/changes/startPageToken"


def test_permissions_are_read_from_all_pages():
    ada = {"id": "1", "role": "writer", "type": "user", "emailAddress": "ada@school.test"}
    all_of_them = {"id": "2", "role": "reader", "type": "anyone"}

    said, requests = call(
        lambda api: api.list_permissions("1copy"),
        answer(200, {"permissions": [ada], "nextPageToken": "2"}),
        answer(200, {"permissions": [all_of_them]}),
    )

    assert [each.email for each in said] == ["ada@school.test", None]
    assert [each.query.get("pageToken") for each in requests] == [None, "2"]


@pytest.mark.parametrize("told_them", [False, True])
def test_sharing_tells_nobody_unless_asked_to(told_them):
    said, [request] = call(
        lambda api: api.create_permission(
            "1copy",
            role="writer",
            type="user",
            email="ada@school.test",
            send_notification=told_them,
        ),
        answer(200, {"id": "1", "role": "writer", "type": "user"}),
    )

    assert said == Permission(
        id="1", role="writer", type="user", email=None, is_deleted=False
    )
    assert request.query["sendNotificationEmail"] == str(told_them).lower()
    assert request.told() == {
        "role": "writer",
        "type": "user",
        "emailAddress": "ada@school.test",
    }


def test_the_last_revision_comes_last():
    said, _ = call(
        lambda api: api.list_revisions("1copy"),
        answer(200, {"revisions": [{"id": "1"}], "nextPageToken": "2"}),
        answer(200, {"revisions": [{"id": "8"}]}),
    )

    assert said == ("1", "8")


def test_an_account_without_a_limit_is_told():
    user = {"emailAddress": "t@school.test", "permissionId": "7"}

    said, _ = call(
        lambda api: api.about(),
        answer(200, {"user": user, "storageQuota": {"usage": "5"}}),
    )

    assert said == About(
        email="t@school.test", permission_id="7", limit_bytes=None, used_bytes=5
    )


def test_a_change_is_made_only_if_the_file_is_as_it_was():
    said, [request] = call(
        lambda api: api.patch_if("1x", body={"labels": {"trashed": True}}, etag='"a"'),
        answer(200, {"etag": '"b"'}),
    )

    assert said == '"b"'
    assert (request.method, request.path) == ("PATCH", "/drive/v2/files/1x")
    assert request.headers["if-match"] == '"a"'


def test_a_change_of_a_file_that_changed_is_stale():
    raised, requests = call(
        lambda api: api.patch_if("1x", body={}, etag='"a"'), refused(412, "conditionNotMet")
    )

    assert type(raised) is Stale
    assert len(requests) == 1


def test_what_patching_compares_with_is_read_from_v2():
    said, [request] = call(lambda api: api.get_etag("1x"), answer(200, {"etag": '"a"'}))

    assert said == '"a"'
    assert (request.path, request.query["fields"]) == ("/drive/v2/files/1x", "etag")


def test_googles_quota_is_told_whom_a_call_is_for():
    _, [plain] = call(get, told())
    _, [short] = call(get, told(), quota_user="ada@school.test")

    assert "quotaUser" not in plain.query
    assert short.query["quotaUser"] == "ada@school.test"


def test_a_name_too_long_for_the_quota_is_still_its_own():
    one, other = ("x" * 50 + each for each in "ab")

    assert len(shorten_quota_user(one)) == 40
    assert shorten_quota_user(one) != shorten_quota_user(other)
    assert shorten_quota_user("y" * 40) == "y" * 40


class Noted:
    """A transport that notes the calls."""

    def __init__(self):
        self.calls: list[Call] = []

    async def send(self, call):
        self.calls.append(call)
        return Answer(status=200, body=json.dumps(TOLD).encode())


def test_a_call_says_what_it_is_and_what_it_costs():
    noted = Noted()
    api = DriveApi(transport=noted, tokens=FakeTokens())

    async def run():
        await copy(api)
        await get(api)
        await api.list_files("q")
        await api.move("1", add="a", remove="b")

    asyncio.run(run())

    assert [(each.name, each.writes, each.units) for each in noted.calls] == [
        ("files.copy", True, 50),
        ("files.get", False, 5),
        ("files.list", False, 100),
        ("files.update", True, 50),
    ]


@pytest.mark.parametrize(
    "said",
    [refused(403, "forbidden"), refused(401, "authError"), DROP, answer(200, b"{"), told()],
    ids=["403", "401", "drop", "cut", "done"],
)
def test_no_token_and_no_name_is_in_an_error_or_a_log(said, caplog):
    caplog.set_level(logging.DEBUG)

    got, _ = call(copy, said)

    shown = caplog.text
    if isinstance(got, Exception):
        shown += "".join(traceback.format_exception(got)) + repr(got)
    for secret in (*TOKENS, NAME):
        assert secret not in shown
