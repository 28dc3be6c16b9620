"""Plays school hours on virtual time, under several policies, and writes the page."""

import argparse
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import structlog

from benchmarks import forecasts
from benchmarks.figures import Table, with_unit
from benchmarks.page import as_markdown, show
from simulation.calibration import kept, told_after
from simulation.deadlines import Warned, judged, mornings
from simulation.policies import COLD, EAGER, FIRST_COME, FIXED, OURS, Policy
from simulation.scenarios import nine_sharp, school_hour, small_behind_big
from simulation.school import Outcome, Scenario, Told, alone, percentile, play

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "benchmarks-in-time.md"
BIG = 100
FORECAST = "forecast"

ESTIMATES = "estimates"
WARNINGS = "warnings"
FIRST_MORNINGS, LATER_MORNINGS = 5, 15
LEARNING_HOURS, MEASURED_HOURS = 30, 100
A_MINUTE = timedelta(minutes=1)
STAGES = {
    "asked": "made as it is asked for",
    "begun": "while it is under way",
    "last": "while the last copies are",
    "hanging": "while a call hangs",
    "again": "while a copy is tried again",
    "stuck": "in an outage",
    "troubled": "in an outage",
    "beside trouble": "in an outage",
    "shown": "before it is shown",
    "later": "before it begins",
}
NOTES = (
    "Every estimate promises that nine of ten shares end within its range.",
    "The hours are drawn at random: small classes on an account for each teacher, on one account, on up to four couriers, or behind a big share; the quota known or not; a third with next to no trouble, a third with the usual, a sixth in which one call in twenty fails, and a sixth with an outage of ten minutes. Each hour learns from those before it.",
    "Where it is a matter of seconds a range is wide, because one call in some thousands hangs for a minute; people are told *less than a minute*, or *up to 2 minutes*.",
)

DEADLINE_NOTES = (
    "Three accounts, each with one to five shares of 100 to 2,500 that are wanted within 0.6 to 2.5 times what they take alone; in a third of the mornings the service is away for twenty minutes. Shares that are asked for less than 45 minutes before their deadline are left out.",
    "A miss was *foreseeable* if nobody asked for more on the account, and the service did not go away, in its last 45 minutes.",
)
SHOWN_NOTES = (
    "The same mornings, but for the times: they are 0.6 to 2.5 times what it takes to make the copies, which are hidden until then. A share missed its time if a copy was not made by then. As all shares of these mornings are shown together, nothing is learned in them of how long copies take to make: the ranges stay as wide as on the first day, and most warnings are in vain.",
)

HEAD = """\
# Benchmarks of being in time

Written by `make bench-in-time`, which plays everything anew and takes some {minutes:.0f} minutes; it is also how to repeat it.
Nothing on this page is written by hand.

Played on {day}, seed {seed}: the real planner, lanes, pace, budget, clockwork and order, over the ledger that lives in memory, on virtual time (`simulation/`).
Only the service is made up, and so its figures are those of a model; the same seed gives the same figures on every machine.

Each account may write {rate:g} times a second and save up {burst:g}; the project has {quota:,} queries in each minute of the clock.
A call takes {median} s, lognormal with sigma {sigma}; of a thousand {failing:.0f} are answered with an error, half of these after they took effect, and {hanging:.1f} get no answer for a minute.
A copy is that of a native document: two writes, two reads, and four seconds of rest in between.
A transaction takes 2 ms.
Half of the teachers ask at any time of the hour, half within three minutes of 08:00 or 08:45; in the hour 256 lanes run at once, those of eight workers.

*Slow-down* is the time of a share over the time of the same share with nobody else about, {quiet}.
*In time* are shares that were complete within five minutes of being asked for; the one big share is not wanted by any time.
*Doubles and losses* are counted at the service: students with two copies, and with none.
*Fixed* rates stop for a second when refused, then for two, four, and so on; *first come* serves shares in the order of asking.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A scenario and the policies it is played under."""

    scenario: Scenario
    policies: tuple[Policy, ...]


