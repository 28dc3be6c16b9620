"""Who shares a copy, where it comes to lie, and what may be promised of it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused, RosterRefused
from hectograph.domain.manner import GROUPS, Access, Manner, ShareMode, gather
from hectograph.domain.names import fold, legal_name
from hectograph.domain.plan import build_plan
from hectograph.domain.roster import Recipient

from ..builders import EIGHT, a_share_id, a_wish

M = ShareMode
PER_GROUP, FOR_ALL = Manner(mode=M.GROUP), Manner(mode=M.CLASS)

names = st.text(min_size=1, max_size=300).filter(lambda text: text.strip())
members = st.lists(
    st.tuples(
        names, st.one_of(st.sampled_from(["red", "RED", "a:b", "a?b", "CON"]), names)
    ),
    min_size=1,
    max_size=12,
)


def students(*groups):
    return [
        Recipient(student=f"S{place}", email=f"s{place}@x.test", group=group)
        for place, group in enumerate(groups)
    ]


def a_plan_of(recipients, manner):
    wish = replace(a_wish(), recipients=gather(recipients, manner), manner=manner)
    return build_plan(
        wish, share_id=a_share_id(), asked_at=EIGHT, asked_on=date(2026, 9, 1)
    )


@given(members)
def test_every_student_shares_one_copy_and_no_two_groups_a_folder(rows):
    recipients = [
        Recipient(student=f"{name} {place}", group=group)
        for place, (name, group) in enumerate(rows)
    ]

    plan = a_plan_of(recipients, PER_GROUP)

    shared = [each for delivery in plan.deliveries for each in delivery.members]
    assert sorted(shared) == sorted(each.student for each in recipients)
    assert len(plan.deliveries) == len({fold(group) for _, group in rows})
    folders = [fold("/".join(each.folder)) for each in plan.deliveries]
    assert len(set(folders)) == len(folders)
    for each in plan.deliveries:
        assert each.folder[0] == GROUPS
        assert [legal_name(part) for part in each.folder] == list(each.folder)
        assert legal_name(each.name) == each.name


@given(members)
def test_for_all_there_is_one_copy_whatever_the_groups(rows):
    recipients = [Recipient(student=name, group=group) for name, group in rows]

    (delivery,) = a_plan_of(recipients, FOR_ALL).deliveries

    assert delivery.members == tuple(name for name, _ in rows)
    assert delivery.folder == ("Whole class",)


def test_groups_are_called_as_they_are_first_written():
    found = gather(students("Red", "blue", "RED"), PER_GROUP)

    assert [(each.student, each.folder) for each in found] == [
        ("Red", (GROUPS, "Red")),
        ("blue", (GROUPS, "blue")),
    ]
    assert [len(each.members) for each in found] == [2, 1]


def test_who_is_in_no_group_is_named():
    with pytest.raises(RosterRefused) as refused:
        gather(students("red", None, None), PER_GROUP)

    assert [each.cause for each in refused.value.problems] == [
        "S1 is in no group.",
        "S2 is in no group.",
    ]


@pytest.mark.parametrize("manner", [PER_GROUP, FOR_ALL])
def test_students_of_several_classes_do_not_share_by_accident(manner):
    mixed = [replace(students("red")[0], school_class=name) for name in ("7A", "7B")]

    with pytest.raises(RequestRefused):
        gather(mixed, manner)

    assert len(gather(mixed, manner, school_class="7")) == 1


def test_a_copy_that_is_shared_is_another_request_and_so_are_other_members():
    red = students("red", "red")
    plans = [
        a_plan_of(red, Manner()),
        a_plan_of(red, PER_GROUP),
        a_plan_of(red, FOR_ALL),
        a_plan_of(red, Manner(mode=M.CLASS, access=Access.VIEW)),
        a_plan_of(red[:1], PER_GROUP),
        a_plan_of(students("red", "blue"), PER_GROUP),
    ]

    assert len({plan.share.request_key for plan in plans}) == len(plans)


def test_a_group_that_somebody_joined_has_its_copy_already():
    before, after = (
        a_plan_of(students("red"), PER_GROUP),
        a_plan_of(students("red", "red"), PER_GROUP),
    )

    assert before.deliveries[0].wish == after.deliveries[0].wish


@pytest.mark.parametrize(
    ("mode", "access", "is_on_drive", "holds"),
    [
        (M.OWN, Access.EDIT, False, True),
        (M.GROUP, Access.EDIT, False, True),
        (M.GROUP, Access.VIEW, False, False),
        (M.OWN, Access.VIEW, True, False),
        (M.OWN, Access.COMMENT, True, False),
        (M.GROUP, Access.COMMENT, True, True),
        (M.CLASS, Access.VIEW, True, True),
    ],
)
def test_only_what_holds_is_promised(mode, access, is_on_drive, holds):
    manner = Manner(mode=mode, access=access)

    if holds:
        manner.check_access(is_on_drive=is_on_drive)
    else:
        with pytest.raises(RequestRefused):
            manner.check_access(is_on_drive=is_on_drive)


@pytest.mark.parametrize(
    ("subject", "within"),
    [
        ("", ()),
        (" Geography ", ("Geography",)),
        ("Geography / Term 1/", ("Geography", "Term 1")),
        ("a:b", (legal_name("a:b"),)),
    ],
)
def test_a_subject_is_a_folder_within_that_of_each(subject, within):
    plan = a_plan_of(students("", ""), Manner(subject=subject))

    assert [each.folder for each in plan.deliveries] == [
        ("S0", *within),
        ("S1", *within),
    ]


def test_the_same_in_another_subject_is_another_request_and_other_copies():
    usual, there = (
        a_plan_of(students(""), Manner(subject=each)) for each in ("", "Geography")
    )
    again = a_plan_of(students(""), Manner(subject="Geography/"))

    assert there.share.request_key == again.share.request_key != usual.share.request_key
    assert there.deliveries[0].wish == again.deliveries[0].wish != usual.deliveries[0].wish


def test_without_a_subject_nothing_is_another_request_than_before():
    assert Manner(pattern="{document}").key == "{document}"


@pytest.mark.parametrize("subject", ["..", "a/../b", "./a", "a/b/c/d/e/f", "x" * 101])
def test_a_subject_leads_nowhere_else(subject):
    with pytest.raises(RequestRefused, match="names no folder"):
        Manner(subject=subject).check_subject()


@given(st.text(max_size=100))
def test_any_subject_is_refused_or_names_legal_folders(subject):
    try:
        Manner(subject=subject).check_subject()
    except RequestRefused:
        return
    for part in Manner(subject=subject).within:
        assert part == legal_name(part)
        assert part not in {"", ".", ".."}
        assert "/" not in part
