"""A day that was, and days that were not: the real command and database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from hectograph.domain.budget import QUERIES
from hectograph.domain.drive import Acting, Drive
from hectograph.domain.handout import NATIVE
from hectograph.domain.pace import LearnedPace
from hectograph.domain.share import ServiceClass
from hectograph.store.accounts import PostgresAccounts
from hectograph.store.drives import PostgresDrives
from hectograph.store.ledger import PostgresLedger

from ..builders import LONG_AGO, FakeQueue, a_handout, a_plan
from ..commands import commands_here

TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # 08:00 at the school
COURIERS = ("one@school.test", "two@school.test")
DRIVE = Drive(
    name="school",
    credentials="/etc/hectograph/key.json",
    acting=Acting.COURIERS,
    accounts=COURIERS,
    quota=QUERIES,
)
NATIVE_DOCUMENT = f"{NATIVE}document"


@pytest.fixture
def hectograph(empty_database, monkeypatch, capsys):
    environment = {
        "HECTOGRAPH_DATABASE_URL": empty_database,
        "HECTOGRAPH_TIMEZONE": "Europe/Berlin",
        "HECTOGRAPH_WORKER_LANES": "5",
        "COLUMNS": "80",
    }
    with commands_here(environment, monkeypatch, capsys) as call:
        yield call


def ask(number, size, *, at, account=DRIVE.pool, media_type=NATIVE_DOCUMENT, **timing):
    students = [f"Student {number}-{each}" for each in range(size)]
    handout = replace(a_handout(f"Essay {number}"), media_type=media_type)
    plan = a_plan(
        *students, number=number, asked_at=at, account=account, handouts=[handout]
    )
    share = replace(plan.share, **timing)
    lanes = tuple(map(DRIVE.account, COURIERS)) if account == DRIVE.pool else ()
    PostgresLedger(queue=FakeQueue()).add(
        replace(plan, share=share, lanes=lanes), joins_since=LONG_AGO
    )
    return share.id


@pytest.fixture
def tuesday(empty_database):
    """Five classes in a minute, one that may wait till the night, one into a directory."""
    PostgresDrives().put(DRIVE)
    classes = [ask(n, 28, at=TUESDAY + timedelta(seconds=10 * n)) for n in range(5)]
    patient = ask(
        5,
        40,
        at=TUESDAY,
        service_class=ServiceClass.OVERNIGHT,
        begins_at=TUESDAY + timedelta(hours=12),
        deadline=TUESDAY + timedelta(hours=23),
    )
    ask(6, 20, at=TUESDAY, account="fs:/school")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            "UPDATE share SET ended_at = asked_at + interval '70 seconds', open = 0 "
            "WHERE service_class = 1"
        )
    return classes, patient


def test_a_day_that_was_is_played_again(hectograph, tuesday):
    answer = hectograph("forecast", "--day", "2026-11-24", "--shares", "--json").told

    usual = answer["variants"][0]
    classes, patient = tuesday
    assert (answer["shares"], answer["copies"], answer["left_out"]) == (6, 180, 1)
    assert {each["share"] for each in usual["ends"]} == {*classes, patient}
    assert (usual["couriers"], usual["lanes_each"]) == (2, 5)
    assert (usual["quota_unit"], usual["writes_per_copy"]) == ("queries", 2)
    assert (usual["waited_for"], usual["deadlines"], usual["deadlines_kept"]) == (5, 1, 1)
    assert answer["measured"]["p50_seconds"] == 70.0
    names = [each["name"] for each in answer["variants"]]
    assert names == ["as it is", "a quarter at night", "one more courier"]


def test_the_screen_tells_what_really_was(hectograph, tuesday):
    shown = hectograph("forecast", "--day", "2026-11-24").out

    for words in (
        "Tuesday 24 November, 08:00 to 20:00: 6 shares, 180 copies",
        "as it really was",
        "1 of 1",
        "1 share that went elsewhere is left out.",
    ):
        assert words in shown


def test_what_accounts_have_learned_and_documents_are_counts(hectograph, tuesday):
    PostgresAccounts().keep_pace(
        DRIVE.account(COURIERS[0]), LearnedPace(rate=6.0, burst=12.0)
    )
    before = TUESDAY - timedelta(days=1)
    ask(7, 60, at=before)
    ask(8, 60, at=before + timedelta(minutes=30), media_type="application/pdf")

    ends = hectograph("forecast", "--day", "2026-11-23", "--shares", "--json").told
    usual = ends["variants"][0]

    assert (usual["writes_per_second"], usual["burst"]) == (6, 12)
    native, plain = (each["seconds"] for each in usual["ends"])
    assert plain < native / 2


def test_a_made_up_day_goes_as_on_a_drive(hectograph, tuesday):
    usual = hectograph(
        "forecast", "--teachers", 6, "--drive", "school", "--couriers", 1, "--json"
    ).told["variants"][0]

    assert (usual["couriers"], usual["quota_unit"]) == (1, "queries")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--day", "2026-11-22"), 2, "Nothing was asked for"),
        (("--day", "2026-11-24", "--drive", "none"), 2, "on the drive none"),
        (("--teachers", "3", "--drive", "none"), 4, "There is no drive"),
        (("--teachers", "3", "--between", "nine"), 2, "no time of day"),
    ],
)
def test_what_cannot_be_forecast_is_told(hectograph, tuesday, words, code, told):
    ran = hectograph("forecast", *words)

    assert ran.code == code
    assert told in ran.err
    assert not ran.out
