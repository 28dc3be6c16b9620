"""Real file systems that fill, turn read-only, vanish, or can do little."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .checker import check, check_drive, read_record
from .command import ask
from .knife import Cut, Point
from .school import School, wait_until
from .warm import Warm

pytestmark = pytest.mark.chaos

HUNDRED_KB = 100_000
ONE_AT_A_TIME = {"HECTOGRAPH_LANE_WIDTH": "1"}

Mount = Callable[..., Path]


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Mount]:
    """Mount file systems for the test; skip where that is not permitted."""
    made: list[Path] = []

    def mount(*options: str, source: str = "none") -> Path:
        place = tmp_path / f"mounted-{len(made)}"
        place.mkdir()
        must("mount", *options, source, str(place))
        made.append(place)
        return place

    yield mount
    for each in made:
        subprocess.run(["umount", "--lazy", str(each)], check=True)


def must(*command: str) -> None:
    """Run a system's program, or skip the test."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{' '.join(command)}: {done.stderr.strip()}")


def image(place: Path, size_bytes: int, *maker: str) -> str:
    """A file system in a file, made by that program."""
    path = place / "image"
    path.touch()
    os.truncate(path, size_bytes)
    must(*maker, str(path))
    return str(path)


def made(school: School) -> list[int]:
    return [n for n in range(len(school.students)) if school.copy_of(n).exists()]


def check_failed(answer: Any, school: School, code: str) -> None:
    """Those that are there are whole, the others told why not, and nothing is half made."""
    planned = school.planned
    there = [planned[number] for number in made(school)]
    left = [each for each in check_drive(school.root, there) if each[:12] != "not planned:"]
    files = [path for path in school.root.glob("*/*") if path.parts[-2][0] != "."]
    assert left == []
    assert len(files) == len(there), files
    failed = [each for each in answer["deliveries"] if each["state"] == "failed"]
    assert len(failed) == len(planned) - len(there)
    assert {each["error"]["code"] for each in failed} == {code}
    assert all(each["error"]["remedy"] for each in failed)


def retry(warm: Warm, school: School, share: str) -> None:
    assert ask(warm, "shares", "retry", share, place=school.desk)[0] == 0
    code, answer = ask(warm, "shares", "watch", share, place=school.desk)
    assert code == 0, answer


def test_a_disk_that_fills_in_the_middle_of_a_class(mounted, warm, tmp_path, ledger_url):
    root = mounted("-t", "tmpfs", "-o", "size=2m")
    school = School.build(tmp_path, students=30, size_bytes=HUNDRED_KB, root=root)

    code, answer = ask(warm, *school.request, place=school.desk)

    assert code == 3
    assert answer["state"] == "complete with exceptions"
    assert 5 < len(made(school)) < 25
    check_failed(answer, school, "no_space")

    must("mount", "-o", "remount,size=16m", str(root))
    retry(warm, school, answer["share"])
    share = answer["share"]
    assert check(root, school.planned, database_url=ledger_url, share=share) == []


def test_a_disk_that_has_no_more_inodes(mounted, warm, tmp_path, ledger_url):
    made_by = ("mkfs.ext4", "-q", "-N", "48")
    root = mounted("-o", "loop", source=image(tmp_path, 16_000_000, *made_by))
    school = School.build(tmp_path, students=30, size_bytes=5000, root=root)

    code, answer = ask(warm, *school.request, place=school.desk)

    assert code == 3
    assert 5 < len(made(school)) < 25
    check_failed(answer, school, "no_space")


@pytest.mark.parametrize("lacks", [(), ("O_TMPFILE",), ("O_TMPFILE", "link")])
def test_a_disk_that_fills_leaves_nothing_half_made_however_names_are_given(
    lacks, mounted, warm, tmp_path
):
    root = mounted("-t", "tmpfs", "-o", "size=1m")
    school = School.build(tmp_path, students=12, size_bytes=HUNDRED_KB, root=root)

    code, answer = ask(warm, *school.request, lacks=lacks, place=school.desk)

    assert code == 3
    check_failed(answer, school, "no_space")


def test_a_disk_too_full_for_the_document_itself_refuses_the_share(mounted, warm, tmp_path):
    root = mounted("-t", "tmpfs", "-o", "size=64k")
    school = School.build(tmp_path, students=3, size_bytes=HUNDRED_KB, root=root)

    code, answer = ask(warm, *school.request, place=school.desk)

    assert code != 0
    assert answer["error"]["code"] == "no_space"
    assert list(root.iterdir()) == []


@pytest.fixture
def slow(ledger_url: str) -> Iterator[Warm]:
    """A warm parent whose lanes make one copy at a time."""
    with Warm(ledger_url, **ONE_AT_A_TIME) as parent:
        yield parent


def stop_in_the_middle(slow: Warm, school: School, call: str) -> tuple[str, int]:
    """A share, and its worker stopped before that call of the third copy."""
    code, answer = ask(slow, *school.request, "--no-wait", place=school.desk)
    assert code == 0
    cut = Cut(point=Point(phase="command", call=call, number=3), after=False)
    return answer["share"], slow.start_and_stop(cut, "worker", log=school.desk / "worker")


