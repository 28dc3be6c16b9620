"""The server under test, and the people who use it."""

import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

PASSWORD = "a long and quiet password"
READY_SECONDS = 60
process_pause = threading.Event()


@dataclass
class Site:
    """A server that runs, and what it wrote."""

    process: subprocess.Popen
    log: Path
    url: str
    place: Path
    database: str

    @classmethod
    def begun(cls, process, log, *, place, database):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if found := re.search(r"Hectograph is at (http://\S+)/", log.read_text()):
                return cls(process, log, found.group(1), place, database)
            process_pause.wait(0.05)
        raise AssertionError(log.read_text())

    def link(self, role="operator", *, email="", school="school", token="x" * 43):
        """An invitation that is good, as `hectograph serve` writes the first one."""
        from hashlib import sha256

        self.run(
            "INSERT INTO invitation (token_sha256, email, role, school, expires_at)"
            " VALUES (%s, %s, %s, %s, now() + interval '1 day')",
            [sha256(token.encode()).hexdigest(), email, role, school],
        )
        return f"/welcome/{token}/"

    def run(self, statement, parameters=()):
        """Have something in the database that no page makes."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(statement, parameters)


def come_in(page, link, *, name="Olga Operator", email="olga@school.test"):
    """Accept an invitation, and sign in."""
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    if page.get_by_label("Your email").is_enabled():
        page.get_by_label("Your email").fill(email)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Come in").click()
    sign_in(page, email)


def sign_in(page, email):
    """Sign in on the page that asks for it."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
