"""Kinds of property values. Each kind is a function that normalises a value, or raises `Wrong` with what it should have been.

Trackers send "19.99" for 19.99 and 4711 for "4711". That is unambiguous, so it is corrected here, once, and all later code can rely on
the type. Ambiguous values ("19,99", "$20") are refused.
"""

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

MAX_ID = 256
"""The maximum length of an id, in characters. Ids are part of keys, state and every output."""
MAX_MAGNITUDE = 1e15
"""The largest number: beyond it a double cannot represent cents, and nothing costs that much."""

_NUMERAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")

Kind = Callable[[Any], Any]

# What a value should have been: these complete "… must be".
_FINITE = "a finite number"
_NUMERAL_ONLY = "a number, as in 19.99, without currency sign or thousands separator"
_NUMBER = "a number, as in 19.99"
_IN_RANGE = "a number between -1e15 and 1e15"
_NOT_NEGATIVE = "a number of 0 or more"
_WHOLE = "a whole number of 1 or more"
_NOT_EMPTY = "text that is not empty"
_SHORT = f"at most {MAX_ID} characters long"
_TEXT = "text"
_OBJECTS = "a list of objects, as in [{product_id: …, price: …, quantity: …}]"


class Wrong(ValueError):
    """The value is not of this kind. The message completes "must be …"."""


class NotFinite(Wrong):
    """The number is NaN, infinite, or beyond a double."""


def number(value: Any) -> int | float:
    """A finite number, or text that spells one.

    >>> number("19.90"), number(3)
    (19.9, 3)
    """
    kind = type(value)
    if kind is str:
        if not _NUMERAL.fullmatch(value.strip()):
            if value.strip().lower().lstrip("+-") in {"nan", "inf", "infinity"}:
                raise NotFinite(_FINITE)
            raise Wrong(_NUMERAL_ONLY)
        value = float(value)
        if value.is_integer() and abs(value) < MAX_MAGNITUDE:
            value = int(value)
    elif kind is not float and kind is not int:
        raise Wrong(_NUMBER)
    if not -MAX_MAGNITUDE <= value <= MAX_MAGNITUDE:  # also catches NaN
        if kind is float and not isfinite(value):
            raise NotFinite(_FINITE)
        raise Wrong(_IN_RANGE)
    return value  # type: ignore[no-any-return]


def amount(value: Any) -> int | float:
    """A number of 0 or more: a price, a total."""
    if type(value) is float and 0 <= value <= MAX_MAGNITUDE:  # the usual case needs only one comparison
        return value
    read = number(value)
    if read < 0:
        raise Wrong(_NOT_NEGATIVE)
    return read


def count(value: Any) -> int:
    """A whole number of 1 or more: a quantity.

    >>> count("2"), count(2.0)
    (2, 2)
    """
    if type(value) is int and 0 < value <= MAX_MAGNITUDE:
        return value
    read = number(value)
    if read < 1 or read != int(read):
        raise Wrong(_WHOLE)
    return int(read)


def identifier(value: Any) -> str:
    """An id: text that is not empty; a whole number becomes its digits.

    >>> identifier(4711)
    '4711'
    """
    if type(value) is int:
        value = str(value) if abs(value) < 1 << 64 else ""
    if type(value) is not str or not value or value.isspace():
        raise Wrong(_NOT_EMPTY)
    if len(value) > MAX_ID:
        raise Wrong(_SHORT)
    return value


def text(value: Any) -> str:
    """Text, which may be empty; numbers become text."""
    if type(value) is str:
        return value
    if type(value) is int or type(value) is float:
        return str(value)
    raise Wrong(_TEXT)


def words(value: Any) -> str | list[str]:
    """Text, or a list of texts."""
    return [text(each) for each in value] if type(value) is list else text(value)


def objects(value: Any) -> list[dict[str, Any]]:
    """A list of objects. The caller checks their properties."""
    if type(value) is list and all(type(item) is dict for item in value):
        return value
    raise Wrong(_OBJECTS)


KINDS: dict[str, Kind] = {kind.__name__: kind for kind in (number, amount, count, identifier, text, words, objects)}
"""Kinds by their names in schemas/catalogue.yaml."""
