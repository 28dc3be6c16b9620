"""What services tell, in the shapes that they document, and what is believed of it."""

import pytest

from hectograph.site.claims import (
    EMAIL_FORMAT,
    google_claim,
    microsoft_claim,
    oidc_claim,
    saml_claim,
)

GOOGLE = {
    "iss": "https://accounts.google.com",
    "azp": "1234987819200.apps.googleusercontent.com",
    "aud": "1234987819200.apps.googleusercontent.com",
    "sub": "10769150350006150715113082367",
    "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
    "hd": "school.example",
    "email": "ada@school.example",
    "email_verified": True,
    "name": "Ada Lovelace",
    "iat": 1353601026,
    "exp": 1353604926,
}
GRAPH = {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
    "id": "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
    "displayName": "Ada Lovelace",
    "givenName": "Ada",
    "surname": "Lovelace",
    "mail": "Ada@school.example",
    "userPrincipalName": "ada@school.onmicrosoft.com",
    "businessPhones": [],
}
TOKEN = {"sub": "24400320", "email": "ada@school.example", "email_verified": True}
OID = "urn:oid:0.9.2342.19200300.100.1.3"


def test_google_tells_whose_email_it_is_and_of_which_organisation():
    claim = google_claim(GOOGLE)

    assert claim.is_verified
    assert (claim.email, claim.organisation) == ("ada@school.example", "school.example")
    assert claim.name == "Ada Lovelace"


@pytest.mark.parametrize("said", [False, None, "false", 1, "yes", [True]])
def test_what_does_not_say_that_it_is_verified_is_not(said):
    assert not google_claim({**GOOGLE, "email_verified": said}).is_verified
    both = {"id_token": TOKEN, "userinfo": {**TOKEN, "email_verified": said}}
    assert not oidc_claim(both).is_verified


def test_an_organisation_that_is_none_is_none():
    assert google_claim({**GOOGLE, "hd": ["school.example"]}).organisation == ""


def test_microsoft_tells_the_mail_and_else_the_name_of_the_account():
    assert microsoft_claim(GRAPH).email == "Ada@school.example"
    assert microsoft_claim(GRAPH).is_verified
    assert microsoft_claim({**GRAPH, "mail": None}).email == "ada@school.onmicrosoft.com"


@pytest.mark.parametrize(
    "login", ["ada_gmail.com#EXT#@school.onmicrosoft.com", "x#ext#@y.example", "", None]
)
def test_guests_of_a_tenant_are_not_vouched_for(login):
    assert not microsoft_claim({**GRAPH, "userPrincipalName": login}).is_verified


@pytest.mark.parametrize(
    "told",
    [
        {"id_token": TOKEN, "userinfo": {"sub": "24400320"}},
        {"id_token": {"sub": "24400320"}, "userinfo": TOKEN},
        {"id_token": TOKEN, "userinfo": TOKEN},
    ],
)
def test_openid_connect_tells_it_in_the_token_or_beside_it(told):
    assert oidc_claim(told).is_verified
    assert oidc_claim(told).email == "ada@school.example"


@pytest.mark.parametrize(
    "told",
    [
        {"userinfo": TOKEN},
        {"id_token": TOKEN},
        {"id_token": TOKEN, "userinfo": {**TOKEN, "sub": "another"}},
        {"id_token": {**TOKEN, "sub": ""}, "userinfo": {**TOKEN, "sub": ""}},
        # The word about one email is none about another.
        {"id_token": TOKEN, "userinfo": {"sub": "24400320", "email": "eve@x.example"}},
        {},
    ],
)
def test_both_are_needed_and_about_the_same(told):
    assert not oidc_claim(told).is_verified


@pytest.mark.parametrize("name", [OID, "email", "mail"])
def test_saml_tells_the_email_by_one_of_several_names(name):
    claim = saml_claim({name: [" ada@school.example "]}, name_id="_x", name_id_format="")

    assert (claim.email, claim.is_verified) == ("ada@school.example", True)


def test_saml_tells_the_email_as_the_name_where_the_format_says_so():
    told = {"name_id": "ada@school.example"}

    assert saml_claim({}, **told, name_id_format=EMAIL_FORMAT).email == told["name_id"]
    assert saml_claim({}, **told, name_id_format="urn:x:unspecified").email == ""


@pytest.mark.parametrize("values", [["a@x.example", "b@x.example"], [], [None], [{"a": 1}]])
def test_of_several_emails_none_is_taken(values):
    assert saml_claim({OID: values}, name_id="", name_id_format="").email == ""


def test_saml_tells_a_name_whole_or_in_parts():
    whole = {"displayName": ["Ada Lovelace"]}
    parts = {"urn:oid:2.5.4.42": ["Ada"], "urn:oid:2.5.4.4": ["Lovelace"]}

    for told in (whole, parts):
        assert saml_claim(told, name_id="", name_id_format="").name == "Ada Lovelace"


@pytest.mark.parametrize(
    ("said", "is_verified"), [("true", True), ("1", True), ("false", False), ("no", False)]
)
def test_a_saml_provider_may_say_that_an_email_is_not_verified(said, is_verified):
    told = {OID: ["ada@school.example"], "email_verified": [said]}

    assert saml_claim(told, name_id="", name_id_format="").is_verified is is_verified
