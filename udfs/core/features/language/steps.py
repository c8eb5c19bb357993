"""Reads what is kept of an event as a step of a visit: its kind, an amount, a quantity, and which product, or order, it is about."""

from collections.abc import Mapping, Sequence
from typing import Any

from udfs.core.features.doubts import UNREADABLE
from udfs.core.features.features import Read
from udfs.core.features.language.amounts import amount
from udfs.core.features.steps import kinds, value_of
from udfs.core.profile.cart_products import product_of
from udfs.core.profile.orders import COMPLETED
from udfs.core.values.ids import plain_id

AMOUNTS = ("price", "total", "revenue", "value")
"""Where the amount of an event stands; the first one that was sent."""


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
