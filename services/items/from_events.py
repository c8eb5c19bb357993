"""Products as events tell them, for shops without a feed: of each product the newest value of each field that any event has said.

A JSON feed whose objects are events of the Segment spec is read so. Events say what was seen or bought, so a product that nobody
has looked at is missing, and stock is unknown.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.items.columns import Shapes, plain_name
from services.items.faults import Fault, Row
from services.items.problems import MAX_ITEMS, FeedError
from services.items.values import is_nothing

Tell = Callable[[int, Fault], object]
FIELDS = frozenset({"id", "name", "category", "brand", "price", "currency", "image", "url"})
"""What is learned of a product. Other properties are about the event: its quantity, its place in a list, a coupon."""
_ID = ("product_id", "sku")
_CALLS = frozenset({"track", "page", "screen", "identify", "group", "alias"})
_PEOPLE = frozenset({"userId", "user_id", "anonymousId", "anonymous_id"})


def is_event(found: Mapping[str, Any]) -> bool:
    """Whether an object of a feed is an event."""
    return "id" not in found and not _PEOPLE.isdisjoint(found) and (isinstance(found.get("event"), str) or found.get("type") in _CALLS)


class Learned:
    """What the events read so far say of products."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._shapes = Shapes()
        self._rows: dict[str, tuple[int, dict[str, Any]]] = {}

    def take(self, line: int, event: Mapping[str, Any]) -> None:
        """One event. Raises FeedError where there are too many products."""
        properties = event.get("properties")
        if not isinstance(properties, dict):
            return  # such as an identify call
        listed = properties.get("products")
        for told in [properties, *(listed if isinstance(listed, list) else ())]:
            if isinstance(told, dict):
                self._take(line, told, properties.get("currency"))

    def _take(self, line: int, told: Mapping[str, Any], currency: Any) -> None:
        names = {plain_name(str(key)): value for key, value in told.items()}
        item_id = next((names[name] for name in _ID if isinstance(names.get(name), (str, int)) and not is_nothing(names[name])), None)
        if item_id is None:
            return  # an event about no product, such as a search
        fields = {field: value for field, value in self._shapes.read(names).items() if field in FIELDS and not is_nothing(value)}
        if "price" in fields and currency is not None and "currency" not in fields:
            fields["currency"] = currency
        if "price" in fields and "currency" not in fields:
            fields["currency"] = None  # of another event's price
        _, known = self._rows.setdefault(str(item_id), (line, {}))
        known |= {**fields, "id": item_id}
        if len(self._rows) > MAX_ITEMS:
            message = f"{self._name} has events about more than {MAX_ITEMS:,} products"
            raise FeedError(message)

    def rows(self) -> Iterator[Row]:
        """Each product, with the line of its first event."""
        for line, fields in self._rows.values():
            yield Row(line, fields)
