"""What repeats, as people ask for it: the real command, database, workers and disk."""

import os
import subprocess
import sys
import time

import psycopg
import pytest

from hectograph.__main__ import list_settings
from hectograph.clock import DatabaseClock
from hectograph.domain.errors import CalendarRefused

from ..commands import commands_here

STUDENTS = [f"Student {n:02d}" for n in range(1, 13)]
CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Winter fair
DTSTART;VALUE=DATE:20350108
END:VEVENT
END:VCALENDAR
"""


def noon():
    """A zone in which it is about noon, so that no day ends while a test runs."""
    return f"Etc/GMT{DatabaseClock().now().hour - 12:+}"


@pytest.fixture
def hectograph(empty_database, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.csv").write_text("Name\n" + "\n".join(STUDENTS))
    (tmp_path / "Words.txt").write_text("tide, ebb, flow")
    (tmp_path / "class").mkdir()
    environment = {
        "HECTOGRAPH_DATABASE_URL": empty_database,
        "HECTOGRAPH_TIMEZONE": noon(),
    }
    with commands_here(environment, monkeypatch, capsys) as call:
        yield call


@pytest.fixture
def workers(hectograph):
    found = [
        subprocess.Popen(
            [sys.executable, "-m", "hectograph", "worker"],
            env=dict(os.environ),
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    for each in found:
        assert each.stderr is not None
        assert b"is about" in each.stderr.readline()
    yield found
    for each in found:
        each.terminate()
    for each in found:
        each.communicate(timeout=60)


def share(hectograph, *options):
    return hectograph(
        "share", "Words.txt", "--roster", "class.csv", "--into", "class", *options
    )


def repeat(hectograph, *options):
    return share(hectograph, "--json", "--every", *options).told


def make_due(database, *, seconds):
    """Have it be for this minute, and be looked at in some seconds."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "UPDATE repetition SET due_at = now() + make_interval(secs => %s), "
            "next_on = (now() AT TIME ZONE %s)::date, rule = jsonb_set(rule, '{at}', "
            "to_jsonb(to_char(now() AT TIME ZONE %s, 'HH24:MI')))",
            (seconds, os.environ["HECTOGRAPH_TIMEZONE"], os.environ["HECTOGRAPH_TIMEZONE"]),
        )


def until(look, is_so):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if is_so(found := look()):
            return found
    return pytest.fail("it never came")


def test_two_workers_make_an_occurrence_once(hectograph, tmp_path, empty_database, workers):
    words = repeat(hectograph, "day", "--at", "23:00")["repeat"]
    os.chdir("/")  # where a worker is started says nothing about paths
    make_due(empty_database, seconds=2)

    def show():
        return hectograph("repeats", "show", words, "--json").told

    made = until(
        show, lambda found: found["days"] and found["next_on"] > found["days"][0]["on"]
    )
    ended = hectograph("shares", "watch", made["last"]["share"], "--json").told

    assert ended["state"] == "complete"
    assert [each["share"] for each in made["days"]] == [ended["share"]]
    assert len(hectograph("shares", "list", "--json").lines) == 1
    copies = [path.name for path in (tmp_path / "class").glob("*/*.txt")]
    day = made["days"][0]["on"]
    assert sorted(copies) == [f"Words {day} - {name}.txt" for name in STUDENTS]


def test_a_document_that_is_gone_is_told(hectograph, tmp_path, empty_database, workers):
    words = repeat(hectograph, "day", "--at", "23:00")["repeat"]
    (tmp_path / "Words.txt").unlink()
    make_due(empty_database, seconds=0)

    def show():
        return hectograph("repeats", "show", words, "--json").told

    told = until(show, lambda found: found["last"])

    assert told["last"]["error"]["code"] == "document_refused"
    assert told["state"] == "on"
    assert "cannot be read" in hectograph("repeats", "show", words).out


