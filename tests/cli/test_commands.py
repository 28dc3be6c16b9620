"""The commands, with hectograph in memory behind them."""

import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from hectograph.cli.main import Doors, cli, run
from hectograph.domain.errors import (
    AccessDenied,
    LedgerUnavailable,
    Misconfigured,
    Unavailable,
    UnknownShare,
)

from ..builders import ACCOUNT
from ..memory_house import FakePresence, MemoryHouse

ESSAY = Path("/teacher/Essay.docx")


@pytest.fixture
def house():
    memory = MemoryHouse()
    memory.drive.documents[ESSAY] = "essay"
    return memory


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "7b.csv"
    path.write_text("Name,Class\nAda,7B\nBob,7B\nCy,8A\n")
    return path


@pytest.fixture
def hectograph(house, tmp_path):
    def call(*arguments):
        doors = Doors(
            open_house=house.opened,
            examine=lambda **_: {"healthy": True, "database": "in memory"},
            serve=print,
            list_settings=lambda: [
                {
                    "name": "HECTOGRAPH_X",
                    "value": "1",
                    "source": "default",
                    "description": "x",
                }
            ],
        )
        return CliRunner().invoke(cli, [str(each) for each in arguments], obj=doors)

    return call


@pytest.fixture
def share(hectograph, roster, tmp_path):
    def call(*options):
        return hectograph("share", ESSAY, "--roster", roster, "--into", tmp_path, *options)

    return call


def told(result):
    return json.loads(result.stdout)


def test_a_class_gets_its_copies(share, house):
    result = share("--json")

    answer = told(result)
    assert result.exit_code == 0
    assert (answer["state"], answer["joined"]) == ("complete", False)
    assert answer["counts"]["verified"] == 3
    assert answer["deliveries"][0] == {
        "student": "Ada",
        "members": [],
        "state": "verified",
        "path": "Ada/Essay - Ada.docx",
        "attempts": 1,
        "error": None,
    }
    assert len(house.drive.files) == 3


def test_every_state_has_a_count(share):
    assert set(told(share("--json"))["counts"]) == {
        *("planned", "placing", "placed", "verified", "waiting"),
        *("failed", "cancelled", "recalled", "kept"),
    }


def test_the_same_again_joins_and_changes_nothing(share, house):
    first = told(share("--json"))
    second = told(share("--json"))

    assert second["joined"]
    assert second["share"] == first["share"]
    assert len(house.drive.files) == 3


def test_a_person_is_told_that_the_class_has_it(share):
    share()

    result = share()

    assert "already has it" in result.stdout
    assert result.exit_code == 0


def test_again_makes_new_copies(share, house):
    share()

    assert told(share("--again", "--json"))["joined"] is False
    assert len(house.drive.files) == 6


def test_one_class_of_the_roster(share, house):
    assert told(share("--class", "7b", "--json"))["counts"]["verified"] == 2


def test_a_pattern_names_the_copies(share, house):
    share("--name", "{student} ({class})")

    assert ("Ada", "Ada (7B).docx") in house.drive.files


def test_a_dry_run_does_nothing(share, house):
    result = share("--dry-run", "--json")

    answer = told(result)
    assert (answer["share"], answer["state"]) == (None, "draft")
    assert answer["deliveries"][0]["path"].endswith("/Ada/Essay - Ada.docx")
    assert house.drive.files == {}
    assert house.ledger.list_shares(limit=9) == []


def test_without_waiting_nothing_is_copied_yet(share, house):
    result = share("--no-wait", "--json")

    assert result.exit_code == 0
    assert told(result)["state"] == "running"
    assert house.drive.files == {}


def test_who_stops_waiting_is_told_that_the_share_goes_on(share, house):
    house.works = False
    house.stop_at_once = True

    result = share()

    assert result.exit_code == 75
    assert "goes on as soon as a worker is about" in result.stdout
    assert "shares watch" in result.stdout


def test_who_asks_while_everything_is_paused_reads_why(share, hectograph, house):
    hectograph("pause", "--reason", "the disks are moved")
    house.stop_at_once = True

    asked = share()
    listed = hectograph("shares", "list")

    assert asked.exit_code == 75
    for result in (asked, listed):
        assert "Everything is paused: the disks are moved (since 08:00" in result.stdout
    assert house.drive.files == {}


def test_who_waits_does_not_stand_in_while_everything_is_paused(share, hectograph, house):
    stood_in_while = []

    class Watched(FakePresence):
        def try_stand_in(self):
            stood_in_while.append(house.ledger.find_halt())
            return True

    house.presence = Watched()
    hectograph("pause")
    now = house.clock.now()
    timer = threading.Timer(0.5, lambda: house.ledger.resume(by=None, now=now))
    timer.start()

    shared = share("--json")
    timer.join()

    assert shared.exit_code == 0
    assert stood_in_while == [None]


