"""The server under test, and the people who use it."""

import os
import re
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ..emptying import empty

PASSWORD = "a long and quiet password"
FIVE = ("Ada Lovelace", "Blaise Pascal", "Carl Gauss", "Dido Aeneas", "Emmy Noether")
READY_SECONDS = 60
process_pause = threading.Event()


def follow(link):
    """Press what leads to another page, and be there."""
    with link.page.expect_navigation():
        link.click()


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

    def empty(self):
        """Nobody is here, and nothing was asked for."""
        empty(self.database)

    def run(self, statement, parameters=()):
        """Have something in the database that no page makes."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(statement, parameters)

    def ask(self, statement, parameters=()):
        """What the database says: the first column of the first row."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            row = connection.execute(statement, parameters).fetchone()
        assert row is not None
        return row[0]

    def teacher(self, page, *, email="tess@school.test", name="Tess Teacher"):
        """A teacher who is signed in."""
        come_in(
            page,
            self.link("teacher", email=email, token=secrets.token_urlsafe(32)),
            name=name,
            email=email,
        )

    def school_class(
        self,
        name="7B",
        *,
        taught_by="tess@school.test",
        co=(),
        students=FIVE,
        groups=(),
        emails=(),
    ):
        """A class with a directory of its own: its number, and the directory."""
        number = "".join(
            secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(10)
        )
        directory = self.place / f"{name}-{number}"
        directory.mkdir()
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO school_class (id, school, name, folded, students, taken_at, directory)"
                " VALUES (%s, 'school', %s, %s, %s, now(), %s)",
                [number, name, name.lower(), len(students), str(directory)],
            )
            for position, student in enumerate(students):
                team = groups[position] if groups else None
                email = emails[position] if emails else None
                connection.execute(
                    "INSERT INTO enrollment"
                    ' (school_class_id, position, student, email, folder, "group")'
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    [number, position, student, email, student, team],
                )
            for email, is_co in [(taught_by, False), *((each, True) for each in co)]:
                connection.execute(
                    "INSERT INTO teaching (school_class_id, person_id, is_co)"
                    " SELECT %s, id, %s FROM person WHERE email = %s",
                    [number, is_co, email],
                )
        return SchoolClass(number, name, directory)

    def move_to_drive(self, school_class, *, drive, folders):
        """A class has its folders on a drive from now on, by ids in the roster's order."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(
                "UPDATE school_class SET directory = NULL, drive = %s WHERE id = %s",
                [drive, school_class.number],
            )
            for position, folder in enumerate(folders):
                connection.execute(
                    "UPDATE enrollment SET folder = %s"
                    " WHERE school_class_id = %s AND position = %s",
                    [folder, school_class.number, position],
                )

    def command(self, *words):
        """Run a command on the site's database."""
        environment = {
            **os.environ,
            "HECTOGRAPH_DATABASE_URL": self.database,
            "HECTOGRAPH_DATA_DIR": str(self.place / "data"),
        }
        return subprocess.run(
            [sys.executable, "-m", "hectograph", *map(str, words)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def enroll(self, school_class, student, *, folder=None):
        """A student comes to a class, at the end of its roster."""
        self.run(
            "INSERT INTO enrollment (school_class_id, position, student, folder)"
            " SELECT %s, 1 + max(position), %s, %s FROM enrollment WHERE school_class_id = %s",
            [school_class.number, student, folder or student, school_class.number],
        )

    def leave(self, school_class, student):
        """A student leaves a class."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(
                "DELETE FROM enrollment WHERE school_class_id = %s AND student = %s",
                [school_class.number, student],
            )


@dataclass(frozen=True)
class SchoolClass:
    """A class under test."""

    number: str
    name: str
    directory: Path

    def copies(self):
        """What the students have, below the directory."""
        return sorted(
            str(each.relative_to(self.directory))
            for each in self.directory.rglob("*")
            if each.is_file()
            and not each.relative_to(self.directory).parts[0].startswith(".hectograph")
        )


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
    page.get_by_role("button", name="Sign in", exact=True).click()