def test_it_is_paused_moved_resumed_and_cancelled(hectograph):
    begun = repeat(hectograph, "monday", "--at", "07:00", "--until", "2035-01-31")
    words = begun["repeat"]

    paused = hectograph("repeats", "pause", words, "--json").told
    moved = hectograph("repeats", "move", words, "--at", "08:00", "--json").told
    resumed = hectograph("repeats", "resume", words, "--json").told
    other = hectograph("repeats", "move", words, "--every", "tue,fri", "--json").told
    ended = hectograph("repeats", "cancel", words, "--json").told

    assert (begun["state"], begun["every"], begun["until"]) == (
        "on",
        "monday",
        "2035-01-31",
    )
    assert (paused["state"], paused["next_at"]) == ("paused", None)
    assert (moved["state"], moved["at"], moved["every"]) == ("paused", "08:00", "monday")
    assert resumed["next_on"] is not None
    assert (other["every"], other["at"]) == ("tuesday,friday", "08:00")
    assert other["until"] == "2035-01-31"
    assert (ended["state"], ended["next_on"]) == ("ended", None)
    again = hectograph("repeats", "resume", words)
    assert (again.code, "has ended" in again.err) == (2, True)


def test_people_read_what_repeats(hectograph):
    assert "Nothing repeats" in hectograph("repeats", "list").out
    begun = share(hectograph, "--every", "mon,thu", "--at", "07:00").out
    (told,) = hectograph("repeats", "list", "--json").lines

    assert "every     Monday and Thursday at 07:00" in begun
    listed = hectograph("repeats", "list").out
    assert told["repeat"] in listed
    assert "Words.txt" in listed
    assert "resume" in hectograph("repeats", "pause", told["repeat"]).out
    assert "paused" in hectograph("repeats", "list").out
    assert "nothing yet" in hectograph("repeats", "cancel", told["repeat"]).out


def test_a_dry_run_shows_the_first_share_and_keeps_nothing(hectograph, tmp_path):
    shown = share(hectograph, "--every", "2035-01-08", "--dry-run")
    assert shown.code == 2

    shown = share(hectograph, "--every", "day", "--dry-run")

    assert "Student 12" in shown.out
    assert "next" in shown.out
    assert hectograph("repeats", "list", "--json").out == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--every", "funday"), "no day of the week"),
        (("--every", "monday", "--at", "tomorrow 07:00"), "time of day alone"),
        (("--every", "monday", "--until", "2020-01-01"), "never be due"),
        (("--until", "2035-01-01"), "--every"),
    ],
)
def test_what_cannot_repeat_is_refused_and_nothing_is_kept(hectograph, options, words):
    refused = share(hectograph, *options)

    assert refused.code == 2
    assert words in refused.err
    assert hectograph("repeats", "list", "--json").out == ""


def test_what_is_not_there_is_told(hectograph):
    refused = hectograph("repeats", "pause", "nothing", "--json")

    assert refused.code == 4
    assert refused.told["error"]["code"] == "unknown_repetition"


@pytest.fixture
def calendar(tmp_path, monkeypatch):
    path = tmp_path / "school.ics"
    path.write_text(CALENDAR.replace("20350108", f"{DatabaseClock().now().year + 1}0608"))
    monkeypatch.setenv("HECTOGRAPH_CALENDAR", str(path))
    return path


def test_who_names_a_day_without_school_is_told_and_has_it(hectograph, calendar):
    year = DatabaseClock().now().year + 1

    asked = share(hectograph, "--at", f"{year}-06-08 09:00", "--json")
    moved = hectograph("shares", "move", asked.told["share"], "--at", f"{year}-06-08 10:00")

    assert asked.told["state"] == "scheduled"
    assert asked.err == moved.err.splitlines()[0] + "\n"
    assert asked.err == "8 June is a day without school: Winter fair.\n"


def test_faults_of_the_calendar_are_told_when_settings_are_checked(hectograph, calendar):
    assert any(row["name"] == "HECTOGRAPH_CALENDAR" for row in list_settings())
    calendar.write_text("Holidays: 8 June")

    with pytest.raises(CalendarRefused, match=r"school\.ics is no iCalendar file"):
        list_settings()
    assert share(hectograph, "--tonight").code == 2
    assert share(hectograph, "--every", "monday").code == 2


def test_a_share_does_not_wait_for_a_calendar_to_be_mended(hectograph, calendar):
    calendar.unlink()

    assert share(hectograph, "--no-wait").err == ""
    later = share(hectograph, "--again", "--at", "tomorrow 09:00")
    assert (later.code, "cannot be read" in later.err) == (0, True)
