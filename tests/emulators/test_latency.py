"""How long calls take is drawn, not measured: no clock here."""

from random import Random
from statistics import median

from emulators.drive.latency import Delay, draw_delay
from emulators.drive.settings import Latency

LATENCY = Latency(median=0.5, sigma=0.4, calls={"files.copy": 2.0})


def test_a_call_takes_the_median_half_of_the_time() -> None:
    random = Random(1)

    totals = [draw_delay(LATENCY, "files.get", random=random).total for _ in range(2000)]

    assert 0.47 < median(totals) < 0.53
    assert min(totals) < 0.25
    assert max(totals) > 1.0


def test_the_effect_is_somewhere_within() -> None:
    random = Random(1)

    delays = [draw_delay(LATENCY, "files.get", random=random) for _ in range(500)]

    shares = [delay.before / delay.total for delay in delays]
    assert min(shares) < 0.1
    assert max(shares) > 0.9
    assert all(delay.after > 0 for delay in delays)


def test_a_call_may_have_a_median_of_its_own() -> None:
    random = Random(1)

    totals = [draw_delay(LATENCY, "files.copy", random=random).total for _ in range(2000)]

    assert 1.9 < median(totals) < 2.1


def test_without_a_median_nothing_takes_any_time() -> None:
    assert draw_delay(Latency(), "files.get", random=Random(1)) == Delay()
