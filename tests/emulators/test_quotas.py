"""What is refused, and how."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulators.drive.running import Admin
from tests.emulators.conftest import School


def _copy(school: School) -> Any:
    return school.teacher.send("POST", f"v3/files/{school.picture}/copy", {"name": "x"})


def _no_refill(**more: Any) -> dict[str, Any]:
    return {"write": {"rate": 0.001, "burst": 3}, **more}


def test_an_account_writes_three_times_and_is_refused(school: School, admin: Admin) -> None:
    admin.settings(quotas=_no_refill())

    responses = [_copy(school) for _ in range(4)]

    assert [one.status_code for one in responses] == [200, 200, 200, 403]
    error = responses[-1].json()["error"]["errors"][0]
    assert (error["reason"], error["domain"]) == ("userRateLimitExceeded", "usageLimits")
    assert "Retry-After" not in responses[-1].headers
    assert admin.counts()["refused"] == 1


def test_a_refused_write_did_nothing(school: School, admin: Admin) -> None:
    admin.settings(quotas=_no_refill())
    before = len(admin.state()["files"])

    for _ in range(10):
        _copy(school)

    assert len(admin.state()["files"]) == before + 3


def test_reading_and_other_accounts_are_not_touched(school: School, admin: Admin) -> None:
    admin.settings(quotas=_no_refill())
    for _ in range(4):
        _copy(school)

    assert school.teacher.get(school.picture)
    assert school.student.call("POST", "v3/files", {"name": "mine"})


def test_time_fills_the_bucket_again(school: School, admin: Admin) -> None:
    admin.settings(quotas={"write": {"rate": 0.01, "burst": 1}})
    _copy(school)
    refused = _copy(school).status_code

    admin.advance(101)

    assert refused == 403
    assert _copy(school).status_code == 200


@pytest.mark.parametrize(
    ("refusal", "statuses"),
    [("403", [403, 403, 403]), ("429", [429, 429, 429]), ("alternate", [403, 429, 403])],
)
def test_refusals_have_either_status(
    school: School, admin: Admin, refusal: str, statuses: list[int]
) -> None:
    admin.settings(quotas=_no_refill(refusal=refusal))
    for _ in range(3):
        _copy(school)

    assert [_copy(school).status_code for _ in range(3)] == statuses


def test_a_refusal_may_say_when_to_come_back(school: School, admin: Admin) -> None:
    admin.settings(quotas=_no_refill(retry_after=7))
    for _ in range(3):
        _copy(school)

    assert _copy(school).headers["Retry-After"] == "7"


def test_calls_of_all_accounts_count_for_the_project(school: School, admin: Admin) -> None:
    admin.settings(quotas={"project_calls": {"rate": 0.001, "burst": 2}})

    statuses = [
        one.send("GET", f"v3/files/{school.document}").status_code
        for one in (school.teacher, school.student, school.teacher)
    ]

    assert statuses == [200, 404, 403]


def test_units_are_spent_by_the_minute(school: School, admin: Admin) -> None:
    admin.settings(quotas={"user_units": 200})

    statuses = [school.teacher.send("GET", "v3/files").status_code for _ in range(3)]
    admin.advance(61)

    assert statuses == [200, 200, 403]
    assert school.teacher.send("GET", "v3/files").status_code == 200


def test_the_journal_knows_what_calls_cost(school: School, admin: Admin) -> None:
    school.teacher.get(school.picture)
    school.teacher.find("trashed=false")
    _copy(school)
    school.teacher.new_id()

    units = [entry["units"] for entry in admin.log()]

    assert units == [5, 100, 50, 5]
    assert admin.counts()["units"] == {"teacher@school.test": 160}


def test_calls_at_the_same_time_interleave(school: School, admin: Admin) -> None:
    admin.settings(latency={"median": 0.03, "sigma": 0.5})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: school.teacher.get(school.picture), range(16)))
    admin.settings(latency={"median": 0})

    numbers = [entry["number"] for entry in admin.log()]
    assert numbers == list(range(1, 17))
