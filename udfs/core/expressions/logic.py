"""The arithmetic and comparisons of conditions: total functions over hostile values, in which unknown (None) never matches.

A comparison with something unknown, or of things that cannot be compared, is unknown; unknown and arithmetic make unknown; only a
condition that is known to be true is met. No function here can raise, loop for long or allocate much, whatever an event carries.

A text is read as a number where a number is needed: in a comparison with a number, in arithmetic, and where two texts that say numbers are put in
order.
"""

from typing import Any

from udfs.core.values import instants
from udfs.core.values.names import first_of
from udfs.core.values.numbers import in_text, written
from udfs.core.values.numerals import Ambiguous

Number = int | float
_MAX_NUMBER = 1e300
_MAX_MEMBERS = 100
"""Members of a list that are compared one by one."""
_PLAIN = (str, int, float)


def _numbers(a: Any, b: Any) -> bool:
    return type(a) in (int, float) and type(b) in (int, float) and -_MAX_NUMBER < a < _MAX_NUMBER and -_MAX_NUMBER < b < _MAX_NUMBER


def _number(a: Any) -> Number | None:
    """A value as a number, also one that was sent as a text; None when it is none."""
    if isinstance(a, str):
        a = in_text(a)
    return a if type(a) in (int, float) and -_MAX_NUMBER < a < _MAX_NUMBER else None


def _read(a: Any, b: Any) -> tuple[Number, Number] | None:
    """Two values as numbers, where both are."""
    one, other = _number(a), _number(b)
    return None if one is None or other is None else (one, other)


def _ordered(a: Any, b: Any) -> tuple[Any, Any]:
    """Two values, of which one is a text, as what can be put in order: numbers if both say one, else as they are."""
    return _read(a, b) or (a, b)


def lt(a: Any, b: Any) -> bool | None:
    """Less than."""
    if type(a) is str or type(b) is str:
        a, b = _ordered(a, b)
    try:
        return None if a is None or b is None else a < b
    except TypeError:
        return None


def le(a: Any, b: Any) -> bool | None:
    """Less than or equal."""
    if type(a) is str or type(b) is str:
        a, b = _ordered(a, b)
    try:
        return None if a is None or b is None else a <= b
    except TypeError:
        return None


def gt(a: Any, b: Any) -> bool | None:
    """Greater than."""
    if type(a) is str or type(b) is str:
        a, b = _ordered(a, b)
    try:
        return None if a is None or b is None else a > b
    except TypeError:
        return None


def ge(a: Any, b: Any) -> bool | None:
    """Greater than or equal."""
    if type(a) is str or type(b) is str:
        a, b = _ordered(a, b)
    try:
        return None if a is None or b is None else a >= b
    except TypeError:
        return None


def eq(a: Any, b: Any) -> bool | None:
    """Equal. Texts are compared letter by letter; a text and a number by the number that the text says."""
    if a is None or b is None:
        return None
    if a == b:
        return True
    return _same_number(a, b) if isinstance(a, str) is not isinstance(b, str) else False


def ne(a: Any, b: Any) -> bool | None:
    """Not equal."""
    found = eq(a, b)
    return None if found is None else not found


def _same_number(a: Any, b: Any) -> bool | None:
    """Whether two values that are not equal are a number and the text of it; unknown where the text may be two numbers."""
    if type(a) is str and type(b) in (int, float):
        text, number = a, b
    elif type(b) is str and type(a) in (int, float):
        text, number = b, a
    else:
        return False
    try:
        found = written(text)
    except Ambiguous:
        return None
    return found is not None and bool(found.amount == number)


def within(a: Any, b: Any) -> bool | None:
    """`a in b`: a member of a list, or a part of a text."""
    try:
        if a is None or b is None:
            return None
        if a in b:
            return True
    except TypeError:
        return None
    if type(a) in _PLAIN and isinstance(b, (tuple, list)) and len(b) <= _MAX_MEMBERS:
        told = [_same_number(a, each) for each in b]
        return True if True in told else None if None in told else False
    return False


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
    """Sum of numbers, or two short texts joined, also such as say numbers."""
    if _numbers(a, b):
        return a + b
    if isinstance(a, str) and isinstance(b, str):
        return a + b if len(a) + len(b) <= 10_000 else None
    return None if (read := _read(a, b)) is None else read[0] + read[1]


def sub(a: Any, b: Any) -> Number | None:
    """Difference."""
    if _numbers(a, b):
        difference: Number = a - b
        return difference
    return None if (read := _read(a, b)) is None else read[0] - read[1]


def mul(a: Any, b: Any) -> Number | None:
    """Product."""
    if _numbers(a, b):
        product: Number = a * b
        return product
    return None if (read := _read(a, b)) is None else read[0] * read[1]


def div(a: Any, b: Any) -> Number | None:
    """Quotient; unknown when divided by zero."""
    read = _read(a, b)
    return read[0] / read[1] if read and read[1] else None


def floordiv(a: Any, b: Any) -> Number | None:
    """Whole quotient."""
    read = _read(a, b)
    return read[0] // read[1] if read and read[1] else None


def mod(a: Any, b: Any) -> Number | None:
    """Remainder."""
    read = _read(a, b)
    return read[0] % read[1] if read and read[1] else None


def neg(a: Any) -> Number | None:
    """Minus."""
    return None if (number := _number(a)) is None else -number


def length(a: Any) -> int | None:
    """Number of members, or of characters."""
    return len(a) if isinstance(a, (str, list, tuple, dict)) else None


def magnitude(a: Any) -> Number | None:
    """Absolute value."""
    return None if (number := _number(a)) is None else abs(number)


def rounded(a: Any, digits: Any = 0) -> Number | None:
    """Rounded to so many decimals (at most 12)."""
    number = _number(a)
    if number is None or not isinstance(digits, int) or not 0 <= digits <= 12:
        return None
    near: Number = round(number, digits) if digits else round(number)
    return near


def smallest(*values: Any) -> Number | None:
    """The least of numbers, unknown when one of them is."""
    numbers = [number for value in values if (number := _number(value)) is not None]
    return min(numbers) if len(numbers) == len(values) else None


def largest(*values: Any) -> Number | None:
    """The greatest of numbers, unknown when one of them is."""
    numbers = [number for value in values if (number := _number(value)) is not None]
    return max(numbers) if len(numbers) == len(values) else None


def lowered(a: Any) -> str | None:
    """A text in lower case."""
    return a.lower() if isinstance(a, str) else None


def numbered(a: Any) -> Number | None:
    """A number, also one that was sent as a text: `"80"`, `"1.234,50"`, `"60.00 EUR"`. What may mean two things (`"1,234"`) is unknown."""
    return _number(a)


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
