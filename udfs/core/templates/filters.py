"""Pure: what a template may do to a value. One small function a filter, then one table; what is not in the table does not exist.

Values are JSON values. A missing value is None: it renders as nothing, a filter of it is nothing, a comparison with it is false.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from udfs.core.templates import locales
from udfs.core.templates.locales import ANYWHERE, Local
from udfs.core.values.names import first_of, twins
from udfs.core.values.numbers import in_text, unit_in
from udfs.core.values.numerals import CURRENCIES

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "CAD": "CA$", "AUD": "A$"}
"""By which currencies are known where nobody's language is."""


class Unfit(Exception):
    """A value that a filter or an operator cannot take; the template turns it into an error with its line."""


def text(value: Any) -> str:
    """Give what a person should read: missing is empty, 15.0 is 15, 0.1 + 0.2 is 0.3. Raises Unfit for a list or an object."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(number(value))
    if isinstance(value, float):
        return format(value, ".12g") if abs(value) < 1e12 else format(value, ".0f")
    what = "a list" if isinstance(value, list | tuple) else "an object"
    msg = f"{what} cannot be printed as it is: name one of its fields, or use a for loop or join"
    raise Unfit(msg)


def number(value: Any) -> int | float:
    """Give the value if it is a number, or a text that says one (a truth value is none, nor is infinity). Raises Unfit."""
    if isinstance(value, str) and (said := in_text(value)) is not None:
        return said
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
        return value
    msg = f"a number is needed, not {_named(value)}"
    raise Unfit(msg)


def _named(value: Any) -> str:
    return repr(value[:40]) if isinstance(value, str) else text(value) if isinstance(value, bool) else f"a {type(value).__name__}"


def _decimal(value: Any, places: int) -> Decimal:
    if not isinstance(places, int) or not 0 <= places <= 12:
        msg = f"a number of places is 0 to 12, not {_named(places)}"
        raise Unfit(msg)
    try:  # through repr: 2.675 is what was meant, 2.67499999 is how it is kept
        return Decimal(repr(number(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except InvalidOperation as e:
        msg = f"{value!r:.40} cannot be rounded"
        raise Unfit(msg) from e


def money(value: Any, currency: Any = None, locale: Any = None, *, local: Local = ANYWHERE) -> str:
    """Give an amount in a currency (ISO 4217 code) as the customer writes it: 1.234,50 €; where no language is known: $1,234.50, 99.00 SEK.

    An unknown currency leaves the bare amount. A currency that is written with the amount ("60.00 EUR") is the one that it is in.
    """
    unit = unit_in(value) if isinstance(value, str) else None
    code = text(currency).strip().upper() if unit not in CURRENCIES else unit
    amount = _decimal(value, locales.places(code))
    if (where := _where(locale, local)) is not None:
        return locales.money(amount, code, where)
    sign = "-" if amount < 0 else ""
    return f"{sign}{SYMBOLS[code]}{abs(amount):,}" if code in SYMBOLS else f"{amount:,} {code}".rstrip()


def _number(value: Any, places: Any = None, locale: Any = None, *, local: Local = ANYWHERE) -> str:
    """Give a number as the customer writes it: 1.234,5; with `places` so many decimals."""
    amount = Decimal(text(number(value))) if places is None else _decimal(value, places)
    return locales.number(amount, _where(locale, local) or _where("en", local), places)


def _date(value: Any, style: Any = "medium", locale: Any = None, *, local: Local = ANYWHERE) -> str:
    """Give a day or a point in time as the customer writes it: short, medium, long, full, or a pattern such as d MMMM."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        msg = f"a date is needed, not {_named(value)}"
        raise Unfit(msg)
    told, pattern = text(value), text(style)
    if not told.strip():
        return ""
    if len(told) > 80 or len(pattern) > 80:
        msg = "a date, and how it is written, have at most 80 characters"
        raise Unfit(msg)
    written = locales.day(value, pattern, local if locale is None else local._replace(locale=text(locale)))
    if written is None:
        msg = f"{_named(told)} cannot be written as a date in the style {pattern!r}"
        raise Unfit(msg)
    return written


