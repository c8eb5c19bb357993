"""Kinds of property values. Each kind is a function that normalises a value, or raises `Wrong` with what it should have been.

Trackers send "19.99" for 19.99, 4711 for "4711" and one object for a list of one: meant well and unambiguous, so it is put right here,
once, and everything behind can rely on the type. What is ambiguous ("1,234") is not guessed: it is set aside, and the value is unknown.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from udfs.codecs.amounts import Absent, Wrong, amount, count, number
from udfs.core.values.channels import CHANNELS, EVERY, is_channel
from udfs.core.values.dates import parse_date
from udfs.core.values.numerals import numeral
from udfs.core.values.zones import zone as zone_of

MAX_ID = 256
"""The maximum length of an id, in characters. Ids are part of keys, state and every output."""

NOTHING = frozenset({"null", "NULL", "undefined", "None", "none", "nil", "NaN", "nan", "N/A", "n/a", "(null)", "[object Object]"})
"""What programs write for an id that they do not have."""

_CODE = re.compile(r"[A-Za-z]{3}")
_YES, _NO = frozenset({"true", "yes", "1", "y", "on", "granted"}), frozenset({"false", "no", "0", "n", "off", "denied"})

Kind = Callable[[Any], Any]

# What a value should have been: these complete "… must be".
_NOT_EMPTY = "text that is not empty"
_NAMED = "the id of something: leave it out when there is none"
_SHORT = f"at most {MAX_ID} characters long"
_TEXT = "text"
_OBJECTS = "a list of objects, as in [{product_id: …, price: …, quantity: …}]"
_CURRENCY = "three letters of ISO 4217, as in EUR"
_ZONE = "a time zone by its IANA name, as in Europe/Berlin"
_FLAG = "true or false"
_MONTHS = 12
_TWO_DATES = re.compile(r"\s*(\d{1,2})([-/])(\d{1,2})\2(\d{4})(?=$|[T ])")
_MAIL = "an e-mail address, as in ada@example.com"
_DATE = "a date, as in 1990-05-17 (05/06/1990 is two dates)"
_ADDRESS = "an address as text, as in ada@example.com or +493012345"
_CHANNEL = "the name of a channel, as in email, or a list of them"
_CHANNELS = {
    "mail": "email",
    "emails": "email",
    "textmessage": "sms",
    "pushnotification": "push",
    "pushnotifications": "push",
    **{name.replace("_", ""): name for name in CHANNELS},
}
"""What channels are called, without hyphens, underscores and blanks."""
_UTC = ZoneInfo("UTC")


def identifier(value: Any) -> str:
    """An id: text that is not empty; a whole number becomes its digits.

    >>> identifier(4711), identifier(12.0)
    ('4711', '12')
    """
    kind = type(value)
    if kind is str and 0 < len(value) <= MAX_ID and value not in NOTHING and not value.isspace():
        return value  # type: ignore[no-any-return]
    if kind is float and value.is_integer() and abs(value) < 1 << 53:
        value, kind = int(value), int
    if kind is int:
        value = digits(value)
    if type(value) is not str:
        raise Wrong(_NOT_EMPTY)
    if not value or value.isspace():
        raise Absent(_NOT_EMPTY)
    if len(value) > MAX_ID:
        raise Wrong(_SHORT)
    if value in NOTHING:
        raise Wrong(_NAMED)
    return value


def digits(value: int) -> str | None:
    """A whole number as its digits, None when there are more than any id has."""
    return str(value) if abs(value) < 1 << 512 else None


def text(value: Any) -> str:
    """Text, which may be empty; numbers become text."""
    if type(value) is str:
        return value
    if type(value) is int or type(value) is float:
        try:
            return str(value)
        except ValueError as error:  # Python does not write whole numbers of more than some thousand digits
            raise Wrong(_TEXT) from error
    raise Wrong(_TEXT)


def channels(value: Any) -> str | list[str]:
    """The name of a channel, or a list of them, in the spelling that Kairos uses.

    >>> channels("E-Mail"), channels(["sms", "in app"])
    ('email', ['sms', 'in_app'])
    """
    return [_channel(each) for each in value] if type(value) is list else _channel(value)


def _channel(value: Any) -> str:
    if type(value) is not str:
        raise Wrong(_CHANNEL)
    name = value.strip().lower()
    if name in EVERY or name in CHANNELS:
        return name
    name = _CHANNELS.get(re.sub(r"[-_\s]+", "", name), name)
    if not is_channel(name):
        raise Wrong(_CHANNEL)
    return name


def currency(value: Any) -> str:
    """The code of a currency, also by a sign that no other currency has, or in an object that says `code`.

    >>> currency("eur"), currency("€"), currency({"code": "EUR"})
    ('eur', 'EUR', 'EUR')
    """
    if type(value) is dict:
        value = value.get("code", value.get("currency_code", value.get("currencyCode")))
    if type(value) is not str:
        raise Wrong(_CURRENCY)
    if len(value) == 3 and value.isalpha() and value.isascii():
        return value
    if not value or value.isspace():
        raise Absent(_CURRENCY)
    found = numeral(f"1 {value.strip()}") if len(value) < 20 else None
    if found is None or found.unit is None or not _CODE.fullmatch(found.unit):
        raise Wrong(_CURRENCY)
    return found.unit


def objects(value: Any) -> list[Any]:
    """A list of objects; a single one is a list of one, and JSON text is what it says. What is in them is checked by whoever knows it."""
    kind = type(value)
    if kind is list:
        return value  # type: ignore[no-any-return]
    if kind is str:
        value = from_json(value)
        kind = type(value)
    if kind is dict:
        inner = list(value.values())
        if all(type(each) is dict for each in inner):  # PHP writes a list as an object once its indices have a gap, and an empty one as {}
            return inner
        return [value]
    if kind is list:
        return value  # type: ignore[no-any-return]
    raise Wrong(_OBJECTS)


def from_json(value: str) -> Any:
    """What JSON inside a text says, None when it is none."""
    try:
        return json.loads(value) if value.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


def flag(value: Any) -> bool:
    """True or false, also in words.

    >>> flag(False), flag("yes"), flag(0)
    (False, True, False)
    """
    if type(value) is bool:
        return value
    said = value.strip().lower() if type(value) is str else str(value) if value in (0, 1) else ""
    if said in _YES or said in _NO:
        return said in _YES
    raise Wrong(_FLAG)


def zone(value: Any) -> Any:
    """The name of a time zone, as it was sent: core reads all that is read here, and takes what is not for a zone that is not known."""
    if type(value) is str and zone_of(value) is not None:
        return value
    if type(value) is str and (not value or value.isspace()):
        raise Absent(_ZONE)
    raise Wrong(_ZONE)


def date(value: Any) -> Any:
    """A date that core can read, as it was sent."""
    if type(value) is str and (not value or value.isspace()):
        raise Absent(_DATE)
    if type(value) is bool or type(value) not in (str, int, float) or parse_date(value, _UTC) is None:
        raise Wrong(_DATE)
    return value


def date_day_first(value: Any) -> Any:
    """A date of a shop that writes the day first: 03/10/1990 is the third of October."""
    return date(_in_order(value, day_first=True))


def date_month_first(value: Any) -> Any:
    """A date of a shop that writes the month first: 03/10/1990 is the tenth of March."""
    return date(_in_order(value, day_first=False))


def _in_order(value: Any, *, day_first: bool) -> Any:
    """A text that two orders could read, as ISO 8601 writes the declared one; anything else as it is."""
    if type(value) is not str or (found := _TWO_DATES.match(value)) is None:
        return value
    day, month = (found[1], found[3]) if day_first else (found[3], found[1])
    return value if int(month) > _MONTHS else f"{found[4]}-{month:0>2}-{day:0>2}{value[found.end() :]}"


def mail(value: Any) -> str:
    """An e-mail address: there is an @ within it."""
    text = address(value)
    if type(text) is not str or "@" not in text.strip()[1:-1]:
        raise Wrong(_MAIL)
    return text


def address(value: Any) -> str | int:
    """Where somebody is reached: text, or a telephone number that was sent as a number."""
    if type(value) is float and value.is_integer() and abs(value) < 1 << 53:
        return int(value)
    if type(value) is int:
        return value
    if type(value) is not str:
        raise Wrong(_ADDRESS)
    if not value or value.isspace():
        raise Absent(_ADDRESS)
    return value


def anything(value: Any) -> Any:
    """Whatever it is."""
    return value


_BY_NAME: tuple[Kind, ...] = (number, amount, count, identifier, text, channels, objects, currency, flag, zone, address, mail)
_DATES: tuple[Kind, ...] = (date, date_day_first, date_month_first)
KINDS: dict[str, Kind] = {**{kind.__name__: kind for kind in (*_BY_NAME, *_DATES)}, "any": anything}
"""By the names that schemas/catalogue.yaml uses."""
EMPTY: dict[Kind, Any] = {count: None, amount: None, number: None, objects: None, channels: []}
"""What stands in for a value of this kind that cannot be read, so that core can tell it from one that was never sent. A quantity is then
not 1 but unknown. A price and products are not as before but unknown, and what was paid back is not all. Channels are not all of them, but
none that anybody could name."""
