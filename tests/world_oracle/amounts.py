"""Numbers and ids as people and programs write them: read what is unambiguous, say `Unreadable` to the rest."""

import re
from decimal import Decimal

GROUPED = re.compile(r"\d{1,3}(?P<sep>[,.\s'\u2019\u00a0\u202f])\d{3}(?:(?P=sep)\d{3})*")
PLAIN = re.compile(r"\d+(?:\.\d+)?|\.\d+")
COMMA = re.compile(r"(\d+),(\d+)")
CURRENCY = re.compile(r"[A-Za-z]{3}")

NOBODY = frozenset({"", "null", "undefined", "none", "nan", "0", "-1", "false", "guest", "anonymous", "[object object]"})
ZERO_UUID = "00000000-0000-0000-0000-000000000000"


class Unreadable(Exception):
    """The value is there, and cannot be understood beyond doubt."""


def is_absent(value: object) -> bool:
    """Null and blank text say nothing at all."""
    return value is None or (isinstance(value, str) and not value.strip())


def number(text: str) -> Decimal:
    """A number without a sign or unit: `60.00`, `1,234.56`, `1.234,56`, `12,50`. `1,234` is ambiguous."""
    if PLAIN.fullmatch(text):
        return Decimal(text)
    for decimal_mark, grouping in ((".", "[,\\s'\u2019\u00a0\u202f]"), (",", "[.\\s'\u2019\u00a0\u202f]")):
        whole, mark, fraction = text.partition(decimal_mark)
        groups = GROUPED.fullmatch(whole)
        if groups and re.fullmatch(grouping, groups["sep"]) and (fraction.isdigit() if mark else True):
            if not mark and groups["sep"] in ",." and whole.count(groups["sep"]) == 1:
                break  # one separator and three digits: thousands, or three places?
            return Decimal(re.sub(r"\D", "", whole) + ("." + fraction if mark else ""))
    comma = COMMA.fullmatch(text)
    if comma and (len(comma[2]) != 3 or len(comma[1]) > 3 or comma[1].startswith("0")):
        return Decimal(f"{comma[1]}.{comma[2]}")
    raise Unreadable(text)


def amount(value: object) -> tuple[Decimal, str | None]:
    """An amount, and the currency where the text itself names one (`60.00 EUR`)."""
    if isinstance(value, bool):
        raise Unreadable(value)
    if isinstance(value, int | float | Decimal):
        told = Decimal(str(value))
        if not told.is_finite():
            raise Unreadable(value)
        return told, None
    if not isinstance(value, str):
        raise Unreadable(value)
    text, currency = value.strip(), None
    for pattern in (r"(?P<c>[A-Za-z]{3})\s*(?P<n>[-+]?[\d.,].*)", r"(?P<n>[-+]?[\d.,].*?)\s*(?P<c>[A-Za-z]{3})"):
        if found := re.fullmatch(pattern, text):
            text, currency = found["n"].strip(), found["c"].upper()
            break
    sign = -1 if text.startswith("-") else 1
    return sign * number(text.lstrip("+-").strip() if text[:1] in "+-" and text else text), currency


def quantity(value: object) -> Decimal:
    """How many: a number of 0 or more, decimals too."""
    told, unit = amount(value)
    if told < 0 or unit:
        raise Unreadable(value)
    return told


def currency(value: object) -> str:
    """Three letters of ISO 4217, also as the code of an object."""
    if isinstance(value, dict):
        value = value.get("code")
    if isinstance(value, str) and CURRENCY.fullmatch(value.strip()):
        return value.strip().upper()
    raise Unreadable(value)


def identifier(value: object) -> str:
    """An id as text: a number counts as its digits, `12.0` too."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable(value)
    if isinstance(value, float):
        if not value.is_integer():
            raise Unreadable(value)
        value = int(value)
    text = str(value).strip()
    if not text:
        raise Unreadable(value)
    return text


def somebody(value: object) -> str:
    """The id of a person, a cart or an order: a placeholder is nobody."""
    text = identifier(value)
    if text.casefold() in NOBODY or text == ZERO_UUID:
        raise Unreadable(value)
    return text


def folded(text: str) -> str:
    """Ids of carts and orders are compared trimmed and without case; Shopify's `gid://shopify/Cart/ID?key=…` is its id. The same goes for orders."""
    text = text.strip()
    if found := re.fullmatch(r"gid://[^/]+/[^/]+/([^?]+)(?:\?.*)?", text, re.IGNORECASE):
        text = found[1]
    return text.casefold()
