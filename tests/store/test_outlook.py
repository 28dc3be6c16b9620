import pytest
from django.db import connection

from hectograph.domain.errors import Exhausted
from hectograph.domain.pace import LearnedPace
from hectograph.domain.rest import Parked
from hectograph.store.accounts import PostgresAccounts
from hectograph.store.ledger import PostgresLedger
from hectograph.store.outlook import PostgresOutlook

from ..builders import ACCOUNT, EIGHT, LONG_AGO, FakeQueue, a_plan
from .outlook_contract import SOON, OutlookContract


@pytest.fixture
def ledger(empty_database):
    yield PostgresLedger(queue=FakeQueue())
    connection.close()


@pytest.fixture
def outlook(ledger):
    return PostgresOutlook()


class TestPostgresOutlook(OutlookContract):
    pass


def test_the_pace_and_the_rest_of_an_account_are_told(ledger, outlook):
    ledger.add(a_plan("Ada"), joins_since=LONG_AGO)
    accounts = PostgresAccounts()
    parked = Parked(until=SOON, reason=Exhausted("too much").reason())
    accounts.keep_pace(ACCOUNT, LearnedPace(rate=3.0, burst=30.0))
    accounts.park(ACCOUNT, parked)

    (carrier,) = outlook.line(ACCOUNT, now=EIGHT).carriers

    assert carrier.pace == LearnedPace(rate=3.0, burst=30.0)
    assert carrier.parked == parked
    assert carrier.rested_seconds == 0.0  # EIGHT is long ago
