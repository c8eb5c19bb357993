"""Money in one currency: converted by a table that the shop declares, or unknown. Never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Currency:
    """The shop's own currency and how much of it one unit of another is worth. Without a base, amounts stay as they came."""

    base: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)

    def convert(self, amount: float, unit: str | None) -> float | None:
        """`amount` in the base; an amount without a unit is taken to be in it; None when the table lacks the unit."""
        if unit is None or unit == self.base or self.base is None:
            return amount
        rate = self.rates.get(unit)
        return None if rate is None else amount * rate
