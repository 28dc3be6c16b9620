"""Recalls, clean-ups and the audit log as commands, on the emulated drive."""

import json
from collections import Counter
from urllib.request import Request, urlopen

import psycopg
import pytest

from .school import NATIVE, OFFICE, TEACHER, each_trouble

COURIERS = ("courier1@school.test", "courier2@school.test")
UNDER_WAY = 75
POOL = f"couriers:{','.join(COURIERS)}"
MODES = [
    pytest.param("teacher", False, "staged", id="teacher-file"),
    pytest.param(POOL, False, "staged", id="couriers-file"),
    pytest.param("recipient", False, "staged", id="recipient-file"),
    pytest.param("teacher", True, "direct", id="teacher-direct"),
    pytest.param(POOL, True, "direct", id="couriers-direct"),
    pytest.param("teacher", True, "staged", id="teacher-staged"),
]
WORK = {
    "edit": "Edited",
    "rename": "renamed",
    "move": "moved",
    "comment": "commented",
}


class Desk:
    """A teacher's desk: the commands, the class, and what lies on the drive."""

    def __init__(self, hectograph, school, key):
        self.run = hectograph
        self.school = school
        self.admin = school.emulator.admin
        self.key = key

    def open(self, students=2, *, acting="teacher", native=False, delivery="staged"):
        """Set the class and the drive up, and lay a document ready."""
        self.admin.settings(settle_seconds=[0.1, 0.2])
        self.roster = self.school.open(students, couriers=len(COURIERS))
        readers = [OFFICE, *COURIERS, *self.school.students]
        self.document = self.school.document(native=native, readers=readers)
        added = self.run(
            *("drive", "add", "google", "school", "--service-account", self.key),
            *("--acting", acting, "--delivery", delivery),
            *("--api-root", self.school.emulator.url),
        )
        assert added.code == 0, added.err
        return self

    def share(self, *more, advance=3):
        """Share the document; returns the share's id, when Drive has done with the copies."""
        where = ("--drive", "school", "--as", TEACHER, "--roster", self.roster)
        ran = self.run("share", self.document, *where, "--json", *more)
        assert ran.code == 0, ran.err
        self.admin.advance(advance)
        return ran.told["share"]

    def recall(self, share, *more, code=0):
        """Take it back, or not; returns the report."""
        return self.told("recall", share, *more, code=code)

    def told(self, *words, code=0):
        """What a command prints as JSON."""
        ran = self.run(*words, "--json")
        assert ran.code == code, (ran.code, ran.out, ran.err)
        return ran.told

    @property
    def copies(self):
        """Our files that are not hidden, those in the trash as well, oldest first."""
        state = self.admin.state()["files"]
        staging = {each["id"] for each in state if each["name"].startswith("hectograph")}
        ours = [
            each
            for each in state
            if each["created_client"] != "drive.google.com"
            and each["id"] not in staging
            and not staging.intersection(each["parents"])
            and any("hx" in marks for marks in each["appProperties"].values())
        ]
        return sorted(ours, key=lambda each: (each["name"], each["history"][0]["at"]))

    @property
    def visible(self):
        return [each["id"] for each in self.copies if not each["trashed"]]

    def work(self, do, copy, *, student=0):
        """Have a student do something to a copy."""
        self.admin.act(self.school.students[student], do, copy["id"])


@pytest.fixture
def desk(hectograph, school, key):
    return Desk(hectograph, school, key)


def states(report):
    return Counter(each["state"] for each in report["files"])


def delivery_states(database_url):
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT state FROM delivery ORDER BY position").fetchall()
    return [state for (state,) in rows]


@pytest.mark.parametrize(("acting", "native", "delivery"), MODES)
def test_untouched_copies_go_and_undo_brings_the_same_files_back(
    desk, empty_database, acting, native, delivery
):
    desk.open(3, acting=acting, native=native, delivery=delivery)
    share = desk.share()
    before = desk.visible

    recalled = desk.recall(share)

    assert states(recalled) == {"removed": 3}
    assert desk.visible == []
    assert all(each["explicitlyTrashed"] for each in desk.copies)
    assert delivery_states(empty_database) == ["recalled"] * 3

    undone = desk.recall(share, "--undo")

    assert states(undone) == {"returned": 3}
    assert undone["cleanup"] == recalled["cleanup"]
    assert desk.visible == before
    assert len(desk.copies) == 3
    assert delivery_states(empty_database) == ["verified"] * 3
    assert not any(each["deleted"] for each in desk.admin.state()["files"])


