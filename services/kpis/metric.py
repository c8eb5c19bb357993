"""A metric as it is read: its parts, each with the SQL of its conditions."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.kpis.tables import Table


@dataclass(frozen=True, kw_only=True)
class Term:
    """A numerator or a denominator."""

    aggregation: str
    table: Table
    column: str = ""
    """Empty for what counts rows."""
    where: str = ""
    """SQL over a row of the table; empty: every row."""

    @property
    def is_money(self) -> bool:
        """Whether it comes to an amount, which has a currency."""
        return bool(self.column) and self.table.columns[self.column].kind == "money"


@dataclass(frozen=True, kw_only=True)
class Window:
    """What follows a row counts if it is later than `after` and at most `until`, in milliseconds."""

    after: int
    until: int
    itself: bool = False


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Stages, each reached at or after the one before."""

    of: str
    """people or sessions."""
    stages: Mapping[str, str]
    """Name -> SQL over a row of `events`."""
    within: int = 0
    """Of people, in milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric. It has a numerator or a funnel."""

    name: str
    title: str
    means: str
    unit: str
    better: str = "higher"
    is_guardrail: bool = False
    numerator: Term | None = None
    denominator: Term | None = None
    window: Window | None = None
    same: tuple[str, str] | None = None
    """SQL by which a row of the numerator and one of the denominator are about the same."""
    funnel: Funnel | None = None
    names_properties: bool = False

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables that it counts."""
        return tuple(each.table for each in (self.numerator, self.denominator) if each is not None)

    def can_be_by(self, dimension: str) -> bool:
        """Whether it can be divided so: with a window, by what the rows of the denominator have; else by what both have."""
        if self.funnel is not None:
            return dimension in ("segment", "week", "stage")
        first = self.denominator if self.window is not None else self.numerator
        assert first is not None  # the language has seen to that
        return dimension in first.table.by and (self.window is not None or all(dimension in each.by for each in self.tables))
