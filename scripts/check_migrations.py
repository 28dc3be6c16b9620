"""Exits with 1 when the tables in models.py have no migration; needs no database."""

import os
import sys
import warnings

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "hectograph.site.settings"
warnings.filterwarnings("ignore", message="Got an error checking a consistent migration")
django.setup()
sys.exit(call_command("makemigrations", "hectograph", "people", check=True, dry_run=True))
