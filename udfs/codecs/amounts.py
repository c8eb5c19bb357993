"""Numbers as trackers send them: "19.99", "1.234,56", "60.00 EUR". What can be read in two ways ("1,234") is not guessed.

Each function normalises a value, or raises `Wrong` with what it should have been, as those of `udfs.codecs.kinds` do.
"""

from math import isfinite
from typing import Any

from udfs.core.values.numerals import Ambiguous, numeral

MAX_MAGNITUDE = 1e15
"""The largest number: beyond it a double cannot represent cents, and nothing costs that much."""

# What a number should have been: these complete "… must be".
_FINITE = "a finite number"
_NUMERAL_ONLY = "a number, as in 19.99"
_ONE_READING = "a number that can be read in one way, as in 1234.56 ({})"
_NUMBER = "a number, as in 19.99"
_IN_RANGE = "a number between -1e15 and 1e15"
_NOT_NEGATIVE = "a number of 0 or more"


class Wrong(ValueError):
    """The value is not of this kind. The message completes "must be …"."""


class NotFinite(Wrong):
    """The number is NaN, infinite, or beyond a double."""


class Absent(Wrong):
    """Nothing at all, though the field is there: empty text where an id is due."""


class Priced(Wrong):
    """An amount that was written with its currency. Whoever sees the whole event knows whether the two go together."""

    def __init__(self, amount: float, unit: str) -> None:
        super().__init__(f"a number without a currency ({unit}) that the event does not have")
        self.amount = amount
        self.unit = unit


class TwoReadings(Wrong):
    """An amount that is one number or another, by its currency. Whoever sees the whole event may know which."""

    def __init__(self, found: Ambiguous) -> None:
        super().__init__(_ONE_READING.format(found))
        self.found = found
        self.unit = found.unit


class Renamed(Wrong):
    """The property in another spelling: productId."""

    def __init__(self, name: str) -> None:
        super().__init__(f"sent as {name}")
        self.name = name


def number(value: Any) -> int | float:
    """A finite number, or text that spells one. Raises Wrong; `TwoReadings` and `Priced` where the event's currency may tell.

    >>> number("19.90"), number(3), number("1.234,56")
    (19.9, 3, 1234.56)
    """
    kind = type(value)
    if kind is str:
        return _spelled(value)
    if kind is not float and kind is not int:
        raise Wrong(_NUMBER)
    if not -MAX_MAGNITUDE <= value <= MAX_MAGNITUDE:  # also catches NaN
        if kind is float and not isfinite(value):
            raise NotFinite(_FINITE)
        raise Wrong(_IN_RANGE)
    return value  # type: ignore[no-any-return]


def _spelled(text: str) -> int | float:
    try:
        found = numeral(text)
    except Ambiguous as why:
        raise TwoReadings(why) from why
    if found is None:
        if text.strip().lower().lstrip("+-") in {"nan", "inf", "infinity"}:
            raise NotFinite(_FINITE)
        raise Wrong(_NUMERAL_ONLY)
    amount = found.amount
    if not isfinite(amount):
        raise NotFinite(_FINITE)
    if not -MAX_MAGNITUDE <= amount <= MAX_MAGNITUDE:
        raise Wrong(_IN_RANGE)
    if amount.is_integer() and abs(amount) < MAX_MAGNITUDE:
        amount = int(amount)
    if found.unit is not None:
        raise Priced(amount, found.unit)
    return amount


def amount(value: Any) -> int | float:
    """A number of 0 or more: a price, a total."""
    if type(value) is float and 0 <= value <= MAX_MAGNITUDE:  # the usual case needs only one comparison
        return value
    read = number(value)
    if read < 0:
        raise Wrong(_NOT_NEGATIVE)
    return read


def count(value: Any) -> int | float:
    """A quantity: 0 is a line that is gone, and what is sold by weight has decimals.

    >>> count("2"), count(2.0), count(0.75)
    (2, 2, 0.75)
    """
    if type(value) is int and 0 <= value <= MAX_MAGNITUDE:
        return value
    try:
        read = number(value)
    except Priced as wrong:
        raise Wrong(_NUMERAL_ONLY) from wrong
    except TwoReadings as wrong:
        if wrong.unit is not None or not wrong.found.has_point:
            raise
        read = wrong.found.decimal  # a quantity is nobody's thousand written with a point: programs write weights so
    if read < 0:
        raise Wrong(_NOT_NEGATIVE)
    return int(read) if read == int(read) else read
