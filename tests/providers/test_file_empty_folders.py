"""Folders that were made for nothing go; whatever anybody did with one, it stays."""

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hectograph.domain.errors import LaneLost
from hectograph.domain.touch import Original
from hectograph.engine.remover import Remover
from hectograph.providers.file_calls import MARK_NAME, FileCalls

from ..builders import FakeClock, a_removal
from .contract import Orders, run
from .test_file_system import BrokenCalls, FileRig

EARLIER = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2120, 1, 1, tzinfo=UTC)


class Unmarking(FileCalls):
    """A mount that keeps no marks."""

    def write_mark(self, folder, text):
        raise OSError(95, "not supported")


class TestEmptyFolders(Orders):
    @pytest.fixture
    def rig(self, tmp_path):
        return FileRig(tmp_path)

    def fail(self, rig, calls=None, student="Ada"):
        """Try a copy whose folder is made, and which then cannot be."""
        calls = calls or BrokenCalls("copy", 28)
        order = self.order(self.freeze(rig), student=student)
        with pytest.raises(Exception, match="space"):
            run(rig.another(calls).place(order))
        assert (rig.root / student).is_dir()

    def sweep(self, rig, before=LATER):
        return run(rig.provider.sweep_folders(before=before))

    def test_one_that_was_made_for_nothing_goes(self, rig):
        self.fail(rig)

        assert self.sweep(rig) == 1
        assert rig.names() == []

    def test_one_that_was_made_just_now_stays(self, rig):
        self.fail(rig)

        assert self.sweep(rig, before=EARLIER) == 0
        assert rig.names() == ["Ada"]

    def test_one_that_somebody_else_made_stays(self, rig):
        (rig.root / "Ada").mkdir()
        self.fail(rig)

        assert self.sweep(rig) == 0

    def test_one_that_holds_anything_stays(self, rig):
        self.fail(rig)
        (rig.root / "Ada" / "mine").mkdir()

        assert self.sweep(rig) == 0

    @pytest.mark.parametrize(
        "use",
        [
            lambda folder: ((folder / "mine").touch(), (folder / "mine").unlink()),
            lambda folder: folder.chmod(0o700),
        ],
        ids=["used", "given rights"],
    )
    def test_one_that_somebody_did_anything_with_stays(self, rig, use):
        self.fail(rig)
        use(rig.root / "Ada")

        assert self.sweep(rig) == 0
        assert rig.names() == ["Ada"]

    def test_where_no_marks_are_kept_all_stay(self, rig):
        class Poor(BrokenCalls, Unmarking):
            pass

        self.fail(rig, Poor("copy", 28))

        assert self.sweep(rig) == 0

    def test_one_whose_only_copy_was_taken_back_goes(self, rig):
        receipt = run(rig.provider.place(self.order(self.freeze(rig))))
        name = os.path.basename(receipt.path)
        removal = a_removal(
            original=Original(evidence=receipt.evidence, folder=("Ada",), name=name)
        )
        gone = run(Remover(drive=rig.provider, clock=FakeClock()).attempt(removal))
        assert gone.hidden

        assert self.sweep(rig) == 1

        back = run(rig.provider.reattach(gone))
        assert os.path.exists(back)
        assert self.sweep(rig) == 0

    def test_a_lane_that_lost_its_account_sweeps_nothing(self, rig):
        self.fail(rig)
        rig.forbid()

        with pytest.raises(LaneLost):
            self.sweep(rig)
        assert rig.names() == ["Ada"]

    def test_folders_within_folders_go_together(self, rig):
        order = self.order(self.freeze(rig))
        deep = replace(order, folder=("Ada", "2026", "Essays"))
        with pytest.raises(Exception, match="space"):
            run(rig.another(BrokenCalls("copy", 28)).place(deep))

        assert self.sweep(rig) == 3
        assert rig.names() == []

    def test_the_mark_is_nothing_that_a_copy_carries(self, rig):
        receipt = run(rig.provider.place(self.order(self.freeze(rig))))

        assert MARK_NAME not in os.listxattr(receipt.path)
