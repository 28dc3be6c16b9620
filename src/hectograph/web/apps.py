"""The pages as Django knows them."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, style sheets and translations; no tables."""

    name = "hectograph.web"
    label = "web"