def test_programs_are_told_of_a_pause_for_all(share, hectograph):
    paused = told(hectograph("pause", "--reason", "the disks are moved", "--json"))

    asked = told(share("--no-wait", "--json"))
    shown = told(hectograph("shares", "show", asked["share"], "--json"))
    listed = told(hectograph("shares", "list", "--json"))

    assert paused["halted"]["reason"] == "the disks are moved"
    assert asked["halted"] == shown["halted"] == listed["halted"] == paused["halted"]


def test_what_waited_is_copied_after_it_is_resumed(share, hectograph):
    hectograph("pause")
    asked = told(share("--no-wait", "--json"))

    resumed = hectograph("resume")
    watched = told(hectograph("shares", "watch", asked["share"], "--json"))

    assert "goes on" in resumed.stdout
    assert (watched["state"], watched["halted"]) == ("complete", None)
    assert "Nothing was paused" in hectograph("resume").stdout


def test_who_drains_waits_for_what_is_under_way(share, hectograph, house):
    share("--no-wait")
    lane = house.ledger.begin_lane(ACCOUNT, job=1, now=house.clock.now())
    house.ledger.claim(lane, limit=1, now=house.clock.now())
    timer = threading.Timer(0.2, lambda: house.ledger.end_lane(lane, job=1))
    timer.start()

    drained = hectograph("pause", "--wait")
    timer.join()

    assert drained.exit_code == 0
    assert "Waiting for 1 copies" in drained.stderr
    assert "Nothing is under way" in drained.stderr


def test_who_gives_up_draining_leaves_everything_paused(hectograph, house):
    house.ledger.begin_lane(ACCOUNT, job=1, now=house.clock.now())
    house.stop_at_once = True

    assert hectograph("pause", "--wait").exit_code == 75
    assert house.ledger.find_halt() is not None


def test_a_person_who_does_not_wait_is_told_how_to_watch(share):
    assert "shares watch" in share("--no-wait").stdout


def test_exceptions_have_a_code_a_reason_and_a_remedy(share, house):
    house.drive.mishaps = [AccessDenied("The folder may not be written to.")]

    result = share("--json")

    answer = told(result)
    assert result.exit_code == 3
    assert answer["state"] == "complete with exceptions"
    error = answer["deliveries"][0]["error"]
    assert error["code"] == "access_denied"
    assert f"shares retry {answer['share']}" in error["remedy"]


def test_a_person_reads_who_has_no_copy_and_why(share, house):
    house.drive.mishaps = [AccessDenied("The folder may not be written to.")]

    result = share()

    assert "2 of 3 copies are there" in result.stdout
    assert "Ada: The folder may not be written to." in result.stdout


def test_what_failed_can_be_tried_again(share, hectograph, house):
    house.drive.mishaps = [AccessDenied("no")]
    share_id = told(share("--json"))["share"]

    assert hectograph("shares", "retry", share_id).exit_code == 0
    result = hectograph("shares", "watch", share_id, "--json")

    assert result.exit_code == 0
    assert told(result)["state"] == "complete"


def test_what_passes_by_itself_is_no_exception(share, house):
    house.drive.mishaps = [Unavailable("down"), Unavailable("down")]

    assert share("--json").exit_code == 0


def test_a_share_can_be_paused_resumed_and_cancelled(share, hectograph):
    share_id = told(share("--no-wait", "--json"))["share"]

    assert told(hectograph("shares", "pause", share_id, "--json"))["state"] == "paused"
    assert hectograph("shares", "pause", share_id).exit_code != 0
    assert told(hectograph("shares", "resume", share_id, "--json"))["state"] == "running"
    assert told(hectograph("shares", "cancel", share_id, "--json"))["state"] == "cancelled"
    assert hectograph("shares", "show", share_id).exit_code == 1


def test_shares_are_listed_an_object_a_line(share, hectograph):
    share()
    share("--again")

    lines = hectograph("shares", "list", "--json").stdout.splitlines()

    assert [json.loads(line)["state"] for line in lines] == ["complete", "complete"]
    assert "Essay.docx" in hectograph("shares", "list").stdout


def test_a_share_shows_every_delivery(share, hectograph):
    share_id = told(share("--json"))["share"]

    result = hectograph("shares", "show", share_id.upper())

    assert result.exit_code == 0
    for student in ("Ada", "Bob", "Cy"):
        assert student in result.stdout


def test_a_rebuilt_ledger_knows_what_was_delivered(share, hectograph, house, tmp_path):
    share()
    house.__post_init__()

    result = hectograph("ledger", "rebuild", tmp_path, "--json")

    assert told(result) == {"shares": 1}
    (found,) = house.ledger.list_shares(limit=9)
    assert found.delivered == 3


