"""Real processes, really killed: workers, zombies, the database, fifty at once, Ctrl-C."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from hectograph import postgres

from .checker import check, read_record
from .command import Command
from .knife import Cut, Point
from .school import School, wait_until

pytestmark = pytest.mark.chaos

MANY = 400
ONE_OF_THESE_SIZE = 200_000
TAKEOVER = 30.0
"""Seconds after which a silent lane is taken over. A dead one takes some six, so that a
noisy machine has room; were it taken for silent, the bound would break."""

USUAL = {
    "HECTOGRAPH_PATROL_SECONDS": "1",
    "HECTOGRAPH_BEAT_SECONDS": "2",
    "HECTOGRAPH_TAKEOVER_SECONDS": str(TAKEOVER),
}
"""The settings as a school has them, where a figure is measured."""
IN_HANDFULS = {"HECTOGRAPH_LANE_WIDTH": "16"}
"""A lane this narrow needs a second or two for many deliveries: time to be killed in."""

Run = Callable[..., Command]


@pytest.fixture
def run(ledger_url: str, tmp_path: Path, closing: ExitStack) -> Run:
    """Start the command line on the database."""

    def start(*argv: str, **environment: str) -> Command:
        told = {"HECTOGRAPH_DATABASE_URL": ledger_url, **environment}
        return closing.enter_context(Command(*argv, place=tmp_path, environment=told))

    return start


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure for whoever reads the log."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")  # noqa: T201

    return show


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Path]:
    """A data directory for an embedded server of the test's own."""
    tmp_path.chmod(0o755)
    path = tmp_path / "data"
    yield path
    postgres.stop(path)


def big_school(place: Path) -> School:
    return School.build(place, students=MANY, size_bytes=ONE_OF_THESE_SIZE)


def share(run: Run, school: School, **environment: str) -> str:
    """Ask for a share without waiting for it; its id."""
    asking = run(*school.request, "--no-wait", "--json", **environment)
    assert asking.wait() == 0, asking.said()
    return str(asking.answer()["share"])


def wait_for_the_end(
    database_url: str, share: str, *workers: Command, seconds: float = 120.0
) -> None:
    def is_over() -> bool:
        record = read_record(database_url, share)
        return record.open == 0 and record.thawed

    def tell() -> str:
        return "\n".join(each.said() for each in workers)

    try:
        wait_until(is_over, what="the end of the share", seconds=seconds)
    except AssertionError:
        raise AssertionError(
            f"{read_record(database_url, share)!s:.2000}\n{tell()}"
        ) from None


def settled_times(database_url: str, share: str) -> list[datetime]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT settled_at FROM delivery WHERE share_id = %s AND settled_at IS NOT NULL"
            " ORDER BY settled_at",
            [share],
        ).fetchall()
    return [row[0] for row in rows]


def longest_pause(times: list[datetime]) -> float:
    """The longest time in which nothing was recorded, in seconds by the database's clock."""
    return max((after - before).total_seconds() for before, after in pairwise(times))


def find_busy(school: School, workers: list[Command], *, copies: int) -> Command:
    """The worker that drains the drive, once so many copies are there."""
    wait_until(lambda: school.arrived() >= copies, what=f"{copies} copies")
    return next(each for each in workers if each.has_open_below(school.root))


