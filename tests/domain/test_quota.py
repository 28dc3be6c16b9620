import pytest

from hectograph.domain.bucket import Bucket, Mark, Sample, Stretch
from hectograph.domain.quota import Ended, first_finding, next_finding

KNOWN = Bucket(rate=10.0, burst=20.0, level=0.0, at=0.0)


def ended(
    *, used, seconds, idle=0.4, from_full=False, disturbed=False, excess=0.0, marks=()
):
    stretch = Stretch(
        since=0.0, from_full=from_full, patience=10.0, used=used, excess=excess, marks=marks
    )
    return Ended(
        stretch=stretch,
        used=used,
        seconds=seconds,
        at=seconds,
        idle=idle,
        latency=0.3,
        disturbed=disturbed,
    )


def next_of(end, *, sample=None, emptying=None):
    return next_finding(end, KNOWN, sample=sample, emptying=emptying)


def test_a_window_of_a_minute_gives_its_rate():
    finding = first_finding(ended(used=6000, seconds=10, idle=50, from_full=True))

    assert finding.rate == pytest.approx(100)
    assert finding.burst == pytest.approx(5000)


def test_an_outage_in_between_is_no_window():
    calm = ended(used=300, seconds=2, idle=50, from_full=True)
    disturbed = ended(used=300, seconds=2, idle=50, from_full=True, disturbed=True)

    assert first_finding(calm).rate < 6
    assert first_finding(disturbed).rate == pytest.approx(100)


def test_from_empty_to_empty_the_rate_is_what_was_used():
    finding = next_of(ended(used=50, seconds=10))

    assert finding.rate == pytest.approx(5.05)
    assert finding.burst == KNOWN.burst


def test_samples_of_the_same_quota_are_joined():
    earlier = Sample(used=100, seconds=10)

    finding = next_of(ended(used=11, seconds=1), sample=earlier)

    assert finding.sample == Sample(used=111, seconds=11)


def test_a_sample_that_surprises_stands_for_itself():
    earlier = Sample(used=500, seconds=50)

    finding = next_of(ended(used=20, seconds=10, idle=1.0), sample=earlier)

    assert finding.rate == pytest.approx(2.0, rel=0.15)


def test_a_full_bucket_that_was_emptied_too_soon_is_smaller_and_soon_doubted():
    finding = next_of(ended(used=10, seconds=2, from_full=True))

    assert finding.rate == pytest.approx(2.5)
    assert finding.burst == pytest.approx(5.0)
    assert finding.known_from == 10
    assert finding.emptying is not None


def test_a_full_bucket_that_held_what_was_expected_stays_trusted():
    finding = next_of(ended(used=40, seconds=2, from_full=True))

    assert finding.rate == pytest.approx(10.0)
    assert finding.known_from == 40
    assert finding.emptying is None


def test_the_burst_is_sized_once_the_rate_is_known():
    emptying = ended(used=60, seconds=2, from_full=True).emptying

    finding = next_of(ended(used=50, seconds=5), emptying=emptying)

    assert finding.burst == pytest.approx(60 - 2 * 10.1)


def test_a_quota_that_rose_on_the_way_is_seen_by_the_end():
    push = ended(used=200, seconds=12, excess=2.0, marks=(Mark(at=10.0, used=100),))

    finding = next_of(push)

    assert finding.rate == pytest.approx((100 - KNOWN.burst) / 2)


def test_a_call_that_flowed_in_during_the_hold_is_the_least_rate():
    finding = next_of(ended(used=0.5, seconds=0.1, idle=0.5, from_full=True))

    assert finding.rate == pytest.approx(2.0)