def test_doctor_and_config_tell_what_they_found(hectograph):
    assert "in memory" in hectograph("doctor").stdout
    assert told(hectograph("doctor", "--json"))["healthy"] is True
    assert "HECTOGRAPH_X" in hectograph("config", "check").stdout
    assert told(hectograph("config", "check", "--json"))["source"] == "default"


def test_usage_errors_exit_with_2(hectograph):
    assert hectograph("share").exit_code == 2
    assert hectograph("shares", "lst").exit_code == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnknownShare("There is no share."), 4),
        (LedgerUnavailable("It does not answer."), 75),
        (Misconfigured("Nonsense."), 2),
        (AccessDenied("No."), 2),
    ],
    ids=lambda each: getattr(each, "code", each),
)
def test_errors_have_exit_codes_and_go_to_stderr(error, code, capsys, monkeypatch):
    def broken(told):
        raise error

    monkeypatch.setattr("sys.argv", ["hectograph", "shares", "list", "--json"])
    with pytest.raises(SystemExit) as ended:
        run(open_house=broken, examine=dict, list_settings=list, serve=print)

    out, err = capsys.readouterr()
    assert ended.value.code == code
    assert json.loads(out)["error"]["code"] == error.code
    assert str(error) in err


def test_a_look_before_tells_how_long_it_takes_now_and_tonight(share):
    words = share("--dry-run").stdout
    answer = told(share("--dry-run", "--json"))

    assert "Now:      less than a minute" in words
    assert "Tonight:  ready by 20:10" in words
    assert set(answer["estimate"]) == {
        *("made_at", "earliest_at", "likely_at", "latest_at"),
        *("rests_until", "because"),
    }
    assert answer["estimate"]["latest_at"] < answer["tonight"]["latest_at"]


def test_who_named_a_time_is_told_of_that_alone(share):
    words = share("--dry-run", "--at", "21:00").stdout

    assert "Ready by 21:10" in words
    assert "Tonight" not in words


def test_a_share_tells_when_it_is_ready_while_a_worker_is_about(share, hectograph, house):
    house.works, house.presence.about = False, True
    words = share("--no-wait").stdout
    (line,) = [
        json.loads(each)
        for each in hectograph("shares", "list", "--json").stdout.splitlines()
    ]

    assert "It should be ready by" in words
    assert line["estimate"]["latest_at"] > line["asked_at"]
    assert "Ready" in hectograph("shares", "list").stdout
    shown = told(hectograph("shares", "show", line["share"], "--json"))
    assert shown["estimate"] is not None


def test_without_a_worker_no_time_is_told(share, hectograph, house):
    house.works = False
    words = share("--no-wait").stdout

    assert "should be ready" not in words
    assert json.loads(hectograph("shares", "list", "--json").stdout)["estimate"] is None
    assert "Ready" not in hectograph("shares", "list").stdout


def test_a_joined_share_tells_when_it_is_ready(share, house):
    house.works, house.presence.about = False, True
    share("--no-wait")

    joined = told(share("--no-wait", "--json"))

    assert joined["joined"]
    assert joined["estimate"] is not None


def test_an_empty_queue_says_so(hectograph):
    assert hectograph("queue").stdout == "Nothing is under way, and nothing waits.\n"
    assert hectograph("queue", "--json").stdout == ""


def test_the_queue_tells_what_waits_and_why(share, hectograph, house):
    house.works = False
    share("--no-wait")

    words = hectograph("queue").stdout
    (line,) = [
        json.loads(each) for each in hectograph("queue", "--json").stdout.splitlines()
    ]

    assert f"{ACCOUNT} · pace not known yet" in words
    assert "0 of 3" in words
    assert "no worker is about" in words
    assert (line["account"], line["why"]) == (ACCOUNT, "no worker is about")
    assert hectograph("queue", "--account", "google:school", "--json").stdout == ""


def test_the_queue_tells_who_is_next_and_by_when(share, hectograph, house):
    house.works, house.presence.about = False, True
    share("--no-wait", "--in-lesson")

    words = hectograph("queue").stdout

    assert "for a lesson: next" in words
    assert "by 08:01" in words


def test_a_deadline_at_risk_is_seen_everywhere(share, hectograph, house):
    house.works = False
    share("--no-wait", "--done-by", "08:30")
    (line,) = [
        json.loads(each)
        for each in hectograph("shares", "list", "--json").stdout.splitlines()
    ]

    assert line["at_risk"]
    assert told(hectograph("shares", "show", line["share"], "--json"))["at_risk"]
    assert (
        "may not all be there in time" in hectograph("shares", "show", line["share"]).stdout
    )
    assert "wanted by 08:30" in " ".join(hectograph("shares", "list").stdout.split())
    assert json.loads(hectograph("queue", "--json").stdout)["at_risk"]
