"""Django's settings: derived from ours, and for its own tools."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from hectograph.site.languages import ORIGINAL, check_language, list_languages
from hectograph.store.database import APPS, database_parameters

WEB_APPS: Final = [
    "hectograph.web",  # before those whose templates it replaces
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
]

MIDDLEWARE: Final = [
    "hectograph.site.measuring.Measuring",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hectograph.site.languages.Spoken",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

# As the page says on which a password is chosen.
PASSWORDS: Final = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Nothing from elsewhere, nothing inline.
POLICY: Final = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

LONGEST_UPLOAD: Final = 100 * 1024 * 1024


def web_settings(
    *,
    secret_key: str,
    public_url: str | None,
    language: str = ORIGINAL,
    locales: Path | None = None,
    services: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Django's settings for the pages, beside those for the tables.

    Behind a proxy that speaks TLS, cookies are for TLS alone. `language` is spoken where
    nobody chose another; `locales` has catalogues beside ours; `services` are those by
    which people sign in, as `service_settings` describes them. Raises Misconfigured when
    there is no catalogue of the language.
    """
    more = dict(services or {})
    address = urlsplit(public_url or "")
    is_secure = address.scheme == "https"
    return {
        "SECRET_KEY": secret_key,
        "ALLOWED_HOSTS": [address.hostname, "localhost"] if address.hostname else ["*"],
        "CSRF_TRUSTED_ORIGINS": [f"{address.scheme}://{address.netloc}"]
        if address.netloc
        else [],
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")
        if is_secure
        else None,
        "SESSION_COOKIE_SECURE": is_secure,
        "CSRF_COOKIE_SECURE": is_secure,
        "SECURE_HSTS_SECONDS": 31_536_000 if is_secure else 0,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
        "SESSION_COOKIE_HTTPONLY": True,
        "INSTALLED_APPS": [*WEB_APPS, *more.pop("INSTALLED_APPS", ())],
        "MIDDLEWARE": MIDDLEWARE,
        "ROOT_URLCONF": "hectograph.site.urls",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "builtins": ["hectograph.web.templatetags.spoken"],
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.template.context_processors.i18n",
                        "django.contrib.messages.context_processors.messages",
                    ],
                },
            }
        ],
        "STATIC_URL": "/static/",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
        "ACCOUNT_ADAPTER": "hectograph.site.sign_in.Door",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "AUTH_PASSWORD_VALIDATORS": PASSWORDS,
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        # A school may come from one address, at eight o'clock.
        "ACCOUNT_RATE_LIMITS": {
            "login": "300/m/ip",
            "login_failed": "60/m/ip,5/5m/key",
        },
        "ACCOUNT_LOGOUT_REDIRECT_URL": "/",
        "CONTENT_SECURITY_POLICY": POLICY,
        "LANGUAGE_CODE": check_language(language, locales),
        "LANGUAGES": list_languages(locales),
        "LOCALE_PATHS": [locales] if locales else [],
        "LANGUAGE_COOKIE_NAME": "hectograph-language",
        "LANGUAGE_COOKIE_HTTPONLY": True,
        "LANGUAGE_COOKIE_SECURE": is_secure,
        "LANGUAGE_COOKIE_SAMESITE": "Lax",
        "USE_I18N": True,
        "FORMAT_MODULE_PATH": "hectograph.web.formats",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": LONGEST_UPLOAD,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 10_000,
        **more,
    }


INSTALLED_APPS = [*WEB_APPS, *APPS]
DATABASES = {"default": database_parameters("postgresql:///hectograph")}
USE_TZ = True
TIME_ZONE = "UTC"
SECRET_KEY = "for Django's own tools"  # noqa: S105
AUTH_USER_MODEL = "people.Person"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
