"""The rule of every clean-up, sign by sign; `make mutants` shows that nothing is missed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hectograph.domain.touch import (
    UNSURE,
    Judgement,
    Making,
    Present,
    Sign,
    Touch,
    decide_touch,
    decide_touch_since,
)

from ..builders import (
    A_DAY,
    EIGHT,
    a_drive_evidence,
    a_file_evidence,
    an_original,
    as_left,
)

FILE = an_original(a_file_evidence())
DRIVE = an_original(a_drive_evidence(), folder=("folder-id",))
TEACHER = "teacher@school.test"
EIGHT_NS = 1_788_249_600 * 10**9
BOTH = pytest.mark.parametrize("original", [FILE, DRIVE], ids=["file", "drive"])


def signs(original, **kwargs):
    return decide_touch(original, as_left(original, **kwargs)).signs


def file_signs(**kwargs):
    return signs(FILE, evidence=a_file_evidence(**kwargs))


def drive_signs(**kwargs):
    return signs(DRIVE, evidence=a_drive_evidence(**kwargs))


def later_signs(evidence, *, by=TEACHER, **kwargs):
    present = Present(evidence=evidence, folder=("Ada",), name="temp_1", **kwargs)
    return decide_touch_since(Making(by=by, until=EIGHT), present).signs


@BOTH
def test_a_file_as_it_was_left_is_untouched(original):
    judgement = decide_touch(original, as_left(original))

    assert judgement.signs == ()
    assert judgement.touch is Touch.UNTOUCHED
    assert judgement.is_untouched


def test_nothing_speaks_against_or_excuses_a_file_that_nobody_said_more_about():
    present = Present(evidence=FILE.evidence, folder=FILE.folder, name=FILE.name)

    assert present.has_comments is False
    assert present.in_use is False
    assert present.self_written_until is None


@BOTH
def test_another_name_is_work(original):
    assert signs(original, name="Mine.docx") == (Sign.RENAMED,)


@BOTH
@pytest.mark.parametrize("name", ["essay.docx", "Essay.docx ", "Zebra.docx", "A.docx", ""])
def test_every_other_name_is_another(original, name):
    assert signs(original, name=name) == (Sign.RENAMED,)


@BOTH
@pytest.mark.parametrize("folder", [(), ("A",), ("Zoe",), ("Ada", "Ada"), ("Ada", "old")])
def test_every_other_folder_is_another(original, folder):
    assert signs(original, folder=folder) == (Sign.MOVED,)


@BOTH
def test_a_comment_is_work(original):
    assert signs(original, has_comments=True) == (Sign.COMMENTED,)


@BOTH
def test_comments_that_nobody_could_look_for_allow_for_work(original):
    judgement = decide_touch(original, as_left(original, has_comments=None))

    assert judgement.signs == (Sign.UNREADABLE,)
    assert judgement.touch is Touch.UNKNOWN
    assert not judgement.is_untouched


@BOTH
def test_a_file_that_somebody_has_open_may_become_work(original):
    judgement = decide_touch(original, as_left(original, in_use=True))

    assert judgement.signs == (Sign.IN_USE,)
    assert judgement.touch is Touch.UNKNOWN


@BOTH
def test_a_file_that_cannot_be_read_may_be_work(original):
    judgement = decide_touch(original, as_left(original, evidence=None))

    assert judgement.signs == (Sign.UNREADABLE,)
    assert judgement.touch is Touch.UNKNOWN


def test_evidence_of_another_kind_of_drive_tells_nothing():
    assert signs(FILE, evidence=DRIVE.evidence) == (Sign.UNREADABLE,)
    assert signs(DRIVE, evidence=FILE.evidence) == (Sign.UNREADABLE,)


def test_every_sign_is_told_at_once():
    present = Present(
        evidence=a_file_evidence(inode=1, size_bytes=6),
        folder=("Bob",),
        name="Mine.docx",
        has_comments=True,
        in_use=True,
    )

    assert decide_touch(FILE, present).signs == (
        Sign.IN_USE,
        Sign.COMMENTED,
        Sign.RENAMED,
        Sign.MOVED,
        Sign.REPLACED,
        Sign.EDITED,
    )


class TestFiles:
    @pytest.mark.parametrize("inode", [0, 1, 2**64 - 6, 2**64 - 4])
    def test_another_inode_was_saved_by_replacing(self, inode):
        assert file_signs(inode=inode) == (Sign.REPLACED,)

    @pytest.mark.parametrize(
        "edit",
        [
            {"size_bytes": 4},
            {"size_bytes": 6},
            {"mtime_ns": 6},
            {"mtime_ns": 8},
            {"sha256": "0" * 64},
            {"sha256": "f" * 64},
            {"size_bytes": 6, "mtime_ns": 8, "sha256": "0" * 64},
        ],
        ids=str,
    )
    def test_another_size_time_or_content_is_an_edit(self, edit):
        assert file_signs(**edit) == (Sign.EDITED,)

    def test_replaced_and_edited_are_two_signs(self):
        assert file_signs(inode=1, mtime_ns=9) == (Sign.REPLACED, Sign.EDITED)

    @pytest.mark.parametrize(
        "noise", [{"device": 2}, {"device": 0}, {"ctime_ns": 9}], ids=str
    )
    def test_a_remount_or_a_backup_is_no_work(self, noise):
        assert file_signs(**noise) == ()


class TestDrive:
    @pytest.mark.parametrize("file", ["another", "a", "z"])
    def test_another_file_was_put_there(self, file):
        assert drive_signs(file=file) == (Sign.REPLACED,)

    def test_the_same_version_proves_nothing_beside_another_content(self):
        assert drive_signs(modified_at=EIGHT + A_DAY) == (Sign.EDITED,)

    @pytest.mark.parametrize("version", [6, 8, 70])
    def test_another_version_alone_proves_nothing(self, version):
        assert drive_signs(version=version) == ()

    @pytest.mark.parametrize(
        "edit",
        [
            {"modified_at": EIGHT + timedelta(milliseconds=1)},
            {"modified_at": EIGHT - timedelta(milliseconds=1)},
            {"modified_by": "ada@school.test"},
            {"modified_by": "zoe@school.test"},
            {"modified_by": None},
            {"revision": "r2"},
            {"revision": "r0"},
            {"revision": None},
            {"md5": "1" * 32},
            {"md5": ""},
            {"md5": None},
        ],
        ids=str,
    )
    def test_another_version_with_other_content_is_an_edit(self, edit):
        assert drive_signs(version=8, **edit) == (Sign.EDITED,)

    def test_a_change_by_somebody_unknown_is_an_edit_even_if_it_was_unknown_before(self):
        before = an_original(a_drive_evidence(modified_by=None))
        now = a_drive_evidence(modified_by=None, version=8)

        assert signs(before, evidence=now) == (Sign.EDITED,)

    def test_an_unknown_editor_of_the_same_version_is_the_one_from_before(self):
        before = an_original(a_drive_evidence(modified_by=None))

        assert signs(before) == ()

    def test_a_replaced_file_may_be_edited_as_well(self):
        assert drive_signs(file="x", version=8, md5=None) == (Sign.REPLACED, Sign.EDITED)


class TestSince:
    def test_a_file_that_is_older_than_its_making_is_untouched(self):
        evidence = a_file_evidence(mtime_ns=EIGHT_NS - 1, ctime_ns=EIGHT_NS - 1)

        assert later_signs(evidence) == ()

    def test_what_happened_in_the_very_moment_belongs_to_the_making(self):
        evidence = a_file_evidence(mtime_ns=EIGHT_NS, ctime_ns=EIGHT_NS)

        assert later_signs(evidence) == ()

    def test_a_later_write_is_an_edit(self):
        evidence = a_file_evidence(mtime_ns=EIGHT_NS + 1, ctime_ns=EIGHT_NS + 1)

        assert later_signs(evidence) == (Sign.EDITED,)

    def test_a_time_that_was_set_back_is_noticed_by_the_other_one(self):
        evidence = a_file_evidence(mtime_ns=EIGHT_NS, ctime_ns=EIGHT_NS + 1)

        assert later_signs(evidence) == (Sign.CHANGED,)
        assert Judgement(signs=(Sign.CHANGED,)).touch is Touch.UNKNOWN

    def test_a_write_from_the_future_is_an_edit_whatever_the_other_time_says(self):
        evidence = a_file_evidence(mtime_ns=EIGHT_NS + 1, ctime_ns=EIGHT_NS)

        assert later_signs(evidence) == (Sign.EDITED,)

    def test_a_directory_needs_no_maker(self):
        evidence = a_file_evidence(mtime_ns=EIGHT_NS, ctime_ns=EIGHT_NS)

        assert later_signs(evidence, by=None) == ()

    def test_a_drive_file_that_its_maker_left_in_time_is_untouched(self):
        assert later_signs(a_drive_evidence()) == ()

    def test_a_drive_file_that_was_modified_later_is_edited(self):
        late = a_drive_evidence(modified_at=EIGHT + timedelta(milliseconds=1))

        assert later_signs(late) == (Sign.EDITED,)

    @pytest.mark.parametrize("by", ["ada@school.test", "zoe@school.test", "", None])
    def test_a_drive_file_that_somebody_else_modified_is_edited(self, by):
        assert later_signs(a_drive_evidence(modified_by=by)) == (Sign.EDITED,)

    @pytest.mark.parametrize("by", [TEACHER, None])
    def test_a_drive_file_of_an_unknown_maker_counts_as_edited(self, by):
        evidence = a_drive_evidence(modified_by=by)

        assert later_signs(evidence, by=None) == (Sign.EDITED,)

    def test_a_file_that_cannot_be_read_may_be_work(self):
        assert later_signs(None) == (Sign.UNREADABLE,)

    def test_what_speaks_against_it_now_speaks_against_it_here(self):
        found = later_signs(a_drive_evidence(), has_comments=True, in_use=True)

        assert found == (Sign.IN_USE, Sign.COMMENTED)


class TestJudgements:
    @pytest.mark.parametrize("sign", Sign)
    def test_one_sign_is_enough_to_let_a_file_stay(self, sign):
        judgement = Judgement(signs=(sign,))

        assert not judgement.is_untouched
        assert judgement.touch is (Touch.UNKNOWN if sign in UNSURE else Touch.TOUCHED)

    def test_signs_that_prove_nothing_are_these(self):
        assert {Sign.CHANGED, Sign.IN_USE, Sign.UNREADABLE} == UNSURE

    @given(st.lists(st.sampled_from(Sign), min_size=1))
    def test_one_proof_among_doubts_is_a_proof(self, found):
        judgement = Judgement(signs=tuple(found))

        is_proven = any(sign not in UNSURE for sign in found)
        assert judgement.touch is (Touch.TOUCHED if is_proven else Touch.UNKNOWN)

    def test_the_words_that_are_stored_stay_as_they_are(self):
        assert list(Touch) == ["untouched", "touched", "cannot tell"]
        assert list(Sign) == [
            "edited",
            "replaced",
            "renamed",
            "moved",
            "commented",
            "changed",
            "in use",
            "unreadable",
        ]


FILES = st.builds(
    a_file_evidence,
    inode=st.integers(0, 2),
    size_bytes=st.integers(0, 2),
    mtime_ns=st.integers(0, 2),
    ctime_ns=st.integers(0, 2),
    sha256=st.sampled_from(["0" * 64, "1" * 64]),
)
DRIVES = st.builds(
    a_drive_evidence,
    version=st.integers(1, 3),
    modified_by=st.sampled_from([TEACHER, "ada@school.test", None]),
    revision=st.sampled_from(["r1", "r2", None]),
    md5=st.sampled_from(["0" * 32, None]),
)


@given(FILES | DRIVES, FILES | DRIVES | st.none())
def test_only_what_is_the_same_is_ever_untouched(before, now):
    original = an_original(before)

    judgement = decide_touch(original, as_left(original, evidence=now))

    if judgement.is_untouched:
        assert type(before) is type(now)
        is_same_version = getattr(now, "version", 0) == getattr(before, "version", 1)
        assert content_of(now) == content_of(before) or is_same_version


def content_of(evidence):
    names = [*("inode", "size_bytes", "mtime_ns", "sha256")]
    names += [*("modified_at", "modified_by", "revision", "md5")]
    return [getattr(evidence, name, None) for name in names]
