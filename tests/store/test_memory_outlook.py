import pytest

from hectograph.store.memory import MemoryLedger
from hectograph.store.memory_outlook import MemoryOutlook

from ..builders import FakeClock, FakeQueue
from ..memory_house import MemoryAccounts
from .outlook_contract import OutlookContract


class TestMemoryOutlook(OutlookContract):
    @pytest.fixture
    def ledger(self):
        return MemoryLedger(queue=FakeQueue(), clock=FakeClock())

    @pytest.fixture
    def outlook(self, ledger):
        return MemoryOutlook(ledger=ledger, accounts=MemoryAccounts())
