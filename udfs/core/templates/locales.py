"""Money, numbers and dates as people write them where the customer lives: patterns of the Unicode CLDR, by Babel.

Babel is imported when somebody's language is known first: it takes longer than all the rest of a rendering.
"""

import re
from collections.abc import Callable
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from udfs.core.values.dates import parse_date
from udfs.core.values.instants import read

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

STYLES = ("short", "medium", "long", "full")
_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
_CODE = re.compile(r"[A-Z]{3}")
_CLOCK = re.compile(r"[aBhHkKmsSjzZOvVXx]")
_QUOTED = re.compile(r"'[^']*'")
_UTC = ZoneInfo("UTC")

# ISO 4217: how many decimals a currency has that has not two.
_PLACES = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


class Local(NamedTuple):
    """Where a customer is: language and country as a device or a person tells them (`de-DE`; None: not known), and the time zone."""

    locale: str | None = None
    zone: ZoneInfo = _UTC


ANYWHERE = Local()


def places(code: str) -> int:
    """How many decimals a currency has."""
    return _PLACES.get(code, 2)


@lru_cache(maxsize=512)
def known(tag: str | None) -> "Locale | None":
    """The locale that a tag means, or its language alone; None for what is no tag, or a language that CLDR does not have.

    Of an Accept-Language header (`de-AT,de;q=0.9`) the first.
    """
    from babel import Locale, UnknownLocaleError

    first = (tag or "").partition(",")[0].partition(";")[0].partition(".")[0].strip()
    if not _TAG.fullmatch(first):
        return None
    parts = first.replace("-", "_").split("_")
    for attempt in ("_".join(parts), "_".join(parts[:2]), parts[0]):
        try:
            return Locale.parse(attempt)
        except (UnknownLocaleError, ValueError):
            continue
    return None


def money(amount: Decimal, code: str, locale: "Locale") -> str:
    """An amount that has been rounded, in its currency, as it is written there."""
    digits = -int(amount.as_tuple().exponent)
    if not _CODE.fullmatch(code):
        bare = number(amount, locale, digits)
        return f"{bare}\N{NO-BREAK SPACE}{code}" if code else bare
    return _money_of(locale, code, digits)(amount + 0)  # which makes -0 a plain 0


@lru_cache(maxsize=2048)
def _money_of(locale: "Locale", code: str, digits: int) -> Callable[[Decimal], str]:
    """The function that writes an amount: Babel's, or, where that groups by thousands, a shorter way to the same, twenty times as fast."""
    from babel.numbers import get_decimal_symbol, get_group_symbol

    pattern = _currency_pattern(locale, code, digits)

    def by_babel(amount: Decimal) -> str:
        written: str = pattern.apply(amount, locale, currency=code, currency_digits=False)
        return written

    marks = str.maketrans({",": get_group_symbol(locale), ".": get_decimal_symbol(locale)})
    whole, *parts = (Decimal(sample).quantize(Decimal(1).scaleb(-digits)) for sample in (1234567, 1234, -1234, 12, 0))
    body = f"{whole:,}".translate(marks)
    (before, found, after), (minus, _, end) = (by_babel(amount).partition(body) for amount in (whole, -whole))

    def shortly(amount: Decimal) -> str:
        written = f"{abs(amount):,}".translate(marks)
        return f"{minus}{written}{end}" if amount < 0 else f"{before}{written}{after}"

    alike = bool(found) and all(shortly(each) == by_babel(each) for each in parts)
    return shortly if alike else by_babel


def _currency_pattern(locale: "Locale", code: str, digits: int) -> "NumberPattern":
    """How money is written there. Letters before a figure need a space (CHF 5)."""
    from babel.numbers import get_currency_symbol

    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    if get_currency_symbol(code, locale)[-1:].isalpha():
        plus, minus = (f"{prefix}\N{NO-BREAK SPACE}" if prefix.endswith("¤") else prefix for prefix in pattern.prefix)
        pattern.prefix = plus, minus
    return pattern


def number(value: Decimal, locale: "Locale", digits: int | None) -> str:
    """A number; `digits`: so many decimals, None: as many as it has."""
    written: str = _decimal_pattern(locale, digits).apply(value, locale, decimal_quantization=digits is not None)
    return written


@lru_cache(maxsize=512)
def _decimal_pattern(locale: "Locale", digits: int | None) -> "NumberPattern":
    pattern: NumberPattern = copy(locale.decimal_formats[None])
    if digits is not None:
        pattern.frac_prec = (digits, digits)
    return pattern


def day(value: Any, style: str, local: Local) -> str | None:
    """A day, or a point in time by the customer's clock; None when the value is neither.

    `style`: one of `STYLES`, or a pattern of CLDR such as `EEEE, d MMMM` or `d.M. HH:mm`.
    """
    from babel.dates import format_date, format_datetime, format_skeleton

    locale = known(local.locale) or known("en")
    if style not in STYLES and _CLOCK.search(_QUOTED.sub("", style)):
        reading = read(value)
        if reading is None:
            return None
        moment = datetime.fromtimestamp(reading.at / 1000, local.zone) if reading.day is None else _midnight(reading.day, local)
        return _tried(lambda: format_datetime(moment, style, tzinfo=local.zone, locale=locale))
    found = parse_date(value, local.zone)
    if found is None:
        return None
    year, month, number_of_day = found
    when = date(year or 2000, month, number_of_day)
    if year is None and style in STYLES:
        return _tried(lambda: format_skeleton("MMMMd", when, locale=locale))
    return _tried(lambda: format_date(when, style, locale=locale))


def _midnight(day: date, local: Local) -> datetime:
    """The beginning of a day where the customer lives: of a day they read no other."""
    return datetime.combine(day, time(), local.zone)


def _tried(write: Callable[[], str]) -> str | None:
    try:
        return write()
    except (ValueError, KeyError, AttributeError):  # a pattern that CLDR does not know
        return None
