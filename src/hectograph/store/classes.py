"""Classes, their rosters, and who asked for which share, in PostgreSQL."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from hectograph.domain.errors import Problem, UnknownClass
from hectograph.domain.ids import ClassId, PersonId, ShareId
from hectograph.domain.names import fold
from hectograph.domain.roster import Recipient, Roster
from hectograph.domain.school_class import (
    Change,
    Destination,
    Latecomers,
    RosterLoad,
    SchoolClass,
    Teaching,
)
from hectograph.domain.share import Progress
from hectograph.ports.classes import Asked, KnownDocument, Place
from hectograph.store.events import tell_roster
from hectograph.store.queries import Row, atomic, fetch_all, run
from hectograph.store.rows import share_from
from hectograph.store.shares import with_counts
from hectograph.store.statements import SHARE_COLUMNS

CLASSES: Final = """
SELECT c.id, c.school, c.name, c.students, c.taken_at, c.directory, c.drive, c.subject,
       coalesce(array_agg(p.id ORDER BY t.is_co, p.name) FILTER (WHERE p.id > 0), '{}'),
       coalesce(array_agg(p.name ORDER BY t.is_co, p.name) FILTER (WHERE p.id > 0), '{}'),
       coalesce(array_agg(t.is_co ORDER BY t.is_co, p.name) FILTER (WHERE p.id > 0), '{}')
  FROM (SELECT * FROM school_class k
         WHERE (%(school)s::text IS NULL OR k.school = %(school)s)
           AND (%(id)s::text IS NULL OR k.id = %(id)s)
           AND (%(search)s = '' OR position(%(search)s IN k.folded) > 0)
           AND (%(taught_by)s::bigint IS NULL OR EXISTS (
                SELECT 1 FROM teaching m
                 WHERE m.school_class_id = k.id AND m.person_id = %(taught_by)s))
         ORDER BY k.name, k.id LIMIT %(limit)s) c
  LEFT JOIN teaching t ON t.school_class_id = c.id LEFT JOIN person p ON p.id = t.person_id
 GROUP BY c.id, c.school, c.name, c.students, c.taken_at, c.directory, c.drive, c.subject
 ORDER BY c.name, c.id
"""

ROSTER: Final = """
SELECT e.student, e.email, e.folder, c.name, e.group
  FROM enrollment e JOIN school_class c ON c.id = e.school_class_id
 WHERE c.id = %(id)s ORDER BY e.position
"""

BY_NAME: Final = """
SELECT id FROM school_class WHERE school = %(school)s AND folded = %(folded)s
"""

PUT_CLASS: Final = """
INSERT INTO school_class (id, school, name, folded, students, taken_at)
VALUES (%(id)s, %(school)s, %(name)s, %(folded)s, %(students)s, %(taken_at)s)
ON CONFLICT (id) DO UPDATE
   SET students = excluded.students, taken_at = excluded.taken_at
"""

LEAVE_CLASS: Final = "DELETE FROM enrollment WHERE school_class_id = %(id)s"

ENROLL: Final = """
INSERT INTO enrollment (school_class_id, position, student, email, folder, "group")
SELECT %s, u.position - 1, u.student, u.email, u.folder, u.team
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
       WITH ORDINALITY AS u(student, email, folder, team, position)
"""

NOTE_LOAD: Final = """
INSERT INTO roster_load
       (school, at, by, file, classes, students, added, removed, problems)
VALUES (%(school)s, %(at)s, %(by)s, %(file)s, %(classes)s, %(students)s, %(added)s,
        %(removed)s, %(problems)s)
"""

LOADS: Final = """
SELECT at, by, file, classes, students, added, removed, problems::text FROM roster_load
 WHERE school = %(school)s ORDER BY id DESC LIMIT %(limit)s
"""

PLACE: Final = """
UPDATE school_class SET directory = %(directory)s, drive = %(drive)s, subject = %(subject)s
 WHERE id = %(id)s
