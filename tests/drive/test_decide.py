"""Deciding about what a recall has left, on the emulated drive."""

import json
from urllib.request import Request, urlopen

import pytest

from emulators.drive.running import AdminRefused

from .school import TEACHER
from .test_recall import COURIERS, MODES, Desk

FOLDER = "application/vnd.google-apps.folder"
ADA = "Student 0001"


class Deciding:
    """A share that was taken back, and the copy of the first student, which stays."""

    def __init__(self, desk, **how):
        self.desk = desk.open(2, **how)
        self.share = desk.share()
        self.id = self._edited_first()
        desk.recall(self.share, code=3)
        self.mine = desk.admin.file(
            TEACHER,
            "Handed over",
            mimeType=FOLDER,
            permissions=[
                {"role": "writer", "type": "user", "emailAddress": each}
                for each in COURIERS
            ],
        )

    def _edited_first(self):
        folder = self.desk.school.folders[self.desk.school.students[0]]
        copy = next(each for each in self.desk.copies if folder in each["parents"])
        self.desk.work("edit", copy)
        return copy["id"]

    @property
    def copy(self):
        return self.file(self.id)

    def file(self, wanted):
        return next(
            each for each in self.desk.admin.state()["files"] if each["id"] == wanted
        )

    @property
    def handed_over(self):
        return [
            each
            for each in self.desk.admin.state()["files"]
            if self.mine in each["parents"]
        ]

    def decide(self, *words, code=0):
        ran = self.desk.run("decide", self.share, *words, "--json")
        assert ran.code == code, (ran.code, ran.out, ran.err)
        return ran.told

    @property
    def decisions(self):
        told = self.desk.recall(self.share, code=3)
        (kept,) = [each for each in told["files"] if each["state"] == "kept"]
        return [each["choice"] for each in kept["decisions"]]

    def works(self, do="edit", *, by=None):
        """Whether somebody, the student unless told, can do something to the copy."""
        try:
            self.desk.admin.act(by or self.desk.school.students[0], do, self.id)
        except AdminRefused:
            return False
        return True


@pytest.fixture
def desk(hectograph, school, key):
    return Desk(hectograph, school, key)


@pytest.mark.parametrize(("acting", "native", "delivery"), MODES)
def test_work_is_handed_over_as_one_copy_and_stays_as_it_is(desk, acting, native, delivery):
    case = Deciding(desk, acting=acting, native=native, delivery=delivery)
    before = case.copy

    first = case.decide(ADA, "--hand-over", case.mine)
    second = case.decide(ADA, "--hand-over", case.mine)

    (copy,) = case.handed_over
    assert first["given"]["share"] == second["given"]["share"]
    assert first["given"]["counts"]["verified"] == 1
    extension = "" if native else ".txt"
    assert copy["name"] == f"Essay - {ADA} (handed over){extension}"
    assert copy["sha256"] == before["sha256"]
    assert copy["id"] != before["id"]
    assert case.copy == before
    assert case.decisions == ["hand over"]


def test_a_lock_holds_against_the_student_until_it_is_taken_off(desk):
    case = Deciding(desk)
    before = case.copy

    first = case.decide(ADA, "--lock")
    again = case.decide(ADA, "--lock")
    locked = case.copy

    assert first["decision"]["firm"] is again["decision"]["firm"] is True
    assert locked["locked"]
    assert case.decisions == ["lock"]
    # A lock is no touch: only the version tells of it.
    changed = {name for name in before if before[name] != locked[name]}
    assert changed <= {"locked", "version", "history"}
    assert not any(map(case.works, ("edit", "rename", "comment")))
    assert not case.works(by=TEACHER)

    case.decide("--copy", "0", "--unlock")
    case.decide("--copy", "0", "--unlock")

    assert not case.copy["locked"]
    assert case.decisions == []
    assert case.works()
    acts = desk.run("audit", "--about", case.share, "--json").lines
    assert [each["act"] for each in acts if each["act"] == "copy.locked"]
    undo = next(each["undo"] for each in acts if each["act"] == "copy.locked")
    assert undo == f"hectograph decide {case.share} --copy 0 --unlock"


def test_a_lock_and_its_taking_off_are_no_touch(desk):
    """What only was locked and unlocked goes with the next recall."""
    share = desk.open(1).share()
    (copy,) = desk.visible
    lock = {"contentRestrictions": [{"readOnly": True, "reason": "a lesson"}]}
    for body in (lock, {"contentRestrictions": [{"readOnly": False}]}, lock):
        as_teacher(desk, copy, body)

    report = desk.recall(share)

    assert report["counts"]["removed"] == 1
    assert desk.visible == []


def test_somebody_elses_lock_is_neither_replaced_nor_taken_off(desk):
    case = Deciding(desk)
    as_teacher(desk, case.id, {"contentRestrictions": [{"readOnly": True, "reason": "x"}]})
    before = case.copy

    for words in ("--lock", "--unlock"):
        told = case.decide(ADA, words, code=2)
        assert "locked already" in told["error"]["message"]

    assert case.copy == before
    assert case.decisions == []


def test_a_lock_by_who_is_not_the_owner_says_that_editors_can_lift_it(desk):
    case = Deciding(desk, acting="recipient")

    told = case.decide(ADA, "--lock")

    assert told["decision"]["firm"] is False
    assert case.copy["locked"]
    shown = desk.run("decide", case.share, ADA, "--lock").out
    assert "can take the lock off" in shown
    case.decide(ADA, "--unlock")
    assert case.works()


def test_a_locked_copy_can_still_be_handed_over_and_the_new_one_is_free(desk):
    case = Deciding(desk)
    case.decide(ADA, "--lock")

    case.decide(ADA, "--hand-over", case.mine)

    (copy,) = case.handed_over
    assert not copy["locked"]
    assert case.copy["locked"]
    assert case.decisions == ["lock", "hand over"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["503", "429", "drop"])
def test_an_answer_that_got_lost_leaves_one_lock_and_one_word_of_it(desk, kind, when):
    case = Deciding(desk)
    desk.admin.faults({"call": "files.update", "when": when, "kind": kind, "times": 1})

    told = case.decide(ADA, "--lock")

    assert told["decision"]["done"]
    assert case.copy["locked"]
    assert [each["what"] for each in case.copy["history"]].count("restricted") == 1
    acts = [each["act"] for each in desk.run("audit", "--json").lines]
    assert (acts.count("copy.lock_asked"), acts.count("copy.locked")) == (1, 1)


def test_a_target_that_is_no_link_is_refused(desk):
    case = Deciding(desk)

    told = case.decide(ADA, "--hand-over", "mine", code=2)

    assert "neither a link" in told["error"]["message"]
    assert case.decisions == []


def as_teacher(desk, file, body):
    """Change a file by a program of the teacher's that is not hectograph."""
    token = desk.admin.token(TEACHER)["access_token"]
    request = Request(
        f"{desk.school.emulator.url}/drive/v3/files/{file}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="PATCH",
    )
    with urlopen(request) as response:
        assert response.status == 200
