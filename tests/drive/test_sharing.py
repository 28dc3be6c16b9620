"""Whole shares on the Drive emulator, over real HTTP and on a real database."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import partial

import psycopg
import pytest
from pytest_socket import enable_socket

from emulators.drive.running import running
from hectograph import DriveDestination, share
from hectograph.app.following import follow
from hectograph.bootstrap import opened
from hectograph.domain.delivery import DeliveryState
from hectograph.domain.drive import ActingChoice, DeliveryMode, Drive
from hectograph.domain.errors import (
    AccessDenied,
    DocumentRefused,
    RosterRefused,
    UnknownDrive,
)
from hectograph.domain.recurrence import Rule
from hectograph.domain.repetition import StandingRequest
from hectograph.domain.schedule import When
from hectograph.domain.share import ShareState
from hectograph.settings import Settings
from hectograph.store.drives import PostgresDrives
from hectograph.store.repetitions import PostgresRepetitions

from .school import OFFICE, TEACHER, DriveSchool, copies_by_student, write_key

COURIERS = [f"courier{n}@school.test" for n in (1, 2)]


@pytest.fixture(scope="module")
def emulator():
    enable_socket()
    with running() as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def _loopback():
    enable_socket()


@pytest.fixture
def school(emulator, tmp_path):
    # Natives rest for seconds in earnest; the matrix has them on virtual time.
    emulator.admin.reset(settle_seconds=[0.1, 0.2])
    return DriveSchool(emulator, tmp_path)


@pytest.fixture
def settings(empty_database, monkeypatch, tmp_path):
    monkeypatch.setenv("HECTOGRAPH_DATABASE_URL", empty_database)
    monkeypatch.setenv("HECTOGRAPH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HECTOGRAPH_RETRY_FIRST_SECONDS", "0.05")
    return Settings.load()


@pytest.fixture
def set_up(settings, school, tmp_path):
    """Set the drive up with who acts; a share returns its report."""

    def make(acting="teacher", delivery="staged"):
        choice = ActingChoice.parse(acting)
        drive = Drive(
            name="school",
            credentials=str(write_key(tmp_path / "key.json", school.emulator.url)),
            acting=choice.acting,
            accounts=choice.accounts,
            delivery=DeliveryMode(delivery),
            api_root=school.emulator.url,
        )
        PostgresDrives().put(drive)

        def ask(document, roster, **kwargs):
            into = DriveDestination(drive="school", teacher=TEACHER)
            return share([document], roster=roster, into=into, **kwargs)

        return ask

    return make


def numbers_of_copies(school):
    found = copies_by_student(school.emulator.admin.state(), school.folders)
    return [len(found[student]) for student in school.students]


@pytest.mark.parametrize(
    ("acting", "owner"),
    [
        ("teacher", TEACHER),
        (f"institution:{OFFICE}", OFFICE),
        (f"couriers:{','.join(COURIERS)}", None),
        ("recipient", None),
    ],
)
def test_a_file_reaches_everyone_once_whoever_acts(school, set_up, acting, owner):
    roster = school.open(3, couriers=2)
    readers = [OFFICE, *COURIERS, *school.students]
    document = school.document(native=False, readers=readers)

    report = set_up(acting)(document, roster)

    assert report.state is ShareState.COMPLETE
    found = copies_by_student(school.emulator.admin.state(), school.folders)
    copies = [file for student in school.students for file in found[student]]
    assert [file["name"] for file in copies] == [
        f"Essay - Student 000{n}.txt" for n in (1, 2, 3)
    ]
    if acting == "recipient":
        assert [file["owner"] for file in copies] == school.students
    elif owner:
        assert {file["owner"] for file in copies} == {owner}
    else:
        assert {file["owner"] for file in copies} <= set(COURIERS)


def test_native_documents_are_staged_and_nothing_stays_there(school, set_up):
    roster = school.open(2)
    document = school.document(native=True)

    report = set_up()(document, roster)

    assert report.state is ShareState.COMPLETE
    assert numbers_of_copies(school) == [1, 1]
    counts = Counter(call["call"] for call in school.emulator.admin.log())
    assert (counts["files.copy"], counts["files.update"]) == (2, 2)
    state = school.emulator.admin.state()["files"]
    (staging,) = [file for file in state if file["name"].startswith("hectograph")]
    assert not [file for file in state if staging["id"] in file["parents"]]


def test_a_native_document_goes_straight_in_where_the_school_wants_it(school, set_up):
    roster = school.open(2)
    document = school.document(native=True)

    report = set_up(delivery="direct")(document, roster)

    assert report.state is ShareState.COMPLETE
    assert numbers_of_copies(school) == [1, 1]
    counts = Counter(call["call"] for call in school.emulator.admin.log())
    assert counts["files.copy"] == 2
    assert counts["files.update"] == counts["files.create"] == 0


def test_lost_answers_and_refusals_make_no_second_copies(school, set_up):
    roster = school.open(6)
    document = school.document(native=False)
    copy = {"call": "files.copy"}
    school.emulator.admin.faults(
        {**copy, "when": "after", "kind": "drop", "times": 2},
        {**copy, "when": "after", "kind": "503", "times": 2},
        {**copy, "when": "after", "kind": "403", "times": 1},
        {**copy, "when": "before", "kind": "502html", "times": 1},
    )

    report = set_up()(document, roster)

    assert report.state is ShareState.COMPLETE
    assert numbers_of_copies(school) == [1] * 6


def test_the_same_request_joins_and_copies_nothing(school, set_up):
    roster = school.open(2)
    document = school.document(native=False)
    ask = set_up()

    first = ask(f"https://drive.google.com/file/d/{document}/view", roster)
    second = ask(document, roster)

    assert second.joined
    assert second.share.id == first.share.id
    assert numbers_of_copies(school) == [1, 1]


def test_a_late_joiner_alone_gets_a_copy(school, set_up):
    roster = school.open(3)
    document = school.document(native=False)
    lines = roster.read_text().splitlines()
    early = roster.with_name("early.csv")
    early.write_text("\n".join(lines[:3]))
    ask = set_up()
    ask(document, early)

    report = ask(document, roster)

    assert not report.joined
    assert report.state is ShareState.COMPLETE
    assert numbers_of_copies(school) == [1, 1, 1]


def test_new_copies_are_made_when_they_are_asked_for(school, set_up):
    roster = school.open(2)
    document = school.document(native=False)
    ask = set_up()
    ask(document, roster)

    ask(document, roster, again=True)

    assert numbers_of_copies(school) == [2, 2]


def test_a_folder_in_the_trash_is_noticed_before_copying(school, set_up):
    roster = school.open(3)
    document = school.document(native=False)
    school.emulator.admin.act(OFFICE, "trash", school.folders[school.students[1]])

    report = set_up()(document, roster)

    assert report.state is ShareState.COMPLETE_WITH_EXCEPTIONS
    assert numbers_of_copies(school) == [1, 0, 1]
    (failed,) = [each for each in report.deliveries if each.reason]
    assert failed.reason.code == "folder_refused"
    assert "hectograph folders ensure" in failed.reason.remedy


def test_a_folder_out_of_reach_fails_alone_and_says_what_to_do(school, set_up):
    roster = school.open(2)
    stranger = school.emulator.admin.user("stranger@school.test") and (
        school.emulator.admin.folder("stranger@school.test", "Not yours")
    )
    lines = roster.read_text().splitlines()
    roster.write_text("\n".join([*lines, f"Cleo,cleo@school.test,{stranger}"]))
    document = school.document(native=False)

    report = set_up()(document, roster)

    assert [each.state for each in report.deliveries] == [
        DeliveryState.VERIFIED,
        DeliveryState.VERIFIED,
        DeliveryState.FAILED,
    ]
    assert report.deliveries[2].reason.code == "folder_refused"


def test_a_student_who_works_at_once_keeps_the_work(school, set_up):
    roster = school.open(2)
    document = school.document(native=False)
    school.emulator.admin.settings(students={"actions": ["edit"], "share": 1.0})

    report = set_up()(document, roster)

    assert report.state is ShareState.COMPLETE
    assert numbers_of_copies(school) == [1, 1]


@pytest.mark.parametrize(
    ("what", "words"),
    [("folder", "is a folder"), ("trash", "in the trash"), ("none", "no document")],
)
def test_what_cannot_be_shared_is_refused_before_anything_is_done(
    school, set_up, what, words
):
    roster = school.open(1)
    document = school.document(native=False)
    if what == "trash":
        school.emulator.admin.act(TEACHER, "trash", document)
    named = {
        "folder": lambda: school.folders[school.students[0]],
        "trash": lambda: document,
        "none": lambda: "1" * 33,
    }[what]()

    with pytest.raises(DocumentRefused, match=words):
        set_up()(named, roster)

    assert numbers_of_copies(school) == [0]


def test_students_without_a_folder_are_named(school, set_up):
    roster = school.open(1)
    roster.write_text("Name,Email\nAda,ada@school.test\nBob,bob@school.test")

    with pytest.raises(RosterRefused, match="Ada has no folder") as refused:
        set_up()(school.document(native=False), roster)

    assert len(refused.value.problems) == 2


def test_an_unknown_drive_is_told(school, settings):
    with pytest.raises(UnknownDrive):
        share(["x" * 33], roster=school.open(1), into=DriveDestination(drive="none"))


def test_an_account_that_does_not_exist_is_told(school, set_up):
    roster = school.open(1)
    document = school.document(native=False)

    with pytest.raises((AccessDenied, DocumentRefused)):
        set_up("institution:nobody@school.test")(document, roster)


def test_a_preview_makes_nothing(school, set_up, settings):
    import asyncio

    roster = school.open(2)
    document = school.document(native=False)
    set_up()

    async def look():
        request = await house.asking.request(
            [document],
            roster=roster,
            into=DriveDestination(drive="school", teacher=TEACHER),
        )
        return await house.sharing.preview(request)

    with opened(settings) as house:
        preview = asyncio.run(look())

    assert preview.state is ShareState.DRAFT
    assert len(preview.deliveries) == 2
    assert numbers_of_copies(school) == [0, 0]


def test_what_repeats_makes_new_copies_of_the_same_document(school, set_up, settings):
    import asyncio

    roster = school.open(2)
    document = school.document(native=True)
    set_up()
    request = StandingRequest(
        documents=(document,), roster=str(roster), drive="school", teacher=TEACHER
    )

    async def repeat(house):
        rule = Rule.parse("day", when=When(at="00:00"))
        now = house.sharing.clock.now()
        due = {"next_on": house.sharing.school.local(now).date(), "due_at": now}
        for _ in range(2):
            begun = await house.repeating.begin(request, rule, by=None)
            change = PostgresRepetitions().change
            await house.desk.run(
                change, begun.repetition.id, lambda each: replace(each, **due)
            )
        await house.repeating.ask_due()
        await house.repeating.ask_due()
        shares = [each.share.id for each in await house.sharing.list_shares(limit=9)]
        for each in shares:
            await follow(house, partial(house.sharing.progress, each), show=lambda _: None)
            house.stopping.clear()
        return shares

    with opened(settings) as house:
        shares = asyncio.run(repeat(house))

    assert len(shares) == 2
    assert numbers_of_copies(school) == [2, 2]


def test_no_secret_and_no_name_is_told_anywhere(school, set_up, settings, tmp_path):
    roster = school.open(2)
    document = school.document(native=False)
    school.emulator.admin.faults(
        {"kind": "403", "rate": 0.2}, {"kind": "drop", "rate": 0.1}
    )
    set_up()
    command = [sys.executable, "-m", "hectograph", "share", document, "--json"]
    where = ["--drive", "school", "--as", TEACHER, "--roster", str(roster)]

    done = subprocess.run(
        [*command, *where],
        env={**os.environ, "HECTOGRAPH_LOG_LEVEL": "DEBUG"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    key = json.loads((tmp_path / "key.json").read_text())
    secrets = [line for line in key["private_key"].splitlines() if len(line) > 40]
    told = done.stdout + done.stderr + _dump(str(settings.database_url.get_secret_value()))
    for secret in (*secrets, "ya29.", "BEGIN PRIVATE KEY"):
        assert secret not in told
    for name in ("Student 0001", school.students[0]):
        assert name not in done.stderr


def _dump(url):
    """Everything that is in the database, as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return "\n".join(
            str(connection.execute(f'SELECT * FROM "{name}"').fetchall())
            for (name,) in tables
        )
