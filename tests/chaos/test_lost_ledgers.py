"""The ledger is lost, or is yesterday's. That never reads as "nothing was delivered"."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from .checker import check, check_drive, read_record
from .command import ask
from .knife import Cut, Point
from .school import School, wait_until
from .warm import Warm

pytestmark = pytest.mark.chaos

SETTLED = """
SELECT NOT EXISTS (SELECT 1 FROM share WHERE open > 0)
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'doing')
"""
IMPATIENT = {"HECTOGRAPH_RETRY_ATTEMPTS": "2", "HECTOGRAPH_RETRY_PATIENCE_SECONDS": "0"}


class Backup:
    """Copies a whole database aside, and puts it back in the place of what is there."""

    def __init__(self, database_url: str, server_url: str) -> None:
        self._name = str(conninfo_to_dict(database_url)["dbname"])
        self._server_url = server_url

    def take(self) -> None:
        self._run(f"CREATE DATABASE {self._name}_b TEMPLATE {self._name}")

    def restore(self) -> None:
        self._run(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._run(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_b")

    def throw_away(self) -> None:
        self._run(f"DROP DATABASE IF EXISTS {self._name}_b")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture
def backup(ledger_url: str, database_url: str) -> Iterator[Backup]:
    each = Backup(ledger_url, database_url)
    yield each
    each.throw_away()


@pytest.fixture
def warm(ledger_url: str) -> Iterator[Warm]:
    """One that gives up soon what cannot be made."""
    with Warm(ledger_url, **IMPATIENT) as parent:
        yield parent


def edit(copy: Path) -> None:
    """Write into it."""
    with copy.open("ab") as file:
        file.write(b" and my answer")


def rename(copy: Path) -> None:
    """Give it a name of one's own."""
    copy.rename(copy.with_name("My answer.docx"))


def replace_by_saving(copy: Path) -> None:
    """Save as an office program does: a new file in the place of the old."""
    fresh = copy.with_name("~tmp1234.tmp")
    fresh.write_bytes(copy.read_bytes() + b" and my answer")
    fresh.rename(copy)


def throw_away(copy: Path) -> None:
    """Not wanted."""
    copy.unlink()


def ask_and_finish(warm: Warm, school: School) -> str:
    code, answer = ask(warm, *school.request, place=school.desk)
    assert code == 0
    assert answer["joined"] is False
    return str(answer["share"])


def ask_only(warm: Warm, school: School) -> str:
    code, answer = ask(warm, *school.request, "--no-wait", place=school.desk)
    assert code == 0
    return str(answer["share"])


def work_and_die(warm: Warm, school: School, *, call: str, number: int) -> None:
    """A worker that is killed before that call."""
    cut = Cut(point=Point(phase="command", call=call, number=number), after=False)
    log = school.desk / "killed.log"
    code = warm.run("hectograph", argv=["worker"], cut=cut.told(), log=log)
    assert code == -signal.SIGKILL, log.read_text()


def work(warm: Warm, school: School, database_url: str) -> None:
    """A worker until nothing is owed."""

    def is_settled() -> bool:
        with psycopg.connect(database_url) as connection:
            row = connection.execute(SETTLED).fetchone()
            return row == (True,)

    log = school.desk / "worker.log"
    pid = warm.start("hectograph", argv=["worker"], log=log)
    wait_until(is_settled, what="that nothing is owed", seconds=30)
    assert warm.end(pid) == [0], log.read_text()


def empty(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE account, share, handout, delivery, procrastinate_jobs,"
            " procrastinate_events, procrastinate_workers, procrastinate_periodic_defers"
            " CASCADE"
        )


def let_hours_pass(school: School) -> None:
    then = time.time() - 7200
    for kept in school.root.glob(".hectograph/*"):
        os.utime(kept, (then, then))