@pytest.mark.parametrize(("acting", "native", "delivery"), MODES)
def test_what_students_have_worked_on_stays_and_is_listed_with_the_reason(
    desk, empty_database, acting, native, delivery
):
    desk.open(len(WORK) + 1, acting=acting, native=native, delivery=delivery)
    share = desk.share()
    copies = desk.copies
    for student, do in enumerate(WORK):
        desk.work(do, copies[student], student=student)
    worked_on = {each["id"]: each for each in desk.copies[: len(WORK)]}

    recalled = desk.recall(share, code=3)

    assert states(recalled) == {"kept": len(WORK), "removed": 1}
    files = recalled["files"]
    for number, words in enumerate(WORK.values()):
        assert files[number]["state"] == "kept"
        assert files[number]["reason"]["code"] == "touched"
        assert words.lower() in files[number]["reason"]["message"].lower()
    after = {each["id"]: each for each in desk.copies if not each["trashed"]}
    assert after == worked_on
    assert delivery_states(empty_database) == ["kept"] * len(WORK) + ["recalled"]


def test_what_a_recipients_own_account_made_natively_cannot_be_told_and_stays(desk):
    desk.open(2, acting="recipient", native=True, delivery="direct")
    share = desk.share()

    recalled = desk.recall(share, code=3)

    assert states(recalled) == {"kept": 2}
    assert len(desk.visible) == 2


def test_a_share_recalled_twice_is_one_clean_up(desk):
    share = desk.open().share()

    first = desk.recall(share)
    second = desk.recall(share.upper())

    assert second == first
    listed = desk.run("cleanup", "list", "--json").lines
    assert [each["subject"] for each in listed].count(share) == 1


def test_a_recall_can_be_undone_and_done_again_and_counts_anew(desk, empty_database):
    share = desk.open().share()
    first = desk.recall(share)
    desk.recall(share, "--undo")

    second = desk.recall(share)

    assert second["cleanup"] != first["cleanup"]
    assert states(second) == {"removed": 2}
    assert desk.visible == []
    assert delivery_states(empty_database) == ["recalled"] * 2


def test_an_undo_that_nobody_has_carried_yet_is_overtaken_by_another_recall(desk):
    share = desk.open().share()
    first = desk.recall(share)
    desk.recall(share, "--undo", "--no-wait")

    report = desk.recall(share)

    assert report["cleanup"] == first["cleanup"]
    assert states(report) == {"removed": 2}
    assert desk.visible == []


def test_a_recall_that_nobody_has_carried_yet_is_undone_and_done_again(desk):
    share = desk.open().share()
    desk.recall(share, "--no-wait")
    desk.recall(share, "--undo", "--no-wait")

    report = desk.recall(share)

    assert states(report) == {"removed": 2}
    assert desk.visible == []
    assert states(desk.recall(share, "--undo")) == {"returned": 2}
    assert len(desk.visible) == 2


def test_there_is_nothing_to_undo_without_a_recall(desk):
    share = desk.open(1).share()

    never = desk.run("recall", share, "--undo")
    unknown = desk.run("recall", "0000000000")

    assert (never.code, unknown.code) == (2, 4)
    assert "not recalled" in never.err
    assert len(desk.visible) == 1


def test_a_share_that_nobody_began_is_stopped_and_makes_no_copy(desk, empty_database):
    share = desk.open().share("--no-wait")

    recalled = desk.recall(share)

    assert recalled["files"] == []
    assert desk.copies == []
    assert delivery_states(empty_database) == ["cancelled"] * 2


