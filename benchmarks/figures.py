"""A figure beside its goal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured; a goal is the largest value that meets it."""

    what: str
    value: float
    unit: str
    goal: float | None = None

    def shown(self) -> str:
        """The value and its unit."""
        return with_unit(self.value, self.unit)

    def goal_shown(self) -> str:
        """The goal, or nothing."""
        return "" if self.goal is None else f"≤ {with_unit(self.goal, self.unit)}"

    def verdict(self) -> str:
        """Whether the goal is met, said plainly."""
        if self.goal is None:
            return ""
        return "met" if self.value <= self.goal else "**missed**"


def with_unit(value: float, unit: str) -> str:
    """A number as a person wants it: three digits."""
    number = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004
    return f"{number} {unit}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headings, and what must be known to read them."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def table_of(title: str, figures: list[Figure], *notes: str) -> Table:
    """A table of figures beside their goals."""
    return Table(
        title=title,
        headings=("what", "measured", "goal", ""),
        rows=tuple((e.what, e.shown(), e.goal_shown(), e.verdict()) for e in figures),
        notes=notes,
    )
