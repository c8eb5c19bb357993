"""Features that keep the steps of a visit: what they cannot be made of, and what is read of an event as a step.

That is its kind, an amount, a quantity, and which product, or order, it is about.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from udfs.core.features.doubts import UNREADABLE
from udfs.core.features.features import Read
from udfs.core.features.language.amounts import amount
from udfs.core.features.steps import MAX_KINDS, kinds, value_of
from udfs.core.profile.cart_products import product_of
from udfs.core.profile.orders import COMPLETED
from udfs.core.profile.sessions import VISIT_STARTED
from udfs.core.values.ids import plain_id

AMOUNTS = ("price", "total", "revenue", "value")
"""Where the amount of an event stands; the first one that was sent."""


def refused(definition: Mapping[str, Any], events: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """What steps cannot be made of: key, and why. An event that is not a text is refused by whoever reads all features."""
    names = {event for event in events if isinstance(event, str)}
    if len(names) > MAX_KINDS:
        yield "event", f"steps are of at most {MAX_KINDS} different events"
    if VISIT_STARTED in names:
        yield "event", f"{VISIT_STARTED} is no event of its own: name the events that visits are made of"
    for key in ("each", "default"):
        if key in definition:
            yield key, f"steps have no {key}"


def reader(events: Sequence[str]) -> Read:
    """The function that reads a step. What nobody can read of an amount counts as if it had not been sent."""
    numbers = kinds(events)
    amounts = [amount("properties", [name], "max") for name in AMOUNTS]
    quantity = amount("properties", ["quantity"], "max")

    def read(values: Mapping[str, Any]) -> Any:
        told = next((found for each in amounts if (found := each(values)) is not None), None)
        pieces, properties = quantity(values), values["properties"]
        return value_of(
            numbers[values["name"]],
            None if told is UNREADABLE else told,
            None if pieces is UNREADABLE else pieces,
            plain_id(properties.get("order_id")) if values["name"] == COMPLETED else product_of(properties),
        )

    return read
