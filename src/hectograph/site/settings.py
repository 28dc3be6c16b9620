"""Django's settings for its own tools; nothing is decided here."""

from hectograph.store.database import APPS, database_parameters

INSTALLED_APPS = APPS
DATABASES = {"default": database_parameters("postgresql:///hectograph")}
USE_TZ = True
TIME_ZONE = "UTC"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
