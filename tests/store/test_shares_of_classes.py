"""Which shares a person sees, and which documents they shared before."""

from dataclasses import replace

import psycopg
import pytest
from django.db import connection

from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import Change, RosterLoad
from hectograph.ports.classes import Place
from hectograph.store.classes import PostgresClasses
from hectograph.store.ledger import PostgresLedger

from ..builders import A_DAY, EIGHT, LONG_AGO, FakeQueue, a_handout, a_plan

CLASS = ClassId("class00001")


@pytest.fixture
def classes(empty_database):
    yield PostgresClasses()
    connection.close()


@pytest.fixture
def teacher(classes, empty_database):
    """Who teaches the class."""
    roster = Roster(recipients=(Recipient(student="Ada"),))
    change = Change(name="7B", roster=roster, joining=("Ada",), leaving=(), before=0)
    load = RosterLoad(
        at=EIGHT, by="Olga", file="7b.csv", classes=1, students=1, added=1, removed=0
    )
    classes.load("school", [(CLASS, change)], load)
    with psycopg.connect(empty_database, autocommit=True) as database:
        row = database.execute(
            "INSERT INTO person"
            " (password, email, name, role, school, language, is_active, created_at)"
            " VALUES ('', 'tess@school.test', 'Tess', 'teacher', 'school', '', true, now())"
            " RETURNING id"
        ).fetchone()
    assert row is not None
    return PersonId(row[0])


@pytest.fixture
def add(classes, teacher):
    """Write a share down; with its class, if it was asked for on a page."""
    ledger = PostgresLedger(queue=FakeQueue())

    def call(number, *, title="Essay.txt", on_page=True, destination=None):
        handout = replace(
            a_handout(title=title, content=f"{number}"), origin=f"id-of-{title}"
        )
        plan = a_plan(number=number, handouts=(handout,))
        share = replace(
            plan.share,
            asked_at=EIGHT + number * A_DAY,
            destination=destination or plan.share.destination,
        )
        ledger.add(replace(plan, share=share), joins_since=LONG_AGO)
        if on_page:
            classes.note_asked(share.id, school_class=CLASS, by=teacher, now=EIGHT)
        return share.id

    return call


def listed(classes, *, of=(CLASS,), **kwargs):
    wanted = {"classes": of, "search": "", "limit": 9, **kwargs}
    return [
        (progress.share.id, asked.by if asked else None)
        for asked, progress in classes.list_shares(**wanted)
    ]


def test_the_shares_of_classes_are_listed_with_who_asked(classes, add):
    first, second = add(1), add(2)
    add(3, on_page=False)

    assert listed(classes) == [(second, ("Tess",)), (first, ("Tess",))]


def test_a_list_goes_on_behind_a_share_also_among_those_of_one_moment(classes, add):
    shares = [add(number) for number in (1, 2, 3)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE share SET asked_at = %s", [EIGHT])

    seen = listed(classes, limit=1)
    while page := listed(classes, limit=1, after=Place(asked_at=EIGHT, share=seen[-1][0])):
        seen += page

    assert [share for share, _ in seen] == sorted(shares)


def test_those_of_the_command_line_are_listed_for_whoever_may_see_them(classes, add):
    first, other = add(1), add(2, on_page=False)

    assert listed(classes, of=None) == [(other, None), (first, ("Tess",))]
    assert listed(classes, of=None, school="school") == [(first, ("Tess",))]
    assert listed(classes, of=None, school="another") == []


def test_a_search_is_for_words_of_the_title_and_none_is_a_pattern(classes, add):
    add(1, title="Essay.txt")
    plan = add(2, title="100% Plan.txt")

    assert listed(classes, search="% plan") == [(plan, ("Tess",))]
    assert listed(classes, search="%") == [(plan, ("Tess",))]


def test_documents_shared_before_are_known_once_the_last_first(classes, add, teacher):
    add(1, title="Essay.txt", destination="google:school")
    add(2, title="Plan.txt", destination="google:school")
    add(3, title="Essay.txt", destination="google:school")
    add(4, title="Other.txt", destination="google:other")

    found = classes.list_documents(teacher, destination="google:school", limit=9)

    assert [each.title for each in found] == ["Essay.txt", "Plan.txt"]
    assert [each.origin for each in found] == ["id-of-Essay.txt", "id-of-Plan.txt"]


def test_nobody_is_offered_what_others_shared(classes, add, teacher):
    add(1, destination="google:school")

    somebody = PersonId(teacher + 1)

    assert not classes.list_documents(somebody, destination="google:school", limit=9)


@pytest.fixture
def whole(classes, teacher, add):
    """A share that all of the class got, complete: its number."""
    share = add(1, on_page=False)
    classes.note_asked(
        share, school_class=CLASS, by=teacher, now=EIGHT, pattern="{document}"
    )
    turn(share, "complete")
    return share


def turn(share, state):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE share SET state = %s WHERE id = %s", [state, share])


def enroll(classes, *students):
    """The class as it is from now on; some with folders of their own."""
    recipients = tuple(
        each if isinstance(each, Recipient) else Recipient(student=each)
        for each in students
    )
    change = Change(
        name="7B", roster=Roster(recipients=recipients), joining=(), leaving=(), before=1
    )
    load = RosterLoad(
        at=EIGHT, by="Olga", file="7b.csv", classes=1, students=1, added=1, removed=0
    )
    classes.load("school", [(CLASS, change)], load)


def late(classes, *, since=EIGHT):
    return [
        (each.share, each.students)
        for each in classes.list_latecomers([CLASS], since=since)
    ]


def test_who_comes_after_all_had_it_comes_late(classes, whole):
    enroll(classes, "Cara", "Zoe", "Ada", "Yann")

    (found,) = classes.list_latecomers([CLASS], since=EIGHT)

    assert (found.share, found.students, found.places) == (
        whole,
        ("Cara", "Zoe", "Yann"),
        (0, 1, 3),
    )
    assert (found.class_name, found.pattern) == ("7B", "{document}")
    assert found.origins == ("id-of-Essay.txt",)


def test_whose_name_is_written_anew_has_it_in_their_folder(classes, whole):
    with connection.cursor() as cursor:
        cursor.execute("SELECT folder FROM delivery WHERE share_id = %s", [whole])
        folder = cursor.fetchall()[0][0]

    enroll(classes, Recipient(student="Adah", folder=(folder,)))

    assert late(classes) == []


@pytest.mark.parametrize("state", ["running", "scheduled", "cancelled", "recalled"])
def test_nobody_comes_late_to_what_is_not_there(classes, whole, state):
    enroll(classes, "Zoe")
    turn(whole, state)

    assert late(classes) == []


def test_nobody_comes_late_to_what_some_were_picked_for(classes, add):
    share = add(1)
    turn(share, "complete")
    enroll(classes, "Zoe")

    assert late(classes) == []


def test_what_was_long_ago_is_not_asked_about(classes, whole):
    enroll(classes, "Zoe")

    assert late(classes, since=EIGHT + 2 * A_DAY) == []


def test_who_was_passed_over_is_not_asked_about_again(classes, whole):
    enroll(classes, "Zoe", "Yann")

    classes.pass_over(whole, ["Zoe"])
    classes.pass_over(whole, ["Zoe"])

    assert late(classes) == [(whole, ("Yann",))]


def test_who_got_the_document_by_another_share_of_the_class_has_it(classes, whole, add):
    enroll(classes, "Ada", "Zoe")
    other = add(2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE delivery SET student = 'Zoe' WHERE share_id = %s", [other])

    assert late(classes) == []
