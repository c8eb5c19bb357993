"""Products as live events tell them, where no feed does. A value counts once two different people have sent the same: a page sends the same to all,
and what one browser makes up stays with it. Pure."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from services.items.columns import Shapes, plain_name
from services.items.from_events import FIELDS
from services.items.reading import item_of
from services.items.values import is_nothing
from udfs.core.items.item import Item

_SHAPES = Shapes()
MAX_WAITING = 50_000
"""Products of which only one person has told. Those that came first are forgotten first."""


class Learned:
    """What only one person has said of products so far."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, tuple[str, Item]] = OrderedDict()

    def take(self, person: str, properties: Mapping[str, Any]) -> Item | None:
        """What somebody's event says of a product. Returns the product once somebody else has said the same."""
        found = item_from(properties)
        if found is None:
            return None
        who, before = self._told.get(found.id, (person, None))
        self._told[found.id] = (person, found)
        self._told.move_to_end(found.id)
        if len(self._told) > MAX_WAITING:
            self._told.popitem(last=False)
        return found if before == found and who != person else None


def item_from(properties: Mapping[str, Any]) -> Item | None:
    """The product of an event, marked as learned; None where it tells no more than an id. What cannot be read of it is left out."""
    told = {name: value for name, value in properties.items() if isinstance(name, str)}
    fields = {field: value for field, value in _SHAPES.read(told).items() if field in FIELDS and not is_nothing(value)}
    product_id = next((value for name, value in told.items() if plain_name(name) == "product_id"), None)
    item, _ = item_of({**fields, "id": product_id})
    if item is None or (item.name is None and item.price is None):
        return None
    return replace(item, learned=True)
