"""DriveApi as a user of a whole Drive, with tokens from a whole token service."""

import asyncio
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from emulators.drive.running import running
from hectograph.domain.errors import (
    AccessDenied,
    Exhausted,
    OutcomeUnknown,
    SourceRefused,
    Throttled,
    Unavailable,
)
from hectograph.providers.drive_answers import Absent, Conflict, IdRefused, Stale
from hectograph.providers.drive_api import DriveApi
from hectograph.providers.drive_tokens import DRIVE_SCOPE, TokenSource
from hectograph.providers.transport import Connections

pytestmark = pytest.mark.usefixtures("loopback")

TEACHER = "teacher@school.test"
ADA = "ada@school.test"
CLIENT = "hectograph@school.iam.test"
DOCUMENT = "application/vnd.google-apps.document"


@pytest.fixture(scope="module")
def emulator():
    with running() as drive:
        yield drive


@pytest.fixture(scope="module")
def key_file(emulator, tmp_path_factory):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    path = tmp_path_factory.mktemp("keys") / "key.json"
    told = {
        "type": "service_account",
        "client_email": CLIENT,
        "client_id": "104711010815",
        "private_key_id": "1",
        "private_key": pem,
        "token_uri": f"{emulator.url}/token",
    }
    path.write_text(json.dumps(told))
    return path


@pytest.fixture
def admin(emulator, loopback):
    """An empty drive with a teacher, who shares a folder with Ada."""
    emulator.admin.reset()
    emulator.admin.user(TEACHER)
    emulator.admin.user(ADA)
    return emulator.admin


@pytest.fixture
def folder(admin):
    return admin.folder(TEACHER, "7b")


@pytest.fixture
def document(admin):
    return admin.file(TEACHER, "Essay", mimeType=DOCUMENT, content="Write!")


@pytest.fixture
def picture(admin):
    return admin.file(TEACHER, "map.pdf", mimeType="application/pdf", content="%PDF")


@pytest.fixture
def drive(emulator, admin, key_file):
    """Let the teacher's account do something and return what came of it."""

    def play(do, *, subject=TEACHER):
        async def run():
            tokens = TokenSource(key_file, subject=subject, scopes=[DRIVE_SCOPE])
            async with Connections() as connections:
                transport = connections.transport(emulator.url)
                try:
                    return await do(DriveApi(transport=transport, tokens=tokens))
                finally:
                    tokens.close()

        return asyncio.run(run())

    return play


def copying(source, folder, **more):
    return lambda api: api.copy(
        source, name="Essay - Ada", parent=folder, app_properties={"hx": "key"}, **more
    )


def test_a_copy_has_its_name_place_and_properties(drive, document, folder):
    copy = drive(copying(document, folder))

    assert (copy.name, copy.parents, copy.is_native) == ("Essay - Ada", (folder,), True)
    assert copy.app_properties == {"hx": "key"}
    assert (copy.modified_by_me, copy.modified_by) == (True, TEACHER)
    assert (copy.owned_by_me, copy.owners) == (True, (TEACHER,))
    assert copy.can_trash


def test_a_property_of_the_source_that_is_taken_away_is_not_inherited(
    drive, document, folder
):
    async def copy_the_copy(api):
        first = await copying(document, folder)(api)
        return await api.copy(
            first.id, name="2", parent=folder, app_properties={"hx": None, "hy": "other"}
        )

    assert drive(copy_the_copy).app_properties == {"hy": "other"}


def test_a_copy_with_an_id_of_ours_is_made_once(drive, picture, folder):
    async def copy_twice(api):
        [new_id] = await api.generate_ids(1)
        first = await copying(picture, folder, new_id=new_id)(api)
        with pytest.raises(Conflict):
            await copying(picture, folder, new_id=new_id)(api)
        return new_id, first, await api.list_files(f"'{folder}' in parents")

    new_id, first, page = drive(copy_twice)

    assert first.id == new_id
    assert not first.is_native
    assert first.md5
    assert [each.id for each in page.files] == [new_id]


def test_googles_own_documents_take_no_id(drive, document, folder):
    async def copy(api):
        [new_id] = await api.generate_ids(1)
        with pytest.raises(IdRefused):
            await copying(document, folder, new_id=new_id)(api)

    drive(copy)


def test_a_file_that_is_not_there_is_absent(drive, folder):
    with pytest.raises(Absent):
        drive(lambda api: api.get("1nothing"))

    with pytest.raises(Absent):
        drive(copying("1nothing", folder))


def test_a_document_that_may_not_be_copied_is_refused(drive, admin, folder):
    locked = admin.file(TEACHER, "Exam", mimeType=DOCUMENT, canCopy=False)

    with pytest.raises(SourceRefused):
        drive(copying(locked, folder))


def test_a_folder_of_somebody_else_is_refused(drive, admin, document):
    theirs = admin.folder(
        ADA,
        "Ada's",
        permissions=[{"role": "reader", "type": "user", "emailAddress": TEACHER}],
    )

    with pytest.raises(AccessDenied):
        drive(copying(document, theirs))


