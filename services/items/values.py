"""One value of a feed as a field of an item. Each reader raises Unfit with what is wrong and how to fix it; None where nothing is said."""

import html
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from udfs.core.values.bounded import MAX_TEXT, small
from udfs.core.values.instants import read as read_date
from udfs.core.values.names import normalise
from udfs.core.values.numbers import MAX_MAGNITUDE, USUAL, written
from udfs.core.values.numerals import CURRENCIES, SIGNS, Ambiguous

MAX_URL = 2_000
MAX_TAGS = 30
MAX_TAG = 100
MAX_PROPERTIES = 30
MAX_EMBEDDING = 1_024
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|<!--.*?-->")
_CONTROL = re.compile("[\x00-\x1f\x7f\u200b\ufeff\ud800-\udfff]+")
_CATEGORY = re.compile("\\s*[>»\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}|]\\s*")
_WORDS = {
    **dict.fromkeys(
        ("in_stock", "instock", "available", "available_for_order", "yes", "y", "true", "1", "limited_availability", "in_store_only", "online_only"),
        True,
    ),
    **dict.fromkeys(
        ("out_of_stock", "outofstock", "outstock", "sold_out", "soldout", "unavailable", "not_available", "no", "n", "false", "0"), False
    ),
    **dict.fromkeys(
        ("discontinued", "preorder", "pre_order", "presale", "pre_sale", "backorder", "back_order", "on_backorder", "onbackorder"), False
    ),
}
"""How shops say whether something is in stock; what can only be ordered ahead is not."""
_NOTHING = frozenset({"", "-", "n/a", "na", "null", "none", "nan", "undefined"})
_EVEN = re.compile(r"(?<=\d)([.,])\s?[-\u2013\u2014]{1,2}(?=\s*\D{0,4}$)")
"""No cents, as in 1299,- and 1.299,-: what stands before the dash separates decimals."""
UNITS = CURRENCIES | {None}
"""The currencies of amounts, and that none is written."""
_LONGEST = max(map(len, _NOTHING))
_USUAL_ADDRESS = re.compile(r"https?://[!-;=-~]{1,1900}")
"""Nothing in it has to be changed, unless it has `&amp;`."""


class Unfit(ValueError):
    """A value that cannot be read: what is wrong, and how to fix it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def is_nothing(value: Any) -> bool:
    """Whether a cell says nothing."""
    if isinstance(value, str):
        found = value.strip()
        return len(found) <= _LONGEST and found.lower() in _NOTHING
    return value is None or value in ([], {})


def text(value: Any) -> str | None:
    """A short text, without HTML, entities and line breaks."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        msg = "is not a text"
        raise Unfit(msg, "write it as a text")
    found = str(value)
    if _is_clean(found):
        return found or None
    if "&" in found:
        found = html.unescape(html.unescape(found[: 4 * MAX_TEXT]))
    if "<" in found:
        found = _TAG.sub(" ", found[: 4 * MAX_TEXT])
    found = " ".join(_CONTROL.sub(" ", found).split())
    return found[:MAX_TEXT] or None


def _is_clean(found: str) -> bool:
    """Whether a text is already as `text` makes it. Most are, and this is much quicker."""
    return (
        len(found) <= MAX_TEXT
        and found.isprintable()  # and so the only white space in it is the blank
        and "&" not in found
        and "<" not in found
        and "  " not in found
        and found[:1] != " "
        and found[-1:] != " "
    )


def category(value: Any) -> str | None:
    """A path from the top, with ` > ` between its parts."""
    if isinstance(value, list):
        parts = [text(each) for each in value[:20] if not isinstance(each, (list, dict))]
    else:
        found = text(value)
        parts = _CATEGORY.split(found) if found else []
    return " > ".join(part for part in parts if part)[:MAX_TEXT] or None


def amount(value: Any, currency: str | None, usual: str | None = None) -> tuple[float, str | None] | None:
    """An amount, and the currency that is written with it. `currency` is the one that the item says elsewhere, `usual` that of the feed."""
    unit: str | None = None
    if isinstance(value, str) and (usual_one := USUAL.fullmatch(value)) is not None and usual_one[2] in UNITS:
        found, unit = float(usual_one[1]), usual_one[2]
    elif isinstance(value, str):
        try:
            told = written(_EVEN.sub(r"\g<1>00", value.strip()) if len(value) < 60 else value)
        except Ambiguous as either:
            exact = either.in_currency(either.unit if either.unit in CURRENCIES else currency)
            if exact is None:
                msg = "can be read in two ways"
                raise Unfit(msg, "write all decimals, such as 1234.00") from None
            found, unit = exact, either.unit
        else:
            if told is None:
                msg = "is no price"
                raise Unfit(msg, "write one number, such as 19.90 or 19.90 EUR")
            found, unit = told.amount, told.unit
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MAX_MAGNITUDE:
        found = float(value)
    else:
        msg = "is no price"
        raise Unfit(msg, "write one number, such as 19.90 or 19.90 EUR")
    if found < 0:
        msg = "is below 0"
        raise Unfit(msg, "write what a customer pays")
    if unit and unit not in CURRENCIES:  # a sign that several currencies share
        meant = currency or usual
        if meant is None or meant in SIGNS.values():
            what = "does not say which currency it is in" if meant is None else f"is not in {meant}, by its sign"
            raise Unfit(what, "write the code, such as 19.90 USD, or give --currency USD")
        unit = None
    if unit and currency and unit != currency:
        msg = f"is in {unit}, and the currency of the item is {currency}"
        raise Unfit(msg, "write the same currency in both, or leave one out")
    return found + 0.0, unit  # -0 is 0