"""

TEACH: Final = """
INSERT INTO teaching (school_class_id, person_id, is_co)
SELECT %s, * FROM unnest(%s::bigint[], %s::boolean[])
"""

UNTEACH: Final = "DELETE FROM teaching WHERE school_class_id = %(id)s"

NOTE_ASKED: Final = """
INSERT INTO asking (share_id, school_class_id, person_id, at, pattern)
VALUES (%(share)s, %(id)s, %(person)s, %(now)s, %(pattern)s) ON CONFLICT DO NOTHING
"""

# Who is on the roster and has no copy of the first document by any share of the class. A
# name may be written anew: whoever's folder has one has it.
LATECOMERS: Final = """
SELECT s.id, s.title, c.id, c.name, a.pattern,
       ARRAY(SELECT h.origin FROM handout h
              WHERE h.share_id = s.id AND h.origin IS NOT NULL ORDER BY h.position),
       array_agg(e.position ORDER BY e.position), array_agg(e.student ORDER BY e.position)
  FROM (SELECT share_id, school_class_id, min(pattern) AS pattern FROM asking
         WHERE school_class_id = ANY(%(classes)s) GROUP BY share_id, school_class_id) a
  JOIN share s ON s.id = a.share_id
  JOIN school_class c ON c.id = a.school_class_id
  JOIN handout f ON f.share_id = s.id AND f.position = 0
  JOIN enrollment e ON e.school_class_id = c.id
 WHERE a.pattern IS NOT NULL AND s.asked_at >= %(since)s
   AND s.state IN ('complete', 'complete with exceptions')
   AND NOT EXISTS (
       SELECT 1 FROM asking b
         JOIN handout h ON h.share_id = b.share_id
          AND (h.sha256 = f.sha256 OR h.origin = f.origin)
         JOIN delivery d ON d.share_id = b.share_id
        WHERE b.school_class_id = c.id
          AND (d.student = e.student OR (e.folder <> '' AND (
               d.folder = e.folder OR starts_with(d.folder, e.folder || '/')))))
   AND NOT EXISTS (
       SELECT 1 FROM passed_over p WHERE p.share_id = s.id AND p.student = e.student)
 GROUP BY s.id, c.id, a.pattern ORDER BY s.asked_at DESC, s.id
"""

LEAVE_OUT: Final = """
INSERT INTO passed_over (share_id, student)
SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING
"""

ASKED: Final = """
SELECT a.share_id, a.school_class_id, array_agg(p.name ORDER BY a.id)
  FROM asking a JOIN person p ON p.id = a.person_id
 WHERE a.share_id = ANY(%(shares)s) GROUP BY a.share_id, a.school_class_id
"""

SHARES: Final = f"""
SELECT {SHARE_COLUMNS} FROM share
 WHERE (%(everything)s OR id IN (
        SELECT a.share_id FROM asking a JOIN school_class c ON c.id = a.school_class_id
         WHERE (%(classes)s::text[] IS NULL OR c.id = ANY(%(classes)s))
           AND (%(school)s::text IS NULL OR c.school = %(school)s)))
   AND (%(search)s = '' OR position(lower(%(search)s) IN lower(title)) > 0)
   AND (%(asked_at)s::timestamptz IS NULL OR asked_at < %(asked_at)s
        OR (asked_at = %(asked_at)s AND id > %(after)s))
 ORDER BY asked_at DESC, id LIMIT %(limit)s