def test_a_killed_workers_share_is_finished_by_another(run, tell, ledger_url, tmp_path):
    school = big_school(tmp_path)
    workers = [run("worker", **USUAL, **IN_HANDFULS) for _ in range(2)]
    wait_until(
        lambda: all("is about" in each.said() for each in workers), what="two workers"
    )
    share_id = share(run, school)

    victim = find_busy(school, workers, copies=MANY // 8)
    victim.signal(signal.SIGKILL)
    victim.wait()
    left = read_record(ledger_url, share_id).open
    wait_for_the_end(ledger_url, share_id, *workers)

    assert left > 0, "the share was over before the kill: it proves nothing"
    assert check(school.root, school.planned, database_url=ledger_url, share=share_id) == []
    pause = longest_pause(settled_times(ledger_url, share_id))
    tell(f"resumed after kill -9 of a worker with {left} of {MANY} open: {pause:.1f} s")
    assert pause < TAKEOVER


def test_a_small_class_of_a_killed_worker_is_finished_by_another(
    run, tell, warm, ledger_url, tmp_path
):
    """Every delivery was under way when the worker died: none is planned any more."""
    school = School.build(tmp_path, students=25)
    share_id = share(run, school)
    cut = Cut(point=Point(phase="command", call="name_unnamed", number=13), after=False)
    argv = ["worker"]
    dead = warm.run("hectograph", argv=argv, cut=cut.told(), log=tmp_path / "log")
    with psycopg.connect(ledger_url) as connection:
        ((killed_at,),) = connection.execute("SELECT clock_timestamp()").fetchall()
    worker = run("worker", **USUAL)
    wait_for_the_end(ledger_url, share_id, worker)

    assert dead == -signal.SIGKILL
    assert check(school.root, school.planned, database_url=ledger_url, share=share_id) == []
    pause = (settled_times(ledger_url, share_id)[0] - killed_at).total_seconds()
    tell(f"resumed after kill -9 of a worker with a class of 25: {pause:.1f} s")
    assert pause < TAKEOVER


def test_a_stopped_workers_lane_is_taken_over_and_the_zombie_changes_nothing(
    run, tell, ledger_url, tmp_path
):
    school = big_school(tmp_path)
    workers = [run("worker", **USUAL, **IN_HANDFULS) for _ in range(2)]
    wait_until(
        lambda: all("is about" in each.said() for each in workers), what="two workers"
    )
    share_id = share(run, school)

    zombie = find_busy(school, workers, copies=MANY // 8)
    zombie.signal(signal.SIGSTOP)
    left = read_record(ledger_url, share_id).open
    wait_for_the_end(ledger_url, share_id, *workers)
    before = school.seen(), read_record(ledger_url, share_id)
    zombie.signal(signal.SIGCONT)
    wait_until(
        lambda: not zombie.has_open_below(school.root), what="the zombie's lane to end"
    )
    for each in workers:
        each.signal(signal.SIGTERM)

    assert [each.wait() for each in workers] == [0, 0], zombie.said()
    assert left > 0, "the share was over before the stop: it proves nothing"
    assert (school.seen(), read_record(ledger_url, share_id)) == before
    assert check(school.root, school.planned, database_url=ledger_url, share=share_id) == []
    pause = longest_pause(settled_times(ledger_url, share_id))
    tell(f"take-over of a stopped worker with {left} of {MANY} open: {pause:.1f} s")


@pytest.mark.parametrize("student", ["idle", "renames the copy", "throws the copy away"])
@pytest.mark.parametrize(
    ("call", "number", "lacks"),
    [
        ("sync_all", 1, ()),
        ("sync_all", 1, ("O_TMPFILE",)),
        ("name_unnamed", 2, ()),
        ("link", 2, ("O_TMPFILE",)),
        ("rename_new", 2, ("O_TMPFILE", "link")),
    ],
)
def test_a_zombie_that_was_about_to_give_a_name_changes_nothing(  # noqa: PLR0913
    student, call, number, lacks, run, warm, ledger_url, tmp_path
):
    """Before the permit is asked for (`sync_all`), and in the moment after."""
    school = School.build(tmp_path, students=3)
    share_id = share(run, school)
    cut = Cut(point=Point(phase="command", call=call, number=number), after=False)
    log = tmp_path / "log"
    zombie = warm.start_and_stop(cut, "worker", lacks=lacks, log=log)
    another = warm.start("hectograph", argv=["worker"], lacks=lacks, log=log)
    wait_for_the_end(ledger_url, share_id)
    copy = school.copy_of(1)
    if student == "renames the copy":
        copy.rename(copy.with_name("My own words.docx"))
    elif student == "throws the copy away":
        copy.unlink()
    before = school.seen(), read_record(ledger_url, share_id)
    os.kill(zombie, signal.SIGCONT)
    # Lost, or failed where the server had closed the stopped process's connection.
    noticed = re.compile(r"lane\.(lost|failed)")
    wait_until(lambda: noticed.search(log.read_text()), what="the zombie to notice")

    assert warm.end(zombie, another) == [0, 0], log.read_text()
    # The permit is asked for right before each naming, and a call cannot be undone: what
    # was stopped between the two can at most bring back the one copy that was missing.
    if call == "name_unnamed" and copy.exists() and student != "idle":
        assert copy.read_bytes() == school.content
        copy.unlink()
    assert (school.seen(), read_record(ledger_url, share_id)) == before
    # What is put aside lies at the top, where only we may look.
    hidden = [path.name for path in school.root.glob("*/**/.*")]
    assert hidden == []


@pytest.mark.parametrize(
    ("call", "lacks"),
    [
        ("name_unnamed", ()),
        ("link", ("O_TMPFILE",)),
        ("rename_new", ("O_TMPFILE", "link")),
    ],
)
def test_what_a_student_saves_at_the_last_moment_is_never_overwritten(
    call, lacks, run, warm, ledger_url, tmp_path
):
    school = School.build(tmp_path, students=3)
    share_id = share(run, school)
    cut = Cut(point=Point(phase="command", call=call, number=2), after=False)
    log = tmp_path / "log"
    worker = warm.start_and_stop(cut, "worker", lacks=lacks, log=log)
    mine = school.copy_of(1)
    mine.write_bytes(b"my own words")
    os.kill(worker, signal.SIGCONT)
    wait_for_the_end(ledger_url, share_id)

    assert warm.end(worker) == [0], log.read_text()
    assert mine.read_bytes() == b"my own words"
    assert mine.with_stem(f"{mine.stem} (2)").read_bytes() == school.content
    assert len(school.seen()) == len(school.students) + 1


def test_a_killed_database_is_started_again_and_the_share_completes(
    run, tell, embedded, tmp_path
):
    server = postgres.ensure_running(embedded)
    here = {"HECTOGRAPH_DATA_DIR": str(embedded)}
    school = big_school(tmp_path)
    with ExitStack() as stack:

        def start(*argv: str, **environment: str) -> Command:
            told = {**here, **environment}
            return stack.enter_context(Command(*argv, place=tmp_path, environment=told))

        worker = start("worker", **IN_HANDFULS)
        wait_until(lambda: "is about" in worker.said(), what="a worker")
        share_id = share(start, school)
        wait_until(lambda: school.arrived() >= MANY // 8, what="some copies")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: postgres.find_running(embedded), what="the server to come back")
        left = read_record(server.url, share_id).open
        wait_for_the_end(server.url, share_id, worker)
        worker.signal(signal.SIGTERM)
        assert worker.wait() == 0, worker.said()

    found = postgres.find_running(embedded)
    assert found is not None
    assert found.pid != server.pid
    assert left > 0, "the share was over before the kill: it proves nothing"
    assert check(school.root, school.planned, database_url=server.url, share=share_id) == []
    pause = longest_pause(settled_times(server.url, share_id))
    tell(f"resumed after kill -9 of PostgreSQL with {left} of {MANY} open: {pause:.1f} s")


def test_fifty_processes_with_the_same_request_make_one_copy_each(
    run, ledger_url, tmp_path
):
    school = School.build(tmp_path, students=30)
    asking = [run(*school.request, "--json") for _ in range(50)]

    codes = [each.wait(seconds=300) for each in asking]

    assert codes == [0] * 50, [each.said() for each in asking if each.wait()]
    answers = [each.answer() for each in asking]
    assert sorted(each["joined"] for each in answers) == [False] + [True] * 49
    (share_id,) = {each["share"] for each in answers}
    assert {each["state"] for each in answers} == {"complete"}
    wait_for_the_end(ledger_url, share_id)
    assert check(school.root, school.planned, database_url=ledger_url, share=share_id) == []


def test_after_ctrl_c_a_share_is_kept_and_watching_it_finishes_it(
    run, ledger_url, tmp_path
):
    school = big_school(tmp_path)
    asking = run(*school.request, "--wait", "--json", **IN_HANDFULS)
    wait_until(lambda: school.arrived() >= MANY // 8, what="some copies")
    asking.signal(signal.SIGINT)

    asking.wait()
    answer = asking.answer()
    assert answer["state"] == "running", (
        "the share was over before Ctrl-C: it proves nothing"
    )
    assert not list(school.root.rglob(".hx-*"))
    watching = run("shares", "watch", answer["share"], "--json")
    assert watching.wait() == 0, watching.said()
    assert watching.answer()["state"] == "complete"
    wait_for_the_end(ledger_url, answer["share"], seconds=5)
    planned = school.planned
    assert check(school.root, planned, database_url=ledger_url, share=answer["share"]) == []
