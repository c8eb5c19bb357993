"""Dates as others write them, and how they are written here.

Programmers write `%d.%m.%Y` for `dd.MM.yyyy`, the letters of Unicode's date patterns; and a date without quotes is a calculation.
"""

import re

_LETTERS = {
    "d": "dd",
    "e": "d",
    "m": "MM",
    "Y": "yyyy",
    "y": "yy",
    "B": "MMMM",
    "b": "MMM",
    "h": "MMM",
    "A": "EEEE",
    "a": "EEE",
    "H": "HH",
    "I": "hh",
    "M": "mm",
    "S": "ss",
    "p": "a",
    "j": "D",
    "F": "yyyy-MM-dd",
    "D": "MM/dd/yy",
    "T": "HH:mm:ss",
    "R": "HH:mm",
}
_SINGLE = {"d": "d", "m": "M", "H": "H", "I": "h", "M": "m", "S": "s", "e": "d"}
_PART = re.compile(r"%(?P<plain>[-#]?)(?P<letter>[A-Za-z])")


def is_strftime(pattern: str) -> bool:
    """Whether it is written with percent signs."""
    return _PART.search(pattern) is not None


def as_pattern(pattern: str) -> str:
    """The same in the letters that are known here; what has no such letter is left out.

    >>> as_pattern("%d.%m.%Y"), as_pattern("%-d. %B %Y")
    ('dd.MM.yyyy', 'd. MMMM yyyy')
    """
    return _PART.sub(lambda part: (_SINGLE if part["plain"] else _LETTERS).get(part["letter"], ""), pattern).strip()


def day_of(*parts: int) -> str | None:
    """The date, in quotes, that three numbers in a row are, the year first or last; None where they are none."""
    year, month, day = parts if parts[0] > 31 else reversed(parts)
    if not (1900 <= year <= 2100 and 1 <= day <= 31 and 1 <= month <= 31 and min(day, month) <= 12):
        return None
    return f'"{year}-{min(month, day) if month > 12 else month:02}-{max(month, day) if month > 12 else day:02}"'
