"""What one candidate reads from the catalogue: one version throughout, every value noted for its decision, and bounded."""

from typing import Any

from udfs.core.catalogue_used import CatalogueUsed
from udfs.core.items.item import AMOUNTS, MAX_ID, Catalogue, Item, ItemReason, value_of
from udfs.core.values.bounded import clipped
from udfs.core.values.money import Currency

MAX_ITEMS = 50
"""Items that one decision may look up."""
MAX_NOTED = 64_000
"""Characters of all values that one decision may read of them."""


class Lookups:
    """The items that a candidate asks for."""

    __slots__ = ("_catalogue", "_currency", "_found", "_room", "_unknown", "_used")

    def __init__(self, catalogue: Catalogue, currency: Currency) -> None:
        self._catalogue, self._currency = catalogue, currency
        self._found: dict[str, Item | ItemReason] = {}
        self._used: dict[str, dict[str, Any]] = {}
        self._unknown: dict[str, str] = {}
        self._room = MAX_NOTED

    @property
    def has_catalogue(self) -> bool:
        """Whether there is a catalogue to look into."""
        return self._catalogue.version is not None

    def currency_of(self, key: Any) -> str | None:
        """The currency of an item's price; None where it has none. By itself that says nothing to anybody, and is not noted."""
        item_id = id_of(key)
        found = None if item_id is None else self._found.get(item_id) or self._catalogue.find(item_id)
        return found.currency or self._currency.base if isinstance(found, Item) and found.price is not None else None

    def as_told(self, key: Any, field: str) -> Any:
        """A field as a customer reads it: amounts in the item's own currency, which is the shop's where none is said. None where it is unknown."""
        item = self._item(key)
        if item is None:
            return None
        value = value_of(item, field)
        return self._noted(item, field, self._currency.base if value is None and field == "currency" and item.price is not None else value)

    def has_room_for(self, item_id: str) -> bool:
        """Whether an item can still be looked up. From then on it can, so that whoever shows it finds its name."""
        if item_id in self._found or not self.has_catalogue:
            return True
        if len(self._found) >= MAX_ITEMS:
            return False
        self._found[item_id] = self._catalogue.find(item_id)
        return True

    def compared_in(self, key: Any) -> str | None:
        """The currency in which `in_base` has the item's price; None where the shop has none and the item says none."""
        return self._currency.base if self._currency.base is not None else self.as_told(key, "currency")

    def in_base(self, key: Any, field: str) -> Any:
        """A field as conditions compare it: amounts in the shop's currency, as those of events. None where it is unknown."""
        item = self._item(key)
        if item is None:
            return None
        value = value_of(item, field)
        if field in AMOUNTS and value is not None and item.currency not in {None, self._currency.base} and self._currency.base is not None:
            worth = self._currency.convert(value, item.currency)
            return self._noted(item, f"{field}_in_base", None if worth is None else round(worth, 6))
        return self._noted(item, field, value)

    def used(self) -> CatalogueUsed | None:
        """What was read so far, for the decision's record; None if nothing was."""
        if not self._used and not self._unknown:
            return None
        return CatalogueUsed(
            version=self._catalogue.version, items={key: dict(fields) for key, fields in self._used.items()}, unknown=dict(self._unknown)
        )

    def _item(self, key: Any) -> Item | None:
        item_id = id_of(key)
        if item_id is None:
            self._unknown.setdefault("", ItemReason.NO_ID.value)
            return None
        found = self._found.get(item_id)
        if found is None:
            found = ItemReason.TOO_MANY if len(self._found) >= MAX_ITEMS else self._catalogue.find(item_id)
            if found is ItemReason.TOO_MANY:  # not kept, or what comes after would be kept without end
                self._unknown.setdefault("", found.value)
                return None
            self._found[item_id] = found
        if isinstance(found, Item):
            return found
        self._unknown[item_id] = found.value
        return None

    def _noted(self, item: Item, field: str, value: Any) -> Any:
        """The value, which goes into the record. None where the record has no room left: what is used can always be read there."""
        fields = self._used.get(item.id, {})
        if field in fields:
            return fields[field]
        value = clipped(value) if isinstance(value, str) else value
        self._room -= len(item.id) + len(field) + (len(value) if isinstance(value, str) else 8 + sum(map(_size, value)) if _is_list(value) else 8)
        if self._room < 0:
            self._unknown.setdefault("", ItemReason.TOO_MANY.value)
            return None
        self._used.setdefault(item.id, {})[field] = value
        return value


def id_of(key: Any) -> str | None:
    """An id as catalogues have it; None for what is no id."""
    if isinstance(key, str):
        found = key.strip()
    elif isinstance(key, (int, float)) and not isinstance(key, bool) and abs(key) < 1 << 63 and key == int(key):
        found = str(int(key))
    else:
        return None
    return found if 0 < len(found) <= MAX_ID else None


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str) else 8
