import pytest

from hectograph.store.memory import MemoryLedger

from ..builders import FakeClock, FakeQueue
from .contract import LedgerContract


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def queue(self):
        return FakeQueue()

    @pytest.fixture
    def ledger(self, queue):
        return MemoryLedger(queue=queue, clock=FakeClock())
