"""One copy for a group, and for all, on the emulated drive: there once, for its members."""

import asyncio
from collections import Counter

import pytest

from emulators.drive.running import AdminRefused
from hectograph.app.drives import DriveDestination
from hectograph.app.following import follow
from hectograph.bootstrap import opened
from hectograph.domain.drive import ActingChoice, Drive
from hectograph.domain.errors import FolderRefused, HectographError, RosterRefused
from hectograph.domain.manner import Access, Manner, ShareMode
from hectograph.domain.share import ShareState
from hectograph.settings import Settings

from .school import OFFICE, TEACHER, DriveSchool

FOLDER = "application/vnd.google-apps.folder"
ADA, BOB, CY, DEE = (f"{name}@school.test" for name in ("ada", "bob", "cy", "dee"))
ROWS = (f"Ada,{ADA},9A,red", f"Bob,{BOB},9A,red", f"Cy,{CY},9A,blue")
PER_GROUP, FOR_ALL = Manner(mode=ShareMode.GROUP), Manner(mode=ShareMode.CLASS)


@pytest.fixture
def house(empty_database, monkeypatch, tmp_path, emulator, key):
    monkeypatch.setenv("HECTOGRAPH_DATABASE_URL", empty_database)
    monkeypatch.setenv("HECTOGRAPH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HECTOGRAPH_RETRY_FIRST_SECONDS", "0.05")
    emulator.admin.reset(settle_seconds=[0.1, 0.2])
    for email in (OFFICE, TEACHER, ADA, BOB, CY, DEE):
        emulator.admin.user(email)

    def act(doing):
        """Have something done by hectograph, opened anew."""
        with opened(Settings.load()) as house:
            return asyncio.run(doing(house))

    return act


@pytest.fixture
def document(emulator, tmp_path):
    def make(*, native=False):
        return DriveSchool(emulator, tmp_path).document(native=native)

    return make


@pytest.fixture
def ask(house, emulator, key, tmp_path):
    """Share with the class in some manner, and wait until it has ended."""

    def run(document, manner, *rows, acting=f"institution:{OFFICE}", subject=""):
        roster = tmp_path / "9a.csv"
        roster.write_text("\n".join(("Name,Email,Class,Group", *(rows or ROWS))))
        choice = ActingChoice.parse(acting)
        drive = Drive(
            name="school",
            credentials=str(key),
            acting=choice.acting,
            accounts=choice.accounts,
            api_root=emulator.url,
        )

        async def carry_out(house):
            await house.drives.add(drive)
            into = DriveDestination(drive="school", teacher=TEACHER, subject=subject)
            request = await house.asking.request(
                [document], roster=roster, into=into, manner=manner
            )
            before = len(emulator.admin.state()["files"])
            await house.sharing.preview(request)
            assert len(emulator.admin.state()["files"]) == before
            made = await house.sharing.request(request)
            share = made.share.id
            await follow(house, lambda: house.sharing.progress(share), show=lambda _: None)
            return await house.sharing.report(share, joined=made.joined)

        return house(carry_out)

    return run


@pytest.fixture
def there(emulator):
    """Living folders and copies, by name and by the folder that they lie in."""

    def look():
        files = [
            each
            for each in emulator.admin.state()["files"]
            if not (each["deleted"] or each["trashed"])
        ]
        by_id = {each["id"]: each for each in files}
        folders = {
            each["name"]: each
            for each in files
            if each["mimeType"] == FOLDER and not each["name"].startswith("hectograph")
        }
        assert len(folders) == len(
            [each for each in files if each["mimeType"] == FOLDER]
        ) - (sum(each["name"].startswith("hectograph") for each in files)), "twins"
        copies = Counter(
            by_id[parent]["name"]
            for each in files
            if each["mimeType"] != FOLDER
            for parent in each["parents"]
            if parent in by_id and by_id[parent]["name"] in folders
        )
        return folders, copies

    return look


def may(emulator, email, act, file, **more):
    """Whether somebody can do something with a file."""
    try:
        emulator.admin.act(email, act, file, **more)
    except AdminRefused:
        return False
    return True


def file_of(report, place=0):
    return report.deliveries[place].evidence.file


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("acting", [f"institution:{OFFICE}", "teacher"])
def test_each_group_finds_one_copy_in_a_folder_of_its_own(
    ask, document, there, native, acting
):
    wanted = document(native=native)
    report = ask(wanted, PER_GROUP, acting=acting, subject="Maths")
    again = ask(wanted, PER_GROUP, acting=acting, subject="Maths")

    folders, copies = there()
    assert report.state is ShareState.COMPLETE
    assert again.joined
    assert set(folders) == {"9A", "Maths", "Groups", "red", "blue"}
    assert folders["red"]["parents"] == [folders["Groups"]["id"]]
    assert folders["Groups"]["parents"] == [folders["Maths"]["id"]]
    assert copies == {"red": 1, "blue": 1}
    assert set(folders["red"]["visible_to"]) == {OFFICE, TEACHER, ADA, BOB} - (
        {OFFICE} if acting == "teacher" else set()
    )
    assert [each.members for each in report.deliveries] == [("Ada", "Bob"), ("Cy",)]


