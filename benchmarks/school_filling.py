"""A school with many classes and years of shares, made by SQL alone."""

import hashlib
from dataclasses import dataclass

import psycopg

PER_CLASS = 30
CLASSES_A_TEACHER = 5
LOADS = 200
AUDITED = 20_000

PEOPLE = """
INSERT INTO person (email, name, role, school, password, is_active, created_at)
SELECT 'teacher' || n || '@school.test', 'Teacher ' || n, 'teacher', 'school', '!', true,
       now() FROM generate_series(1, %(teachers)s) n
"""

CLASSES = """
INSERT INTO school_class (id, school, name, folded, students, taken_at, directory)
SELECT substr(md5('class' || n), 1, 10), 'school', 'Class ' || n, 'class ' || n, %(each)s,
       now(), '/srv/class-' || n FROM generate_series(1, %(classes)s) n
"""

ENROLLMENTS = """
INSERT INTO enrollment (school_class_id, position, student, folder, "group")
SELECT substr(md5('class' || n), 1, 10), p, 'Student ' || n || '-' || p,
       'Student ' || n || '-' || p, 'Group ' || p / 5
  FROM generate_series(1, %(classes)s) n, generate_series(0, %(each)s - 1) p
"""

TEACHINGS = """
INSERT INTO teaching (school_class_id, person_id, is_co)
SELECT substr(md5('class' || n), 1, 10), p.id, false
  FROM generate_series(1, %(classes)s) n
  JOIN person p ON p.email = 'teacher' || (n - 1) / %(of_a_teacher)s + 1 || '@school.test'
"""

# Share n is of class n modulo the classes; the last ones are under way.
SHARES = """
INSERT INTO account (id, epoch)
SELECT 'fs:/srv/class-' || n, 0 FROM generate_series(1, %(classes)s) n;
INSERT INTO share (id, request_key, account_id, destination, title, school_class, state,
                   service_class, asked_at, ended_at, total, open, again, joinable, thawed)
SELECT substr(md5('share' || n), 1, 10), md5(n || 'a') || md5(n || 'b'),
       'fs:/srv/class-' || c, '/srv/class-' || c, 'Essay ' || n || '.docx', 'Class ' || c,
       CASE WHEN is_open THEN 'running' ELSE 'complete' END, 1,
       now() - (%(shares)s - n) * interval '1 hour',
       CASE WHEN NOT is_open THEN now() - (%(shares)s - n) * interval '1 hour' END,
       %(each)s, CASE WHEN is_open THEN %(each)s ELSE 0 END, false, true, NOT is_open
  FROM (SELECT n, 1 + (%(shares)s - n) %% %(classes)s AS c,
               n > %(shares)s - %(running)s AS is_open
          FROM generate_series(1, %(shares)s) n) planned;
INSERT INTO handout (share_id, position, title, tree, sha256, size_bytes)
SELECT substr(md5('share' || n), 1, 10), 0, 'Essay ' || n || '.docx', '',
       md5(n || 'c') || md5(n || 'd'), 100000 FROM generate_series(1, %(shares)s) n;
INSERT INTO delivery (share_id, position, handout, student, folder, name, wish, state,
                      due_at, attempts, settled_at, path)
SELECT s.id, p, 0, who, who, name, substr(md5(s.id || p), 1, 20),
       CASE WHEN s.open > 0 THEN 'planned' ELSE 'verified' END, s.asked_at,
       CASE WHEN s.open > 0 THEN 0 ELSE 1 END,
       CASE WHEN s.open = 0 THEN s.asked_at END,
       CASE WHEN s.open = 0 THEN s.destination || '/' || who || '/' || name END
  FROM share s, generate_series(0, %(each)s - 1) p,
       LATERAL (SELECT 'Student ' || substr(s.school_class, 7) || '-' || p) w(who),
       LATERAL (SELECT replace(s.title, '.docx', ' - ' || who || '.docx')) f(name);
INSERT INTO asking (share_id, school_class_id, person_id, at)
SELECT s.id, c.id, t.person_id, s.asked_at
  FROM share s JOIN school_class c ON c.name = s.school_class
  JOIN teaching t ON t.school_class_id = c.id
"""

OTHERS = """
INSERT INTO roster_load (school, at, by, file, classes, students, added, removed, problems)
SELECT 'school', now(), 'office', 'roster.csv', 1, 30, 1, 1, '[]'
  FROM generate_series(1, %(loads)s);
INSERT INTO audit (at, by, act, subject, about, facts)
SELECT now() - n * interval '1 minute', 'office', 'share.recalled', s.id, s.id, '{}'
  FROM generate_series(1, %(audited)s) n
  JOIN share s ON s.id = substr(md5('share' || 1 + n %% %(shares)s), 1, 10)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How large a school is: classes of 30, shares in all, and those of them under way."""

    classes: int
    shares: int
    running: int

    @property
    def students(self) -> int:
        """How many are on its rosters."""
        return self.classes * PER_CLASS

    @property
    def teachers(self) -> int:
        """How many teach there: the first of them teaches the first classes."""
        return -(-self.classes // CLASSES_A_TEACHER)


def class_number(n: int) -> str:
    """The id of the class of that number, from 1."""
    return hashlib.md5(f"class{n}".encode(), usedforsecurity=False).hexdigest()[:10]


def share_number(n: int) -> str:
    """The id of the share of that number, from 1, the oldest."""
    return hashlib.md5(f"share{n}".encode(), usedforsecurity=False).hexdigest()[:10]


def fill_school(url: str, extent: Extent) -> None:
    """Fill a migrated database. Shares are of the first classes first."""
    constants = {
        "teachers": extent.teachers,
        "classes": extent.classes,
        "each": PER_CLASS,
        "of_a_teacher": CLASSES_A_TEACHER,
        "shares": extent.shares,
        "running": extent.running,
        "loads": LOADS,
        "audited": AUDITED,
    }
    # Numbers are written into the statements: the server could not tell their types.
    bound_here = psycopg.ClientCursor
    with psycopg.connect(url, autocommit=True, cursor_factory=bound_here) as connection:
        connection.execute("SET statement_timeout = 0")
        for statements in (PEOPLE, CLASSES, ENROLLMENTS, TEACHINGS, SHARES, OTHERS):
            for statement in statements.split(";"):
                connection.execute(statement.encode(), constants)
        connection.execute("VACUUM (ANALYZE)")
