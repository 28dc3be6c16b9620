"""The contract, in every way that a file system lets a copy have its name; and more."""

import asyncio
import errno
import os
import socket
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hectograph.domain.errors import (
    AccessDenied,
    DestinationRefused,
    DocumentRefused,
    FolderRefused,
    NoSpace,
    OutcomeUnknown,
    SourceDamaged,
    Unavailable,
)
from hectograph.providers.file_batch import Naming
from hectograph.providers.file_calls import STAMP_NAME, FileCalls
from hectograph.providers.file_system import FileSystem, account_of
from hectograph.providers.frozen_documents import HIDDEN

from ..builders import EIGHT, a_share_id
from .contract import Orders, ProviderContract, Rig, run
from .test_memory import Gate


class PoorCalls(FileCalls):
    """A mount that lacks what is named, answering as NFS, SMB or FAT would."""

    def __init__(self, *lacks):
        self.lacks = lacks

    def _refuse(self, what, number):
        if what in self.lacks:
            raise OSError(number, os.strerror(number))

    def open_unnamed(self, *, at, mode=0o666):
        self._refuse("O_TMPFILE", errno.EOPNOTSUPP)
        return super().open_unnamed(at=at, mode=mode)

    def link(self, old, new, *, at, to=None):
        self._refuse("link", errno.EPERM)
        super().link(old, new, at=at, to=to)

    def rename_new(self, old, new, *, at, to=None):
        self._refuse("renameat2", errno.EINVAL)
        super().rename_new(old, new, at=at, to=to)

    def lease(self, file):
        return None if "lease" in self.lacks else super().lease(file)

    def write_stamp(self, file, text):
        self._refuse("xattr", errno.EOPNOTSUPP)
        super().write_stamp(file, text)

    def copy(self, source, target, *, size_bytes):
        self._refuse("copy_file_range", errno.EXDEV)
        return super().copy(source, target, size_bytes=size_bytes)

    def sync_all(self, folder):
        self._refuse("syncfs", errno.EIO)
        super().sync_all(folder)


class BrokenCalls(FileCalls):
    """Fails one call, once or for good, before or after its effect."""

    def __init__(self, call, number, *, after=False, times=1):
        self._call = call
        self._number = number
        self._after = after
        self._times = times

    def __getattribute__(self, name):
        method = super().__getattribute__(name)
        if name.startswith("_") or name != self._call:
            return method

        def broken(*args, **kwargs):
            if self._times <= 0:
                return method(*args, **kwargs)
            self._times -= 1
            if self._after:
                method(*args, **kwargs)
            raise OSError(self._number, os.strerror(self._number))

        return broken


class FileRig(Rig):
    def __init__(self, tmp_path, calls=None, naming=Naming.UNNAMED):
        self.root = tmp_path / "school"
        self.root.mkdir()
        self.desk = tmp_path / "desk"
        self.desk.mkdir()
        self.gate = Gate()
        super().__init__(self.another(calls or FileCalls(), naming))

    def another(self, calls, naming=Naming.UNNAMED):
        return FileSystem(self.root, permit=self.gate, calls=calls, naming=naming)

    def write_document(self, name, content):
        (self.desk / name).write_text(content)
        return self.desk / name

    def write(self, folder, name, content):
        path = self.root.joinpath(*folder)
        path.mkdir(exist_ok=True)
        (path / name).write_text(content)

    def replace_by_saving(self, path, content):
        Path(path + ".new").write_text(content)
        os.replace(path + ".new", path)

    def read(self, path):
        return Path(path).read_text()

    def names(self, *folder):
        path = self.root.joinpath(*folder)
        return sorted(n for n in os.listdir(path) if n != HIDDEN) if path.exists() else []

    def forbid(self):
        self.gate.shut = True


class TestUnnamedFiles(ProviderContract):
    @pytest.fixture
    def rig(self, tmp_path):
        return FileRig(tmp_path)


class TestLinkedTemporaries(ProviderContract):
    @pytest.fixture
    def rig(self, tmp_path):
        return FileRig(tmp_path, PoorCalls("O_TMPFILE", "copy_file_range"))


class TestRenamedTemporaries(ProviderContract):
    @pytest.fixture
    def rig(self, tmp_path):
        return FileRig(tmp_path, PoorCalls("O_TMPFILE", "link", "syncfs"))


