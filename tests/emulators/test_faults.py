"""Trouble: before and after the effect, answered or not."""

import pytest
import requests

from emulators.drive.running import Admin, AdminRefused
from tests.emulators.conftest import School

ANSWERED = {"500": 500, "502": 502, "502html": 502, "503": 503, "504": 504}
ANSWERED |= {"403": 403, "403user": 403, "429": 429}


@pytest.mark.parametrize("kind", ANSWERED)
@pytest.mark.parametrize(("when", "copies"), [("before", 0), ("after", 1)])
def test_a_fault_answers_and_the_effect_is_there_or_not(
    school: School, admin: Admin, kind: str, when: str, copies: int
) -> None:
    admin.faults({"call": "files.copy", "when": when, "kind": kind, "times": 1})
    body = {"name": "Essay 1", "parents": [school.folder]}

    response = school.teacher.send("POST", f"v3/files/{school.document}/copy", body)

    assert response.status_code == ANSWERED[kind]
    assert len(school.teacher.names_in(school.folder)) == copies
    entry = admin.log()[0]
    assert (entry["fault"], entry["committed"]) == (f"{kind} {when}", copies == 1)


@pytest.mark.parametrize(("when", "copies"), [("before", 0), ("after", 1)])
def test_a_dropped_connection_answers_nothing(
    school: School, admin: Admin, when: str, copies: int
) -> None:
    admin.faults({"call": "files.copy", "when": when, "kind": "drop", "times": 1})
    body = {"name": "Essay 1", "parents": [school.folder]}

    with pytest.raises(requests.ConnectionError):
        school.teacher.send("POST", f"v3/files/{school.document}/copy", body)

    assert len(school.teacher.names_in(school.folder)) == copies


def test_an_answer_is_cut_in_the_middle(school: School, admin: Admin) -> None:
    admin.faults({"call": "files.copy", "when": "after", "kind": "cut", "times": 1})
    body = {"name": "Essay 1", "parents": [school.folder]}

    with pytest.raises(requests.RequestException):
        school.teacher.send("POST", f"v3/files/{school.document}/copy", body)

    assert school.teacher.names_in(school.folder) == ["Essay 1"]


def test_a_cut_before_the_effect_has_none(school: School, admin: Admin) -> None:
    admin.faults({"call": "files.copy", "when": "before", "kind": "cut", "times": 1})
    body = {"name": "Essay 1", "parents": [school.folder]}

    with pytest.raises(requests.RequestException):
        school.teacher.send("POST", f"v3/files/{school.document}/copy", body)

    assert school.teacher.names_in(school.folder) == []


def test_a_hanging_call_is_for_the_client_to_give_up(school: School, admin: Admin) -> None:
    admin.faults({"call": "files.get", "when": "before", "kind": "hang", "times": 1})
    url = f"{school.teacher.drive.url}/drive/v3/files/{school.picture}"

    with pytest.raises(requests.Timeout):
        school.teacher.session.get(url, timeout=0.2)

    assert school.teacher.get(school.picture)


def test_a_rule_skips_and_then_counts(school: School, admin: Admin) -> None:
    admin.faults({"call": "files.get", "kind": "503", "skip": 1, "times": 2})

    statuses = [
        school.teacher.send("GET", f"v3/files/{school.picture}").status_code
        for _ in range(5)
    ]

    assert statuses == [200, 503, 503, 200, 200]


def test_a_rule_may_be_about_one_account(school: School, admin: Admin) -> None:
    admin.faults({"call": "files.list", "kind": "503", "account": "student@school.test"})

    assert school.student.send("GET", "v3/files").status_code == 503
    assert school.teacher.send("GET", "v3/files").status_code == 200


def test_a_rate_strikes_the_same_calls_again(school: School, admin: Admin) -> None:
    def strike() -> list[int]:
        admin.faults({"call": "files.copy", "kind": "503", "rate": 0.3})
        return [
            school.teacher.send(
                "POST", f"v3/files/{school.picture}/copy", {"name": f"{number}"}
            ).status_code
            for number in range(40)
        ]

    first, second = strike(), strike()

    assert first == second
    assert 4 <= first.count(503) <= 20


def test_a_rate_does_not_strike_a_target_for_ever(school: School, admin: Admin) -> None:
    admin.faults({"call": "files.get", "kind": "503", "rate": 0.5})

    statuses = {
        school.teacher.send("GET", f"v3/files/{school.picture}").status_code
        for _ in range(30)
    }

    assert statuses == {200, 503}


@pytest.mark.parametrize(
    "rule", [{"kind": "nonsense"}, {"when": "never"}, {"colour": "red"}]
)
def test_a_rule_that_makes_no_sense_is_refused(admin: Admin, rule: dict[str, str]) -> None:
    with pytest.raises(AdminRefused):
        admin.faults(rule)
