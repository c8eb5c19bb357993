"""Spans of time as marketers write them (`30m`, `2h`, `7d`), as milliseconds. A day is 86,400 seconds, a week seven of them."""

import re

from udfs.core.values.problems import shown

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY
UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
MAX_DURATION = 400 * DAY
_WORDS = re.compile(r"(\d+(?:\.\d+)?)\s*(milliseconds?|sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|[smhdw])", re.IGNORECASE)
_SHAPE = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)")


def parse_duration(text: object) -> int:
    """Milliseconds of `text`; ValueError says how a duration is written."""
    match = _SHAPE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        msg = f"{shown(text)} is not a duration: write {_cure(text)}"
        raise ValueError(msg)
    span = float(match[1]) * UNITS[match[2]]  # infinite for hundreds of digits
    if not 1 <= span <= MAX_DURATION:
        msg = f"{shown(text)} is out of range: a duration is more than 0 and at most 400d"
        raise ValueError(msg)
    return int(span)


def _cure(text: object) -> str:
    """What was probably meant: 30m for 30 minutes."""
    meant = _WORDS.fullmatch(text.strip()) if isinstance(text, str) and len(text) < 40 else None
    if meant is None:
        return "a number and s, m, h, d or w, such as 30m or 7d"
    unit = meant[2].lower()
    return f"{meant[1]}{'ms' if unit.startswith('milli') else unit[0]}"


def in_words(span: int) -> str:
    """`1800000` -> `30m`: the largest unit that divides it."""
    for unit in ("w", "d", "h", "m", "s"):
        if span % UNITS[unit] == 0:
            return f"{span // UNITS[unit]}{unit}"
    return f"{span}ms"
