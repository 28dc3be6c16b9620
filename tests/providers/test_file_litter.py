"""What is found of an older tool's files in a real directory."""

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from hectograph.domain.errors import DestinationRefused
from hectograph.domain.litter import LitterWanted, decide_litter
from hectograph.providers.file_calls import FileCalls
from hectograph.providers.file_litter import find_litter

WANTED = LitterWanted(pattern="temp_*")


class Unborn(FileCalls):
    """Where nobody knows when files were created."""

    def born_ns(self, name, *, at):
        return None


@pytest.fixture
def school(tmp_path):
    root = tmp_path / "school"
    for student in ("Ada", "Bob"):
        (root / student).mkdir(parents=True)
        (root / student / "temp_1").write_text("essay")
    return root


def find(root, *, calls=None, wanted=WANTED):
    found = find_litter(calls or FileCalls(), str(root), wanted)
    return {each.path.removeprefix(f"{root}/"): each for each in found}


def stays(found):
    judged = decide_litter(list(found.values()), wanted=WANTED)
    return {
        name: each.reason and each.reason.message
        for name, each in zip(found, judged, strict=True)
    }


def test_files_are_found_with_their_birth_and_what_is_in_them(school):
    found = find(school)

    ada = found["Ada/temp_1"]
    assert list(found) == ["Ada/temp_1", "Bob/temp_1"]
    assert (ada.original.folder, ada.original.name) == (("Ada",), "temp_1")
    assert ada.original.evidence.size_bytes == 5
    assert ada.present.evidence == ada.original.evidence
    assert ada.born_at is not None
    assert set(stays(found).values()) == {None}


def test_links_folders_and_what_is_ours_are_left_out(school, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "temp_9").write_text("essay")
    (school / "Linked").symlink_to(outside)
    (school / "Ada" / "temp_link").symlink_to(outside / "temp_9")
    (school / "Ada" / "temp_folder").mkdir()
    os.mkfifo(school / "Ada" / "temp_pipe")
    for hidden in (".hectograph", ".hectograph-quarantine"):
        (school / hidden).mkdir()
        (school / hidden / "temp_8").write_text("essay")

    assert list(find(school)) == ["Ada/temp_1", "Bob/temp_1"]


def test_a_copy_of_our_own_is_no_litter(school):
    class Stamped(FileCalls):
        def read_stamp(self, name, *, at):
            return "1.6wfx9es1f9.0.a-wish.68b54680"

    assert not find(school, calls=Stamped())


def test_where_nobody_knows_births_everything_stays(school):
    found = find(school, calls=Unborn())

    assert set(stays(found).values()) == {"Nobody can tell when it was made."}


def test_what_was_edited_in_place_or_saved_anew_stays(school):
    for student in ("Cy", "Di", "Eva"):
        (school / student).mkdir()
        (school / student / "temp_1").write_text("essay")
    edited, saved, quiet = (school / each / "temp_1" for each in ("Cy", "Di", "Eva"))
    born = edited.stat().st_mtime
    os.utime(edited, (born + 3600, born + 3600))
    (school / "Di" / "~save").write_text("answer")
    (school / "Di" / "~save").replace(saved)
    quiet.write_text("Essay")

    assert [name for name, why in stays(find(school)).items() if why] == [
        "Cy/temp_1",
        "Di/temp_1",
        "Eva/temp_1",
    ]


@contextmanager
def somebody_else():
    """Root, who may read everything, is nobody for a while."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


@pytest.fixture
def open_school():
    """A school that also others than root may look into."""
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        (Path(place) / "Ada").mkdir()
        (Path(place) / "Ada" / "temp_1").write_text("essay")
        (Path(place) / "Bob").mkdir()
        yield Path(place)


def test_a_file_that_cannot_be_read_is_listed_and_stays(open_school):
    (open_school / "Ada" / "temp_1").chmod(0)

    with somebody_else():
        assert stays(find(open_school)) == {"Ada/temp_1": "It could not be read."}


def test_a_folder_that_cannot_be_looked_into_is_listed_and_stays(open_school):
    (open_school / "Bob").chmod(0)

    with somebody_else():
        told = stays(find(open_school))

    assert told["Bob/"] == "It could not be read."


def test_a_name_that_is_no_text_is_listed_and_stays(school):
    with open(os.fsencode(school) + b"/Ada/temp_\xff", "w") as file:
        file.write("essay")

    assert stays(find(school))["Ada/temp_\\udcff"] == "It could not be read."


def test_a_directory_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DestinationRefused, match="cannot be looked through"):
        find(tmp_path / "none")


def test_nothing_is_changed_by_looking(school):
    before = (school / "Ada" / "temp_1").stat()

    find(school)

    after = (school / "Ada" / "temp_1").stat()
    assert after[: stat.ST_ATIME] == before[: stat.ST_ATIME]
    assert after.st_mtime_ns == before.st_mtime_ns
