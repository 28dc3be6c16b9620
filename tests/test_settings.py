"""Services by which people sign in are set as a whole, or not at all."""

import pytest

from hectograph.domain.errors import Misconfigured
from hectograph.domain.sign_in import Service
from hectograph.settings import Settings

WHOLE = {
    Service.GOOGLE: {"GOOGLE_CLIENT_ID": "id", "GOOGLE_SECRET": "quiet"},
    Service.MICROSOFT: {
        "MICROSOFT_CLIENT_ID": "id",
        "MICROSOFT_SECRET": "quiet",
        "MICROSOFT_TENANT": "school.example",
    },
    Service.OIDC: {
        "OIDC_ISSUER": "https://id.school.example",
        "OIDC_CLIENT_ID": "id",
        "OIDC_SECRET": "quiet",
    },
    Service.SAML: {
        "SAML_ENTITY_ID": "https://idp.school.example",
        "SAML_ADDRESS": "https://idp.school.example/sso",
        "SAML_CERTIFICATE": "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
    },
}


@pytest.fixture
def load(monkeypatch):
    def loaded(said):
        for name, value in said.items():
            monkeypatch.setenv(f"HECTOGRAPH_SIGN_IN_{name}", value)
        return Settings.load()

    return loaded


def test_without_settings_there_is_no_service(load):
    assert load({}).services() == {}


@pytest.mark.parametrize("service", Service)
def test_a_service_is_there_when_all_of_it_is_set(load, service):
    assert set(load(WHOLE[service]).services()) == {service}


@pytest.mark.parametrize(
    ("service", "lacking"), [(each, name) for each in Service for name in WHOLE[each]]
)
def test_half_a_service_is_refused_by_the_name_of_what_lacks(load, service, lacking):
    half = {name: text for name, text in WHOLE[service].items() if name != lacking}

    with pytest.raises(Misconfigured, match=f"HECTOGRAPH_SIGN_IN_{lacking} is not set"):
        load(half)


def test_saml_needs_its_metadata_alone(load):
    saml = load({"SAML_METADATA": "https://idp.school.example/metadata"})

    assert set(saml.services()) == {Service.SAML}
    with pytest.raises(Misconfigured, match="takes the place of"):
        load(WHOLE[Service.SAML])


@pytest.mark.parametrize(
    "tenant",
    ["common", "Organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad", "a/b"],
)
def test_a_tenant_is_a_schools(load, tenant):
    with pytest.raises(Misconfigured, match="MICROSOFT_TENANT"):
        load({**WHOLE[Service.MICROSOFT], "MICROSOFT_TENANT": tenant})


@pytest.mark.parametrize("address", ["http://id.school.example", "id.school.example", "x"])
def test_what_is_trusted_is_fetched_by_tls(load, address):
    with pytest.raises(Misconfigured, match="OIDC_ISSUER: take an address"):
        load({**WHOLE[Service.OIDC], "OIDC_ISSUER": address})


def test_secrets_are_read_from_files_and_shown_nowhere(load, tmp_path):
    path = tmp_path / "secret"
    path.write_text("very quiet\n")
    google = {"GOOGLE_CLIENT_ID": "id", "GOOGLE_SECRET_FILE": str(path)}

    settings = load({**google, **WHOLE[Service.MICROSOFT], **WHOLE[Service.OIDC]})

    secret = settings.sign_in_google_secret
    assert secret is not None
    assert secret.get_secret_value() == "very quiet"
    shown = {row["name"]: row["value"] for row in settings.describe()}
    assert shown["HECTOGRAPH_SIGN_IN_GOOGLE_SECRET"] == "(hidden)"
    assert not any("quiet" in value for value in shown.values())


def test_a_certificate_is_shown_by_its_first_line(load):
    rows = load(WHOLE[Service.SAML]).describe()

    (shown,) = (row["value"] for row in rows if "CERTIFICATE" in row["name"])
    assert shown == "-----BEGIN CERTIFICATE----- …"
