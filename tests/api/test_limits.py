"""How often a program may ask."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hectograph.api.limits import A_MINUTE, Limit

from ..builders import EIGHT


def test_so_many_at_once_and_then_one_by_one():
    limit = Limit(per_minute=3)

    assert [limit.wait_of("t", now=EIGHT) for _ in range(3)] == [None] * 3
    assert limit.wait_of("t", now=EIGHT) == A_MINUTE / 3
    assert limit.wait_of("another", now=EIGHT) is None
    assert limit.wait_of("t", now=EIGHT + A_MINUTE / 3) is None
    assert limit.wait_of("t", now=EIGHT + A_MINUTE / 3) is not None


@given(gaps=st.lists(st.integers(0, 20_000), max_size=80), per_minute=st.integers(1, 20))
def test_whoever_waits_as_long_as_told_is_let_in_and_no_minute_has_twice_as_many(
    gaps, per_minute
):
    limit, now, let_in = Limit(per_minute=per_minute), EIGHT, []

    for gap in gaps:
        now += timedelta(milliseconds=gap)
        wait = limit.wait_of("t", now=now)
        if wait is not None:
            assert timedelta(0) < wait <= A_MINUTE
            now += wait
            assert limit.wait_of("t", now=now) is None
        let_in.append(now)

    for start in let_in:
        inside = [at for at in let_in if start <= at < start + A_MINUTE]
        assert len(inside) <= 2 * per_minute


def test_who_has_not_asked_for_long_is_forgotten():
    limit = Limit()

    limit.wait_of("t", now=EIGHT)
    limit.wait_of("another", now=EIGHT + A_MINUTE)

    assert list(limit._paid_until) == ["another"]
