from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.names import fold, legal_name
from hectograph.domain.plan import build_plan
from hectograph.domain.roster import Recipient
from hectograph.domain.share import request_key

from ..builders import EIGHT, a_handout, a_plan, a_share_id, a_wish


def folders(plan):
    return ["/".join(each.folder) for each in plan.deliveries]


def names(plan):
    return [each.name for each in plan.deliveries]


def plan_of(recipients, **kwargs):
    wish = a_wish(**kwargs)
    wish = type(wish)(
        **{
            **{name: getattr(wish, name) for name in wish.__slots__},
            "recipients": tuple(recipients),
        }
    )
    return build_plan(
        wish, share_id=a_share_id(), asked_at=EIGHT, asked_on=date(2026, 9, 1)
    )


def test_a_student_without_a_folder_gets_one_of_their_name():
    assert folders(a_plan("Ada", "Bob")) == ["Ada", "Bob"]


def test_a_folder_of_the_roster_is_taken():
    plan = plan_of([Recipient(student="Ada", folder=("7b", "ada"))])

    assert folders(plan) == ["7b/ada"]


@pytest.mark.parametrize("other", ["ada", "ADA", "Ada "])
def test_two_students_never_share_a_folder_by_accident(other):
    plan = a_plan("Ada", other)

    assert len({fold(each) for each in folders(plan)}) == 2


def test_composed_and_decomposed_letters_are_the_same_name():
    plan = a_plan("Zoe\u0308", "Zo\u00eb")

    assert len({fold(each) for each in folders(plan)}) == 2


def test_students_in_one_folder_get_names_of_their_own():
    plan = plan_of(
        [Recipient(student=name, folder=("all",)) for name in ("Ada", "ADA", "Bob")],
        pattern="{document}",
    )

    assert names(plan) == ["Essay.docx", "Essay (2).docx", "Essay (3).docx"]


def test_the_pattern_names_the_copies():
    plan = a_plan("Ada", pattern="{date} {class} {student} {document}", school_class="7B")

    assert names(plan) == ["2026-09-01 7B Ada Essay.docx"]


@pytest.mark.parametrize(
    "pattern", ["{nobody}", "{", "{student.__class__}", "a/b {student}"]
)
def test_a_pattern_that_makes_no_sense_is_refused(pattern):
    with pytest.raises(RequestRefused):
        a_plan("Ada", pattern=pattern)


def test_a_tree_keeps_its_files_names_below_a_folder_of_the_pattern():
    handouts = [
        a_handout("Read me.txt", tree=("Project",)),
        a_handout("rivers.csv", tree=("Project", "data")),
    ]
    plan = a_plan("Ada", handouts=handouts)

    assert folders(plan) == ["Ada/Project - Ada", "Ada/Project - Ada/data"]
    assert names(plan) == ["Read me.txt", "rivers.csv"]


def test_two_documents_of_the_same_name_become_two_copies():
    plan = a_plan("Ada", handouts=[a_handout(content="one"), a_handout(content="two")])

    assert names(plan) == ["Essay - Ada.docx", "Essay - Ada (2).docx"]


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=8, unique=True))
def test_every_copy_of_any_class_has_a_legal_place_of_its_own(students):
    plan = a_plan(*students)

    places = {fold("/".join((*each.folder, each.name))) for each in plan.deliveries}
    assert len(places) == len(students)
    for each in plan.deliveries:
        assert [legal_name(part) for part in each.folder] == list(each.folder)
        assert legal_name(each.name) == each.name


def test_the_order_of_rows_is_no_other_request():
    first, second = a_plan("Ada", "Bob"), a_plan("Bob", "Ada", number=2)

    assert first.share.request_key == second.share.request_key


@pytest.mark.parametrize(
    "change",
    [
        {"handouts": [a_handout(content="other")]},
        {"handouts": [a_handout(title="Other.docx")]},
        {"pattern": "{student}"},
    ],
    ids=str,
)
def test_another_document_or_name_is_another_request(change):
    assert a_plan("Ada").share.request_key != a_plan("Ada", **change).share.request_key


def test_another_student_is_another_request_and_the_same_wish():
    first, second = a_plan("Ada"), a_plan("Ada", "Bob", number=2)

    assert first.share.request_key != second.share.request_key
    assert first.deliveries[0].wish == second.deliveries[0].wish


def test_a_key_cannot_be_forged_by_moving_letters():
    one = [Recipient(student="ab", email="c")]
    two = [Recipient(student="b", email="ca")]
    handouts = [a_handout()]

    assert request_key(handouts, one, destination="/", mode="") != request_key(
        handouts, two, destination="/", mode=""
    )
