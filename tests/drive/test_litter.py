"""An older tool's litter on the emulated drive and in a real directory, by commands."""

import os
from datetime import UTC, datetime

import pytest

from .school import NATIVE, OFFICE, TEACHER

TOOL = "tool@school.test"
STUDENTS = [f"{name}@school.test" for name in ("ada", "bob", "cy", "di", "eva", "finn")]
ADA, BOB, CY, DI, EVA, FINN = STUDENTS
LATER_SECONDS = 600
FOLDER = "application/vnd.google-apps.folder"


@pytest.fixture
def add(hectograph, key, emulator):
    """Set the drive "school" up."""

    def call(acting=f"institution:{OFFICE}", *, option="--service-account", file=key):
        ran = hectograph(
            *("drive", "add", "google", "school", option, file),
            *("--acting", acting, "--api-root", emulator.url),
        )
        assert ran.code == 0, ran.err

    return call


@pytest.fixture
def folders(emulator):
    """A folder for each student, in which the tool may write."""
    for email in (OFFICE, TEACHER, TOOL, *STUDENTS):
        emulator.admin.user(email)
    made = emulator.admin.files(
        [
            {
                "owner": OFFICE,
                "name": f"Folder of {email}",
                "mimeType": FOLDER,
                "permissions": [
                    {"role": "writer", "type": "user", "emailAddress": each}
                    for each in (email, TOOL, TEACHER)
                ],
            }
            for email in STUDENTS
        ]
    )
    return dict(zip(STUDENTS, made, strict=True))


@pytest.fixture
def litter(folders, emulator):
    """A file of the tool's in every folder, by student; some minutes ago."""
    made = emulator.admin.files(
        [
            {
                "owner": TOOL,
                "name": f"temp_{number}",
                "parents": [folder],
                "mimeType": NATIVE if number % 2 else "text/plain",
                "content": "Write about the sea.",
            }
            for number, folder in enumerate(folders.values())
        ]
    )
    emulator.admin.advance(LATER_SECONDS)
    return dict(zip(folders, made, strict=True))


@pytest.fixture
def plan(hectograph):
    """What a plan says of every file, by its id; and the plan's own id."""

    def call(*options):
        ran = hectograph(
            *("cleanup", "plan", "--pattern", "temp_*", "--drive", "school"),
            *(*options, "--json"),
        )
        assert ran.code == 0, ran.err
        return ran.told

    return call


def files(told):
    """State and reason of each file, by its id."""
    return {
        each["path"].split("/d/")[-1].split("/")[0].split("id=")[-1]: (
            each["state"],
            each["reason"] and each["reason"]["message"],
        )
        for each in told["files"]
    }


def trashed(emulator):
    return {each["id"] for each in emulator.admin.state()["files"] if each["trashed"]}


def by_id(found, litter):
    """What was said of each student's file."""
    return {
        student: next((said for key, said in found.items() if number in key), None)
        for student, number in litter.items()
    }


def test_what_students_worked_on_stays_and_the_rest_goes_and_comes_back(
    add, plan, hectograph, litter, emulator
):
    add()
    act = emulator.admin.act
    act(ADA, "edit", litter[ADA], content="My answer.")
    act(BOB, "rename", litter[BOB], name="temp_mine")
    act(CY, "comment", litter[CY], content="What is asked?")
    act(TOOL, "edit", litter[DI], content="Corrected.")
    before = emulator.admin.state()["files"]

    planned = plan("--creator", TOOL)
    applied = hectograph("cleanup", "apply", planned["cleanup"], "--json")
    gone = trashed(emulator)
    undone = hectograph("cleanup", "undo", planned["cleanup"], "--json")

    assert by_id(files(planned), litter) == {
        ADA: ("kept", "It was edited."),
        BOB: ("kept", "It was edited."),
        CY: ("kept", "Somebody commented on it."),
        DI: ("kept", "It was edited."),
        EVA: ("proposed", None),
        FINN: ("proposed", None),
    }
    assert applied.code == 3
    assert gone == {litter[EVA], litter[FINN]}
    assert undone.told["counts"]["returned"] == 2
    assert not trashed(emulator)
    assert contents(emulator.admin.state()["files"]) == contents(before)


