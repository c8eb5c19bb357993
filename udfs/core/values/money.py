"""Money in the shop's currency, in which amounts are compared: converted by a table that the shop declares, or unknown. Never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from udfs.core.values.numerals import figure

AMOUNTS = ("price", "value", "revenue", "subtotal", "total", "tax", "shipping", "discount")
"""The properties of an event that are money."""
_NO_UNIT = "?"
"""What stands for a currency that was named, and that nobody can read: there is no rate for it."""


@dataclass(frozen=True, slots=True)
class Currency:
    """The shop's own currency and how much of it one unit of another is worth. Without a base, amounts stay as they came."""

    base: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)

    def convert(self, amount: float, unit: str | None) -> float | None:
        """`amount` in the base; an amount without a unit is assumed to be in it; None when the table lacks the unit."""
        if unit is None or unit == self.base or self.base is None:
            return amount
        rate = self.rates.get(unit)
        return None if rate is None else amount * rate

    def in_base(self, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Properties of an event, with every amount in the base; one that cannot be converted is None: it was sent, and is unknown.

        The mapping itself, if there is nothing to convert. Lines of `products` have a currency of their own, or that of the event.
        """
        if self.base is None:
            return properties
        lines = properties.get("products")
        if not isinstance(lines, list):
            return self._converted(properties, None)
        unit = unit_of(properties.get("currency"))
        found = [self._converted(line, unit) if isinstance(line, dict) else line for line in lines]
        converted = self._converted(properties, None)
        return converted if all(map(_is, found, lines)) else {**converted, "products": found}

    def _converted(self, properties: Mapping[str, Any], stated: str | None) -> Mapping[str, Any]:
        told = properties.get("currency")
        unit = (unit_of(told) or stated) if told is None or isinstance(told, str) else _NO_UNIT
        if unit is None or unit == self.base:
            return properties
        found = dict(properties)
        for name in AMOUNTS:
            sent = found.get(name)
            amount = figure(sent) if isinstance(sent, str) else number(sent)
            if amount is not None:
                worth = self.convert(amount, unit)
                found[name] = None if worth is None else round(worth, 6)
        return found


def _is(one: Any, other: Any) -> bool:
    return one is other


def unit_of(value: Any) -> str | None:
    """The code of a currency in capitals, None when there is none."""
    return value.upper() if isinstance(value, str) and value else None


def number(value: Any) -> float | None:
    """The value if it is a number."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
