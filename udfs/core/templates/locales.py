"""Money, numbers and dates as people write them where the customer lives: patterns of the Unicode CLDR, by Babel.

Babel is imported when somebody's language is known first: it takes longer than all the rest of a rendering.
"""

import re
from collections.abc import Callable
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from udfs.core.values.dates import parse_date
from udfs.core.values.instants import BadInstant, instant

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
    from babel.numbers import get_currency_symbol

    if not _CODE.fullmatch(code):
        bare = number(amount, locale, -int(amount.as_tuple().exponent))
        return f"{bare}\N{NO-BREAK SPACE}{code}" if code else bare
    spaced = get_currency_symbol(code, locale)[-1:].isalpha()
    pattern = _currency_pattern(locale, -int(amount.as_tuple().exponent), spaced)
    written: str = pattern.apply(amount, locale, currency=code, currency_digits=False)
    return written


@lru_cache(maxsize=512)
def _currency_pattern(locale: "Locale", digits: int, spaced: bool) -> "NumberPattern":  # noqa: FBT001
    """How money is written; `spaced`: letters before a figure need a space (CHF 5)."""
    pattern: NumberPattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    if spaced:
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
        try:
            moment = datetime.fromtimestamp(instant(value) / 1000, UTC)
        except BadInstant:
            return None
        return _tried(lambda: format_datetime(moment, style, tzinfo=local.zone, locale=locale))
    found = parse_date(value, local.zone)
    if found is None:
        return None
    year, month, number_of_day = found
    when = date(year or 2000, month, number_of_day)
    if year is None and style in STYLES:
        return _tried(lambda: format_skeleton("MMMMd", when, locale=locale))
    return _tried(lambda: format_date(when, style, locale=locale))


def _tried(write: Callable[[], str]) -> str | None:
    try:
        return write()
    except (ValueError, KeyError, AttributeError):  # a pattern that CLDR does not know
        return None