def contents(found):
    return {
        each["id"]: (each["name"], each["parents"], each["sha256"])
        for each in found
        if each["name"].startswith("temp_")
    }


def test_what_is_worked_on_after_the_plan_stays(add, plan, hectograph, litter, emulator):
    add()
    planned = plan("--creator", TOOL)
    emulator.admin.act(ADA, "edit", litter[ADA], content="My answer.")
    emulator.admin.act(BOB, "comment", litter[BOB], content="What is asked?")
    emulator.admin.act(CY, "rename", litter[CY], name="Sea")

    applied = hectograph("cleanup", "apply", planned["cleanup"], "--json")

    assert planned["counts"]["proposed"] == 6
    assert applied.told["counts"]["kept"] == 3
    assert trashed(emulator) == {litter[DI], litter[EVA], litter[FINN]}


def test_its_owner_puts_a_file_into_the_trash(add, plan, hectograph, litter, emulator):
    add()
    planned = plan("--creator", TOOL)

    hectograph("cleanup", "apply", planned["cleanup"])

    writes = {
        each["account"] for each in emulator.admin.log() if each["call"] == "files.update"
    }
    assert writes == {TOOL}


def test_an_account_that_signed_in_itself_may_not_take_another_s_file(
    add, plan, hectograph, litter, emulator, tmp_path
):
    token = emulator.admin.token(OFFICE, client="app")
    key = tmp_path / "personal.json"
    key.write_text(
        f'{{"type": "authorized_user", "client_id": "app", "client_secret": "s", '
        f'"refresh_token": "{token["refresh_token"]}", '
        f'"token_uri": "{emulator.url}/token"}}'
    )
    key.chmod(0o600)
    add(option="--oauth-client", file=key)

    planned = plan("--creator", TOOL)

    assert set(files(planned).values()) == {
        ("kept", "Only its owner may put it into the trash.")
    }


def test_without_a_creator_a_student_s_own_file_is_never_proposed(
    add, plan, folders, emulator
):
    add()
    emulator.admin.file(ADA, "temp_measurements", parents=[folders[ADA]], content="37.2")
    emulator.admin.advance(LATER_SECONDS)

    planned = plan()

    (file,) = planned["files"]
    assert (file["state"], file["reason"]["code"]) == ("kept", "cannot_tell")
    assert f"--creator {ADA}" in file["reason"]["remedy"]


def test_another_s_files_folders_and_what_is_in_the_trash_are_left_out(
    add, plan, folders, litter, emulator
):
    add()
    emulator.admin.file(ADA, "temp_own", parents=[folders[ADA]], content="mine")
    emulator.admin.folder(TOOL, "temp_folder", parents=[folders[ADA]])
    emulator.admin.file(TOOL, "my temp_1", parents=[folders[ADA]], content="x")
    emulator.admin.act(TOOL, "trash", litter[BOB])

    planned = plan("--creator", TOOL)

    assert len(planned["files"]) == 5
    assert planned["counts"]["proposed"] == 5


def test_files_go_by_the_shares_of_a_table_and_their_creators(
    add, plan, litter, emulator, tmp_path
):
    add()
    table = tmp_path / "shares.csv"
    born = {each["id"]: each["created_at"] for each in emulator.admin.state()["files"]}
    times = [born[each] for each in litter.values()]
    began, ended = (
        datetime.fromtimestamp(each, UTC).isoformat() for each in (min(times), max(times))
    )
    rows = [
        "Started,Ended,Creator,Pattern",
        f"{began},{ended},{TOOL},temp_[0-3]",
        f"{began},{ended},{TEACHER},temp_4",
    ]
    table.write_text("\n".join(rows), encoding="utf-8")

    planned = plan("--parents", table)

    assert planned["counts"]["proposed"] == 4
    stays = {said for said in files(planned).values() if said[0] == "kept"}
    assert stays == {("kept", "No share of the table made it.")}