def _where(locale: Any, local: Local) -> Any:
    tag = local.locale if locale is None else text(locale)
    return locales.known(tag) if tag else None


def _round(value: Any, precision: Any = 0) -> int | float:
    rounded = _decimal(value, precision)
    return int(rounded) if precision == 0 else float(rounded)


def _truncate(value: Any, length: Any = 255, killwords: Any = False, end: Any = "…") -> str:
    """Cut at the last word that fits (or, with killwords, anywhere): text and end together have at most `length` characters."""
    whole, most, tail = text(value), int(number(length)), text(end)
    if len(whole) <= most:
        return whole
    cut = whole[: max(0, most - len(tail))]
    return (cut if killwords is True or " " not in cut else cut.rsplit(" ", 1)[0]).rstrip(" ,.;:") + tail


def _title(value: Any) -> str:
    return " ".join(word[:1].upper() + word[1:].lower() for word in text(value).split(" "))


def _float(value: Any, default: Any = 0.0) -> Any:
    try:
        return float(value) if not isinstance(value, str) or len(value) <= 40 else default
    except (TypeError, ValueError, OverflowError):
        return default


def _int(value: Any, default: Any = 0) -> Any:
    try:
        return value if isinstance(value, int) else int(_float(value, None))
    except (TypeError, ValueError, OverflowError):
        return default


def _listed(value: Any) -> Sequence[Any]:
    if isinstance(value, list | tuple | str):
        return value
    msg = f"a list is needed, not {_named(value)}"
    raise Unfit(msg)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, Mapping) else len(_listed(value))


def field(value: Any, name: Any, others: tuple[str, ...] = ()) -> Any:
    """Read a field of an object or an item of a list; anything that is not there is missing, never an error. `others`: its other spellings."""
    if isinstance(value, Mapping):
        found = value.get(name)
        return first_of(value, others) if found is None and others else found
    if isinstance(name, int) and isinstance(value, list | tuple | str):
        return value[name] if -len(value) <= name < len(value) else None
    return None


def join(value: Any, d: Any = "", attribute: Any = None, *, spend: Callable[[int], None]) -> str:
    """Put a list into one text, or one field of each of its items; pays for the result before making it."""
    items, between = _listed(value), text(d)
    others = twins(attribute) if isinstance(attribute, str) else ()
    spend(len(items) * (1 + (len(between) >> 4)))
    parts = [text(item if attribute is None else field(item, attribute, others)) for item in items]
    spend(sum(map(len, parts)) >> 4)
    return between.join(parts)


def default(value: Any, default_value: Any = "", boolean: Any = False) -> Any:
    """Give something else for a missing value, and for an empty or blank one; with true as second argument for 0 and false too."""
    if value is None or (isinstance(value, str) and not value.strip()) or (isinstance(value, list | tuple | Mapping) and not value):
        return default_value
    return default_value if boolean is True and not value else value


FILTERS: dict[str, Callable[..., Any]] = {
    "default": default,
    "d": default,
    "upper": lambda value: text(value).upper(),
    "lower": lambda value: text(value).lower(),
    "title": _title,
    "capitalize": lambda value: text(value).capitalize(),
    "trim": lambda value: text(value).strip(),
    "truncate": _truncate,
    "escape": lambda value: value if isinstance(value, Markup) else escape(text(value)),
    "e": lambda value: value if isinstance(value, Markup) else escape(text(value)),
    "urlencode": lambda value: quote(text(value), safe=""),
    "money": money,
    "number": _number,
    "date": _date,
    "round": _round,
    "abs": lambda value: abs(number(value)),
    "int": _int,
    "float": _float,
    "length": _length,
    "count": _length,
    "first": lambda value: field(list(_listed(value)[:1]), 0),
    "last": lambda value: field(list(_listed(value)[-1:]), 0),
    "join": join,
}

LOCALISED = frozenset({money, _number, _date})
"""Filters that write as the customer does."""

TESTS: dict[str, Callable[[Any], bool]] = {
    "defined": lambda value: value is not None,
    "undefined": lambda value: value is None,
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "even": lambda value: number(value) % 2 == 0,
    "odd": lambda value: number(value) % 2 == 1,
}
