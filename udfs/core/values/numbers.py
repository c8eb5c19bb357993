"""A text as the number that it says: "60.00", "1.234,50", "60.00 EUR", for events in which nothing else knows which property is an amount.

It is read where a number is needed, and only then: "007" and a telephone number stay text wherever text is asked for. What can be read in two
ways ("1,234") is not guessed; digits with a zero before them ("007", "0049…") and "12e4" are codes, not numbers.
"""

import re
from math import isfinite

from udfs.core.values.numerals import CURRENCIES, Ambiguous, Numeral, numeral

MAX_MAGNITUDE = 1e15
"""The largest number: beyond it a double cannot represent cents."""
_MAX_CHARACTERS = 60
USUAL = re.compile(r"((?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?)(?: ([A-Z]{3}))?")
"""How programs write amounts: 1, 19.90, 19.90 EUR. They mean one number, and are read at once: feeds have millions of them."""
_CODE = re.compile(r"[\s+-]*0\d|.*\de[+-]?\d", re.IGNORECASE)
"""What is a code rather than a number: 007, and 12e4."""
_DIGIT = re.compile(r"[0-9]")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")


def written(text: str) -> Numeral | None:
    """The number in a text and the currency that is written with it, None when it is not a number. Raises Ambiguous."""
    if (usual := USUAL.fullmatch(text)) is not None:
        digits, unit = usual.groups()
        return Numeral(float(digits), unit) if unit is None or unit in CURRENCIES else None
    if len(text) > _MAX_CHARACTERS or _CODE.match(text) or not _DIGIT.search(text) or _FOREIGN_DIGIT.search(text):
        return None
    found = numeral(text)
    if found is None or not isfinite(found.amount) or abs(found.amount) > MAX_MAGNITUDE:
        return None
    return found


def in_text(text: str) -> int | float | None:
    """The number in a text, whatever the currency; None when it is not a number, or might be two.

    >>> in_text("60.00"), in_text("1.234,5"), in_text("60 EUR"), in_text("1,234"), in_text("007"), in_text("ten")
    (60, 1234.5, 60, None, None, None)
    """
    try:
        found = written(text)
    except Ambiguous:
        return None
    return None if found is None else plain(found.amount)


def unit_in(text: str) -> str | None:
    """The currency that is written with the number in a text, or the sign that several share; None: none is."""
    try:
        found = written(text)
    except Ambiguous as either:
        return either.unit
    return None if found is None else found.unit


def plain(amount: float) -> int | float:
    """60.0 as 60."""
    return int(amount) if amount.is_integer() else amount