"""  # noqa: S608

DOCUMENTS: Final = """
SELECT (array_agg(h.title ORDER BY s.asked_at DESC))[1], h.origin
  FROM asking a JOIN share s ON s.id = a.share_id JOIN handout h ON h.share_id = s.id
 WHERE a.person_id = %(person)s AND s.destination = %(destination)s
   AND h.origin IS NOT NULL AND h.tree = ''
 GROUP BY h.origin ORDER BY max(s.asked_at) DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class PostgresClasses:
    """Use it from one thread."""

    def list_classes(
        self,
        *,
        school: str | None = None,
        taught_by: PersonId | None = None,
        search: str = "",
        limit: int | None = None,
    ) -> Sequence[SchoolClass]:
        wanted = {
            "school": school,
            "taught_by": taught_by,
            "id": None,
            "search": fold(search.strip()),
            "limit": limit,
        }
        with atomic():
            return [_class_from(row) for row in fetch_all(CLASSES, wanted)]

    def school_class(self, number: ClassId) -> SchoolClass:
        wanted = {"school": None, "taught_by": None, "id": number, "search": ""}
        with atomic():
            rows = fetch_all(CLASSES, {**wanted, "limit": 1})
        if not rows:
            raise UnknownClass("There is no such class.")
        return _class_from(rows[0])

    def roster(self, number: ClassId) -> Roster:
        with atomic():
            rows = fetch_all(ROSTER, {"id": number})
        return Roster(recipients=tuple(map(_recipient_from, rows)))

    def find_by_name(self, school: str, name: str) -> ClassId | None:
        with atomic():
            rows = fetch_all(BY_NAME, {"school": school, "folded": fold(name)})
        return ClassId(rows[0][0]) if rows else None

    def load(
        self, school: str, changes: Sequence[tuple[ClassId, Change]], load: RosterLoad
    ) -> None:
        with atomic():
            for number, change in changes:
                self._put(school, number, change, taken_at=load.at)
                if not change.is_none:
                    tell_roster(school, number, _counted(change), now=load.at)
            _note_load(school, load)

    def _put(
        self, school: str, number: ClassId, change: Change, *, taken_at: datetime
    ) -> None:
        recipients = change.roster.recipients
        run(
            PUT_CLASS,
            {
                "id": number,
                "school": school,
                "name": change.name,
                "folded": fold(change.name),
                "students": len(recipients),
                "taken_at": taken_at,
            },
        )
        run(LEAVE_CLASS, {"id": number})
        columns = (
            [each.student for each in recipients],
            [each.email for each in recipients],
            ["/".join(each.folder) for each in recipients],
            [each.group for each in recipients],
        )
        run(ENROLL, [number, *columns])

    def note_load(self, school: str, load: RosterLoad) -> None:
        with atomic():
            _note_load(school, load)

    def list_loads(self, school: str, *, limit: int) -> Sequence[RosterLoad]:
        with atomic():
            rows = fetch_all(LOADS, {"school": school, "limit": limit})
        return [_load_from(row) for row in rows]

    def place(self, number: ClassId, destination: Destination) -> None:
        with atomic():
            run(PLACE, {"id": number, **asdict(destination)})

    def set_teachers(self, number: ClassId, teachers: Sequence[Teaching]) -> None:
        people = [each.person for each in teachers]
        with atomic():
            run(UNTEACH, {"id": number})
            run(TEACH, [number, people, [each.is_co for each in teachers]])

    def note_asked(
        self,
        share: ShareId,
        *,
        school_class: ClassId,
        by: PersonId,
        now: datetime,
        pattern: str | None = None,
    ) -> None:
        asked = {
            "share": share,
            "id": school_class,
            "person": by,
            "now": now,
            "pattern": pattern,
        }
        with atomic():
            run(NOTE_ASKED, asked)

    def list_latecomers(
        self, classes: Sequence[ClassId], *, since: datetime
    ) -> Sequence[Latecomers]:
        wanted = {"classes": list(classes), "since": since}
        with atomic():
            return [_latecomers_from(row) for row in fetch_all(LATECOMERS, wanted)]

    def pass_over(self, share: ShareId, students: Sequence[str]) -> None:
        with atomic():
            run(LEAVE_OUT, [share, list(students)])

    def find_asked(self, share: ShareId) -> Asked | None:
        with atomic():
            return next(iter(_asked([share])), None)

    def list_asked(self, shares: Sequence[ShareId]) -> Sequence[Asked]:
        with atomic():
            return list(_asked(shares))

    def list_shares(
        self,
        classes: Sequence[ClassId] | None,
        *,
        school: str | None = None,
        search: str,
        limit: int,
        after: Place | None = None,
    ) -> Sequence[tuple[Asked | None, Progress]]:
        wanted = {
            "classes": None if classes is None else list(classes),
            "school": school,
            "everything": classes is None and school is None,
            "search": search.strip(),
            "limit": limit,
            "asked_at": after.asked_at if after else None,
            "after": after.share if after else "",
        }
        with atomic():
            shares = [share_from(row) for row in fetch_all(SHARES, wanted)]
            asked = {each.share: each for each in _asked([each.id for each in shares])}
            return [(asked.get(each.share.id), each) for each in with_counts(shares)]

    def list_documents(
        self, by: PersonId, *, destination: str, limit: int
    ) -> Sequence[KnownDocument]:
        wanted = {"person": by, "destination": destination, "limit": limit}
        with atomic():
            rows = fetch_all(DOCUMENTS, wanted)
        return [KnownDocument(title=title, origin=origin) for title, origin in rows]


def _asked(shares: Sequence[ShareId]) -> Iterable[Asked]:
    for share, school_class, names in fetch_all(ASKED, {"shares": list(shares)}):
        yield Asked(
            share=ShareId(share), school_class=ClassId(school_class), by=tuple(names)
        )


def _latecomers_from(row: Row) -> Latecomers:
    share, title, school_class, name, pattern, origins, places, students = row
    return Latecomers(
        share=ShareId(share),
        title=title,
        school_class=ClassId(school_class),
        class_name=name,
        pattern=pattern,
        origins=tuple(origins),
        places=tuple(places),
        students=tuple(students),
    )


def _counted(change: Change) -> dict[str, int]:
    """A change in numbers, as programs are told of it."""
    students = len(change.roster.recipients)
    return {"students": students, "added": change.added, "removed": change.removed}


def _note_load(school: str, load: RosterLoad) -> None:
    problems = json.dumps([asdict(each) for each in load.problems])
    run(NOTE_LOAD, {**asdict(load), "school": school, "problems": problems})


def _load_from(row: Row) -> RosterLoad:
    *counted, problems = row
    at, by, file, classes, students, added, removed = counted
    return RosterLoad(
        at=at,
        by=by,
        file=file,
        classes=classes,
        students=students,
        added=added,
        removed=removed,
        problems=tuple(Problem(**each) for each in json.loads(problems)),
    )


def _class_from(row: Row) -> SchoolClass:
    number, school, name, students, taken_at, directory, drive, subject = row[:8]
    place = Destination(directory=directory, drive=drive, subject=subject)
    return SchoolClass(
        id=ClassId(number),
        school=school,
        name=name,
        students=students,
        taken_at=taken_at,
        destination=place if directory or drive else None,
        teachers=tuple(
            Teaching(person=PersonId(person), name=called, is_co=is_co)
            for person, called, is_co in zip(*row[8:11], strict=True)
        ),
    )


def _recipient_from(row: Row) -> Recipient:
    student, email, folder, school_class, group = row
    return Recipient(
        student=student,
        email=email,
        folder=tuple(folder.split("/")) if folder else (),
        school_class=school_class,
        group=group,
    )
