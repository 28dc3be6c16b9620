"""Real files taken out of sight and brought back, with students at work around it."""

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hectograph.domain.errors import LaneLost, Unavailable
from hectograph.domain.ids import CleanupId
from hectograph.domain.removal import LOOKS, RemovalKey, RemovalState
from hectograph.domain.touch import Original
from hectograph.engine.remover import Remover
from hectograph.engine.rewriter import TRIES
from hectograph.providers.file_calls import STAMP_NAME, FileCalls
from hectograph.providers.file_quarantine import QUARANTINE, look_at
from hectograph.providers.file_system import FileSystem

from ..builders import EIGHT, FakeClock, a_removal
from .contract import run
from .test_file_system import BrokenCalls, PoorCalls
from .test_memory import Gate

S = RemovalState
NAME = "Essay.docx"
STAMP = "a-stamp"


class HookedCalls(PoorCalls):
    """Calls around which something happens: by name, before or after the next of them."""

    def __init__(self, *lacks, before=None, after=None):
        super().__init__(*lacks)
        self.before = before or {}
        self.after = after or {}

    def __getattribute__(self, name):
        method = super().__getattribute__(name)
        if name.startswith("_") or name in ("before", "after", "lacks"):
            return method

        def hooked(*args, **kwargs):
            if (happens := self.before.pop(name, None)) is not None:
                happens()
            answer = method(*args, **kwargs)
            if (happens := self.after.pop(name, None)) is not None:
                happens()
            return answer

        return hooked


class Killed(BaseException):
    """The worker died right there."""


def die():
    raise Killed


class School:
    """A directory with one student's copy in it, and the remover of that directory."""

    def __init__(self, tmp_path, calls=None):
        self.root = tmp_path / "school"
        self.folder = self.root / "Ada"
        self.folder.mkdir(parents=True)
        self.path = self.folder / NAME
        self.path.write_text("essay")
        self.path.chmod(0o640)
        os.setxattr(self.path, STAMP_NAME, STAMP.encode())
        self.clock = FakeClock()
        self.gate = Gate()
        self.calls = calls or FileCalls()

    def attempt(self, removal, calls=None):
        drive = FileSystem(self.root, permit=self.gate, calls=calls or self.calls)
        return run(Remover(drive=drive, clock=self.clock).attempt(removal))

    def a_removal(self, *, cleanup="recall", position=0, path=None):
        path = path or self.path
        with opened(path.parent) as folder:
            evidence = look_at(FileCalls(), path.name, at=folder)
        assert evidence is not None
        original = Original(
            evidence=evidence,
            folder=path.parent.relative_to(self.root).parts,
            name=path.name,
        )
        removal = a_removal(original=original, path=str(path))
        key = RemovalKey(cleanup=CleanupId(cleanup), position=position)
        return replace(removal, key=key)

    def removed(self, removal=None):
        removed = self.attempt(removal or self.a_removal())
        assert removed.state is S.REMOVED, removed.reason
        return removed

    def look_again(self, removal, calls=None):
        self.clock.time = removal.due_at
        return self.attempt(removal, calls)

    def undo(self, removal, calls=None):
        return self.attempt(removal.returning(now=self.clock.now()), calls)

    def seen(self):
        """What students see: contents by path."""
        found = {}
        for path, folders, names in os.walk(self.root):
            folders[:] = [each for each in folders if each != QUARANTINE]
            for name in names:
                place = Path(path, name).relative_to(self.root)
                found[str(place)] = Path(path, name).read_text()
        return found

    def hidden(self):
        place = self.root / QUARANTINE
        return {str(each.relative_to(place)) for each in place.rglob("*") if each.is_file()}


@contextmanager
def opened(path, flags=os.O_RDONLY):
    file = os.open(path, flags)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def opened_elsewhere(path, mode):
    """Another process has a file open."""
    script = f"f = open({str(path)!r}, {mode!r}); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        yield
        process.communicate(b"\n")


def replace_by_saving(path, content):
    new = path.with_name("~new")
    new.write_text(content)
    new.replace(path)


@pytest.fixture
def school(tmp_path):
    return School(tmp_path)