class TestFileSystem(Orders):
    @pytest.fixture
    def rig(self, tmp_path):
        return FileRig(tmp_path)

    def place(self, rig, order, calls=None):
        return run((rig.another(calls) if calls else rig.provider).place(order))

    def test_a_renamed_copy_is_found_by_its_stamp(self, rig):
        order = self.order(self.freeze(rig))
        first = self.place(rig, order)
        os.rename(first.path, rig.root / "Ada" / "my essay.docx")

        again = self.place(rig, replace(order, first_tried_at=EIGHT))

        assert again.path.endswith("/my essay.docx")
        assert rig.names("Ada") == ["my essay.docx"]

    def test_without_stamps_an_earlier_copy_is_found_by_its_birth(self, rig):
        order = self.order(self.freeze(rig))
        self.place(rig, order, PoorCalls("xattr"))

        again = self.place(rig, replace(order, first_tried_at=EIGHT))

        assert again.found
        assert rig.names("Ada") == ["Essay - Ada.docx"]

    def test_a_file_older_than_the_first_try_is_a_strangers(self, rig):
        rig.write(("Ada",), "Essay - Ada.docx", "essay")
        order = self.order(self.freeze(rig))
        in_a_century = EIGHT.replace(year=2126)

        self.place(rig, replace(order, first_tried_at=in_a_century))

        assert rig.names("Ada") == ["Essay - Ada (2).docx", "Essay - Ada.docx"]

    def test_a_folder_whose_name_differs_in_case_is_the_students(self, rig):
        (rig.root / "ADA").mkdir()

        self.place(rig, self.order(self.freeze(rig)))

        assert rig.names() == ["ADA"]
        assert rig.names("ADA") == ["Essay - Ada.docx"]

    def test_a_link_never_leads_out_of_the_root(self, rig, tmp_path):
        outside = tmp_path / "outside"
        outside.mkdir()
        (rig.root / "Ada").symlink_to(outside)

        with pytest.raises(FolderRefused):
            self.place(rig, self.order(self.freeze(rig)))

        assert list(outside.iterdir()) == []

    def test_a_file_in_the_place_of_a_folder_is_refused(self, rig):
        (rig.root / "Ada").write_text("not a folder")

        with pytest.raises(FolderRefused):
            self.place(rig, self.order(self.freeze(rig)))

        assert (rig.root / "Ada").read_text() == "not a folder"

    def test_one_bad_folder_spoils_no_other_copy(self, rig):
        (rig.root / "Bob").write_text("not a folder")
        handout = self.freeze(rig)

        async def all_three():
            orders = [
                self.order(handout, student=name, position=place)
                for place, name in enumerate(("Ada", "Bob", "Cy"))
            ]
            places = [rig.provider.place(order) for order in orders]
            return await asyncio.gather(*places, return_exceptions=True)

        ada, bob, cy = run(all_three())

        assert isinstance(bob, FolderRefused)
        assert rig.read(ada.path) == rig.read(cy.path) == "essay"

    @pytest.mark.parametrize(
        ("call", "number", "meant"),
        [
            ("copy", errno.ENOSPC, NoSpace),
            ("copy", errno.EDQUOT, NoSpace),
            ("open_unnamed", errno.EACCES, AccessDenied),
            ("make_folder", errno.EROFS, AccessDenied),
            ("open_folder", errno.ESTALE, Unavailable),
            ("name_unnamed", errno.EIO, OutcomeUnknown),
            ("look", errno.EIO, OutcomeUnknown),
        ],
    )
    def test_what_the_kernel_answers_has_a_meaning(self, rig, call, number, meant):
        order = self.order(self.freeze(rig))
        self.place(rig, replace(order, folder=("Zoe",), source=0))  # opens the document

        with pytest.raises(meant):
            self.place(rig, order, BrokenCalls(call, number, times=99))

        assert rig.names("Ada") in ([], ["Essay - Ada.docx"])

    def test_a_lost_answer_to_the_naming_is_no_second_copy(self, rig):
        order = self.order(self.freeze(rig))
        lost = BrokenCalls("name_unnamed", errno.EIO, after=True)

        with pytest.raises(OutcomeUnknown):
            self.place(rig, order, lost)
        again = self.place(rig, replace(order, first_tried_at=EIGHT))

        assert again.found
        assert rig.names("Ada") == ["Essay - Ada.docx"]

    def test_a_lost_answer_to_a_link_is_looked_into(self, rig):
        order = self.order(self.freeze(rig))
        lost = BrokenCalls("link", errno.EIO, after=True)

        run(rig.another(lost, Naming.LINKED).place(order))

        assert rig.names("Ada") == ["Essay - Ada.docx"]

    def test_a_temporary_of_a_dead_worker_is_removed(self, rig):
        order = self.order(self.freeze(rig))
        (rig.root / "Ada").mkdir()
        (rig.root / "Ada" / f".hx-{order.stamp.key}.1234.part").write_text("half")
        (rig.root / "Ada" / ".hx-somebody.0.else.part").write_text("half")

        self.place(rig, replace(order, first_tried_at=EIGHT))

        assert rig.names("Ada") == [".hx-somebody.0.else.part", "Essay - Ada.docx"]

    def test_a_full_disk_leaves_nothing_half_made(self, rig):
        order = self.order(self.freeze(rig))
        full = BrokenCalls("copy", errno.ENOSPC, times=99)

        with pytest.raises(NoSpace):
            run(rig.another(full, Naming.LINKED).place(order))

        assert rig.names("Ada") == []

    def test_a_changed_frozen_document_is_noticed(self, rig):
        order = self.order(self.freeze(rig))
        (kept,) = (rig.root / HIDDEN).glob("*/*")
        kept.chmod(0o600)
        kept.write_text("essAy")

        with pytest.raises(SourceDamaged):
            self.place(rig, order)

    def test_an_unmounted_drive_is_waited_for(self, rig):
        order = self.order(self.freeze(rig))
        os.rename(rig.root / HIDDEN, rig.root.parent / "elsewhere")

        with pytest.raises(Unavailable):
            self.place(rig, order)

        assert rig.names() == []

    def test_a_drive_that_is_gone_needs_a_person(self, rig):
        order = self.order(self.freeze(rig))
        os.rename(rig.root, rig.root.parent / "gone")

        with pytest.raises(FolderRefused):
            self.place(rig, order)

        assert not rig.root.exists()

    def test_frozen_documents_are_private_and_go_without_a_trace(self, rig):
        self.freeze(rig)
        assert stat.S_IMODE((rig.root / HIDDEN).stat().st_mode) == 0o700

        run(rig.provider.thaw(a_share_id()))

        assert not (rig.root / HIDDEN).exists()

    def test_a_folder_of_documents_is_a_tree(self, rig):
        tree = rig.desk / "Project"
        (tree / "data").mkdir(parents=True)
        (tree / "Read me.txt").write_text("read me")
        (tree / "data" / "rivers.csv").write_text("name,length")
        (tree / ".DS_Store").write_text("litter")

        handouts = run(rig.provider.describe([tree]))

        assert [(each.tree, each.title) for each in handouts] == [
            (("Project",), "Read me.txt"),
            (("Project", "data"), "rivers.csv"),
        ]

    @pytest.mark.parametrize(
        "kind", ["fifo", "socket", "device", "empty", "link", "unreadable"]
    )
    def test_what_is_no_document_is_refused(self, rig, kind):
        path = rig.desk / kind
        made = {
            "fifo": lambda: os.mkfifo(path),
            "socket": lambda: bind(path),
            "device": lambda: path.symlink_to("/dev/zero"),
            "empty": path.mkdir,
            "link": lambda: tree_with_link(path),
            "unreadable": lambda: path.write_text("x") and path.chmod(0),
        }
        made[kind]()
        if kind == "unreadable" and os.geteuid() == 0:
            pytest.skip("root may read everything")

        with pytest.raises(DocumentRefused):
            run(rig.provider.describe([path]))

    def test_a_document_that_changes_while_it_is_read_is_refused(self, rig):
        path = rig.write_document("One.docx", "x" * 50_000_000)

        with AppendWhileRead(path), pytest.raises(DocumentRefused, match="changes while"):
            for _ in range(20):
                run(rig.provider.describe([path]))

    def test_default_acls_group_and_owner_of_the_folder_apply(self, rig):
        if os.geteuid() != 0:
            pytest.skip("only root may give a folder to somebody")
        folder = rig.root / "Ada"
        folder.mkdir()
        os.chown(folder, 12345, 23456)

        receipt = self.place(rig, self.order(self.freeze(rig)))

        status = os.stat(receipt.path)
        assert (status.st_uid, status.st_gid) == (12345, 23456)

    def test_a_copy_does_not_inherit_that_the_document_was_read_only(self, rig):
        rig.write_document("Essay.docx", "essay").chmod(0o400)

        receipt = self.place(rig, self.order(self.freeze(rig)))

        assert os.stat(receipt.path).st_mode & stat.S_IWUSR

    def test_the_stamp_tells_where_a_copy_comes_from(self, rig):
        order = self.order(self.freeze(rig))
        receipt = self.place(rig, order)

        assert os.getxattr(receipt.path, STAMP_NAME).decode() == order.stamp.text()

    def test_no_descriptor_is_left_open(self, rig):
        order = self.order(self.freeze(rig))
        before = len(os.listdir("/proc/self/fd"))

        self.place(rig, order)
        self.place(rig, replace(order, first_tried_at=EIGHT))
        run(rig.provider.close())

        assert len(os.listdir("/proc/self/fd")) == before

    def test_links_to_the_same_directory_are_the_same_account(self, rig, tmp_path):
        (tmp_path / "link").symlink_to(rig.root)

        assert account_of(tmp_path / "link") == account_of(rig.root)

    def test_a_directory_that_cannot_be_written_to_is_refused(self, rig):
        broken = rig.another(BrokenCalls("make_folder", errno.EROFS, times=9))

        with pytest.raises(DestinationRefused):
            run(broken.check())


class AppendWhileRead:
    """A process that goes on writing to a file."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        script = f"while :; do echo more >> '{self.path}'; done"
        self.process = subprocess.Popen(["sh", "-c", script])

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()


def bind(path):
    with socket.socket(socket.AF_UNIX) as each:
        each.bind(str(path))


def tree_with_link(path):
    path.mkdir()
    (path / "passwords").symlink_to("/etc/passwd")
