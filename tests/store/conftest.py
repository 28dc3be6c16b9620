"""What tests of the store share."""

import pytest


@pytest.fixture
def quick_passwords(database_url):
    """Passwords that are checked at once, and sessions that are signed."""
    from django.test.utils import override_settings

    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(SECRET_KEY="for tests", PASSWORD_HASHERS=[hasher]):
        yield
