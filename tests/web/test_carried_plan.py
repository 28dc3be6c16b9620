"""A plan of rosters that a page carries comes back as it was, or not at all."""

import pytest
from django.core import signing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hectograph.domain.errors import RequestRefused
from hectograph.domain.ids import ClassId, PersonId
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import LoadPlan, decide_change
from hectograph.web.carried_plan import SALT, CarriedPlan

ME = PersonId(1)
ADA = (Recipient(student="Ada"),)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
recipients = st.builds(
    Recipient,
    student=texts,
    email=st.none() | texts,
    folder=st.lists(texts, max_size=2).map(tuple),
    school_class=st.none() | texts,
    group=st.none() | texts,
)


@pytest.fixture(autouse=True)
def _django(database_url):
    """Its settings hold the key that signs."""


def a_plan(people=ADA):
    change = decide_change("7B", (), Roster(recipients=tuple(people)))
    return LoadPlan(file="7b.csv", changes=((ClassId("c"), change),))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(recipients, max_size=5))
def test_it_comes_back_as_it_was(people):
    carried = CarriedPlan.of(a_plan(people))

    assert CarriedPlan.opened(carried.sealed(by=ME), by=ME) == carried


def test_nobody_else_can_send_it():
    sealed = CarriedPlan.of(a_plan()).sealed(by=ME)

    with pytest.raises(RequestRefused):
        CarriedPlan.opened(sealed, by=PersonId(2))


@pytest.mark.parametrize("text", ["", "x", "a:b:c", "."])
def test_nothing_else_can_be_sent(text):
    with pytest.raises(RequestRefused):
        CarriedPlan.opened(text, by=ME)


def test_it_cannot_be_changed():
    sealed = CarriedPlan.of(a_plan()).sealed(by=ME)
    other = signing.dumps({"by": ME}, key="another key", salt=SALT)

    for changed in (sealed[:-1], f"x{sealed}", other):
        with pytest.raises(RequestRefused):
            CarriedPlan.opened(changed, by=ME)
