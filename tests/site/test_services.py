"""What services need beside their settings."""

import pytest

from hectograph.domain.errors import Misconfigured
from hectograph.settings import Settings
from hectograph.site.services import check_services, service_settings


def settings(**said):
    given = {f"sign_in_{name}": text for name, text in said.items()}
    return Settings(**given)


SAML = {"saml_metadata": "https://idp.school.example/metadata"}


def test_without_saml_nothing_more_is_needed():
    check_services(settings(), find=lambda name: None)


def test_saml_needs_a_library_and_the_error_says_how_to_get_it():
    with pytest.raises(Misconfigured, match=r"pip install .*hectograph\[saml\]"):
        check_services(settings(**SAML), find=lambda name: None)

    check_services(settings(**SAML))


def test_a_certificate_is_one():
    given = {"saml_entity_id": "x", "saml_address": "https://idp.school.example/sso"}

    with pytest.raises(Misconfigured, match="is no certificate"):
        check_services(settings(**given, saml_certificate="MII"))


def test_what_is_not_set_is_no_app_of_djangos():
    told = service_settings(settings())

    assert told["INSTALLED_APPS"] == []
    assert told["SOCIALACCOUNT_PROVIDERS"] == {}


def test_every_service_proves_itself_by_pkce():
    told = service_settings(
        settings(
            google_client_id="x",
            google_secret="x",
            microsoft_client_id="x",
            microsoft_secret="x",
            microsoft_tenant="x",
            oidc_issuer="https://id.school.example/",
            oidc_client_id="x",
            oidc_secret="x",
        )
    )

    providers = told["SOCIALACCOUNT_PROVIDERS"]
    assert providers.keys() == {"google", "microsoft", "openid_connect"}
    assert all(each["OAUTH_PKCE_ENABLED"] for each in providers.values())
