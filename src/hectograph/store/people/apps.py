"""The staff as Django knows them."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The staff's tables."""

    name = "hectograph.store.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"
