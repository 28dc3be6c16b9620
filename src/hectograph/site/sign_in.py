"""How people get in: those who are known, by password; nobody signs themselves up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Door(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth asks us."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """People are invited."""
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Whoever has a new password goes on as before."""
        return "/"

    def clean_email(self, email: str) -> Any:
        """Emails are kept in small letters."""
        return super().clean_email(email.strip().lower())
