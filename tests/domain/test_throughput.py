import pytest

from hectograph.domain.ids import AccountId
from hectograph.domain.throughput import LONGEST_SECONDS, Throughput, usual_rate


def observed(throughput, *settled, seconds=2.0):
    for each in settled:
        throughput = throughput.observed(each, seconds=seconds)
    return throughput.rate


def test_what_is_new_is_the_mean_of_all_that_was_seen():
    assert observed(Throughput(), 0, 0, 4, 4, 8) == pytest.approx(1.6)


def test_a_few_deliveries_tell_no_rate():
    assert observed(Throughput(), 0, 3, 4) is None
    assert observed(Throughput.known(2.0), 0, 0, 0) == 2.0


def test_long_waiting_tells_that_it_is_slow():
    assert observed(Throughput(), *[0] * 59, 3) == pytest.approx(3 / LONGEST_SECONDS)


def test_a_slow_account_is_seen_as_slow_as_it_is():
    beats = [1 if each % 6 == 0 else 0 for each in range(600)]

    assert observed(Throughput.known(None), *beats) == pytest.approx(1 / 12, rel=0.1)


def test_what_is_known_changes_slowly():
    assert observed(Throughput.known(2.0), 8) == pytest.approx(2.0, rel=0.05)
    assert observed(Throughput.known(None), 8) == 4.0


def test_what_lasts_is_believed():
    assert observed(Throughput.known(2.0), *[10] * 200) == pytest.approx(5.0, rel=0.01)


def test_what_came_before_a_want_of_work_is_forgotten():
    seen = Throughput.known(2.0).observed(7, seconds=100.0)

    assert seen.interrupted() == Throughput.known(2.0)


def test_no_time_tells_nothing():
    assert observed(Throughput.known(2.0), 9, seconds=0.0) == 2.0


def test_a_directory_is_faster_than_a_service():
    google = usual_rate(AccountId("google:school/ada@school.test"))

    assert usual_rate(AccountId("fs:/school")) > 100 * google