@pytest.fixture(params=["leased", "no leases", "nothing new"])
def any_school(request, tmp_path):
    """What a good, a middling and a poor mount offer."""
    lacks = {"leased": (), "no leases": ("lease",), "nothing new": ("lease", "renameat2")}
    return School(tmp_path, HookedCalls(*lacks[request.param]))


class TestThereAndBack:
    def test_an_untouched_copy_goes_out_of_sight(self, any_school):
        removal = any_school.removed()

        assert any_school.seen() == {}
        assert removal.hidden == f"{QUARANTINE}/recall/000000"
        assert (any_school.root / removal.hidden).read_text() == "essay"

    def test_it_comes_back_as_the_very_file_it_was(self, any_school):
        before = any_school.path.stat()
        removal = any_school.removed()

        back = any_school.undo(removal)

        after = any_school.path.stat()
        kept = (
            "st_ino",
            "st_mtime_ns",
            "st_size",
            "st_mode",
            "st_uid",
            "st_gid",
            "st_nlink",
        )
        assert [getattr(after, each) for each in kept] == [
            getattr(before, each) for each in kept
        ]
        assert any_school.path.read_text() == "essay"
        assert os.getxattr(any_school.path, STAMP_NAME).decode() == STAMP
        assert (back.state, back.path) == (S.RETURNED, str(any_school.path))

    def test_the_quarantine_goes_with_its_last_file(self, any_school):
        any_school.undo(any_school.removed())

        assert os.listdir(any_school.root) == ["Ada"]

    def test_others_in_the_quarantine_stay_there(self, school):
        bob = school.root / "Bob"
        bob.mkdir()
        (bob / NAME).write_text("essay")
        ada = school.a_removal()
        school.removed(school.a_removal(path=bob / NAME, position=1))

        school.undo(school.removed(ada))

        assert school.seen() == {"Ada/Essay.docx": "essay"}
        assert school.hidden() == {"recall/000001"}

    def test_only_hectograph_may_look_into_the_quarantine(self, school):
        school.removed()

        folders = [school.root / QUARANTINE, school.root / QUARANTINE / "recall"]
        assert [stat.S_IMODE(each.stat().st_mode) for each in folders] == [0o700] * 2

    def test_it_can_be_taken_away_again_after_it_came_back(self, school):
        back = school.undo(school.removed())

        again = school.a_removal(cleanup="another")
        removal = school.removed(replace(again, original=replace(again.original)))

        assert back.original.evidence.inode == again.original.evidence.inode
        assert removal.hidden == f"{QUARANTINE}/another/000000"

    def test_every_look_finds_it_untouched(self, any_school):
        removal = any_school.removed()
        for _ in LOOKS:
            removal = any_school.look_again(removal)

        assert (removal.state, removal.due_at) == (S.REMOVED, None)
        assert any_school.hidden() == {"recall/000000"}

    def test_no_descriptor_is_left_open(self, any_school):
        removal = any_school.a_removal()
        before = len(os.listdir("/proc/self/fd"))

        any_school.undo(any_school.look_again(any_school.removed(removal)))

        assert len(os.listdir("/proc/self/fd")) == before