def test_a_share_under_way_is_stopped_and_what_arrives_late_goes_too(
    desk, start, empty_database
):
    desk.open(6)
    desk.admin.settings(latency={"median": 1.0, "sigma": 0.0})
    where = ("--drive", "school", "--as", TEACHER, "--roster", desk.roster)
    sharing = start("share", desk.document, *where, "--json")
    while not any(each == "placing" for each in delivery_states(empty_database)):
        assert sharing.poll() is None, sharing.communicate()
    with psycopg.connect(empty_database) as connection:
        ((share,),) = connection.execute("SELECT id FROM share").fetchall()

    recalled = desk.recall(share)
    out, _ = sharing.communicate(timeout=60)

    assert json.loads(out)["share"] == share
    assert set(states(recalled)) == {"removed"}
    assert desk.visible == []
    assert set(delivery_states(empty_database)) <= {"recalled", "cancelled"}


def test_sharing_the_same_again_after_a_recall_gives_new_copies(desk):
    first = desk.open().share()
    old = desk.visible
    desk.recall(first)

    second = desk.share()

    assert second != first
    assert len(desk.visible) == 2
    assert not set(desk.visible) & set(old)
    assert states(desk.recall(first, "--undo")) == {"returned": 2}
    assert len(desk.visible) == 4


def test_a_copy_that_another_share_counts_as_its_own_stays(desk):
    desk.open(3)
    lines = desk.roster.read_text().splitlines()
    everybody = desk.roster
    desk.roster = everybody.with_name("early.csv")
    desk.roster.write_text("\n".join(lines[:3]))
    early = desk.share()
    desk.roster = everybody
    whole = desk.share()

    recalled = desk.recall(early, code=3)

    assert states(recalled) == {"kept": 2}
    assert {each["reason"]["code"] for each in recalled["files"]} == {"shared"}
    assert len(desk.visible) == 3
    assert states(desk.recall(whole)) == {"removed": 3}
    assert desk.visible == []


def test_a_pool_takes_back_what_another_of_its_accounts_made(desk):
    """Who joined late counts copies as its own that other couriers own."""
    desk.open(6, acting=POOL)
    lines = desk.roster.read_text().splitlines()
    everybody = desk.roster
    desk.roster = everybody.with_name("early.csv")
    desk.roster.write_text("\n".join(lines[:6]))
    early = desk.share()
    desk.roster = everybody
    whole = desk.share()
    desk.recall(early, code=3)

    recalled = desk.recall(whole)

    assert states(recalled) == {"removed": 6}
    assert desk.visible == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["files.update", "files.get", "comments.list"])
def test_faults_neither_lose_nor_double_anything(desk, call, when):
    faults = each_trouble(call, when)
    desk.open(3)
    share = desk.share()
    copies = desk.copies
    desk.work("edit", copies[0])
    before = desk.visible
    desk.admin.faults(*faults)

    recalled = desk.recall(share, code=3)

    assert states(recalled) == {"kept": 1, "removed": 2}
    assert desk.visible == [copies[0]["id"]]

    desk.admin.faults(*faults)
    undone = desk.recall(share, "--undo", code=3)

    assert states(undone) == {"kept": 1, "returned": 2}
    assert desk.visible == before
    assert len(desk.copies) == 3


def test_a_trouble_that_lasts_leaves_the_recall_under_way(desk, start):
    share = desk.open(1).share()
    desk.admin.faults({"call": "files.get", "kind": "503"})

    waiting = start("recall", share, "--json")
    while not any(each["fault"] for each in desk.admin.log()):
        assert waiting.poll() is None, waiting.communicate()
    waiting.terminate()
    out, err = waiting.communicate(timeout=60)

    assert waiting.returncode == UNDER_WAY, err
    assert states(json.loads(out)) == {"asked": 1}
    desk.admin.faults()
    assert states(desk.recall(share)) == {"removed": 1}


def test_what_a_person_threw_away_meanwhile_is_found_there(desk):
    share = desk.open().share()
    copies = desk.copies
    desk.admin.act(TEACHER, "trash", copies[0]["id"])

    recalled = desk.recall(share)

    assert states(recalled) == {"removed": 2}
    assert desk.visible == []


def test_what_is_gone_for_good_is_told_as_gone(desk):
    share = desk.open().share()
    token = desk.admin.token(TEACHER)["access_token"]
    _delete(desk, desk.copies[0]["id"], token=token)

    recalled = desk.recall(share)

    assert states(recalled) == {"gone": 1, "removed": 1}
    assert states(desk.recall(share, "--undo")) == {"gone": 1, "returned": 1}


