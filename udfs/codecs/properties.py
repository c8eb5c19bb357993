"""The properties of an event that the catalogue knows, each made what its kind says; what cannot be read is set aside, one by one."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Any

from udfs.codecs.amounts import Absent, NotFinite, Priced, Renamed, TwoReadings, Wrong, amount, number
from udfs.codecs.catalogue import Known, catalogue
from udfs.codecs.kinds import EMPTY, Kind, currency, digits, flag, from_json
from udfs.codecs.reasons import Aside, RejectionReason
from udfs.core.values.names import normalise
from udfs.core.values.numerals import CURRENCIES

MAX_WHOLE = (1 << 63) - 1
MAX_NEAR = 50
"""Properties among which one is looked for that is called otherwise than it should be."""
MAX_SPELT = 40
"""Characters of a name that may be a misspelt one."""
_PLAIN = frozenset({str, int})
_REACHABLE = ("_reachable", "Reachable")
_AMOUNTS = frozenset({number, amount})
_Faults = list[tuple[str, Any, Wrong]]


def check(known: Known, properties: dict[str, Any], message_id: str, asides: list[Aside], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The properties normalised: the same dict when nothing had to be left out. What is wrong with them is added to `asides`."""
    if None in properties.values():  # null is absent
        properties = {key: value for key, value in properties.items() if value is not None}
    unit_unknown = _normalise(properties, "properties", asides, kinds)
    if "products" in properties and (items := properties["products"]):
        properties["products"] = _lines(items, properties, asides, kinds, unit_unknown=unit_unknown)
    for needed in known.needs:
        if properties.get(needed) is None and not (known.each and _is_in_each_line(properties, needed)):
            _lacks(known, properties, needed, message_id, asides)
    return properties


def check_traits(traits: dict[str, Any], asides: list[Aside]) -> None:
    """Traits by which somebody is reached, in one spelling. What cannot be read is reported; a zone or a date stays as it was sent."""
    known = catalogue()
    for name in [name for name in traits if name in known.trait_names or name.endswith(_REACHABLE)]:
        value = traits[name]
        plain = known.trait_names.get(name) or name.removesuffix("Reachable").removesuffix("_reachable") + "_reachable"
        if value is None or (plain != name and traits.get(plain) is not None):
            continue
        try:
            traits[plain] = (known.trait_kinds.get(plain) or flag)(value)
        except Absent:
            traits[plain] = value
        except Wrong as wrong:
            asides.append(Aside(RejectionReason.BAD_PROPERTY, f"traits.{name}", f"{name} must be {wrong}; got {shown(value)}"))
            traits[plain] = False if plain.endswith("_reachable") else value  # it may mean that nothing arrives, so nothing is sent


def _normalise(
    fields: dict[str, Any], path: str, asides: list[Aside], kinds: Mapping[str, Kind], stated: str | None = None, *, unit_unknown: bool = False
) -> bool:
    """Each field made what its kind says. `stated`: the currency that holds where the fields name none. Returns whether theirs cannot be read."""
    faults: _Faults | None = None
    for key, value in fields.items():
        kind = kinds.get(key)
        if kind is None:
            continue
        try:
            fields[key] = kind(value)  # replacing a value while going through a dict is allowed, adding a key is not
        except Wrong as wrong:
            faults = faults or []
            faults.append((key, value, wrong))
    if faults is not None:
        unit_unknown = _repair(fields, faults, path, asides, stated) or unit_unknown
    if unit_unknown:
        for key in [key for key in fields if kinds.get(key) in _AMOUNTS]:
            fields[key] = None  # an amount of which nobody knows the currency was sent, and is not known
    return unit_unknown


def _repair(fields: dict[str, Any], faults: _Faults, path: str, asides: list[Aside], stated: str | None) -> bool:
    """What is not as it should be: put right, or set aside. Returns whether the currency cannot be read."""
    kinds = catalogue().kinds
    priced: list[tuple[str, Any, Priced | TwoReadings]] = []
    unit_unknown = False
    for key, value, fault in faults:
        name, wrong = _renamed(fields, key, value, fault)
        if wrong is None:
            continue
        if isinstance(wrong, (Priced, TwoReadings)) and kinds[name] in _AMOUNTS:
            priced.append((name, value, wrong))
            continue
        _set_aside(fields, name, kinds[name])
        if isinstance(wrong, Absent):
            continue
        unit_unknown = unit_unknown or kinds[name] is currency
        reason = RejectionReason.NOT_FINITE if isinstance(wrong, NotFinite) else RejectionReason.BAD_PROPERTY
        asides.append(Aside(reason, f"{path}.{key}", f"{key} must be {wrong}; got {shown(value)}"))
    for name, value, found in priced:
        unit = fields.get("currency") or stated
        if unit is None and found.unit in CURRENCIES and not unit_unknown:
            fields["currency"] = unit = found.unit
        read = _read_in(unit.upper() if unit else None, found)
        if read is not None and (kinds[name] is number or read >= 0):
            fields[name] = read
            continue
        _set_aside(fields, name, kinds[name])
        asides.append(Aside(RejectionReason.BAD_PROPERTY, f"{path}.{name}", f"{name} must be {found}; got {shown(value)}"))
    return unit_unknown