def test_a_file_is_moved_renamed_and_trashed_by_its_id(drive, admin, document, folder):
    async def handle(api):
        staging = await api.create_folder(
            "Staging", parent="root", app_properties={"hx": "s"}
        )
        copy = await copying(document, staging.id)(api)
        await api.move(copy.id, add=folder, remove=staging.id)
        await api.move(copy.id, add=folder, remove=staging.id)
        await api.rename(copy.id, name="Essay")
        await api.set_trashed(copy.id, trashed=True)
        return await api.get(copy.id)

    copy = drive(handle)

    assert (copy.parents, copy.name) == ((folder,), "Essay")
    assert (copy.trashed, copy.explicitly_trashed) == (True, True)


def test_a_change_is_made_only_to_a_file_that_did_not_change(drive, admin, document):
    async def trash_if_unchanged(api):
        etag = await api.get_etag(document)
        admin.act(TEACHER, "edit", document)
        with pytest.raises(Stale):
            await api.patch_if(document, body={"labels": {"trashed": True}}, etag=etag)
        kept = await api.get(document)
        etag = await api.get_etag(document)
        await api.patch_if(document, body={"labels": {"trashed": True}}, etag=etag)
        return kept, await api.get(document)

    kept, trashed = drive(trash_if_unchanged)

    assert (kept.trashed, trashed.trashed) == (False, True)


def test_changes_tell_of_what_a_student_did(drive, admin, document, folder):
    async def watch(api):
        token = await api.start_page_token()
        await api.create_permission(folder, role="writer", type="user", email=ADA)
        copy = await copying(document, folder)(api)
        admin.act(ADA, "edit", copy.id)
        page = await api.list_changes(token)
        return copy, page, await api.get(copy.id), await api.list_revisions(copy.id)

    copy, page, now, revisions = drive(watch)

    assert copy.id in {each.file_id for each in page.changes}
    assert page.new_start_token
    assert (now.modified_by_me, now.modified_by) == (False, ADA)
    assert now.version > copy.version
    assert len(revisions) >= 1


def test_who_may_do_what_is_listed(drive, folder):
    async def share(api):
        made = await api.create_permission(folder, role="writer", type="user", email=ADA)
        return made, await api.list_permissions(folder)

    made, listed = drive(share)

    assert made.role == "writer"
    assert {(each.role, each.email) for each in listed} == {
        ("owner", TEACHER),
        ("writer", ADA),
    }


def test_the_account_says_who_it_is(drive):
    about = drive(lambda api: api.about())

    assert about.email == TEACHER
    assert about.used_bytes >= 0


def test_all_pages_of_a_list_are_read(drive, admin, folder):
    admin.files(
        [{"owner": TEACHER, "name": f"{n}", "parents": [folder]} for n in range(1003)]
    )

    async def names(api):
        query = f"'{folder}' in parents and trashed=false"
        return [each.name async for page in api.list_pages(query) for each in page.files]

    assert sorted(map(int, drive(names))) == list(range(1003))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("drop", OutcomeUnknown),
        ("500", OutcomeUnknown),
        ("502", OutcomeUnknown),
        ("503", OutcomeUnknown),
        ("403", Throttled),
        ("429", Throttled),
    ],
)
def test_a_copy_is_sent_once_whatever_happens_to_the_answer(
    drive, admin, document, folder, when, kind, error
):
    admin.faults({"call": "files.copy", "when": when, "kind": kind})

    with pytest.raises(error):
        drive(copying(document, folder))

    admin.faults()
    page = drive(lambda api: api.list_files(f"'{folder}' in parents"))
    copies = [each for each in admin.log() if each["call"] == "files.copy"]
    assert len(copies) == 1
    assert len(page.files) == (when == "after")


def test_a_dropped_read_was_not_sent_again_behind_our_back(drive, admin, document):
    admin.faults({"call": "files.get", "kind": "drop", "times": 1})

    with pytest.raises(Unavailable):
        drive(lambda api: api.get(document))

    assert len([each for each in admin.log() if each["call"] == "files.get"]) == 1


def test_tokens_that_were_revoked_are_replaced_on_the_way(drive, admin, document):
    async def read_twice(api):
        await api.get(document)
        admin.call("revoke", {"account": TEACHER})
        return await api.get(document)

    assert drive(read_twice).id == document


def test_a_full_drive_is_exhausted(drive, admin, folder, picture):
    admin.call("change", {"email": TEACHER, "limit_bytes": 1})

    with pytest.raises(Exhausted):
        drive(copying(picture, folder))


def test_an_account_that_does_not_exist_is_told_what_to_look_at(drive):
    with pytest.raises(AccessDenied) as caught:
        drive(lambda api: api.about(), subject="nobody@school.test")

    assert "exists" in caught.value.remedy


@pytest.mark.parametrize("style", ["legacy", "both", "errorinfo"])
def test_answers_are_understood_in_every_style(drive, admin, style):
    admin.settings(reason_style=style)

    with pytest.raises(Absent):
        drive(lambda api: api.get("1nothing"))
