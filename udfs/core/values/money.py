"""Money in the shop's currency, in which amounts are compared: converted by a table that the shop declares, or unknown. Never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from udfs.core.values.numbers import in_text, written
from udfs.core.values.numerals import CURRENCIES, Ambiguous

AMOUNTS = ("price", "value", "revenue", "subtotal", "total", "tax", "shipping", "discount")
"""The properties of an event that are money."""
COSTS = frozenset({"price", "value", "revenue", "subtotal", "total"})
"""Of these, what everything has that costs something; of the others, such as a discount, there may be none."""
_NO_UNIT = "?"
"""Stands for the currency of an amount that has two, or one that nobody can read: there is no rate for it."""


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
        texts = [name for name in AMOUNTS if type(properties.get(name)) is str]
        if (unit is None or unit == self.base) and not texts:
            return properties
        found = dict(properties)
        for name in AMOUNTS:
            amount, own = _read(found[name], unit) if name in texts else (number(found.get(name)), unit)
            if amount is None:
                continue
            worth = self.convert(amount, own)
            found[name] = None if worth is None else round(worth, 6)
        return found


def _read(text: str, unit: str | None) -> tuple[float | None, str | None]:
    """The amount in a text of an event that the catalogue does not know, and its currency: one that contradicts the event's is no currency at all."""
    try:
        told = written(text)
    except Ambiguous:
        told = None
    if told is None:
        return None, unit
    if told.unit is None or (unit is not None and told.unit not in CURRENCIES):
        return told.amount, unit
    return told.amount, told.unit if unit in {None, told.unit} else _NO_UNIT


def _is(one: Any, other: Any) -> bool:
    return one is other


def unit_of(value: Any) -> str | None:
    """The code of a currency in capitals, None when there is none."""
    return value.upper() if isinstance(value, str) and value else None


def number(value: Any) -> float | None:
    """The value if it is a number, or a text that says one."""
    if isinstance(value, str):
        value = in_text(value)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