def _read_in(unit: str | None, found: Priced | TwoReadings) -> float | None:
    """What an amount is in the event's currency, None when it is in another, or in none that tells. A sign that several have belongs to it."""
    agrees = unit == found.unit if found.unit in CURRENCIES else unit is not None
    if not agrees:
        return None
    return found.amount if isinstance(found, Priced) else found.found.in_currency(unit)


def _renamed(fields: dict[str, Any], key: str, value: Any, wrong: Wrong) -> tuple[str, Wrong | None]:
    """The name that Kairos knows a property by, and what is still wrong with its value. What it was sent as is kept with it."""
    if not isinstance(wrong, Renamed):
        return key, wrong
    name = wrong.name
    if fields.get(name) is not None:
        return name, None
    fields[name] = value
    try:
        fields[name] = catalogue().kinds[name](value)
    except Wrong as other:
        return name, other
    return name, None


def _set_aside(fields: dict[str, Any], name: str, kind: Kind) -> None:
    if kind in EMPTY:
        fields[name] = EMPTY[kind]
    else:
        del fields[name]


def _lines(
    items: list[Any], properties: dict[str, Any], asides: list[Aside], kinds: Mapping[str, Kind], *, unit_unknown: bool
) -> list[dict[str, Any]]:
    """The products of a list. One that is no object stays as a line about which nothing is known, so that the sum is unknown, not wrong."""
    stated = properties.get("currency")
    for index, sent in enumerate(items):
        path = f"properties.products[{index}]"
        item = sent
        if type(sent) is not dict:
            item = from_json(sent) if type(sent) is str else None
            if type(item) is not dict:
                asides.append(Aside(RejectionReason.BAD_PROPERTY, path, f"a product must be an object; got {shown(sent)}"))
                item = {}
            items[index] = item
        for key in [key for key, value in item.items() if value is None]:
            del item[key]
        _normalise(item, path, asides, kinds, stated, unit_unknown=unit_unknown and "currency" not in item)
    return items


def _is_in_each_line(properties: dict[str, Any], needed: str) -> bool:
    lines = properties.get("products") or ()
    return len(lines) > 0 and all(line.get(needed) is not None for line in lines)


def _lacks(known: Known, properties: dict[str, Any], needed: str, message_id: str, asides: list[Aside]) -> None:
    if known.identity == needed:
        message = f"{known.name} has no {needed}: its message id stands in, so that it is counted once; send {needed} in properties"
    elif any(aside.field in {needed, f"properties.{needed}"} for aside in asides):
        return  # that has been said, and why
    else:
        message = f"{known.name} says little without {needed}: send it in properties"
    sent = _near(needed, tuple(islice((name for name, value in properties.items() if type(value) in _PLAIN and len(name) <= MAX_SPELT), MAX_NEAR)))
    if sent is not None:
        message += f" ({shown(sent)} was sent: if that is what it means, call it {needed})"
    if known.identity == needed:
        properties[needed] = message_id
    asides.append(Aside(RejectionReason.MISSING_PROPERTY, f"properties.{needed}", message))


@lru_cache(maxsize=512)  # bounded: names of properties come from outside; an event of one tracker has the same ones each time
def _near(needed: str, names: tuple[str, ...]) -> str | None:
    """The one of these names that was probably meant: a part of the needed name, such as id for product_id, or one that is spelt nearly so.

    >>> _near("product_id", ("price", "id")), _near("order_id", ("total", "oder_id")), _near("order_id", ("total",))
    ('id', 'oder_id', None)
    """
    plain = {normalise(name): name for name in names}
    words = needed.split("_")
    found = next((word for word in (words[-1], words[0]) if word in plain), None) or next(
        iter(get_close_matches(needed, plain, n=1, cutoff=0.8)), None
    )
    return plain[found] if found is not None else None


def fits(fields: dict[str, Any], path: str, asides: list[Aside]) -> None:
    """Whole numbers beyond 64 bits become their digits: JSON has them, the profile's encoding has not."""
    for value in fields.values():
        if value.__class__ is int and not -MAX_WHOLE <= value <= MAX_WHOLE:
            break
    else:
        return  # the usual case
    for name in [name for name, value in fields.items() if type(value) is int and not -MAX_WHOLE <= value <= MAX_WHOLE]:
        written = digits(fields[name])
        if written is not None:
            fields[name] = written
            continue
        del fields[name]
        message = f"{name} is a whole number of more than 150 digits: send an id as text"
        asides.append(Aside(RejectionReason.BAD_PROPERTY, f"{path}.{name}", message))


def shown(value: Any) -> str:
    """A value as a message repeats it."""
    try:
        found = repr(value)
    except ValueError:  # Python does not write whole numbers of more than some thousand digits
        return "such a number"
    return found if len(found) <= 60 else found[:57] + "…"
