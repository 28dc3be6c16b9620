"""Shares for later, as people ask for them: the real command, database, worker and disk."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import psycopg
import pytest

from ..commands import commands_here

STUDENTS = [f"Student {n:03d}" for n in range(1, 31)]


@pytest.fixture
def hectograph(empty_database, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.csv").write_text("Name\n" + "\n".join(STUDENTS))
    (tmp_path / "Test.txt").write_text("Explain the tides.")
    (tmp_path / "class").mkdir()
    environment = {
        "HECTOGRAPH_DATABASE_URL": empty_database,
        "HECTOGRAPH_TIMEZONE": "Europe/Berlin",
    }
    with commands_here(environment, monkeypatch, capsys) as call:
        yield call


@pytest.fixture
def worker(hectograph):
    with a_worker() as process:
        yield process


@contextmanager
def a_worker():
    process = subprocess.Popen(
        [sys.executable, "-m", "hectograph", "worker"],
        env=dict(os.environ),
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    assert b"is about" in process.stderr.readline()
    yield process
    process.terminate()
    process.communicate(timeout=60)


def share(hectograph, *options):
    return hectograph(
        "share", "Test.txt", "--roster", "class.csv", "--into", "class", "--json", *options
    )


def bring_near(database, column, *, seconds):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"UPDATE share SET {column} = now() + make_interval(secs => {seconds})"
        )


def copies(folder):
    return [path for path in folder.rglob("*.txt") if ".hectograph" not in str(path)]


def test_what_is_for_tonight_waits_and_begins_by_itself(
    hectograph, tmp_path, empty_database, worker
):
    asked = share(hectograph, "--tonight").told

    assert asked["state"] in {"scheduled", "running"}  # it may be night
    assert asked["deadline"] is not None
    if asked["state"] == "scheduled":
        assert not copies(tmp_path / "class")
        bring_near(empty_database, "begins_at", seconds=1)
    assert (
        hectograph("shares", "watch", asked["share"], "--json").told["state"] == "complete"
    )
    assert len(copies(tmp_path / "class")) == len(STUDENTS)


def test_a_share_is_moved_and_done_at_once(hectograph, tmp_path, worker):
    asked = share(hectograph, "--at", "tomorrow 09:00").told
    assert asked["state"] == "scheduled"

    assert hectograph("shares", "move", asked["share"], "--json").told["state"] == "running"
    assert (
        hectograph("shares", "watch", asked["share"], "--json").told["state"] == "complete"
    )


def test_the_same_request_joins_what_is_scheduled(hectograph):
    first = share(hectograph, "--at", "tomorrow 09:00").told
    second = share(hectograph).told

    assert (second["share"], second["joined"]) == (first["share"], True)
    assert second["state"] == "scheduled"


def test_nobody_sees_a_copy_before_its_time(hectograph, tmp_path, worker):
    asked = share(hectograph, "--reveal-at", "tomorrow 09:00").told
    shown = []
    for _ in range(100):
        shown = hectograph("shares", "show", asked["share"], "--json").told["deliveries"]
        if all(each["error"] and each["error"]["code"] == "prepared" for each in shown):
            break
    else:
        pytest.fail(f"not prepared: {shown}")
    assert not copies(tmp_path / "class")

    moved = hectograph("shares", "move", asked["share"], "--json").told

    assert moved["reveals_at"] is None
    assert (
        hectograph("shares", "watch", asked["share"], "--json").told["state"] == "complete"
    )
    assert len(copies(tmp_path / "class")) == len(STUDENTS)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--at", "nine"), "no time"),
        (("--at", "2020-01-01 09:00"), "is over"),
        (("--tonight", "--in-lesson"), "tonight"),
    ],
)
def test_times_that_cannot_be_kept_are_refused_and_nothing_is_done(
    hectograph, tmp_path, options, words
):
    refused = share(hectograph, *options)

    assert refused.code == 2
    assert words in refused.err
    assert not copies(tmp_path / "class")
    assert hectograph("shares", "list", "--json").out == ""


def test_people_read_when_it_will_be(hectograph):
    told = hectograph(
        "share", "Test.txt", "--roster", "class.csv", "--into", "class",
        "--at", "2035-01-08 09:00", "--done-by", "10:00",
    ).out  # fmt: skip

    assert "It begins at 09:00 on 08 January." in told
    assert "All are to be there by 10:00 on 08 January." in told


def test_before_sending_people_read_how_long_it_takes(hectograph):
    told = hectograph(
        "share", "Test.txt", "--roster", "class.csv", "--into", "class", "--dry-run"
    ).out

    assert "Now:      less than a minute" in told
    assert "Tonight:  ready by" in told


def test_the_queue_tells_what_waits_and_learns_from_what_ended(
    hectograph, empty_database, worker
):
    first = share(hectograph).told
    assert first["state"] == "complete"
    with psycopg.connect(empty_database) as connection:
        kept = connection.execute("SELECT share_id, kind FROM estimate").fetchall()
    assert (first["share"], "asked") in [
        (share, kind.partition("/")[0]) for share, kind in kept
    ]

    share(hectograph, "--again", "--at", "2035-01-08 09:00", "--done-by", "10:00")
    (line,) = hectograph("queue", "--json").lines
    assert line["why"] == "it begins later"
    assert line["estimate"]["latest_at"] < line["deadline"]

    hectograph("pause", "--reason", "new disks")
    (line,) = hectograph("queue", "--json").lines
    assert line["words"] == "everything is paused: new disks"
    assert "everything is paused" in hectograph("queue").out


def test_a_deadline_that_is_near_is_warned_of_by_the_worker(hectograph, empty_database):
    hectograph("pause")
    asked = share(hectograph, "--no-wait").told["share"]
    bring_near(empty_database, "deadline", seconds=600)

    with a_worker() as worker:
        logged = json.loads(worker.stderr.readline())

    assert (logged["event"], logged["share"]) == ("deadline.at_risk", asked)
    with psycopg.connect(empty_database) as connection:
        told = connection.execute("SELECT share_id, over_at FROM risk").fetchall()
    assert told == [(asked, None)]
