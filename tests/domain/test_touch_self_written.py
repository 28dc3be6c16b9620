"""What Google Drive writes to a fresh copy by itself, and what it must not be taken for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hectograph.domain.delivery import DriveEvidence
from hectograph.domain.touch import Original, Present, Sign, Touch, decide_touch

from ..builders import EIGHT

TEACHER, STUDENT = "teacher@school.test", "ada@school.test"
UNTIL = EIGHT + timedelta(seconds=5)
TOLD = DriveEvidence(
    file="copy",
    version=1,
    modified_at=EIGHT,
    modified_by=TEACHER,
    revision=None,
    md5=None,
)
LATER = replace(TOLD, version=2, modified_at=EIGHT + timedelta(seconds=2))


def signs(now, *, before=TOLD, until=UNTIL):
    original = Original(evidence=before, folder=("folder",), name="Essay")
    present = Present(
        evidence=now, folder=("folder",), name="Essay", self_written_until=until
    )
    return decide_touch(original, present).signs


def test_what_drive_wrote_itself_to_a_fresh_copy_is_nobodys_work():
    assert signs(LATER) == ()
    assert signs(replace(LATER, modified_at=UNTIL)) == ()


def test_a_copy_that_began_with_the_time_of_its_document_is_nobodys_work():
    assert signs(LATER, before=replace(TOLD, modified_at=EIGHT - timedelta(days=9))) == ()


@pytest.mark.parametrize(
    "now",
    [
        replace(LATER, modified_at=UNTIL + timedelta(microseconds=1)),
        replace(LATER, modified_at=EIGHT - timedelta(seconds=1)),
        replace(LATER, modified_by=STUDENT),
        replace(LATER, modified_by=None),
        replace(LATER, revision="r2"),
        replace(LATER, md5="abc"),
    ],
)
def test_whatever_else_changed_is_work(now):
    assert signs(now) == (Sign.EDITED,)


def test_the_accounts_own_later_change_is_work_where_it_may_be_the_students():
    assert signs(LATER, until=None) == (Sign.EDITED,)


def test_files_with_bytes_are_never_written_to_by_drive():
    before = replace(TOLD, revision="r1", md5="abc")
    later = replace(before, version=2, modified_at=LATER.modified_at)

    assert signs(later, before=before) == (Sign.EDITED,)
    assert signs(replace(before, version=2), before=before) == ()


def test_it_excuses_neither_comments_nor_names_nor_places():
    original = Original(evidence=TOLD, folder=("folder",), name="Essay")
    present = Present(
        evidence=LATER,
        folder=("elsewhere",),
        name="Mine",
        has_comments=True,
        self_written_until=UNTIL,
    )

    judgement = decide_touch(original, present)

    assert judgement.touch is Touch.TOUCHED
    assert judgement.signs == (Sign.COMMENTED, Sign.RENAMED, Sign.MOVED)


def test_the_same_version_proves_that_nothing_was_written():
    assert (
        signs(replace(TOLD, modified_by=None), before=replace(TOLD, modified_by=None)) == ()
    )


@pytest.mark.parametrize("told", [{"revision": "r1"}, {"md5": "0" * 32}])
def test_a_file_with_either_a_revision_or_a_digest_is_written_to_by_people(told):
    assert signs(replace(LATER, **told), before=replace(TOLD, **told)) == (Sign.EDITED,)
