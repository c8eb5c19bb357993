"""The arithmetic and comparisons of conditions: total functions over hostile values, in which unknown (None) never matches.

A comparison with something unknown, or of things that cannot be compared, is unknown; unknown and arithmetic make unknown; only a
condition that is known to be true is met. No function here can raise, loop for long or allocate much, whatever an event carries.
"""

import re
from typing import Any

from udfs.core.values import instants
from udfs.core.values.names import first_of

Number = int | float
_MAX_NUMBER = 1e300
_PLAIN = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def _numbers(a: Any, b: Any) -> bool:
    return type(a) in (int, float) and type(b) in (int, float) and -_MAX_NUMBER < a < _MAX_NUMBER and -_MAX_NUMBER < b < _MAX_NUMBER


def lt(a: Any, b: Any) -> bool | None:
    """Less than."""
    try:
        return None if a is None or b is None else a < b
    except TypeError:
        return None


def le(a: Any, b: Any) -> bool | None:
    """Less than or equal."""
    try:
        return None if a is None or b is None else a <= b
    except TypeError:
        return None


def gt(a: Any, b: Any) -> bool | None:
    """Greater than."""
    try:
        return None if a is None or b is None else a > b
    except TypeError:
        return None


def ge(a: Any, b: Any) -> bool | None:
    """Greater than or equal."""
    try:
        return None if a is None or b is None else a >= b
    except TypeError:
        return None


def eq(a: Any, b: Any) -> bool | None:
    """Equal."""
    return None if a is None or b is None else a == b


def ne(a: Any, b: Any) -> bool | None:
    """Not equal."""
    return None if a is None or b is None else a != b


def within(a: Any, b: Any) -> bool | None:
    """`a in b`: a member of a list, or a part of a text."""
    try:
        return None if a is None or b is None else a in b
    except TypeError:
        return None


def without(a: Any, b: Any) -> bool | None:
    """`a not in b`."""
    found = within(a, b)
    return None if found is None else not found


def truth(a: Any) -> bool | None:
    """A value as a condition."""
    return None if a is None else bool(a)


def untruth(a: Any) -> bool | None:
    """The negation of a value as a condition."""
    return None if a is None else not a


def add(a: Any, b: Any) -> Any:
    """Sum of numbers, or two short texts joined."""
    if _numbers(a, b):
        return a + b
    if isinstance(a, str) and isinstance(b, str) and len(a) + len(b) <= 10_000:
        return a + b
    return None


def sub(a: Any, b: Any) -> Number | None:
    """Difference."""
    return a - b if _numbers(a, b) else None


def mul(a: Any, b: Any) -> Number | None:
    """Product."""
    return a * b if _numbers(a, b) else None


def div(a: Any, b: Any) -> Number | None:
    """Quotient; unknown when divided by zero."""
    return a / b if _numbers(a, b) and b else None


def floordiv(a: Any, b: Any) -> Number | None:
    """Whole quotient."""
    return a // b if _numbers(a, b) and b else None


def mod(a: Any, b: Any) -> Number | None:
    """Remainder."""
    return a % b if _numbers(a, b) and b else None


def neg(a: Any) -> Number | None:
    """Minus."""
    return -a if _numbers(a, 0) else None


def length(a: Any) -> int | None:
    """Number of members, or of characters."""
    return len(a) if isinstance(a, (str, list, tuple, dict)) else None


def magnitude(a: Any) -> Number | None:
    """Absolute value."""
    return abs(a) if _numbers(a, 0) else None


def rounded(a: Any, digits: Any = 0) -> Number | None:
    """Rounded to so many decimals (at most 12)."""
    if not _numbers(a, 0) or not isinstance(digits, int) or not 0 <= digits <= 12:
        return None
    near: Number = round(a, digits) if digits else round(a)
    return near


def smallest(*values: Any) -> Number | None:
    """The least of numbers, unknown when one of them is."""
    least: Number | None = min(values) if all(_numbers(value, 0) for value in values) else None
    return least


def largest(*values: Any) -> Number | None:
    """The greatest of numbers, unknown when one of them is."""
    greatest: Number | None = max(values) if all(_numbers(value, 0) for value in values) else None
    return greatest


def lowered(a: Any) -> str | None:
    """A text in lower case."""
    return a.lower() if isinstance(a, str) else None


def numbered(a: Any) -> Number | None:
    """A number, also one that was sent as a text: `"80"`, `" 12.50 "`. What may mean two things, such as `"1,234"`, is unknown."""
    if isinstance(a, str):
        text = a.strip()
        if len(text) > 30 or not _PLAIN.fullmatch(text):
            return None
        a = float(text) if "." in text else int(text)
    return a if _numbers(a, 0) and not isinstance(a, bool) else None


def instant(a: Any) -> int | None:
    """Epoch milliseconds of a date in whatever spelling; unknown where it is none."""
    found = instants.read(a)
    return None if found is None else found.at


def part(container: Any, name: str, others: tuple[str, ...] = ()) -> Any:
    """A field of a nested object, None when there is none. `others`: the names that are read where it is absent."""
    if not isinstance(container, dict):
        return None
    found = container.get(name)
    return first_of(container, others) if found is None and others else found
