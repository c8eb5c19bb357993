"""Values of a feed that are objects or lists, as programs write them: a price with its currency, offers, texts by language, images with an address.

What is known is made plain here, and read like any other value; what is not stays as it is, and its reader says what is wrong. Pure.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from services.items.columns import Shapes, plain_name
from services.items.faults import Fault, shown
from services.items.values import is_nothing
from udfs.core.values.numbers import MAX_MAGNITUDE
from udfs.core.values.numerals import CURRENCIES

NESTED = frozenset({dict, list})
_TEXT = ("name", "title", "label", "value", "text", "rendered", "@value")
_ADDRESS = ("src", "url", "href", "content_url", "original", "link", "large", "full", "value")
_AMOUNT = ("amount", "value", "price", "gross", "price_amount", "low_price")
_UNIT = ("currency", "currency_code", "price_currency", "code")
_STOCK = ("quantity", "available_quantity", "stock", "available", "level", "count", "value", "in_stock", "status", "availability")
_WHETHER = ("status", "availability", "in_stock", "available", "value", "name")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")
_SAYS_LANGUAGE = ("lang", "language", "locale", "@language")
_OFFERS = ("properties.offers", "properties.variants")
"""Where prices and stock stand that the item does not say itself."""
_OF_AN_OFFER = ("price", "list_price", "sale_price", "sale_dates", "currency", "stock", "in_stock")
_MOST = 1_000
"""Members of a list that are looked at."""
_SHAPES = Shapes()
_Found = dict[str, Any]


def plain(fields: Mapping[str, Any], usual: str | None, faults: list[Fault]) -> _Found:
    """The fields of an item, with plain values where objects and lists can be read. `usual`: the currency of prices that say none. What was chosen
    among several is added to the faults."""
    found = dict(fields)
    for name in _OFFERS:
        if (offers := found.get(name)).__class__ in NESTED and _take_offer(found, _members(offers), faults):
            del found[name]
    for field, read in _READERS.items():
        if (value := found.get(field)).__class__ in NESTED and not is_nothing(value):
            found[field] = read(field, value, found, faults)
    for field in ("price", "list_price", "sale_price"):
        if (value := found.get(field)).__class__ in NESTED and not is_nothing(value):
            found[field] = _amount(field, value, found, usual, faults)
    return found


def _members(value: Any) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else [value]


def _first(value: Any, names: tuple[str, ...]) -> Any:
    """What an object says under the first of these names."""
    told = {plain_name(key) if key[:1] != "@" else key: each for key, each in value.items() if not is_nothing(each)}
    return next((told[name] for name in names if name in told), None)


def _by_language(value: Any) -> dict[str, Any]:
    """Language -> text, of an object that is texts by language, or a list of such; empty for another value."""
    if isinstance(value, list):
        each = [(_first(one, _SAYS_LANGUAGE), _first(one, _TEXT)) for one in value[:_MOST] if isinstance(one, dict)]
        return {str(language): told for language, told in each if language is not None and told is not None} if len(each) == len(value) else {}
    if not isinstance(value, dict) or set(value) == {"id"} or not all(_LANGUAGE.fullmatch(key) for key in value):
        return {}
    return {key: told for key, told in value.items() if isinstance(told, str) and not is_nothing(told)}


def _text(field: str, value: Any, _: _Found, faults: list[Fault]) -> Any:
    if told := _by_language(value):
        language, text = next(iter(told.items()))
        if len(told) > 1:
            what = f"is said in several languages: {language[:10]!r} was read"
            faults.append(Fault(field, what, f"choose one with --column {field}={field}.{language[:10]}", shown(", ".join(told))))
        return text
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, dict):
        return value
    text = _first(value, _TEXT)
    if text is None:
        return value
    return _text(field, text, {}, faults) if _by_language(text) else text


def _category(field: str, value: Any, found: _Found, faults: list[Fault]) -> Any:
    """The path of the first category; the others are a property."""
    if isinstance(value, list) and value and not _by_language(value) and value[0].__class__ in NESTED:
        paths = [path for each in value[:30] if (path := _path(field, each, faults))]
        if paths and paths[1:] and "properties.categories" not in found:
            found["properties.categories"] = paths[1:]
        return paths[0] if paths else value
    return value if isinstance(value, list) and not _by_language(value) else _path(field, value, faults) or value


def _path(field: str, value: Any, faults: list[Fault]) -> str | None:
    parts: list[str] = []
    for _ in range(20):
        if isinstance(value, list):
            return " > ".join(str(each) for each in value if isinstance(each, (str, int))) or None
        whole = value.get("path") if isinstance(value, dict) else None
        told = whole if isinstance(whole, str) else _text(field, value, {}, faults)
        if not isinstance(told, str):
            break
        parts.insert(0, told)
        value = value.get("parent") if isinstance(value, dict) and not isinstance(whole, str) else None
    return " > ".join(parts) or None


def _tags(field: str, value: Any, _: _Found, faults: list[Fault]) -> Any:
    return [_text(field, each, {}, faults) if isinstance(each, dict) else each for each in value[:_MOST]] if isinstance(value, list) else value


def _address(field: str, value: Any, found: _Found, faults: list[Fault]) -> Any:
    """The first address of several."""
    if _by_language(value):
        return _text(field, value, found, faults)
    told = [_first(each, _ADDRESS) if isinstance(each, dict) else each for each in _members(value)]
    return next((each for each in told if isinstance(each, str) and not is_nothing(each)), value)


def _under(names: tuple[str, ...]) -> "_Read":
    def read(_field: str, value: Any, _found: _Found, _faults: list[Fault]) -> Any:
        told = _first(value, names) if isinstance(value, dict) else None
        return value if told is None else told

    return read


def _amount(field: str, value: Any, found: _Found, usual: str | None, faults: list[Fault]) -> Any:
    """The amount of a price; its currency is that of the item, unless the item says another."""
    if isinstance(value, list):
        if len(value) > 1:
            faults.append(Fault(field, f"is a list of {len(value)} prices: the first was read", "write the one that a customer pays"))
        value = value[0]
    if not isinstance(value, dict):
        return value
    if len(value) > 0 and all(key in CURRENCIES for key in value):
        return _in_one_currency(field, value, found, usual, faults)
    unit = _first(value, _UNIT)
    cents, digits = _first(value, ("cent_amount",)), _first(value, ("fraction_digits",))
    amount = _first(value, _AMOUNT)
    if isinstance(cents, int) and not isinstance(cents, bool):
        if abs(cents) > MAX_MAGNITUDE:
            return value
        amount = cents / 10 ** (digits if isinstance(digits, int) and 0 <= digits <= 4 else 2)
    if amount is None or amount.__class__ in NESTED:
        return value
    if not isinstance(unit, str) or is_nothing(found.get("currency")):
        found.update({"currency": unit} if isinstance(unit, str) else {})
        return amount
    return amount if str(found["currency"]).strip().upper() == unit.strip().upper() else f"{amount} {unit}"


def _in_one_currency(field: str, value: Mapping[str, Any], found: _Found, usual: str | None, faults: list[Fault]) -> Any:
    unit = next(
        (each for each in (found.get("currency"), usual, *(value if len(value) == 1 else ())) if isinstance(each, str) and each in value), None
    )
    if unit is None:
        faults.append(Fault(field, "is said in several currencies", "choose one with --currency", shown(", ".join(value))))
        return None
    found["currency"] = unit
    return value[unit]


def _take_offer(found: _Found, offers: list[Any], faults: list[Fault]) -> bool:
    """Take what the item does not say of its price and stock from the first of its offers. Whether it says anything of them."""
    told = [_offer(each) for each in offers if isinstance(each, dict)]
    if not told or not any(field in told[0] for field in _OF_AN_OFFER):
        return False
    if is_nothing(found.get("price")) and len({str(each.get("price")) for each in told}) > 1:
        fix = "write the price of each as an item of its own, or one price as `price`"
        faults.append(Fault("price", "is another one in each of its offers or variants: the first was read", fix, shown(told[0].get("price"))))
    own = not is_nothing(found.get("price"))  # then its currency and its sale are its own, too
    for field in _OF_AN_OFFER:
        if field in told[0] and is_nothing(found.get(field)) and not (own and field not in {"stock", "in_stock"}):
            found[field] = told[0][field]
    return True


def _offer(value: Mapping[str, Any]) -> _Found:
    said: dict[str, Any] = {**value}
    inner = said.get("priceSpecification")
    if isinstance(inner, list) and inner:
        inner = inner[0]
    if isinstance(inner, dict):
        said = {**inner, **said}
    if "price" not in said and "lowPrice" in said:
        said["price"] = said["lowPrice"]
    return {field: each for field, each in _SHAPES.read(said).items() if field in _OF_AN_OFFER and not is_nothing(each)}


_Read = Callable[[str, Any, _Found, list[Fault]], Any]
_READERS: Mapping[str, _Read] = {
    "name": _text,
    "brand": _text,
    "category": _category,
    "tags": _tags,
    "image": _address,
    "url": _address,
    "currency": _under(("code", "iso", "currency", "value")),
    "stock": _under(_STOCK),
    "in_stock": _under(_WHETHER),
}
