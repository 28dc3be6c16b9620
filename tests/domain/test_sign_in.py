"""Who may come in that another service vouches for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.sign_in import (
    Claim,
    Entry,
    Service,
    Standing,
    decide_entry,
    parse_domains,
)

SCHOOL = frozenset({"school.test"})
LET_IN = {Entry.KNOWN, Entry.INVITED, Entry.JOINS}


def claim(**more):
    said = {"service": Service.OIDC, "email": "ada@school.test", "is_verified": True}
    return Claim(**{**said, **more})


def entry(said, *, standing=Standing.NOBODY, is_invited=False, domains=frozenset()):
    return decide_entry(said, standing=standing, is_invited=is_invited, domains=domains)


CLAIMS = st.builds(
    Claim,
    service=st.sampled_from(Service),
    email=st.sampled_from(["ada@school.test", "ADA@School.Test", "ada@elsewhere.test"]),
    is_verified=st.booleans(),
    organisation=st.sampled_from(["", "school.test", "elsewhere.test"]),
)


@given(CLAIMS, st.sampled_from(Standing), st.booleans(), st.booleans())
def test_who_comes_in_is_known_or_invited_or_of_the_school(
    said, standing, is_invited, opens
):
    domains = SCHOOL if opens else frozenset()

    found = entry(said, standing=standing, is_invited=is_invited, domains=domains)

    if found in LET_IN:
        assert said.is_verified
        assert is_invited or standing is not Standing.LEFT
    if found is Entry.JOINS:
        assert standing is Standing.NOBODY
        assert said.email.lower().endswith("@school.test")
        assert opens
    if standing is not Standing.HERE and not is_invited and not opens:
        assert found not in LET_IN


def test_whoever_is_here_is_let_in():
    assert entry(claim(), standing=Standing.HERE) is Entry.KNOWN


def test_an_invitation_comes_first():
    for standing in Standing:
        assert entry(claim(), standing=standing, is_invited=True) is Entry.INVITED


@pytest.mark.parametrize("standing", Standing)
def test_an_email_that_is_not_verified_is_nobodys(standing):
    said = claim(is_verified=False)

    assert entry(said, standing=standing, is_invited=True, domains=SCHOOL) is (
        Entry.UNVERIFIED
    )


def test_who_was_let_go_does_not_come_back_by_a_domain():
    assert entry(claim(), standing=Standing.LEFT, domains=SCHOOL) is Entry.LEFT


def test_the_schools_people_join_where_that_is_wanted():
    assert entry(claim(), domains=SCHOOL) is Entry.JOINS
    assert entry(claim()) is Entry.STRANGER


@pytest.mark.parametrize(
    "email",
    [
        *("eve@pupils.school.test", "eve@notschool.test", "eve@school.test.evil.test"),
        "ada@school.test@evil.test",
    ],
)
def test_a_domain_is_that_domain_alone(email):
    assert entry(claim(email=email), domains=SCHOOL) is Entry.STRANGER


@pytest.mark.parametrize("organisation", ["", "elsewhere.test"])
def test_a_google_account_joins_by_its_organisation_and_not_by_its_email(organisation):
    said = claim(service=Service.GOOGLE, organisation=organisation)

    assert entry(said, domains=SCHOOL) is Entry.STRANGER
    theirs = claim(service=Service.GOOGLE, organisation="school.test")
    assert entry(theirs, domains=SCHOOL) is Entry.JOINS


def test_domains_are_read():
    assert parse_domains(" School.test, pupils.test,") == {"school.test", "pupils.test"}
    assert parse_domains("") == frozenset()


@pytest.mark.parametrize("text", ["@school.test", "school", "school test.de", "*.test.de"])
def test_what_is_no_domain_is_refused(text):
    with pytest.raises(ValueError, match="is no domain"):
        parse_domains(text)
