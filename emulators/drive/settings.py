"""Everything that can be asked of the emulator, read and checked in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from random import Random
from types import UnionType
from typing import Any, Self, get_args, get_origin, get_type_hints

Span = tuple[float, float]


class BadSettings(ValueError):
    """A setting that does not exist, or a value that makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """After how many seconds listings show a mutation, for each aspect of a file."""

    name: Span = (0.0, 0.0)
    appProperties: Span = (0.0, 0.0)  # noqa: N815 - as Drive spells it
    parents: Span = (0.0, 0.0)
    trashed: Span = (0.0, 0.0)
    content: Span = (0.0, 0.0)
    changes: Span = (0.0, 0.0)

    def seconds(self, aspect: str, *, random: Random) -> float:
        """The lag of one mutation."""
        low, high = getattr(self, aspect)
        return low if low == high else random.uniform(low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long a call takes: lognormal, in seconds. `calls` has other medians, by call."""

    median: float = 0.0
    sigma: float = 0.0
    calls: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """`rate` tokens a second, at most `burst` of them saved. A rate of 0 means no limit."""

    rate: float = 0.0
    burst: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What is refused. Units a minute are Google's own defaults (since May 2026)."""

    write: Bucket = Bucket()
    calls: Bucket = Bucket()
    project_calls: Bucket = Bucket()
    user_units: int = 325_000
    project_units: int = 1_000_000
    fixed_minutes: bool = False
    refusal: str = "403"  # or 429, or alternate
    retry_after: int | None = None
    sharing: int | None = None  # permission creations an account may make


@dataclass(frozen=True, slots=True, kw_only=True)
class Students:
    """Eager students: who acts on a new file, how, and how soon."""

    actions: tuple[str, ...] = ()
    share: float = 0.0
    delay: Span = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of it. Times are seconds."""

    seed: int = 1
    lag: Lag = Lag()
    latency: Latency = Latency()
    quotas: Quotas = Quotas()
    students: Students = Students()
    settle_seconds: Span = (0.3, 1.5)
    reason_style: str = "legacy"  # or both, or errorinfo
    stands_still: bool = False  # time passes only when the admin API says so
    token_seconds: float = 3600.0
    trash_seconds: float = 30 * 86400.0
    anonymous: str = (
        ""  # the account of callers without a token; none are let in by default
    )
    scopes: dict[str, list[str]] = field(default_factory=dict)  # authorised, by client
    max_children: int = 500_000
    keep_log: int = 200_000

    def updated(self, changes: Mapping[str, Any]) -> Self:
        """These settings with some of them changed; or `BadSettings`."""
        updated: Self = _updated(self, changes)
        return updated


def _updated(value: Any, changes: Mapping[str, Any]) -> Any:
    hints = get_type_hints(type(value))
    unknown = sorted(set(changes) - {known.name for known in fields(value)})
    if unknown:
        raise BadSettings(f"unknown: {', '.join(unknown)}")
    return replace(
        value,
        **{
            name: _read(name, hints[name], getattr(value, name), given)
            for name, given in changes.items()
        },
    )


def _read(name: str, kind: Any, current: Any, given: Any) -> Any:
    if kind is Lag and not isinstance(given, Mapping):
        return Lag(**dict.fromkeys((part.name for part in fields(Lag)), _span(name, given)))
    if is_dataclass(kind):
        if not isinstance(given, Mapping):
            raise BadSettings(f"{name}: an object is expected")
        return _updated(current, given)
    if kind == Span:
        return _span(name, given)
    if kind == tuple[str, ...]:
        return tuple(given)
    return _scalar(name, kind, given)


def _scalar(name: str, kind: Any, given: Any) -> Any:
    if kind is float and isinstance(given, int):
        return float(given)
    allowed = get_args(kind) if get_origin(kind) is UnionType else (kind,)
    plain = tuple(get_origin(one) or one for one in allowed)
    if not isinstance(given, plain):
        raise BadSettings(f"{name}: {given!r} will not do")
    return given


def _span(name: str, given: Any) -> Span:
    pair = given if isinstance(given, (list, tuple)) else (given, given)
    try:
        low, high = (float(number) for number in pair)
    except (TypeError, ValueError):
        raise BadSettings(f"{name}: a number or two are expected") from None
    return (low, high)
