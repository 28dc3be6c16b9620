"""A class's folders on the emulated drive: each is there once, whatever happens."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from emulators.drive.running import AdminRefused
from hectograph.app.folders import FolderRequest
from hectograph.bootstrap import opened
from hectograph.domain.drive import ActingChoice, Drive
from hectograph.domain.errors import AccessDenied, RequestRefused, RosterRefused
from hectograph.domain.folders import FolderKey, FolderState, KeptFolder
from hectograph.ports.drive_office import DriveOffice
from hectograph.settings import Settings

from .school import OFFICE, TEACHER

FOLDER = "application/vnd.google-apps.folder"
COURIERS = ("courier1@school.test", "courier2@school.test")
STUDENTS = {"Ada": "ada@school.test", "Bob": "bob@school.test"}


class Killed(BaseException):
    """The process ends here."""


@dataclass
class HastyClock:
    """Time passes at once; `deadly`: the process is killed instead of waiting."""

    deadly: bool = False
    waited: float = 0.0
    longest: float = 0.0

    def now(self):
        return datetime(2026, 9, 1, tzinfo=UTC)

    def follow(self, now):
        """It leads."""

    def elapsed(self):
        return self.waited

    async def sleep(self, seconds):
        if self.deadly:
            raise Killed
        self.waited += seconds
        self.longest = max(self.longest, seconds)
        await asyncio.sleep(0.01)


@dataclass
class Office:
    """The office, with a count of the calls that are under way at once."""

    inner: DriveOffice
    most: int = 0
    now: int = 0

    @asynccontextmanager
    async def open(self, drive, email):
        async with self.inner.open(drive, email) as account:
            yield Counting(account, self)


class Counting:
    def __init__(self, account, office):
        self._account = account
        self._office = office

    def __getattr__(self, name):
        call = getattr(self._account, name)

        async def counted(*args, **kwargs):
            office = self._office
            office.now += 1
            office.most = max(office.most, office.now)
            try:
                return await call(*args, **kwargs)
            finally:
                office.now -= 1

        return counted


@pytest.fixture
def settings(empty_database, monkeypatch, tmp_path):
    monkeypatch.setenv("HECTOGRAPH_DATABASE_URL", empty_database)
    monkeypatch.setenv("HECTOGRAPH_DATA_DIR", str(tmp_path / "data"))
    return Settings.load()


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "9a.csv"
    rows = [f"{name},{email},9A" for name, email in STUDENTS.items()]
    path.write_text("\n".join(["Name,Email,Class", *rows]), encoding="utf-8")
    return path


@pytest.fixture
def house(settings, emulator):
    for email in (OFFICE, TEACHER, *COURIERS, *STUDENTS.values()):
        emulator.admin.user(email)
    with opened(settings) as house:
        yield house


@pytest.fixture
def ensure(house, emulator, key, roster):
    """Have the folders made; who acts is the institution, unless said otherwise."""

    def run(
        *,
        acting=f"institution:{OFFICE}",
        clock=None,
        office=None,
        teachers=(TEACHER,),
        runs=1,
        **more,
    ):
        choice = ActingChoice.parse(acting)
        drive = Drive(
            name="school",
            credentials=str(key),
            acting=choice.acting,
            accounts=choice.accounts,
            api_root=emulator.url,
        )
        folders = replace(
            house.folders,
            clock=clock or HastyClock(),
            office=office or house.folders.office,
        )
        request = FolderRequest(drive="school", roster=roster, teachers=teachers, **more)

        async def several():
            await house.drives.add(drive)
            tasks = (folders.ensure(request, show=lambda *_: None) for _ in range(runs))
            return await asyncio.gather(*tasks)

        reports = asyncio.run(several())
        return reports[0] if runs == 1 else reports

    return run


@pytest.fixture
def there(emulator):
    """The folders that are there, by name; a name that is there twice fails."""

    def look():
        files = living_folders(emulator)
        names = Counter(file["name"] for file in files)
        assert set(names.values()) <= {1}, names
        return {file["name"]: file for file in files}

    return look


def living_folders(emulator):
    files = emulator.admin.state()["files"]
    return [each for each in files if each["mimeType"] == FOLDER and not each["deleted"]]


def states(report):
    return {each.needed.name: each.state for each in report.outcomes}


def ids(report):
    return {each.needed.name: each.id for each in report.outcomes}


def may_write(emulator, email, file):
    """Whether somebody can write into a folder, for whoever can may rename it."""
    try:
        emulator.admin.act(email, "rename", file["id"], name=file["name"])
    except AdminRefused:
        return False
    return True


def test_a_class_s_folders_are_made_one_in_the_other_and_shared(ensure, there, emulator):
    report = ensure(subject="Maths")

    found = there()
    assert report.is_complete
    assert set(found) == {"9A", "Maths", "Ada", "Bob"}
    assert found["Ada"]["parents"] == [found["Maths"]["id"]]
    assert found["Maths"]["parents"] == [found["9A"]["id"]]
    assert {file["owner"] for file in found.values()} == {OFFICE}
    assert may_write(emulator, STUDENTS["Ada"], found["Ada"])
    assert may_write(emulator, TEACHER, found["Ada"])
    assert set(found["Ada"]["visible_to"]) == {OFFICE, TEACHER, STUDENTS["Ada"]}
    assert set(found["Maths"]["visible_to"]) == {OFFICE, TEACHER}


def test_a_second_run_finds_all_there_and_writes_nothing(ensure, there, emulator):
    first = ensure(subject="Maths")
    before = emulator.admin.counts()["calls"]

    second = ensure(subject="Maths")

    calls = {each["call"] for each in emulator.admin.log(after=before)}
    assert set(states(second).values()) == {FolderState.THERE}
    assert ids(second) == ids(first)
    assert calls <= {"token", "files.get", "permissions.list"}


def test_students_who_join_later_get_a_folder_beside_the_others(ensure, there, roster):
    ensure()
    roster.write_text(f"{roster.read_text()}\nCy,,9A\n")

    report = ensure()

    assert states(report)["Cy"] is FolderState.MADE
    assert [each.needed.name for each in report.outcomes if each.is_uninvited] == ["Cy"]
    assert report.is_complete
    assert set(there()) == {"9A", "Ada", "Bob", "Cy"}


def test_the_first_courier_owns_the_folders_and_the_others_may_write(
    ensure, there, emulator
):
    ensure(acting=f"couriers:{','.join(COURIERS)}")

    found = there()
    assert found["Ada"]["owner"] == COURIERS[0]
    assert may_write(emulator, COURIERS[1], found["Ada"])
    assert set(found["9A"]["visible_to"]) == {*COURIERS, TEACHER}


def test_where_teachers_act_the_teacher_owns_the_folders(ensure, there):
    ensure(acting="teacher", teacher=TEACHER)

    assert there()["Ada"]["owner"] == TEACHER


@pytest.mark.parametrize("acting", ["teacher", "recipient"])
def test_without_an_account_that_could_own_them_folders_are_refused(ensure, acting, there):
    with pytest.raises(RequestRefused):
        ensure(acting=acting)

    assert there() == {}


def test_a_renamed_and_a_moved_folder_stay_as_they_are(ensure, there, emulator):
    first = ids(ensure())
    admin = emulator.admin
    admin.act(OFFICE, "rename", first["Ada"], name="Ada L.")
    elsewhere = admin.folder(OFFICE, "Elsewhere")
    admin.act(OFFICE, "move", first["Bob"], to=elsewhere)

    second = ensure()

    found = there()
    assert ids(second) == first
    assert found["Ada L."]["id"] == first["Ada"]
    assert found["Bob"]["parents"] == [elsewhere]
    assert "Ada" not in found


@pytest.mark.parametrize("name", ["9A", "Maths", "Ada"])
def test_a_folder_in_the_trash_is_restored(ensure, there, emulator, name):
    first = ids(ensure(subject="Maths"))
    emulator.admin.act(OFFICE, "trash", first[name])

    second = ensure(subject="Maths")

    assert states(second)[name] is FolderState.RESTORED
    assert ids(second) == first
    assert not any(file["trashed"] for file in there().values())


def test_a_folder_moved_into_another_in_the_trash_is_told_and_no_second_made(
    ensure, there, emulator
):
    first = ids(ensure())
    bin_folder = emulator.admin.folder(OFFICE, "Old")
    emulator.admin.act(OFFICE, "move", first["Ada"], to=bin_folder)
    emulator.admin.act(OFFICE, "trash", bin_folder)

    report = ensure()

    (failed,) = [each for each in report.outcomes if each.reason]
    assert failed.needed.student == "Ada"
    assert "Restore the folder above" in failed.reason.remedy
    assert set(there()) == {"9A", "Ada", "Bob", "Old"}


@pytest.mark.parametrize("name", ["9A", "Ada"])
def test_a_folder_that_was_deleted_for_good_is_made_anew(ensure, there, emulator, name):
    first = ids(ensure())
    emulator.admin.settings(trash_seconds=0.1)
    emulator.admin.act(OFFICE, "trash", first[name])
    emulator.admin.advance(2)

    second = ensure()

    found = there()
    assert states(second)[name] is FolderState.MADE
    assert found[name]["id"] == ids(second)[name] != first[name]
    assert set(found) == {"9A", "Ada", "Bob"}
    assert may_write(emulator, STUDENTS["Ada"], found["Ada"])


def test_an_id_that_google_does_not_know_any_more_is_replaced(ensure, house):
    ensure()
    root = FolderKey(drive="school", school_class="9a", student="ada@school.test")
    known = house.folders.drives.list_folders("school", school_class="9a")[root]
    unknown = KeptFolder(id="1unknown", owner=OFFICE)
    house.folders.drives.keep_folder(root, unknown, old=known)

    report = ensure()

    assert states(report)["Ada"] is FolderState.MADE
    assert ids(report)["Ada"] not in (known.id, unknown.id)


def test_a_folder_of_another_account_that_is_not_seen_is_never_replaced(ensure, there):
    first = ids(ensure(acting="teacher", teacher=TEACHER, teachers=()))

    second = ensure(acting="teacher", teacher=OFFICE, teachers=())

    reason = second.outcomes[0].reason
    assert not second.is_complete
    assert f"made by {TEACHER}" in reason.message
    assert f"share the class's folder with {OFFICE}" in reason.remedy
    assert {name: file["id"] for name, file in there().items()} == first


def test_a_colleague_who_may_write_in_the_class_s_folder_can_go_on(ensure, there, roster):
    ensure(acting="teacher", teacher=TEACHER, teachers=(OFFICE,))
    roster.write_text(f"{roster.read_text()}\nCy,,9A\n")

    report = ensure(acting="teacher", teacher=OFFICE, teachers=())

    assert report.is_complete
    assert there()["Cy"]["owner"] == OFFICE


def test_a_dry_run_tells_and_writes_nothing(ensure, there, house):
    report = ensure(subject="Maths", dry_run=True)

    assert set(states(report).values()) == {FolderState.MADE}
    assert report.shared == 3
    assert there() == {}
    assert house.folders.drives.list_folders("school", school_class="9a") == {}


def test_a_dry_run_tells_what_is_there_and_what_is_in_the_trash(ensure, emulator):
    first = ids(ensure())
    emulator.admin.act(OFFICE, "trash", first["Ada"])

    report = ensure(dry_run=True)

    assert states(report)["Ada"] is FolderState.RESTORED
    assert states(report)["Bob"] is FolderState.THERE
    assert report.shared == 0


def test_who_may_write_already_is_not_invited_again(ensure, emulator):
    ensure()
    emulator.admin.settings(quotas={"sharing": 0})

    assert ensure().is_complete


def test_who_lost_the_right_to_write_is_invited_again(ensure, there, emulator):
    ensure(teachers=())

    report = ensure(teachers=(TEACHER,))

    assert report.shared == 1
    assert may_write(emulator, TEACHER, there()["9A"])


def test_an_address_that_nobody_has_is_told_and_hinders_no_other(ensure, roster, there):
    roster.write_text(f"{roster.read_text()}\nCy,nobody@nowhere.test,9A\n")

    report = ensure()

    (failed,) = [each for each in report.outcomes if each.reason]
    assert (failed.needed.student, failed.state) == ("Cy", FolderState.MADE)
    assert set(there()) == {"9A", "Ada", "Bob", "Cy"}


def test_when_no_more_may_be_shared_the_rest_is_not_tried_and_told(ensure, emulator, there):
    emulator.admin.settings(quotas={"sharing": 1})

    report = ensure()

    tried = [each for each in emulator.admin.log() if each["call"] == "permissions.create"]
    assert len([each for each in report.outcomes if each.reason]) == 2
    assert len(tried) <= 3
    assert set(there()) == {"9A", "Ada", "Bob"}
    emulator.admin.settings(quotas={"sharing": None})
    assert ensure().is_complete


@pytest.mark.parametrize("kind", ["503", "403", "429", "drop", "500"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_trouble_passes(ensure, there, emulator, kind, when):
    emulator.admin.faults({"kind": kind, "when": when, "rate": 0.3})

    report = ensure(subject="Maths")

    assert report.is_complete
    assert set(there()) == {"9A", "Maths", "Ada", "Bob"}


def test_trouble_that_stays_is_told_and_the_next_run_finishes(ensure, there, emulator):
    emulator.admin.faults({"call": "permissions.create", "kind": "503"})
    clock = HastyClock()

    report = ensure(clock=clock)

    assert not report.is_complete
    assert all(each.reason.code == "outcome_unknown" for each in report.outcomes)
    assert clock.waited > 60
    emulator.admin.faults()
    assert ensure().is_complete
    assert set(there()) == {"9A", "Ada", "Bob"}


def test_whoever_asks_to_be_left_alone_is_left_alone(ensure, emulator):
    emulator.admin.settings(
        quotas={"retry_after": 77, "write": {"rate": 0.001, "burst": 1}}
    )
    clock = HastyClock()

    ensure(clock=clock)

    assert clock.longest == 77


def test_at_most_four_calls_are_under_way(ensure, house, roster, emulator):
    more = [f"Student {n},,9A" for n in range(12)]
    roster.write_text("\n".join([roster.read_text(), *more]))
    office = Office(house.folders.office)
    emulator.admin.settings(latency={"median": 0.02})

    ensure(office=office)

    assert office.most == 4


def test_two_at_once_make_no_twins(ensure, there):
    one, other = ensure(subject="Maths", runs=2)

    assert one.is_complete
    assert other.is_complete
    assert ids(one) == ids(other)
    assert set(there()) == {"9A", "Maths", "Ada", "Bob"}


def test_two_at_once_make_no_twins_of_what_was_deleted(ensure, there, emulator):
    first = ids(ensure())
    emulator.admin.settings(trash_seconds=0.1)
    emulator.admin.act(OFFICE, "trash", first["9A"])
    emulator.admin.advance(2)

    one, other = ensure(runs=2)

    assert ids(one) == ids(other)
    assert set(there()) == {"9A", "Ada", "Bob"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_call_and_run_again_there_are_no_twins(
    ensure, emulator, roster, when
):
    """A class for each call, at which the first run ends and a second takes over."""
    kills = 0
    while True:
        roster.write_text(f"Name,Email,Class\nAda,ada@school.test,C{kills}\nBob,,C{kills}")
        if not killed(ensure, emulator, when=when, skip=kills):
            break
        kills += 1
        assert ensure(subject="Maths").is_complete

    names = Counter(file["name"] for file in living_folders(emulator))
    classes = kills + 1
    assert kills > 10
    assert names == {
        **dict.fromkeys(("Maths", "Ada", "Bob"), classes),
        **{f"C{n}": 1 for n in range(classes)},
    }


def killed(ensure, emulator, *, when, skip):
    """Whether the run died at the call after so many; what it did stays done."""
    emulator.admin.faults({"kind": "drop", "when": when, "skip": skip, "times": 1})
    try:
        ensure(subject="Maths", clock=HastyClock(deadly=True))
    except (Killed, BaseExceptionGroup):
        return True
    finally:
        emulator.admin.faults()
    return False


def test_an_account_that_may_not_act_is_told_before_anything_is_made(
    ensure, emulator, there
):
    emulator.admin.reset()

    with pytest.raises(AccessDenied, match=OFFICE):
        ensure()

    assert there() == {}


def test_the_ledger_knows_a_folder_before_it_is_made(ensure, emulator, house):
    emulator.admin.faults({"call": "files.create", "kind": "drop"})

    with pytest.raises(Killed):
        ensure(clock=HastyClock(deadly=True))

    kept = house.folders.drives.list_folders("school", school_class="9a")
    assert list(kept) == [FolderKey(drive="school", school_class="9a")]


def test_a_roster_is_refused_before_anything_is_asked(ensure, roster, emulator):
    roster.write_text("Name,Email\nAda,ada@school.test\n")

    with pytest.raises(RosterRefused, match="class"):
        ensure()

    assert emulator.admin.counts()["calls"] == 0
