"""One spelling for each event: trackers write Product Added, productAdded, product-added; Kairos says product_added."""

import re
from functools import lru_cache

_HUMP = re.compile(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[\W_]+")


@lru_cache(maxsize=4096)  # bounded: names come from outside
def normalise(name: str) -> str:
    """The snake_case spelling of an event's name; empty when nothing in it is a letter or a digit.

    >>> normalise("Product Added"), normalise("productAdded"), normalise("SMS-Sent"), normalise("ORDER_COMPLETED")
    ('product_added', 'product_added', 'sms_sent', 'order_completed')
    """
    words = _HUMP.sub(lambda hump: f"{hump[1]}_{hump[2]}" if hump[1] else f"{hump[3]}_", name)
    return _GAP.sub("_", words).strip("_").lower()


def camel(name: str) -> str:
    """The camelCase spelling of a snake_case name.

    >>> camel("product_id")
    'productId'
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def other_spellings(name: str) -> set[str]:
    """How else a snake_case name is written: orderId, orderID, OrderId, Order_ID, "Order ID", order-id, ORDER_ID."""
    words = name.split("_")
    ends = {words[-1], words[-1].capitalize(), words[-1].upper()}
    cases = [[*(case(word) for word in words[:-1]), end] for case in (str.lower, str.capitalize, str.upper) for end in ends]
    cases += [[words[0], *(word.capitalize() for word in words[1:-1]), end] for end in ends]
    found = {between.join(case) for case in cases for between in ("", "_", " ", "-")}
    return {spelling for spelling in found if normalise(spelling) == name} - {name}
