from pathlib import Path

import pytest

from hectograph.domain.errors import LaneLost
from hectograph.providers.memory import MemoryDrive, MemoryFile, MemoryProvider

from ..builders import A_DAY, EIGHT
from .contract import ProviderContract, Rig


class Gate:
    def __init__(self):
        self.shut = False

    def check(self):
        if self.shut:
            raise LaneLost("Another lane has it.")


class MemoryRig(Rig):
    def __init__(self):
        self.drive = MemoryDrive()
        self.gate = Gate()
        super().__init__(MemoryProvider(self.drive, self.gate))

    def write_document(self, name, content):
        path = Path("/teacher") / name
        old = self.drive.documents.get(path)
        if old is not None:
            self.drive.documents[path.with_suffix(".old")] = old
        self.drive.documents[path] = content
        return path

    def write(self, folder, name, content):
        path = (*folder, name)
        known = self.drive.files.get(path)
        stamp = known.stamp if known else None
        self.drive.files[path] = MemoryFile(
            content=content, stamp=stamp, born_at=EIGHT - A_DAY
        )

    def replace_by_saving(self, path, content):
        self.drive.files[tuple(path.split("/"))] = MemoryFile(content=content)

    def read(self, path):
        return self.drive.files[tuple(path.split("/"))].content

    def names(self, *folder):
        return sorted(path[-1] for path in self.drive.files if path[:-1] == folder)

    def forbid(self):
        self.gate.shut = True


class TestMemoryProvider(ProviderContract):
    @pytest.fixture
    def rig(self):
        return MemoryRig()
