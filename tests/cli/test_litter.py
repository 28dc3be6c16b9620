"""`hectograph cleanup plan --pattern`, with hectograph in memory behind it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hectograph.cli.main import Doors, cli, run
from hectograph.domain.errors import ParentsRefused, RequestRefused
from hectograph.providers.memory import MemoryFile

from ..builders import EIGHT
from ..memory_house import MemoryHouse

PLAN = ("cleanup", "plan", "--pattern", "temp_*", "--into", "/school")


@pytest.fixture
def house():
    memory = MemoryHouse()
    for student in ("Ada", "Bob"):
        file = MemoryFile(content="essay", born_at=EIGHT)
        memory.drive.files[student, "temp_1"] = file
    memory.drive.files["Cy", "temp_own"] = MemoryFile(content="mine", born_at=EIGHT)
    memory.drive.files["Cy", "Notes"] = MemoryFile(content="essay", born_at=EIGHT)
    return memory


@pytest.fixture
def doors(house):
    return Doors(open_house=house.opened, examine=dict, list_settings=list, serve=print)


@pytest.fixture
def hectograph(doors):
    def call(*arguments):
        return CliRunner().invoke(cli, [str(each) for each in arguments], obj=doors)

    return call


@pytest.fixture
def shares(tmp_path):
    def write(*rows):
        path = tmp_path / "shares.csv"
        path.write_text("\n".join(("Started;Ended;Pattern", *rows)), encoding="utf-8")
        return path

    return write


def states(result):
    told = json.loads(result.stdout)
    return {each["path"]: each["state"] for each in told["files"]}


def test_a_plan_lists_what_would_go_and_what_stays_and_does_nothing(hectograph, house):
    before = dict(house.drive.files)

    result = hectograph(*PLAN, "--json")

    assert result.exit_code == 0
    assert states(result) == {
        "Ada/temp_1": "proposed",
        "Bob/temp_1": "proposed",
        "Cy/temp_own": "kept",
    }
    assert json.loads(result.stdout)["purpose"] == "litter"
    assert house.drive.files == before


def test_a_person_reads_why_a_file_stays_and_what_to_do_next(hectograph):
    result = hectograph(*PLAN)

    assert "2 would go · 1 stays" in result.stdout
    assert "cleanup apply" in result.stdout


def test_what_is_applied_goes_and_is_brought_back_by_undo(hectograph, house):
    before = dict(house.drive.files)
    cleanup = json.loads(hectograph(*PLAN, "--json").stdout)["cleanup"]

    applied = hectograph("cleanup", "apply", cleanup, "--json")
    left = set(house.drive.files)
    undone = hectograph("cleanup", "undo", cleanup, "--json")

    assert applied.exit_code == 3
    assert left == {("Cy", "temp_own"), ("Cy", "Notes")}
    assert json.loads(undone.stdout)["counts"]["returned"] == 2
    assert house.drive.files == before


def test_what_was_edited_since_the_plan_stays(hectograph, house):
    cleanup = json.loads(hectograph(*PLAN, "--json").stdout)["cleanup"]
    house.drive.files["Ada", "temp_1"] = MemoryFile(content="answer", born_at=EIGHT)

    applied = hectograph("cleanup", "apply", cleanup, "--json")

    assert states(applied)["Ada/temp_1"] == "kept"
    assert ("Ada", "temp_1") in house.drive.files


def test_only_what_was_made_at_the_time_is_looked_at(hectograph):
    assert not states(hectograph(*PLAN, "--json", "--since", "2026-09-02"))
    assert not states(hectograph(*PLAN, "--json", "--until", "2026-08-31"))
    assert states(hectograph(*PLAN, "--json", "--since", "2026-09-01"))


def test_files_go_by_the_shares_of_a_table(hectograph, shares):
    table = shares("2026-09-01 07:59;2026-09-01 08:10;temp_[0-9]")

    result = hectograph(*PLAN, "--json", "--parents", table)

    (own,) = (
        each for each in json.loads(result.stdout)["files"] if each["path"] == "Cy/temp_own"
    )
    assert list(states(result).values()) == ["proposed", "proposed", "kept"]
    assert own["reason"]["code"] == "no_parent_share"


@pytest.mark.parametrize(
    "words",
    [
        ("--pattern", "temp_*"),
        ("--pattern", "temp_*", "--into", "/school", "--drive", "school"),
        ("--pattern", "temp_*", "--into", "/school", "--creator", "a@b.test"),
        ("--pattern", "temp_*", "--into", "/school", "--all"),
        ("--all", "--since", "2026-09-01"),
        ("--all", "--into", "/school"),
    ],
)
def test_options_that_do_not_go_together_are_refused(hectograph, words):
    assert hectograph("cleanup", "plan", *words).exit_code == 2


@pytest.mark.parametrize("pattern", ["*", "?_*", "[a-z]*"])
def test_a_pattern_that_would_list_everything_is_refused(hectograph, house, pattern):
    result = hectograph("cleanup", "plan", "--pattern", pattern, "--into", "/school")

    assert isinstance(result.exception, RequestRefused)
    assert not house.cleanups.known


def test_a_table_that_cannot_be_read_is_told_by_row_and_cause(
    doors, shares, monkeypatch, capsys
):
    table = shares("2026-09-01;2026-09-01;", "soon;2026-09-01;")
    words = ["hectograph", *PLAN, "--parents", str(table), "--json"]
    monkeypatch.setattr("sys.argv", words)

    with pytest.raises(SystemExit) as ended:
        run(open_house=doors.open_house, examine=dict, list_settings=list, serve=print)

    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert ended.value.code == 2
    assert error["code"] == "parents_refused"
    assert error["problems"][0]["row"] == 3
    assert '"soon" is no date' in err


def test_a_table_that_is_not_there_is_refused(hectograph):
    result = hectograph(*PLAN, "--parents", Path("/nowhere/shares.csv"))

    assert isinstance(result.exception, ParentsRefused)
    assert "roster" not in str(result.exception)
