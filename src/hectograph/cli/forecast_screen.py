"""What a person, or a program, sees of a forecast."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from hectograph.cli.screen import build_table, open_console
from hectograph.domain.advice import advise
from hectograph.domain.forecast import Forecast, Outcome, Step, Waits
from hectograph.domain.forecast_setting import Setting
from hectograph.domain.simulated_day import Completion

MINUTE = 60.0
HOUR = 3600.0
LEAST_OF_A_MINUTE = 99.5
LEAST_OF_AN_HOUR = 99.5 * MINUTE


def show_forecast(found: Forecast, *, zone: tzinfo | None) -> None:
    """The day as it is, what would be otherwise, what that means, and the hours."""
    console = open_console()
    console.print()
    _say(day_words(found, zone=zone), style="bold")
    for line in setting_words(found.usual.variant.setting):
        _say(line, style="dim")
    console.print(_outcomes(found, zone=zone))
    for sentence in advise(found):
        _say(sentence)
    for line in _notes(found, zone=zone):
        _say(line, style="dim")
    console.print()
    if len(found.usual.by_size) > 1:
        console.print(_sizes(found))
    console.print(_steps(found, zone=zone))


def _table(*columns: str, title: str | None = None) -> Any:
    """A table of figures beside what they are about."""
    table = build_table(*columns, title=title)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _say(text: str, *, style: str = "") -> None:
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    open_console().print(Padding(Text(text, style=style), (0, 2), expand=False))


def day_words(found: Forecast, *, zone: tzinfo | None) -> str:
    """The day, and what is asked for on it."""
    arrivals = found.usual.variant.arrivals
    copies = sum(each.deliveries for each in arrivals)
    first, last = (
        at(each.begins_at.astimezone(zone) for each in arrivals) for at in (min, max)
    )
    return (
        f"{first:%A %d %B}, {first:%H:%M} to {last:%H:%M}: "
        f"{len(arrivals):,} shares, {copies:,} copies"
    )


def setting_words(setting: Setting) -> list[str]:
    """Who acts, what the service allows, who works: two lines."""
    service, quota = setting.service, setting.service.quota
    who = {0: "Each teacher's own account", 1: "One account of the school's"}.get(
        setting.couriers, f"{setting.couriers} couriers"
    )
    each = "each " if setting.couriers > 1 else ""
    pace = f"{each}{service.rate:g} writes a second, {service.burst:g} at once"
    writes = "1 write" if service.writes == 1 else f"{service.writes} writes"
    unit = "quota units" if quota.by_units else "queries"
    workers = "1 worker" if setting.workers == 1 else f"{setting.workers:,} workers"
    return [
        f"{who}: {pace}; {writes} a copy",
        f"{quota.per_minute:,} {unit} a minute; {workers} with {setting.lanes_each} lanes",
    ]


def _outcomes(found: Forecast, *, zone: tzinfo | None) -> Any:
    has_deadlines = found.usual.deadlines[1] > 0
    columns = ["", "half", "95 of 100", "slowest", "in 5 min", "until"]
    table = _table(*columns, *(["in time"] if has_deadlines else []))
    for each in found.outcomes:
        kept, bound = each.deadlines
        ends_at = each.last_ends_at
        table.add_row(
            each.variant.name,
            *_cells(each.waits),
            f"{100 * each.soon:.0f} %",
            f"{ends_at.astimezone(zone):%H:%M}" if ends_at else "-",
            *([f"{kept:,} of {bound:,}"] if has_deadlines else []),
        )
    if found.measured:
        table.add_row("as it really was", *_cells(found.measured), "", "", style="dim")
    return table


def _cells(waits: Waits | None) -> tuple[str, str, str]:
    if waits is None:
        return "-", "-", "-"
    return span(waits.p50), span(waits.p95), span(waits.slowest)


def _notes(found: Forecast, *, zone: tzinfo | None) -> list[str]:
    lines = []
    for each in found.outcomes:
        if each.moved_end_at:
            moved = len(each.variant.moved)
            lines.append(
                f"What is moved to the night, {moved:,} shares and the biggest first, "
                f"is there by {each.moved_end_at.astimezone(zone):%H:%M}."
            )
    if found.left_out:
        number = found.left_out
        are = (
            "share that went elsewhere is"
            if number == 1
            else "shares that went elsewhere are"
        )
        lines.append(f"{number:,} {are} left out.")
    return lines


def _sizes(found: Forecast) -> Any:
    sizes = found.usual.by_size
    table = _table("95 of 100, by copies", *sizes)
    table.add_row("shares", *(f"{each.shares:,}" for each in sizes.values()), style="dim")
    for each in found.outcomes:
        told = each.by_size
        cells = (span(told[name].p95) if name in told else "-" for name in sizes)
        table.add_row(each.variant.name, *cells)
    return table


def _steps(found: Forecast, *, zone: tzinfo | None) -> Any:
    names = [each.variant.name for each in found.outcomes]
    columns = ("From", "shares", "copies", "half", "95 of 100", *names[1:])
    title = "By the time of asking; of other conditions the time of 95 of 100"
    table = _table(*columns, title=title)
    others = [
        {step.begins_at: step.waits for step in each.steps(found.width)}
        for each in found.outcomes[1:]
    ]
    for step in found.usual.steps(found.width):
        told = (each.get(step.begins_at) for each in others)
        table.add_row(
            f"{step.begins_at.astimezone(zone):%H:%M}",
            f"{step.waits.shares:,}",
            f"{step.deliveries:,}",
            span(step.waits.p50),
            span(step.waits.p95),
            *(span(waits.p95) if waits else "-" for waits in told),
        )
    return table


def show_ends(found: Forecast, *, zone: tzinfo | None) -> None:
    """When each share of the day as it is ends."""
    table = _table("Share", "copies", "asked for", "there", "takes")
    for each in _in_order(found.usual):
        asked_at, ended_at = (
            f"{at.astimezone(zone):%H:%M:%S}"
            for at in (each.arrival.begins_at, each.ended_at)
        )
        copies = f"{each.arrival.deliveries:,}"
        table.add_row(each.arrival.share, copies, asked_at, ended_at, span(each.seconds))
    open_console().print(table)


def span(seconds: float) -> str:
    """A time as it fits into a cell: `45 s`, `6.2 min`, `1.4 h`."""
    if seconds < LEAST_OF_A_MINUTE:
        return f"{seconds:.0f} s"
    if seconds < LEAST_OF_AN_HOUR:
        return f"{seconds / MINUTE:.1f} min"
    return f"{seconds / HOUR:.1f} h"


def forecast_json(found: Forecast, *, each_share: bool) -> dict[str, Any]:
    """A forecast as `--json` prints it."""
    arrivals = found.usual.variant.arrivals
    return {
        "shares": len(arrivals),
        "copies": sum(each.deliveries for each in arrivals),
        "from": min(each.begins_at for each in arrivals).isoformat(),
        "to": max(each.begins_at for each in arrivals).isoformat(),
        "left_out": found.left_out,
        "measured": _waits_json(found.measured) if found.measured else None,
        "advice": list(advise(found)),
        "variants": [
            _outcome_json(each, found=found, each_share=each_share)
            for each in found.outcomes
        ],
    }


def _outcome_json(outcome: Outcome, *, found: Forecast, each_share: bool) -> dict[str, Any]:
    variant = outcome.variant
    kept, bound = outcome.deadlines
    told = {
        "name": variant.name,
        **_setting_json(variant.setting),
        **_waits_json(outcome.waits),
        "within_5_minutes": round(outcome.soon, 4),
        "deadlines": bound,
        "deadlines_kept": kept,
        "all_there_at": _iso(outcome.last_ends_at),
        "moved_shares": len(variant.moved),
        "moved_there_at": _iso(outcome.moved_end_at),
        "by_size": {name: _waits_json(each) for name, each in outcome.by_size.items()},
        "steps": [_step_json(each) for each in outcome.steps(found.width)],
    }
    if each_share:
        told["ends"] = [_end_json(each) for each in _in_order(outcome)]
    return told


def _setting_json(setting: Setting) -> dict[str, Any]:
    service = setting.service
    return {
        "couriers": setting.couriers,
        "workers": setting.workers,
        "lanes_each": setting.lanes_each,
        "writes_per_second": service.rate,
        "burst": service.burst,
        "writes_per_copy": service.writes,
        "quota_per_minute": service.quota.per_minute,
        "quota_unit": "units" if service.quota.by_units else "queries",
    }


def _waits_json(waits: Waits | None) -> dict[str, Any]:
    if waits is None:
        return {"waited_for": 0}
    return {
        "waited_for": waits.shares,
        "p50_seconds": round(waits.p50, 1),
        "p95_seconds": round(waits.p95, 1),
        "slowest_seconds": round(waits.slowest, 1),
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "from": step.begins_at.isoformat(),
        "to": step.ends_at.isoformat(),
        "copies": step.deliveries,
        **_waits_json(step.waits),
    }


def _end_json(each: Completion) -> dict[str, Any]:
    return {
        "share": each.arrival.share,
        "copies": each.arrival.deliveries,
        "begins_at": each.arrival.begins_at.isoformat(),
        "ended_at": each.ended_at.isoformat(),
        "seconds": round(each.seconds, 1),
    }


def _in_order(outcome: Outcome) -> Sequence[Completion]:
    return sorted(
        outcome.completions, key=lambda each: (each.arrival.begins_at, each.arrival.share)
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
