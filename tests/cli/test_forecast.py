"""`hectograph forecast`, with hectograph in memory behind it."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner

from hectograph.cli.main import Doors, cli
from hectograph.domain.drive import Acting, Drive
from hectograph.domain.errors import HectographError
from hectograph.domain.share import ServiceClass

from ..builders import EIGHT, LONG_AGO, a_plan
from ..memory_house import MemoryHouse

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def house():
    return MemoryHouse()


@pytest.fixture
def forecast(house):
    def call(*words):
        doors = Doors(
            open_house=house.opened, examine=dict, list_settings=list, serve=print
        )
        return CliRunner().invoke(cli, ["forecast", *map(str, words)], obj=doors)

    return call


def told(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_numbers_become_a_day_and_figures(forecast):
    answer = told(forecast("--teachers", 20, "--documents", 2, "--json"))

    assert (answer["shares"], answer["copies"]) == (40, 1200)
    assert (answer["measured"], answer["left_out"]) == (None, 0)
    usual, *others = answer["variants"]
    assert usual["name"] == "as it is"
    assert (usual["couriers"], usual["workers"], usual["writes_per_copy"]) == (0, 1, 2)
    assert (usual["writes_per_second"], usual["quota_per_minute"]) == (3, 1_000_000)
    assert usual["waited_for"] == 40
    assert 0 < usual["p50_seconds"] <= usual["p95_seconds"] <= usual["slowest_seconds"]
    assert sum(each["waited_for"] for each in usual["steps"]) == 40
    assert "ends" not in usual
    assert {each["name"] for each in others} >= {"a quarter at night"}
    assert answer["advice"]


def test_the_seed_decides_the_day(forecast):
    asked = ("--teachers", 5, "--json", "--shares", "--seed")
    first, again, other = (told(forecast(*asked, seed)) for seed in (1, 1, 2))

    assert first == again != other


def test_every_share_is_told_of_on_demand(forecast):
    words = ("--teachers", 3, "--big", "1x90", "--class-size", "9-12")

    ends = told(forecast(*words, "--shares", "--json"))["variants"][0]["ends"]
    screen = forecast(*words, "--shares").stdout

    assert max(each["copies"] for each in ends) == 90
    assert all(each["share"] in screen for each in ends)


def test_a_district_is_told_by_its_students(forecast):
    answer = told(forecast("--students", 600, "--delivery", "direct", "--json"))

    assert (answer["shares"], answer["copies"]) == (20, 600)


def test_what_was_said_of_the_service_is_played(forecast):
    usual = told(
        forecast(
            "--teachers", 4, "--couriers", 2, "--workers", 3, "--quota", "600queries",
            "--writes-per-second", 5, "--burst", 7, "--delivery", "direct", "--json",
        )
    )["variants"][0]  # fmt: skip

    assert (usual["couriers"], usual["workers"], usual["burst"]) == (2, 3, 7)
    assert (usual["quota_per_minute"], usual["quota_unit"]) == (600, "queries")
    assert (usual["writes_per_second"], usual["writes_per_copy"]) == (5, 1)


def test_the_screen_has_80_columns(forecast, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    shown = forecast("--teachers", 40, "--big", "2x300").stdout

    assert max(len(line) for line in shown.splitlines()) <= 80
    for words in ("Tuesday 01 September, 08:0", "as it is", "95 of 100", "1 worker with"):
        assert words in shown


def test_the_picture_can_be_read_by_everybody(forecast, tmp_path):
    path = tmp_path / "day.svg"

    result = forecast("--teachers", 40, "--between", "08:00-13:00", "--svg", path)

    assert result.exit_code == 0
    drawn = ET.parse(path).getroot()
    words = [each.text or "" for each in drawn.iter(f"{SVG}text")]
    assert drawn.attrib["role"] == "img"
    assert "40 shares" in (drawn.findtext(f"{SVG}title") or "")
    assert "95 of 100 within" in (drawn.findtext(f"{SVG}desc") or "")
    assert {"as it is", "a quarter at night", "08:00", "13:00"} <= set(words)
    assert not list(drawn.iter(f"{SVG}script"))
    assert all(float(each.attrib["height"]) >= 0 for each in drawn.iter(f"{SVG}rect"))


@pytest.mark.parametrize(
    ("words", "told_of"),
    [
        ((), "in one way"),
        (("--teachers", 3, "--students", 90), "in one way"),
        (("--teachers", 3, "--day", "2026-11-24"), "in one way"),
        (("--teachers", 0), "0"),
        (("--students", -5), "-5"),
        (("--teachers", 3, "--documents", 0), "--documents"),
        (("--teachers", 3, "--couriers", -1), "--couriers"),
        (("--like", "someday"), "someday"),
        (("--teachers", 3, "--burst", 0), "--burst"),
        (("--day", "2026-08-25", "--big", "3x900"), "--big"),
        (("--teachers", 3, "--svg", "/nowhere/day.svg"), "no directory"),
    ],
)
def test_what_makes_no_sense_is_told_with_the_usage(forecast, words, told_of):
    result = forecast(*words)

    assert result.exit_code == 2
    assert told_of in result.stderr


@pytest.mark.parametrize(
    ("words", "told_of"),
    [
        (("--teachers", 3, "--class-size", "big"), "no size of a class"),
        (("--teachers", 3, "--between", "8-9"), "no time of day"),
        (("--teachers", 3, "--between", "09:00-08:00"), "ends before it begins"),
        (("--teachers", 3, "--big", "900"), "3x900"),
        (("--teachers", 3, "--quota", "plenty"), "no quota"),
        (("--teachers", 3, "--drive", "none"), "no drive none"),
        (("--day", "tomorrow"), "no date"),
        (("--day", "2026-08-24"), "Nothing was asked for"),
        (("--like", "monday"), "Nothing was asked for"),
    ],
)
def test_what_cannot_be_forecast_is_refused(forecast, words, told_of):
    error = forecast(*words).exception

    assert isinstance(error, HectographError)
    assert told_of in str(error)


def test_what_went_into_a_directory_takes_no_quota(forecast, house):
    house.ledger.add(a_plan("Ada"), joins_since=LONG_AGO)

    error = forecast("--day", "2026-09-01").exception

    assert "on a drive at a storage service" in str(error)


SCHOOL = Drive(name="school", credentials="key.json", acting=Acting.TEACHER)


def ask(house, *, days_ago, **timing):
    """A share on the drive at eight, so many days before the Tuesday that it is."""
    plan = a_plan(f"Ada {days_ago}", number=days_ago, account="google:school/t@school.test")
    share = replace(plan.share, asked_at=EIGHT - timedelta(days=days_ago), **timing)
    house.ledger.add(replace(plan, share=share), joins_since=LONG_AGO)


@pytest.mark.parametrize(
    ("weekday", "asked", "taken"),
    [
        ("tuesday", (0, 7, 14), 7),
        ("tuesday", (0, 14, 21), 14),
        ("monday", (0, 1, 8), 1),
        ("wednesday", (0, 6, 13), 6),
    ],
)
def test_a_weekday_is_the_last_one_that_is_over(forecast, house, weekday, asked, taken):
    house.drives.put(SCHOOL)
    for days_ago in asked:
        ask(house, days_ago=days_ago)

    answer = told(forecast("--like", weekday, "--json"))

    assert answer["from"] == (EIGHT - timedelta(days=taken)).isoformat()


def test_a_weekday_long_ago_is_not_like_the_next(forecast, house):
    house.drives.put(SCHOOL)
    ask(house, days_ago=77)

    assert "of the last 10 weeks" in str(forecast("--like", "tuesday").exception)


def test_of_several_drives_one_is_named(forecast, house):
    ask(house, days_ago=7)
    plan = a_plan("Bob", number=99, account="google:other/t@school.test")
    share = replace(plan.share, asked_at=EIGHT - timedelta(days=7))
    house.ledger.add(replace(plan, share=share), joins_since=LONG_AGO)
    house.drives.put(SCHOOL)

    several = forecast("--day", "2026-08-25")
    one = told(forecast("--day", "2026-08-25", "--drive", "school", "--json"))

    assert "several drives: other, school" in str(several.exception)
    assert (one["shares"], one["left_out"]) == (1, 1)


def test_a_day_that_nobody_waits_for_is_told_and_not_drawn(forecast, house, tmp_path):
    house.drives.put(SCHOOL)
    ask(house, days_ago=7, service_class=ServiceClass.OVERNIGHT)

    shown = forecast("--day", "2026-08-25")
    drawn = forecast("--day", "2026-08-25", "--svg", tmp_path / "day.svg")

    assert "Nobody waits for anything of this" in shown.stdout
    assert "nothing to draw" in str(drawn.exception)
    assert not list(tmp_path.iterdir())
