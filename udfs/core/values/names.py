"""One name, many spellings: trackers write Product Added, productAdded, product-added; Kairos says product_added."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_HUMP = re.compile(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[\W_]+")


MAX_KEPT = 128
"""Characters of a name whose spellings are kept: names come from outside, and each may be as long as a whole event."""


def normalise(name: str) -> str:
    """The snake_case spelling of an event's name; empty when nothing in it is a letter or a digit.

    >>> normalise("Product Added"), normalise("productAdded"), normalise("SMS-Sent"), normalise("ORDER_COMPLETED")
    ('product_added', 'product_added', 'sms_sent', 'order_completed')
    """
    return _normalised(name) if len(name) <= MAX_KEPT else _normalised.__wrapped__(name)


@lru_cache(maxsize=4096)
def _normalised(name: str) -> str:
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


def twins(name: str) -> tuple[str, ...]:
    """The names that are read for one that is absent: the same in snake_case, camelCase and Title Case. None of a single word.

    >>> twins("invoice_id"), twins("petName"), twins("price")
    (('invoiceId', 'invoiceID', 'InvoiceId', 'InvoiceID', 'Invoice Id', 'Invoice ID'), ('pet_name', 'PetName', 'Pet Name'), ())
    """
    return _twins(name) if len(name) <= MAX_KEPT else _twins.__wrapped__(name)


@lru_cache(maxsize=4096)
def _twins(name: str) -> tuple[str, ...]:
    words = normalise(name).split("_")
    if len(words) == 1:
        return ()
    humps = [word.capitalize() for word in words[1:]]
    ends = [humps[-1], "ID"] if words[-1] == "id" else [humps[-1]]
    found = ["_".join(words)]
    found += ["".join((first, *humps[:-1], end)) for first in (words[0], words[0].capitalize()) for end in ends]
    found += [" ".join((words[0].capitalize(), *humps[:-1], end)) for end in ends]
    return tuple(spelling for spelling in found if spelling != name)


def read(fields: Mapping[str, Any], name: str) -> Any:
    """What stands under a name, else under its other spelling; None: nothing."""
    return fields[name] if fields.get(name) is not None else first_of(fields, twins(name))


def first_of(fields: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The first of these fields that says something, None when none does."""
    for name in names:
        if (found := fields.get(name)) is not None:
            return found
    return None