def currency_of(value: Any) -> str | None:
    """A currency's code."""
    found = (text(value) or "").upper()
    if found not in CURRENCIES:
        msg = "is no currency"
        raise Unfit(msg, "write its code of ISO 4217, such as EUR")
    return found


def stock(value: Any) -> tuple[float | None, bool | None]:
    """How many there are, and whether there are any: a number, or a word such as in_stock."""
    if isinstance(value, bool):
        return None, value
    if isinstance(value, str):
        word = normalise(value.strip().rstrip("/").rpartition("/")[2].removeprefix("schema:"))  # https://schema.org/InStock
        if word in _WORDS and not word.isdigit():  # -1 is a number
            return None, _WORDS[word]
        try:
            told = written(value.strip().removesuffix("+"))
        except Ambiguous as either:  # of a number of pieces the separator groups thousands
            told, value = None, either.digits.replace(",", "").replace(".", "")
        if told is not None and told.unit is None:
            value = told.amount
        elif isinstance(value, str) and value.isdecimal() and len(value) < 12:
            value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_MAGNITUDE:
        msg = "says neither how many there are nor whether there are any"
        raise Unfit(msg, "write a number, in_stock or out_of_stock")
    count = max(0.0, float(value))  # below 0: sold more often than there were
    return count, count > 0


def availability(value: Any) -> tuple[float | None, bool | None]:
    """The same in a column that says whether there are any: 0 and 1 are words there."""
    if isinstance(value, (int, float)) and value in (0, 1):
        return None, bool(value)
    if isinstance(value, str) and value.strip() in ("0", "1"):
        return None, value.strip() == "1"
    return stock(value)


def tags(value: Any) -> tuple[str, ...]:
    """Short words, from a list or a text with commas, semicolons or bars."""
    parts = value if isinstance(value, list) else re.split(r"[,;|]", value) if isinstance(value, str) else None
    if parts is None:
        msg = "is not a list of words"
        raise Unfit(msg, "write them with commas between, such as sale, summer")
    found = [text(part) for part in parts[: 10 * MAX_TAGS] if isinstance(part, (str, int, float)) and not isinstance(part, bool)]
    return tuple(dict.fromkeys(word[:MAX_TAG] for word in found if word))[:MAX_TAGS]


def address(value: Any) -> str | None:
    """An address of the web, or a path in the shop."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, str) and _USUAL_ADDRESS.fullmatch(value) and "&amp;" not in value:
        return value
    found = value.strip() if isinstance(value, str) else ""
    if "&amp;" in found:
        found = found.replace("&amp;", "&")
    if len(found) > MAX_URL:
        msg = f"has {len(found):,} characters"
        raise Unfit(msg, f"an address has {MAX_URL:,} at most; images inside of addresses (data:) are not taken")
    if not found.lower().startswith(("https://", "http://", "/")) or _CONTROL.search(found) or "<" in found:
        msg = "is no address"
        raise Unfit(msg, "write one that begins with https://")
    return found.replace(" ", "%20")


def date(value: Any) -> str | None:
    """A day, or a point in time, in ISO 8601."""
    found = read_date(value)
    if found is None:
        msg = "is no date"
        raise Unfit(msg, "write it as 2026-03-01")
    if found.day is not None:
        return found.day.isoformat()
    from udfs.core.values.instants import day_of

    clock = found.at % 86_400_000 // 1000
    return f"{day_of(found.at)}T{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}Z"


def embedding(value: Any) -> tuple[float, ...]:
    """A vector of numbers."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if len(value) < 64_000 else None
        except (ValueError, RecursionError):
            value = None
    numbers = isinstance(value, list) and all(isinstance(each, (int, float)) and not isinstance(each, bool) and abs(each) < 1e30 for each in value)
    if not numbers or len(value) > MAX_EMBEDDING:
        msg = "is no vector"
        raise Unfit(msg, f"write a list of at most {MAX_EMBEDDING:,} numbers, such as [0.1, -0.2]")
    return tuple(float(each) for each in value)


def property_of(value: Any) -> Any:
    """What a shop has besides, small enough to be kept."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) and not math.isfinite(value):
        msg = "is not a number"
        raise Unfit(msg, "leave it out")
    found = small(value)
    if found is None:
        msg = "is too large to be kept"
        raise Unfit(msg, f"write a text of at most {MAX_TEXT} characters, or a small list or object")
    return found


def properties(value: Any) -> dict[str, Any]:
    """An object of properties, as JSON feeds have it."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if len(value) < 64_000 else None
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, Mapping):
        msg = "is no object of properties"
        raise Unfit(msg, 'write {"colour": "green"}, or a column for each')
    return {name: value for key, value in value.items() if (name := normalise(str(key)[:200]))}