@pytest.mark.parametrize(
    ("access", "may_comment", "may_edit"),
    [
        (Access.EDIT, True, True),
        (Access.COMMENT, True, False),
        (Access.VIEW, False, False),
    ],
)
def test_what_they_may_do_with_a_copy_for_all_is_what_was_said(
    ask, document, there, emulator, access, may_comment, may_edit
):
    report = ask(document(), Manner(mode=ShareMode.CLASS, access=access))

    _, copies = there()
    assert report.state is ShareState.COMPLETE
    assert sum(copies.values()) == 1
    for email in (ADA, BOB, CY):
        file = file_of(report)
        assert may(emulator, email, "comment", file) is may_comment
        assert may(emulator, email, "edit", file, text="mine") is may_edit
    assert not may(emulator, DEE, "comment", file_of(report))


def test_a_copy_to_read_is_beside_one_to_edit_in_a_folder_of_its_own(ask, document, there):
    wanted = document()
    ask(wanted, FOR_ALL)
    ask(wanted, Manner(mode=ShareMode.CLASS, access=Access.VIEW))

    folders, copies = there()
    assert set(folders) == {"9A", "Whole class", "Whole class (view)"}
    assert copies == {"Whole class": 1, "Whole class (view)": 1}


def test_who_joins_a_group_is_let_in_and_the_copy_is_the_same(ask, document, there):
    wanted = document()
    first = ask(wanted, PER_GROUP)
    second = ask(wanted, PER_GROUP, *ROWS, f"Dee,{DEE},9A,blue")

    folders, copies = there()
    assert not second.joined
    assert copies == {"red": 1, "blue": 1}
    assert DEE in folders["blue"]["visible_to"]
    assert file_of(second, 1) == file_of(first, 1)


@pytest.mark.parametrize("kind", ["503", "403", "429", "drop"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("native", [False, True])
def test_trouble_makes_neither_a_second_folder_nor_a_second_copy(
    ask, document, there, emulator, kind, when, native
):
    wanted = document(native=native)
    emulator.admin.faults(
        *(
            {"call": call, "kind": kind, "when": when, "times": 2}
            for call in ("files.create", "permissions.create", "files.copy", "files.update")
        )
    )

    report = ask(wanted, PER_GROUP)

    folders, copies = there()
    assert report.state is ShareState.COMPLETE
    assert set(folders) == {"9A", "Groups", "red", "blue"}
    assert copies == {"red": 1, "blue": 1}


def test_where_not_everybody_can_be_let_in_nothing_is_shared(ask, document, there, house):
    with pytest.raises(FolderRefused):
        ask(document(), PER_GROUP, *ROWS, "Nobody,nobody@elsewhere.test,9A,red")

    _, copies = there()
    assert copies == {}
    assert not house(lambda open_one: open_one.sharing.list_shares(limit=9))
    assert ask(document(), PER_GROUP).state is ShareState.COMPLETE


@pytest.mark.parametrize(
    ("rows", "acting"),
    [
        ((*ROWS, "Eve,,9A,red"), f"institution:{OFFICE}"),
        ((*ROWS, f"Dee,{DEE},9A,"), f"institution:{OFFICE}"),
        ((f"Ada,{ADA},,red",), f"institution:{OFFICE}"),
        (ROWS, "recipient"),
    ],
    ids=["no email", "no group", "no class", "nobody could own it"],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    ask, document, there, rows, acting
):
    with pytest.raises(HectographError) as refused:
        ask(document(), PER_GROUP, *rows, acting=acting)

    folders, _ = there()
    assert folders == {}
    assert isinstance(refused.value, RosterRefused) or acting == "recipient"


def test_who_may_do_more_than_was_said_is_told_and_nothing_is_shared(
    ask, document, there, house
):
    wanted = document()
    ask(wanted, FOR_ALL)
    above = there()[0]["9A"]["id"]

    async def let_in(open_one):
        drive = await open_one.drives.drive("school")
        async with open_one.folders.office.open(drive, OFFICE) as account:
            await account.invite(above, ADA, access=Access.EDIT)

    house(let_in)

    with pytest.raises(FolderRefused, match="may do more"):
        ask(wanted, Manner(mode=ShareMode.CLASS, access=Access.VIEW))

    assert there()[1] == {"Whole class": 1}


def test_a_share_for_all_is_taken_back_when_nobody_touched_it(ask, document, there, house):
    report = ask(document(), FOR_ALL)

    async def take_back(open_one):
        cleanup = await open_one.cleaning.recall(report.share.id, by=TEACHER)
        await follow(
            open_one,
            lambda: open_one.cleaning.report(cleanup),
            show=lambda _: None,
        )

    house(take_back)

    assert there()[1] == {}