class TestWorkStays:
    def same_size_and_time(self, school):
        status = school.path.stat()
        school.path.write_text("ESSAY")
        os.utime(school.path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert school.path.stat().st_mtime_ns == status.st_mtime_ns

    def edit(self, school):
        with school.path.open("a") as file:
            file.write(", and more")

    def write_the_same(self, school):
        school.path.write_text("essay")

    def save(self, school):
        replace_by_saving(school.path, "essay")

    def rename(self, school):
        school.path.rename(school.folder / "Mine.docx")

    def rename_and_begin_anew(self, school):
        self.rename(school)
        school.path.write_text("essay")

    WAYS = ("edit", "write_the_same", "same_size_and_time", "save", "rename")

    @pytest.mark.parametrize("way", [*WAYS, "rename_and_begin_anew"])
    def test_what_a_student_did_stays(self, any_school, way):
        removal = any_school.a_removal()
        getattr(self, way)(any_school)
        before = any_school.seen()

        kept = any_school.attempt(removal)

        assert (kept.state, kept.reason.code) == (S.KEPT, "touched")
        assert any_school.seen() == before
        assert any_school.hidden() == set()

    @pytest.mark.parametrize("way", WAYS)
    def test_what_a_student_does_in_the_gap_stays(self, any_school, way):
        removal = any_school.a_removal()
        calls = HookedCalls("lease", *any_school.calls.lacks)
        seen = []

        def happen():
            getattr(self, way)(any_school)
            seen.extend(any_school.seen().values())

        calls.before["rename_new"] = happen
        settled = any_school.attempt(removal, calls)

        assert settled.state in (S.KEPT, S.RETURNED)
        assert settled.reason.code == "touched"
        assert list(any_school.seen().values()) == seen
        assert any_school.hidden() == set()

    def test_what_was_moved_away_is_gone_and_safe(self, school):
        removal = school.a_removal()
        (school.root / "Bob").mkdir()
        school.path.rename(school.root / "Bob" / NAME)

        assert school.attempt(removal).state is S.GONE
        assert school.seen() == {"Bob/Essay.docx": "essay"}

    def test_what_was_moved_away_and_back_is_untouched(self, school):
        removal = school.a_removal()
        school.path.rename(school.root / "away")
        (school.root / "away").rename(school.path)

        assert school.attempt(removal).state is S.REMOVED

    def test_a_link_is_not_followed(self, school, tmp_path):
        removal = school.a_removal()
        outside = tmp_path / "outside.docx"
        school.path.rename(outside)
        school.path.symlink_to(outside)

        assert school.attempt(removal).state is S.GONE
        assert outside.read_text() == "essay"
        assert school.path.is_symlink()

    def test_a_folder_that_is_a_link_is_not_followed(self, school, tmp_path):
        removal = school.a_removal()
        school.folder.rename(tmp_path / "outside")
        school.folder.symlink_to(tmp_path / "outside")

        kept = school.attempt(removal)

        assert (kept.state, kept.reason.code) == (S.KEPT, "folder_refused")
        assert (tmp_path / "outside" / NAME).read_text() == "essay"

    def test_a_link_in_the_place_of_the_quarantine_is_not_followed(self, school, tmp_path):
        (tmp_path / "outside").mkdir()
        (school.root / QUARANTINE).symlink_to(tmp_path / "outside")

        waiting = school.attempt(school.a_removal())

        assert (waiting.state, waiting.reason.code) == (S.ASKED, "unavailable")
        assert os.listdir(tmp_path / "outside") == []

    def test_a_file_that_cannot_be_read_stays(self, school):
        broken = BrokenCalls("open_document", errno.EIO, times=99)

        kept = school.attempt(school.a_removal(), broken)

        assert (kept.state, kept.reason.code) == (S.KEPT, "cannot_tell")

    @pytest.mark.parametrize("mode", ["r", "r+", "a"])
    def test_what_another_process_has_open_stays(self, school, mode):
        removal = school.a_removal()

        with opened_elsewhere(school.path, mode):
            kept = school.attempt(removal)

        assert (kept.state, kept.reason.code) == (S.KEPT, "cannot_tell")
        assert kept.reason.message == "Somebody has it open."
        assert school.seen() == {"Ada/Essay.docx": "essay"}


class TestWhoComesMeanwhile:
    def opening(self, school, opens, *, text=None):
        """Somebody who opens the copy from another process, and waits for a lease."""
        script = (
            f"print(flush=True); f = open({str(school.path)!r}, 'r+'); "
            f"print(f.read(), end=''); f.write({text or ''!r})"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        opens.append(process)
        threading.Event().wait(0.2)

    def test_who_comes_before_the_move_gets_the_file_and_it_stays(self, school):
        opens: list[subprocess.Popen] = []
        broken: list[bool] = []
        calls = HookedCalls(after={"lease": lambda: self.opening(school, opens)})
        calls.after["is_leased"] = lambda: broken.append(True)

        settled = school.attempt(school.a_removal(), calls)

        (process,) = opens
        assert process.communicate(timeout=30)[0] == "essay"
        assert broken
        assert settled.state in (S.REMOVED, S.RETURNED, S.KEPT)
        assert len(school.seen()) == (settled.state is not S.REMOVED)
        assert len(school.hidden()) == (settled.state is S.REMOVED)

    def test_who_comes_right_before_the_move_gets_the_file_and_the_work_is_kept(
        self, school
    ):
        opens: list[subprocess.Popen] = []
        come = lambda: self.opening(school, opens, text=", mine")  # noqa: E731
        removal = school.attempt(
            school.a_removal(), HookedCalls(before={"rename_new": come})
        )

        (process,) = opens
        assert process.communicate(timeout=30)[0] == "essay"
        if removal.state is S.REMOVED:
            removal = school.look_again(removal)
        assert removal.state is S.RETURNED
        assert school.seen() == {"Ada/Essay.docx": "essay, mine"}

    def test_who_comes_all_the_time_is_using_it(self, school):
        class Busy(FileCalls):
            def is_leased(self, file):
                return False

        kept = school.attempt(school.a_removal(), Busy())

        assert (kept.state, kept.reason.code) == (S.KEPT, "cannot_tell")
        assert TRIES > 1

    def test_who_opened_it_before_and_writes_later_gets_it_back(self, tmp_path):
        school = School(tmp_path, PoorCalls("lease", "renameat2"))
        with school.path.open("r+") as file:
            removal = school.look_again(school.removed())
            file.write("ESSAY")

        back = school.look_again(removal)

        assert (back.state, back.reason.code) == (S.RETURNED, "touched")
        assert school.seen() == {"Ada/Essay.docx": "ESSAY"}

    def test_who_has_it_open_out_of_sight_gets_it_back_at_once(self, school):
        removal = school.removed()

        with opened_elsewhere(school.root / removal.hidden, "r"):
            back = school.look_again(removal)

        assert (back.state, back.reason.code) == (S.RETURNED, "cannot_tell")

    def test_a_lease_ends_no_process(self, school):
        with opened(school.path) as file:
            assert FileCalls().lease(file) is True
            before = signal.getsignal(signal.SIGURG)
            thread = threading.Thread(target=school.path.read_text)
            thread.start()
            threading.Event().wait(0.05)
            assert not FileCalls().is_leased(file)
        thread.join(timeout=30)

        assert not thread.is_alive()
        assert before is signal.SIG_DFL


class TestComingBack:
    def test_a_name_that_was_taken_meanwhile_is_numbered(self, any_school):
        removal = any_school.removed()
        any_school.path.write_text("another")
        (any_school.folder / "ESSAY (2).docx").write_text("a third")

        back = any_school.undo(removal)

        assert back.path == str(any_school.folder / "Essay (3).docx")
        assert any_school.seen() == {
            "Ada/Essay.docx": "another",
            "Ada/ESSAY (2).docx": "a third",
            "Ada/Essay (3).docx": "essay",
        }

    def test_a_student_folder_that_was_removed_meanwhile_is_made_again(self, any_school):
        removal = any_school.removed()
        any_school.folder.rmdir()

        any_school.undo(removal)

        assert any_school.seen() == {"Ada/Essay.docx": "essay"}

    def test_a_student_folder_that_goes_in_that_very_moment_costs_nothing(self, any_school):
        removal = any_school.removed()
        calls = HookedCalls(*any_school.calls.lacks)
        calls.before["rename_new"] = any_school.folder.rmdir

        waiting = any_school.undo(removal, calls)
        assert (waiting.state, waiting.reason.code) == (S.RETURNING, "unavailable")

        assert any_school.attempt(waiting).state is S.RETURNED
        assert any_school.seen() == {"Ada/Essay.docx": "essay"}

    def test_a_link_in_the_place_of_the_folder_is_not_followed(self, school, tmp_path):
        removal = school.removed()
        school.folder.rmdir()
        (tmp_path / "outside").mkdir()
        school.folder.symlink_to(tmp_path / "outside")

        waiting = school.undo(removal)
        school.folder.unlink()

        assert (waiting.state, waiting.reason.code) == (S.RETURNING, "folder_refused")
        assert school.attempt(waiting).state is S.RETURNED
        assert os.listdir(tmp_path / "outside") == []

    def test_work_whose_folder_cannot_be_used_is_owed(self, school, tmp_path):
        school = School(tmp_path / "another", PoorCalls("lease"))
        with school.path.open("r+") as file:
            removal = school.removed()
            file.write("ESSAY")
        school.folder.rmdir()
        school.folder.write_text("a file")

        waiting = school.look_again(removal)
        school.folder.unlink()
        back = school.look_again(waiting)

        assert waiting.state is S.REMOVED
        assert back.state is S.RETURNED
        assert school.seen() == {"Ada/Essay.docx": "ESSAY"}


class TestDeadWorkers:
    CALLS = ("make_folder", "lease", "rename_new", "sync", "look", "list_folder")
    EDGES = ("before", "after")

    @pytest.mark.parametrize("edge", EDGES)
    @pytest.mark.parametrize("call", CALLS)
    def test_a_removal_goes_on_from_where_it_died(self, any_school, call, edge):
        removal = any_school.a_removal()
        calls = HookedCalls(*any_school.calls.lacks, **{edge: {call: die}})

        with suppress(Killed):
            any_school.attempt(removal, calls)
        settled = any_school.attempt(removal)

        assert settled.state is S.REMOVED
        assert any_school.seen() == {}
        assert any_school.hidden() == {"recall/000000"}

    def test_work_on_what_a_dead_worker_hid_comes_back(self, any_school):
        removal = any_school.a_removal()
        with pytest.raises(Killed):
            any_school.attempt(removal, KillAfterMoving(*any_school.calls.lacks))
        (any_school.root / QUARANTINE / "recall" / "000000").write_text("mine")

        back = any_school.attempt(removal)

        assert back.state is S.RETURNED
        assert any_school.seen() == {"Ada/Essay.docx": "mine"}

    @pytest.mark.parametrize("edge", EDGES)
    @pytest.mark.parametrize("call", [*CALLS, "link", "remove", "remove_folder"])
    @pytest.mark.parametrize("taken", [False, True], ids=["free", "taken"])
    def test_a_return_goes_on_from_where_it_died(self, any_school, call, edge, taken):
        removal = any_school.removed().returning(now=EIGHT)
        wanted = {"Ada/Essay.docx": "essay"}
        if taken:
            any_school.path.write_text("another")
            wanted = {"Ada/Essay.docx": "another", "Ada/Essay (2).docx": "essay"}
        calls = HookedCalls(*any_school.calls.lacks, **{edge: {call: die}})

        with suppress(Killed):
            any_school.attempt(removal, calls)
        back = any_school.attempt(removal)

        assert back.state is S.RETURNED
        assert any_school.seen() == wanted
        assert Path(back.path).read_text() == "essay"
        assert any_school.hidden() == set()

    @pytest.mark.parametrize("edge", EDGES)
    @pytest.mark.parametrize("call", [*CALLS, "link", "remove", "remove_folder"])
    def test_work_that_was_coming_back_arrives_and_is_told(self, any_school, call, edge):
        removal = any_school.removed()
        (any_school.root / removal.hidden).write_text("mine")
        calls = HookedCalls(*any_school.calls.lacks, **{edge: {call: die}})

        with suppress(Killed):
            any_school.look_again(removal, calls)
        back = any_school.attempt(removal)

        assert back.state is S.RETURNED
        assert back.reason is not None
        assert any_school.seen() == {"Ada/Essay.docx": "mine"}
        assert any_school.hidden() == set()

    def test_what_was_half_back_and_never_edited_does_not_stay_in_two_places(
        self, tmp_path
    ):
        school = School(tmp_path, PoorCalls("lease", "renameat2"))
        removal = school.removed()
        os.link(school.root / removal.hidden, school.path)

        back = school.look_again(removal)

        assert (back.state, back.path) == (S.RETURNED, str(school.path))
        assert school.path.stat().st_nlink == 1
        assert school.hidden() == set()

    def test_a_new_file_that_was_half_back_does_not_stay_in_two_places(self, tmp_path):
        school = School(tmp_path, PoorCalls("lease", "renameat2"))
        removal = school.a_removal()
        save = lambda: replace_by_saving(school.path, "mine")  # noqa: E731
        calls = HookedCalls(
            "lease", "renameat2", before={"rename_new": save}, after={"link": die}
        )
        with pytest.raises(Killed):
            school.attempt(removal, calls)
        assert len(school.seen()) == len(school.hidden()) == 1

        back = school.attempt(removal)

        assert (back.state, back.path) == (S.RETURNED, str(school.path))
        assert school.seen() == {"Ada/Essay.docx": "mine"}
        assert school.hidden() == set()

    def test_a_folder_that_cannot_be_used_hinders_no_look(self, school):
        removal = school.removed()
        school.folder.rmdir()
        school.folder.write_text("a file")

        assert school.look_again(removal).looks == 1


class KillAfterMoving(PoorCalls):
    """The worker dies when the file has moved, and before anybody knows."""

    def sync(self, file):
        if os.listdir(file) == ["000000"]:
            raise Killed
        super().sync(file)


class TestDrivesThatAreAway:
    def test_an_unmounted_drive_is_waited_for(self, school):
        removal = school.a_removal()
        school.root.rename(school.root.with_name("elsewhere"))
        school.root.mkdir()

        waiting = school.attempt(removal)

        assert (waiting.state, waiting.reason.code) == (S.ASKED, "unavailable")

    @pytest.mark.parametrize("is_made", [True, False], ids=["empty", "missing"])
    def test_what_is_hidden_on_an_unmounted_drive_is_waited_for(self, school, is_made):
        removal = school.removed()
        elsewhere = school.root.with_name("elsewhere")
        school.root.rename(elsewhere)
        if is_made:
            school.root.mkdir()

        waiting = school.look_again(removal)
        returning = school.undo(waiting)
        if is_made:
            school.root.rmdir()
        elsewhere.rename(school.root)

        assert (waiting.state, returning.state) == (S.REMOVED, S.RETURNING)
        assert school.attempt(returning).state is S.RETURNED
        assert school.seen() == {"Ada/Essay.docx": "essay"}

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
    @pytest.mark.parametrize("call", ["make_folder", "rename_new", "sync"])
    def test_a_disk_that_fails_costs_nothing(self, school, call, number):
        removal = school.a_removal()

        settled = school.attempt(removal, BrokenCalls(call, number))

        if settled.state is S.ASKED:
            settled = school.attempt(settled)
        assert settled.state in (S.KEPT, S.REMOVED)
        assert len(school.seen()) == (settled.state is S.KEPT)
        assert len(school.hidden()) == (settled.state is S.REMOVED)

    def test_a_refusal_after_the_move_is_no_reason_to_forget_it(self, school):
        removal = school.a_removal()
        full = BrokenCalls("sync", errno.ENOSPC, after=True, times=99)

        settled = school.attempt(removal, full)

        assert settled.state is S.ASKED or school.hidden() == set()

    def test_without_a_permit_nothing_moves(self, school):
        school.gate.shut = True

        with pytest.raises(LaneLost):
            school.attempt(school.a_removal())

        assert school.seen() == {"Ada/Essay.docx": "essay"}


class NoDeleting(FileCalls):
    """Calls of which none takes a name away."""

    def remove(self, name, *, at):
        raise AssertionError(f"{name} was about to be deleted")


def test_where_renaming_is_safe_nothing_is_ever_deleted(school):
    removal = school.removed(school.a_removal())
    calls = NoDeleting()

    back = school.undo(school.look_again(removal, calls), calls)

    assert back.state is S.RETURNED


def test_a_quarantine_that_cannot_be_looked_into_tells_nothing(school):
    removal = school.removed()
    locked = BrokenCalls("look", errno.EACCES, times=99)

    waiting = school.look_again(removal, locked)

    assert (waiting.state, waiting.reason.code) == (S.REMOVED, Unavailable.code)