def _delete(desk, file_id, *, token):
    url = f"{desk.school.emulator.url}/drive/v3/files/{file_id}"
    headers = {"Authorization": f"Bearer {token}"}
    with urlopen(Request(url, method="DELETE", headers=headers)) as answer:
        assert answer.status == 204


def test_a_copy_that_belongs_to_somebody_else_stays_and_says_what_helps(desk):
    share = desk.open().share()
    copy = desk.copies[0]
    _give_away(desk, copy["id"], to=desk.school.students[0])

    recalled = desk.recall(share, code=3)

    assert states(recalled) == {"kept": 1, "removed": 1}
    (kept,) = [each for each in recalled["files"] if each["state"] == "kept"]
    assert "another account" in kept["reason"]["message"]
    assert "owner" in kept["reason"]["remedy"]
    assert desk.visible == [copy["id"]]


def _give_away(desk, file_id, *, to):
    token = desk.admin.token(TEACHER)["access_token"]
    url = (
        f"{desk.school.emulator.url}/drive/v3/files/{file_id}/permissions"
        "?transferOwnership=true"
    )
    body = json.dumps({"role": "owner", "type": "user", "emailAddress": to}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(url, data=body, headers=headers)) as answer:
        assert answer.status == 200


def test_lists_that_lag_hide_nothing_from_a_recall(desk):
    desk.open(3)
    desk.admin.settings(lag=[3.0, 5.0])
    share = desk.share()
    desk.work("rename", desk.copies[0])

    recalled = desk.recall(share, code=3)

    assert states(recalled) == {"kept": 1, "removed": 2}
    assert len(desk.visible) == 1


def test_the_audit_log_tells_who_did_what_and_how_to_undo_it(desk):
    share = desk.open().share()
    desk.work("edit", desk.copies[0])
    cleanup = desk.recall(share, code=3)["cleanup"]

    entries = desk.run("audit", "--about", share, "--json").lines

    assert next(each["act"] for each in reversed(entries)) == "share.recalled"
    acts = Counter(each["act"] for each in entries)
    assert acts == {"share.recalled": 1, "removal.kept": 1, "removal.removed": 1}
    (recalled,) = [each for each in entries if each["act"] == "share.recalled"]
    assert recalled["by"]
    assert recalled["undo"] == f"hectograph recall {share} --undo"
    (removed,) = [each for each in entries if each["act"] == "removal.removed"]
    assert removed["undo"] == f"hectograph cleanup undo {cleanup}"
    assert removed["facts"]["before"]["file"] == desk.copies[1]["id"]
    assert desk.school.students[0] not in json.dumps(entries)
    assert "Student" not in json.dumps(entries)


def test_what_lies_hidden_is_planned_applied_and_undone(desk, monkeypatch):
    monkeypatch.setenv("HECTOGRAPH_SWEEP_SECONDS", "0")
    desk.open(1, native=True)
    desk.share(advance=0)
    hidden = leave_hidden(desk)

    planned = desk.told("cleanup", "plan", "--all")

    assert states(planned) == {"proposed": 1}
    assert not trashed(desk, hidden)
    applied = desk.told("cleanup", "apply", planned["cleanup"])
    assert states(applied) == {"removed": 1}
    assert trashed(desk, hidden)
    assert desk.told("cleanup", "show", planned["cleanup"]) == applied
    undone = desk.told("cleanup", "undo", planned["cleanup"])
    assert states(undone) == {"returned": 1}
    assert not trashed(desk, hidden)
    assert len(desk.visible) == 1
    (listed,) = desk.run("cleanup", "list", "--limit", 1, "--json").lines
    assert (listed["cleanup"], listed["purpose"]) == (planned["cleanup"], "leftover")


def leave_hidden(desk):
    """A copy in the staging folder that no delivery counts as its own."""
    state = desk.admin.state()["files"]
    (staging,) = [each for each in state if each["name"].startswith("hectograph")]
    name, parents = "Essay - Student 0001", [staging["id"]]
    return desk.admin.file(TEACHER, name, mimeType=NATIVE, parents=parents)


def trashed(desk, file_id):
    (file,) = [each for each in desk.admin.state()["files"] if each["id"] == file_id]
    return file["trashed"]
