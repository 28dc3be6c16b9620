"""A forecast tells the truth: real lanes take as long for the same day."""

from statistics import fmean

import pytest

from hectograph.domain.budget import QUERIES, Plan
from hectograph.domain.drive import DeliveryMode
from hectograph.domain.forecast import Waits
from hectograph.domain.forecast_setting import Setting
from hectograph.domain.storage_service import build_service
from simulation.forecasts import forecast, make_day, play_in_earnest
from simulation.service import Conditions

DAYS = {
    "own accounts, few lanes": ({"lanes_each": 3}, QUERIES, DeliveryMode.STAGED),
    "couriers": ({"couriers": 2}, QUERIES, DeliveryMode.STAGED),
    "little quota": ({}, Plan(per_minute=600, by_units=False), DeliveryMode.STAGED),
    "straight into folders": ({"couriers": 1}, QUERIES, DeliveryMode.DIRECT),
}


@pytest.mark.parametrize("name", DAYS)
def test_real_lanes_take_as_long_as_the_forecast_says(name):
    who, quota, mode = DAYS[name]
    setting = Setting(service=build_service(mode, quota), **who)
    calm = Conditions(quota=quota, failing=0.0, hanging=0.0)

    told, real = [], []
    for seed in (1, 2):
        day = make_day(teachers=40, sizes="20-32", seed=seed)
        told += forecast(day, setting, seed=seed)
        real += play_in_earnest(day, setting, calm, seed=seed)

    ours, theirs = Waits.of(told), Waits.of(real)
    assert ours.shares == theirs.shares == 80
    assert fmean(told) == pytest.approx(fmean(real), rel=0.08)
    assert ours.p50 == pytest.approx(theirs.p50, rel=0.12)
    assert ours.p95 == pytest.approx(theirs.p95, rel=0.2)
