"""The services by which people sign in: from our settings to those of allauth and SAML."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Final

from cryptography import x509

from hectograph.domain.errors import Misconfigured
from hectograph.domain.sign_in import Service
from hectograph.settings import Settings

APPS: Final = {
    Service.GOOGLE: "allauth.socialaccount.providers.google",
    Service.MICROSOFT: "allauth.socialaccount.providers.microsoft",
    Service.OIDC: "allauth.socialaccount.providers.openid_connect",
}
"""Where allauth knows a service; SAML is a dialogue of our own."""

# Whoever was refused may choose another account; else they come as the same again.
CHOOSE: Final = {"prompt": "select_account"}


def check_services(
    settings: Settings, *, find: Callable[[str], object | None] = find_spec
) -> None:
    """Raise Misconfigured where sign-in by SAML is set, and cannot be had.

    `find` tells whether a library is installed.
    """
    if Service.SAML not in settings.services():
        return
    if find("onelogin") is None:
        raise Misconfigured(
            "Sign-in by SAML needs a library that is not installed.",
            effect="Nothing was started.",
            remedy="Install hectograph with it: pip install 'hectograph[saml]'.",
        )
    certificate = settings.sign_in_saml_certificate
    if certificate is not None:
        try:
            x509.load_pem_x509_certificate(certificate.encode())
        except ValueError as error:
            raise Misconfigured(
                "HECTOGRAPH_SIGN_IN_SAML_CERTIFICATE is no certificate in PEM.",
                effect="Nothing was started.",
                remedy="Take the one by which the identity provider signs its answers.",
            ) from error


def service_settings(settings: Settings) -> dict[str, Any]:
    """Django's settings for them: apps beside the others, and what allauth asks."""
    services = settings.services()
    providers = {
        Service.GOOGLE: _google,
        Service.MICROSOFT: _microsoft,
        Service.OIDC: _oidc,
    }
    return {
        "INSTALLED_APPS": [app for service, app in APPS.items() if service in services],
        "SOCIALACCOUNT_ADAPTER": "hectograph.site.sign_in.Gate",
        "SOCIALACCOUNT_PROVIDERS": {
            _called(service): {**describe(settings), "OAUTH_PKCE_ENABLED": True}
            for service, describe in providers.items()
            if service in services
        },
    }


def _called(service: Service) -> str:
    """What allauth calls a service."""
    return "openid_connect" if service is Service.OIDC else service.value


def _google(settings: Settings) -> Mapping[str, Any]:
    root = settings.sign_in_google_root
    elsewhere = {
        "AUTHORIZE_URL": f"{root}/o/oauth2/v2/auth",
        "ACCESS_TOKEN_URL": f"{root}/token",
        "IDENTITY_URL": f"{root}/oauth2/v2/userinfo",
        "CERTS_URL": f"{root}/oauth2/v1/certs",
        "ID_TOKEN_ISSUER": root,
    }
    return {
        "APPS": [
            {
                "client_id": settings.sign_in_google_client_id,
                "secret": _secret(settings, "google"),
            }
        ],
        "SCOPE": ["openid", "email", "profile"],
        "AUTH_PARAMS": CHOOSE,
        **(elsewhere if root else {}),
    }


def _microsoft(settings: Settings) -> Mapping[str, Any]:
    root = settings.sign_in_microsoft_root
    elsewhere = {"login_url": root, "graph_url": root}
    return {
        "APPS": [
            {
                "client_id": settings.sign_in_microsoft_client_id,
                "secret": _secret(settings, "microsoft"),
                "settings": {
                    "tenant": settings.sign_in_microsoft_tenant,
                    **(elsewhere if root else {}),
                },
            }
        ],
        "AUTH_PARAMS": CHOOSE,
    }


def _oidc(settings: Settings) -> Mapping[str, Any]:
    issuer = (settings.sign_in_oidc_issuer or "").rstrip("/")
    return {
        "APPS": [
            {
                "provider_id": Service.OIDC.value,
                "name": settings.sign_in_oidc_name,
                "client_id": settings.sign_in_oidc_client_id,
                "secret": _secret(settings, "oidc"),
                "settings": {"server_url": issuer},
            }
        ]
    }


def _secret(settings: Settings, service: str) -> str:
    value: str = getattr(settings, f"sign_in_{service}_secret").get_secret_value()
    return value