def go_on(slow: Warm, school: School, share: str, worker: int, database_url: str) -> Any:
    os.kill(worker, signal.SIGCONT)
    wait_until(lambda: read_record(database_url, share).open == 0, what="the end")
    assert slow.end(worker) == [0], (school.desk / "worker").read_text()
    return ask(slow, "shares", "show", share, place=school.desk)[1]


def test_a_disk_that_turns_read_only_in_the_middle(mounted, slow, tmp_path, ledger_url):
    root = mounted("-t", "tmpfs")
    school = School.build(tmp_path, students=6, root=root)
    share, worker = stop_in_the_middle(slow, school, "make_folder")
    must("mount", "-o", "remount,ro", str(root))

    answer = go_on(slow, school, share, worker, ledger_url)

    assert answer["state"] == "complete with exceptions"
    assert len(made(school)) == 2
    check_failed(answer, school, "access_denied")

    must("mount", "-o", "remount,rw", str(root))
    retry(slow, school, share)
    assert check(root, school.planned, database_url=ledger_url, share=share) == []


def test_the_whole_directory_is_removed_in_the_middle(slow, school, ledger_url):
    share, worker = stop_in_the_middle(slow, school, "make_folder")
    shutil.rmtree(school.root)

    answer = go_on(slow, school, share, worker, ledger_url)

    assert not school.root.exists()
    assert answer["state"] == "complete with exceptions"
    assert [each["state"] for each in answer["deliveries"]] == ["verified"] * 2 + [
        "failed"
    ] * 3
    assert answer["deliveries"][4]["error"]["code"] == "folder_refused"


def test_a_students_folder_is_removed_while_their_copy_is_made(slow, school, ledger_url):
    share, worker = stop_in_the_middle(slow, school, "name_unnamed")
    shutil.rmtree(school.copy_of(2).parent)

    go_on(slow, school, share, worker, ledger_url)

    wait_until(lambda: read_record(ledger_url, share).thawed, what="the end")
    planned = school.planned
    assert check(school.root, planned, database_url=ledger_url, share=share) == []


@pytest.fixture
def fat(mounted: Mount, tmp_path: Path) -> Path:
    """No unnamed files, no second names, no stamps, no owners, no difference of case."""
    return mounted("-o", "loop", source=image(tmp_path, 16_000_000, "mkfs.vfat"))


def test_fat_gets_one_copy_each_and_the_same_request_joins(fat, warm, tmp_path, ledger_url):
    school = School.build(tmp_path, students=10, root=fat)
    (fat / "STUDENT 003").mkdir()

    code, answer = ask(warm, *school.request, place=school.desk)
    _, again = ask(warm, *school.request, place=school.desk)

    assert code == 0, answer
    assert again["joined"]
    assert (fat / "STUDENT 003" / "Essay - Student 003.docx").exists()
    (fat / "STUDENT 003").rename(fat / "x")
    (fat / "x").rename(fat / "Student 003")
    assert check_drive(fat, school.planned) == []


def test_fat_that_fills_leaves_nothing_half_made(fat, warm, tmp_path):
    school = School.build(tmp_path, students=30, size_bytes=1_000_000, root=fat)

    code, answer = ask(warm, *school.request, place=school.desk)

    assert code == 3
    check_failed(answer, school, "no_space")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", ["open_new", "copy", "rename_new", "look"])
def test_fat_after_a_kill_gets_one_copy_each(call, after, fat, warm, tmp_path, ledger_url):
    school = School.build(tmp_path, students=3, root=fat)
    _, answer = ask(warm, *school.request, "--no-wait", place=school.desk)
    cut = Cut(point=Point(phase="command", call=call, number=2), after=after).told()
    log = tmp_path / "log"
    assert warm.run("hectograph", argv=["worker"], cut=cut, log=log) == -signal.SIGKILL

    share = answer["share"]
    code, _ = ask(warm, "shares", "watch", share, place=school.desk)

    assert code == 0
    assert check(fat, school.planned, database_url=ledger_url, share=share) == []


def test_a_drive_that_can_name_nothing_without_replacing(
    mounted, warm, tmp_path, ledger_url
):
    """exFAT through FUSE has no links, and its rename replaces or refuses to be asked."""
    made_by = image(tmp_path, 16_000_000, "mkfs.exfat")
    root = mounted("-t", "exfat-fuse", "-o", "loop", source=made_by)
    school = School.build(tmp_path, students=5, root=root)
    _, answer = ask(warm, *school.request, "--no-wait", place=school.desk)
    worker = warm.start("hectograph", argv=["worker"], log=tmp_path / "worker")
    share = answer["share"]

    wait_until(lambda: read_record(ledger_url, share).open == 0, what="the end", seconds=10)

    assert warm.end(worker) == [0]
    _, answer = ask(warm, "shares", "show", share, place=school.desk)
    check_failed(answer, school, "folder_refused")
