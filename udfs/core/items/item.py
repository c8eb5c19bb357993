"""One item of the product catalogue, and what the engine asks the catalogue for. Which file it is read from is nobody's concern here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

import msgspec

from udfs.core.values.names import normalise
from udfs.core.values.problems import did_you_mean

CALL = "item"
"""As campaigns write it: `item(event.product_id).price`."""
LOOKUP = "item()"
"""What is noted to be read where an item is; templates find the lookup under this name, since a loop may call its variable `item`."""
READS = "item:"
"""What the names that are noted begin with, if they are fields of an item."""
EXTRA = "properties"
"""The field that holds what shops have besides the usual fields, by names in snake_case."""
AMOUNTS = frozenset({"price", "list_price"})
MAX_ID = 256
"""Characters of an item's id."""


class Item(msgspec.Struct, frozen=True, kw_only=True, array_like=True, tag=1):
    """One thing that the shop sells. None is unknown. Fields are appended with a default and never moved: snapshots outlive the code."""

    id: str
    name: str | None = None
    category: str | None = None
    """Its path from the top, such as `Outdoor > Tents`."""
    brand: str | None = None
    price: float | None = None
    """What a customer pays, in `currency`."""
    list_price: float | None = None
    """The price before a reduction; None where there is none."""
    currency: str | None = None
    """ISO 4217."""
    tags: tuple[str, ...] = ()
    image: str | None = None
    url: str | None = None
    stock: float | None = None
    """How many there are; None where the shop only says whether there are any."""
    in_stock: bool | None = None
    released: str | None = None
    """The day, or the point in time, since when it is sold, ISO 8601."""
    properties: dict[str, Any] = {}
    embedding: tuple[float, ...] = ()
    """A vector for models. Conditions and messages do not read it."""
    viewers_1h: int | None = None
    """How many different people looked at it within the last hour, about; None where nobody counts."""
    learned: bool | None = None
    """True: no feed has it, and events have told what is known of it."""


FIELDS = tuple(name for name in Item.__struct_fields__ if name != "embedding")
"""What conditions and messages may read."""


class ItemReason(StrEnum):
    """Why nothing is known of an item: one closed list."""

    NO_CATALOGUE = "NO_CATALOGUE"
    """No catalogue is published, or none was given."""
    LOADING = "LOADING"
    """The first catalogue is still on its way."""
    REFUSED = "REFUSED"
    """The catalogue's file cannot be had, or is not what was published: see `rejected`."""
    UNKNOWN_ITEM = "UNKNOWN_ITEM"
    """The catalogue has no item of this id."""
    NO_ID = "NO_ID"
    """What stands for the id is missing, or no id."""
    TOO_MANY = "TOO_MANY"
    """The decision has looked up as many items, or as much of them, as it may."""
    FAILED = "FAILED"
    """The catalogue could not be read: see `rejected`."""


class Catalogue(Protocol):
    """One version of the catalogue. It never changes, never raises and never waits."""

    @property
    def version(self) -> str | None:
        """The version, for decisions; None if there is none to look into."""
        ...

    def find(self, item_id: str) -> Item | ItemReason:
        """The item, or why nothing is known of it."""
        ...


class Shelf(Protocol):
    """Where the engine finds the version in force: another one may be there for the next decision."""

    @property
    def current(self) -> Catalogue:
        """The version in force."""
        ...


class Absent:
    """Stands where there is no catalogue, with the reason."""

    version: str | None = None

    def __init__(self, reason: ItemReason = ItemReason.NO_CATALOGUE) -> None:
        self.reason = reason

    def find(self, item_id: str) -> Item | ItemReason:
        """Nothing, and why."""
        return self.reason


class Fixed:
    """A shelf on which one version stands for good."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self.current: Catalogue = catalogue if catalogue is not None else Absent()


NO_SHELF = Fixed()


class NoField(ValueError):
    """A name after item(…) that no item has; `hint` says what may have been meant."""

    def __init__(self, message: str, hint: str | None) -> None:
        super().__init__(message)
        self.hint = hint


def field_of(steps: list[str], written: str) -> str:
    """The field that `item(…).price` or `item(…).properties.colour` names, as lookups take it. Raises NoField.

    >>> field_of(["price"], ""), field_of(["properties", "Frame Size"], "")
    ('price', 'properties.frame_size')
    """
    if not steps:
        msg = "an item is no value: name a field of it"
        raise NoField(msg, f"write {written}.name, or {written}.price")
    first, *rest = steps
    if first == EXTRA:
        name = normalise(rest[0]) if len(rest) == 1 else ""
        if not name:
            msg = "name one property of the item"
            raise NoField(msg, f"such as {written}.properties.colour")
        return f"{EXTRA}.{name}"
    if first not in FIELDS:
        own = f"what your shop has besides is {written}.properties.{normalise(first) or 'colour'}"
        near = did_you_mean(first, FIELDS)
        msg = f"an item has no field '{first}'"
        raise NoField(msg, f"{near}; {own}" if near else f"it has {', '.join(FIELDS)}; {own}")
    if rest:
        msg = f"{first} is a value: nothing comes after it"
        raise NoField(msg, f"write {written}.{first}")
    return first


def value_of(item: Item, field: str) -> Any:
    """A field of an item, None where it is unknown."""
    if field.startswith(f"{EXTRA}."):
        return item.properties.get(field[len(EXTRA) + 1 :])
    found = getattr(item, field)
    return list(found) if isinstance(found, tuple) else found


def as_document(item: Item) -> Mapping[str, Any]:
    """Its known fields, as JSON has them."""
    known = {name: value for name, value in msgspec.structs.asdict(item).items() if value not in (None, (), {})}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in known.items()}
