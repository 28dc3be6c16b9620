"""The staff as Django knows them."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class PeopleConfig(AppConfig):
    """The staff's tables."""

    name = "hectograph.store.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Leave `last_login` to us: it says when somebody last came in by a service."""
        user_logged_in.disconnect(dispatch_uid="update_last_login")