def acts(*, scale: int, seed: int) -> dict[str, Act]:
    """Everything there is to play; `scale` divides its size."""
    everything = (OURS, COLD, FIRST_COME, FIXED, EAGER)
    return {
        "hour": Act(
            scenario=school_hour(
                teachers=1200 // scale, recipients=30, couriers=0, seed=seed
            ),
            policies=(OURS, COLD, FIXED, EAGER),
        ),
        "couriers": Act(
            scenario=school_hour(
                teachers=1200 // scale, recipients=30, couriers=16, seed=seed
            ),
            policies=(OURS, COLD, FIXED),
        ),
        "sharp": Act(
            scenario=nine_sharp(teachers=40, recipients=30, lanes=32), policies=everything
        ),
        "sharp-64": Act(
            scenario=nine_sharp(teachers=40, recipients=30, lanes=64), policies=everything
        ),
        "big": Act(
            scenario=small_behind_big(big=5000 // scale, small=25, count=20, apart=90.0),
            policies=everything,
        ),
    }


def main() -> None:
    """Play."""
    asked = _arguments()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    began = time.monotonic()
    size = {"scale": 20 if asked.quick else 1, "seed": asked.seed}
    chosen = acts(**size)
    wanted = asked.only or [*chosen, WARNINGS, ESTIMATES, FORECAST]
    tables = [_played(chosen[each], asked.seed) for each in chosen if each in wanted]
    if WARNINGS in wanted:
        tables += [
            _warnings(quick=asked.quick, seed=asked.seed, shown=shown)
            for shown in (False, True)
        ]
    if ESTIMATES in wanted:
        tables.append(_estimates(quick=asked.quick, seed=asked.seed))
    if FORECAST in wanted:
        tables += [forecasts.beside_real_lanes(**size), forecasts.of_a_district(**size)]
    for table in tables:
        show(table)
    if not (asked.quick or asked.only):
        minutes = (time.monotonic() - began) / 60
        head = _head(chosen["hour"].scenario, seed=asked.seed, minutes=minutes)
        PAGE.write_text("\n".join([head, *map(as_markdown, tables)]), encoding="utf-8")


def _played(act: Act, seed: int) -> Table:
    small = min(each.recipients for each in act.scenario.asked)
    alone_seconds = alone(act.scenario, small, seed=seed)
    rows = [
        _row(policy, play(act.scenario, policy, seed=seed), alone_seconds)
        for policy in act.policies
    ]
    return Table(
        title=act.scenario.name,
        headings=(
            *("policy", "p50", "p95", "slow-down p50", "p95", "in time", "big share"),
            *("calls", "refused", "doubles", "losses"),
        ),
        rows=tuple(rows),
        notes=(f"A share of {small} alone takes {with_unit(alone_seconds, 's')}.",),
    )


def _row(policy: Policy, outcome: Outcome, alone_seconds: float) -> tuple[str, ...]:
    took = [each.took for each in outcome.shares if each.asked.recipients <= BIG]
    big = [each.took for each in outcome.shares if each.asked.recipients > BIG]
    p50, p95 = percentile(took, 0.5), percentile(took, 0.95)
    return (
        policy.name,
        with_unit(p50, "s"),
        with_unit(p95, "s"),
        f"{p50 / alone_seconds:.2f}",
        f"{p95 / alone_seconds:.2f}",
        f"{100 * outcome.in_time:.1f} %",
        with_unit(max(big), "s") if big else "",
        f"{outcome.calls:,}",
        f"{outcome.refused:,}",
        str(outcome.doubles),
        str(outcome.losses),
    )


def _estimates(*, quick: bool, seed: int) -> Table:
    """How well the estimates of many hours kept their promise, by what they were of."""
    learning, count = (2, 2) if quick else (LEARNING_HOURS, MEASURED_HOURS)
    told = told_after(learning, count, first=1000 * seed)
    by_kind: dict[str, list[Told]] = {"all": told}
    for each in told:
        stage = each.noted.expectation.kind.partition("/")[0]
        by_kind.setdefault(STAGES[stage], []).append(each)
        if each.noted.estimate.likely_at - each.noted.made_at >= A_MINUTE:
            by_kind.setdefault("of these, longer than a minute", []).append(each)
    order = ["all", "of these, longer than a minute", *dict.fromkeys(STAGES.values())]
    return Table(
        title=f"Estimates of {count} hours, after {learning} others",
        headings=(
            *("estimates", "how many", "within", "sooner", "later", "likely in"),
            *("told", "latest ÷ earliest"),
        ),
        rows=tuple(_kept_row(each, by_kind[each]) for each in order if each in by_kind),
        notes=NOTES,
    )


def _warnings(*, quick: bool, seed: int, shown: bool) -> Table:
    """Of deadlines that were missed, how many were told of 45 minutes before."""
    first, later = (0, 1) if quick else (FIRST_MORNINGS, LATER_MORNINGS)
    played = [
        judged(scenario, outcome)
        for scenario, outcome in islice(mornings(1000 * seed, shown=shown), first + later)
    ]
    groups = {"the first": played[:first], "those after": played[first:]}
    return Table(
        title="Deadlines, and what was told of them 45 minutes before"
        if not shown
        else "Copies to be shown together, and what was told 45 minutes before",
        headings=(
            *("mornings", "shares", "missed", "of these foreseeable", "told of"),
            *("in time", "told of in vain"),
        ),
        rows=tuple(
            _warned_row(f"{len(group)}, {name}", sum(group, start=Warned()))
            for name, group in groups.items()
            if group
        ),
        notes=SHOWN_NOTES if shown else DEADLINE_NOTES,
    )


def _warned_row(name: str, found: Warned) -> tuple[str, ...]:
    return (
        name,
        f"{found.shares}",
        f"{found.missed}",
        f"{found.foreseeable}",
        f"{found.told}",
        f"{found.shares - found.missed}",
        f"{found.in_vain}",
    )


def _kept_row(kind: str, told: list[Told]) -> tuple[str, ...]:
    found = kept(told)
    return (
        kind,
        f"{found.estimates:,}",
        f"{100 * found.within:.1f} %",
        f"{100 * found.sooner:.1f} %",
        f"{100 * found.later:.1f} %",
        with_unit(found.likely_seconds, "s"),
        f"{with_unit(found.earliest_seconds, '')}–{with_unit(found.latest_seconds, 's')}",
        f"{found.width:.1f}",
    )


def _head(scenario: Scenario, *, seed: int, minutes: float) -> str:
    conditions = scenario.conditions
    return HEAD.format(
        minutes=max(1.0, minutes),
        day=datetime.fromtimestamp(time.time(), UTC).date(),
        seed=seed,
        rate=conditions.write_rate,
        burst=conditions.write_burst,
        quota=conditions.quota.per_minute,
        median=conditions.median,
        sigma=conditions.sigma,
        failing=1000 * conditions.failing,
        hanging=1000 * conditions.hanging,
        quiet="no trouble, and the quota known",
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.in_time", description=__doc__
    )
    parser.add_argument(
        "--quick", action="store_true", help="only see that it works; writes no page"
    )
    special = [WARNINGS, ESTIMATES, FORECAST]
    parser.add_argument("--only", nargs="+", choices=[*acts(scale=20, seed=1), *special])
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