def shares_in(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [
            row[0] for row in connection.execute("SELECT id FROM share ORDER BY asked_at")
        ]


def test_yesterdays_backup_from_before_the_work_doubles_nothing(
    warm, backup, school, ledger_url
):
    share = ask_only(warm, school)
    backup.take()
    work(warm, school, ledger_url)
    edit(school.copy_of(1))
    rename(school.copy_of(2))
    before = school.seen()
    backup.restore()

    work(warm, school, ledger_url)

    assert school.seen() == before
    record = read_record(ledger_url, share)
    assert record.state == "complete", record
    assert [each.state for each in record.entries] == [
        *("verified", "kept", "verified", "verified", "verified")
    ]
    assert str(record.entries[2].path).endswith("/My answer.docx")


@pytest.mark.parametrize("act", [replace_by_saving, throw_away])
def test_yesterdays_backup_and_a_copy_that_cannot_be_recognised(
    act, warm, backup, school, ledger_url
):
    """Nobody can know for sure that it was made; it is not made anew."""
    share = ask_only(warm, school)
    backup.take()
    work(warm, school, ledger_url)
    act(school.copy_of(3))
    before = school.seen()
    backup.restore()

    work(warm, school, ledger_url)

    assert school.seen() == before
    record = read_record(ledger_url, share)
    assert [each.state for each in record.entries].count("verified") == 4
    # A file that is as old as the first try counts as theirs, an older one as a stranger's.
    assert record.entries[3].state in ("failed", "kept")


@pytest.mark.parametrize("act", [edit, rename, replace_by_saving])
@pytest.mark.parametrize(("call", "number"), [("name_unnamed", 3), ("look", 2)])
def test_a_backup_from_the_middle_of_the_work_doubles_nothing(
    call, number, act, warm, backup, school, ledger_url
):
    share = ask_only(warm, school)
    work_and_die(warm, school, call=call, number=number)
    backup.take()
    work(warm, school, ledger_url)
    act(school.copy_of(0))
    act(school.copy_of(4))
    before = school.seen()
    backup.restore()

    work(warm, school, ledger_url)

    assert school.seen() == before
    record = read_record(ledger_url, share)
    assert record.state == "complete", record
    states = [each.state for each in record.entries]
    touched = "verified" if act is rename else "kept"
    assert states == [touched, "verified", "verified", "verified", touched]


def test_a_backup_restored_in_the_middle_of_the_work_doubles_nothing(
    warm, backup, school, ledger_url
):
    share = ask_only(warm, school)
    backup.take()
    work_and_die(warm, school, call="name_unnamed", number=3)
    backup.restore()

    work(warm, school, ledger_url)

    assert check(school.root, school.planned, database_url=ledger_url, share=share) == []


def test_an_emptied_ledger_and_the_same_request_again_adopt_every_copy(
    warm, school, ledger_url
):
    first = ask_and_finish(warm, school)
    edit(school.copy_of(1))
    rename(school.copy_of(2))
    before = school.seen()
    empty(ledger_url)

    again = ask_and_finish(warm, school)

    assert again != first
    assert school.seen() == before
    record = read_record(ledger_url, again)
    assert record.state == "complete"
    assert [each.state for each in record.entries].count("verified") == 4
    assert record.entries[1].state == "kept"


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_ledger_that_was_emptied_in_the_middle_and_the_same_request_again(
    rebuilt, warm, school, ledger_url
):
    ask_only(warm, school)
    work_and_die(warm, school, call="name_unnamed", number=3)
    empty(ledger_url)
    if rebuilt:
        ask(warm, "ledger", "rebuild", str(school.root), place=school.desk)
    let_hours_pass(school)

    again = ask_and_finish(warm, school)

    assert check(school.root, school.planned, database_url=ledger_url, share=again) == []


def test_an_emptied_ledger_is_rebuilt_from_the_stamps(warm, school, ledger_url):
    first = ask_and_finish(warm, school)
    code, answer = ask(warm, *school.request, "--again", place=school.desk)
    assert code == 0
    second = answer["share"]
    rename(school.copy_of(2))
    before = school.seen()
    empty(ledger_url)

    _, told = ask(warm, "ledger", "rebuild", str(school.root), place=school.desk)

    assert told == {"shares": 2}
    assert sorted(shares_in(ledger_url)) == sorted([first, second])
    for share in (first, second):
        record = read_record(ledger_url, share)
        assert (record.state, record.open, record.thawed) == ("complete", 0, False)
        assert len(record.entries) == len(school.students)
        assert all(Path(str(each.path)).is_file() for each in record.entries)
    assert school.seen() == before


def test_a_rebuilt_ledger_and_the_same_request_again_make_nothing_new(
    warm, school, ledger_url
):
    first = ask_and_finish(warm, school)
    edit(school.copy_of(1))
    rename(school.copy_of(2))
    before = school.seen()
    empty(ledger_url)
    ask(warm, "ledger", "rebuild", str(school.root), place=school.desk)

    again = ask_and_finish(warm, school)

    assert school.seen() == before
    assert read_record(ledger_url, again).state == "complete"
    assert ask(warm, "ledger", "rebuild", str(school.root), place=school.desk)[1] == {
        "shares": 0
    }
    assert sorted(shares_in(ledger_url)) == sorted([first, again])


def test_a_rebuilt_ledger_without_changes_agrees_with_the_drive(warm, school, ledger_url):
    ask_and_finish(warm, school)
    empty(ledger_url)
    ask(warm, "ledger", "rebuild", str(school.root), place=school.desk)
    (share,) = shares_in(ledger_url)

    assert check_drive(school.root, school.planned) == []
    assert {each.state for each in read_record(ledger_url, share).entries} == {"kept"}
