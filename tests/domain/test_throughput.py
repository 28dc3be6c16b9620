import pytest

from hectograph.domain.ids import AccountId
from hectograph.domain.throughput import FORGETTING_SECONDS, Throughput, usual_rate


def observed(throughput, *settled, seconds=2.0):
    for each in settled:
        throughput = throughput.observed(each, seconds=seconds)
    return throughput.rate


def test_what_is_new_is_the_mean_of_all_that_was_seen():
    assert observed(Throughput(), 0, 0, 3, 3, 4) == pytest.approx(1.0)


def test_what_is_known_changes_slowly():
    assert observed(Throughput.known(2.0), 0) == pytest.approx(2.0, rel=0.05)
    assert observed(Throughput.known(None), 4) == 2.0


def test_what_lasts_is_believed():
    assert observed(Throughput.known(2.0), *[10] * 200) == pytest.approx(5.0, rel=0.01)


def test_a_minute_ago_counts_a_third():
    early = observed(Throughput.known(3.0), 0, seconds=FORGETTING_SECONDS)

    assert 1.0 < early < 3.0 / 2 + 0.01


def test_no_time_tells_nothing():
    assert observed(Throughput.known(2.0), 9, seconds=0.0) == 2.0


def test_a_directory_is_faster_than_a_service():
    google = usual_rate(AccountId("google:school/ada@school.test"))

    assert usual_rate(AccountId("fs:/school")) > 100 * google