def test_times_bound_what_is_listed(add, plan, litter):
    add()

    assert not plan("--until", "2015-03-31")["files"]
    assert len(plan("--since", "2015-03-31")["files"]) == 6


def test_a_list_that_lags_shows_less_and_costs_no_work(
    add, plan, hectograph, litter, emulator
):
    add()
    emulator.admin.settings(lag=60)
    emulator.admin.act(ADA, "edit", litter[ADA], content="My answer.")

    planned = plan("--creator", TOOL)
    applied = hectograph("cleanup", "apply", planned["cleanup"], "--json")

    assert planned["counts"]["proposed"] == 6
    assert applied.told["counts"]["kept"] == 1
    assert litter[ADA] not in trashed(emulator)


def test_troubles_of_the_service_are_outlasted(add, plan, litter, emulator):
    add()
    emulator.admin.faults(
        {"call": "files.list", "when": "before", "kind": "503", "times": 1},
        {"call": "comments.list", "when": "before", "kind": "429", "times": 3},
    )

    assert plan("--creator", TOOL)["counts"]["proposed"] == 6


def test_couriers_look_together_and_one_of_them_acts(
    add, plan, hectograph, litter, emulator
):
    add(f"couriers:{OFFICE},{TEACHER}")

    planned = plan("--creator", TOOL)
    hectograph("cleanup", "apply", planned["cleanup"])

    assert trashed(emulator) == set(litter.values())


def test_where_teachers_act_one_must_be_named(add, hectograph, litter):
    add("teacher")
    words = ("cleanup", "plan", "--pattern", "temp_*", "--drive", "school")

    unnamed = hectograph(*words)
    named = hectograph(*words, "--as", TEACHER, "--creator", TOOL, "--json")

    assert unnamed.code == 2
    assert "--as EMAIL" in unnamed.err
    assert named.told["counts"]["proposed"] == 6


# --- a real directory


def test_in_a_directory_the_edited_stay_and_the_rest_goes_and_comes_back(
    hectograph, tmp_path
):
    root = tmp_path / "school"
    for student in ("Ada", "Bob", "Cy", "Di", "Eva"):
        (root / student).mkdir(parents=True)
        (root / student / "temp_1").write_text("Write about the sea.")
    appended, saved, quiet = (root / each / "temp_1" for each in ("Ada", "Bob", "Cy"))
    (root / "Bob" / "~save").write_text("My answer.")
    (root / "Bob" / "~save").replace(saved)
    quiet.write_text("I wrote of the seas.")
    later = appended.stat().st_mtime + 3600
    os.utime(appended, (later, later))
    before = found(root)

    planned = hectograph(
        *("cleanup", "plan", "--pattern", "temp_*", "--into", root, "--json")
    )
    applied = hectograph("cleanup", "apply", planned.told["cleanup"], "--json")
    left = found(root)
    undone = hectograph("cleanup", "undo", planned.told["cleanup"], "--json")

    assert planned.told["counts"]["proposed"] == 2
    assert applied.code == 3
    assert set(left) == {str(each) for each in (appended, saved, quiet)}
    assert undone.told["counts"]["returned"] == 2
    assert found(root) == before


def found(root):
    return {str(path): path.read_text() for path in root.glob("*/temp_*")}


def test_a_directory_that_is_not_there_is_refused(hectograph, tmp_path):
    ran = hectograph("cleanup", "plan", "--pattern", "temp_*", "--into", tmp_path / "none")

    assert ran.code == 2
    assert "cannot be looked through" in ran.err
