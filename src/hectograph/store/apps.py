"""The store as Django knows it."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The ledger's tables."""

    name = "hectograph.store"
    label = "hectograph"
    default_auto_field = "django.db.models.BigAutoField"
