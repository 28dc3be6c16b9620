"""An older tool's litter on the emulated drive and in a real directory, by commands."""

import json
from datetime import UTC, datetime

import pytest

from .school import NATIVE, OFFICE, TEACHER

TOOL = "tool@school.test"
LATER = 600


@pytest.fixture
def add(hectograph, key, emulator):
    """Set the drive "school" up."""

    def call(acting=f"institution:{OFFICE}", *, option="--service-account", file=key):
        ran = hectograph(
            *("drive", "add", "google", "school", option, file),
            *("--acting", acting, "--api-root", emulator.url),
        )
        assert ran.code == 0, ran.err

    return call


@pytest.fixture
def litter(school, emulator):
    """Six students, in whose folders the tool left a file each; some minutes ago."""
    school.open(6)
    emulator.admin.user(TOOL)
    for folder in school.folders.values():
        permission = {"role": "writer", "type": "user", "emailAddress": TOOL}
        emulator.admin.call("change", {}) if False else None
        share(emulator, folder, permission)
    made = {
        student: emulator.admin.file(
            TOOL,
            f"temp_{number}",
            parents=[folder],
            mimeType=NATIVE if number % 2 else "text/plain",
            content="Write about the sea.",
        )
        for number, (student, folder) in enumerate(school.folders.items())
    }
    emulator.admin.advance(LATER)
    return made
