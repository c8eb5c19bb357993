"""Which exits end which things: the event's own time is compared with that of what it ends, with some patience, since two clocks never agree.

An exit that arrives after what it ends counts if it happened after it, or less than five minutes before it: always where the shop itself
states it (an order, say), otherwise where another sender tells it. An exit can be about one thing only (`same`): then its property
must be equal to that of the event that began what it would end.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.exits import Exits
from udfs.core.policy import reach
from udfs.core.records import Event
from udfs.core.values import ids
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import MINUTE
from udfs.core.values.names import read

TOLERANCE = 5 * MINUTE
"""How far two right clocks are apart at most."""
MAX_SUBJECT = 100
"""Characters of a property that exits are compared with; a longer one is compared by its fingerprint."""
_STATED = frozenset({"cart_cleared", "unsubscribed", "consent_withdrawn"})

Properties = Mapping[str, Any]


def teller(event: Event) -> str:
    """Who tells an event: its source and the library that sent it. One teller has one clock."""
    library = event.context.get("library")
    name = library.get("name") if isinstance(library, dict) else None
    return f"{event.source}\x1f{name}"[:100] if isinstance(name, str) else event.source


def ends(event: Event, exits: Exits, *, start: int, told_by: str, properties: Properties | None) -> bool:
    """Whether `event` is one of these exits of something that began at `start` with these properties."""
    same = exits.get(event.name)
    if same is None or not counts(event, start=start, told_by=told_by):
        return False
    return is_about(own(event), properties, same) if same else True


def own(event: Event) -> Properties:
    """What an exit says itself: where an order has no id, that of its message stands in, and is about nothing else."""
    found = event.properties
    return {**found, "order_id": None} if found.get("order_id") == event.message_id else found


def is_stated(event: Event) -> bool:
    """Whether the shop or its systems say it, and no device."""
    return event.passive or event.name.startswith("order_")


def always_counts(name: str) -> bool:
    """Whether an exit of this name counts although its clock is a little behind, whoever tells it: it is the shop's own word."""
    return name.startswith("order_") or name in _STATED


def counts(event: Event, *, start: int, told_by: str) -> bool:
    """Whether `event` comes late enough to end what began at `start`."""
    if event.at >= start:
        return True
    if start - event.at >= TOLERANCE:
        return False
    return always_counts(event.name) or teller(event) != told_by


def is_about(found: Properties, began: Properties | None, same: Iterable[str]) -> bool:
    """Whether the properties in `same` are equal. An exit that does not say which one is meant is about all.

    What an order says only of its lines (`product_id`) is compared with each of them: one line is enough, also one that does not say it.
    """
    for name in same:
        other = read(began or {}, name)
        if not says(other):
            continue
        told = [read(found, name)]
        if not says(told[0]) and isinstance(lines := found.get("products"), list) and lines:
            told = [read(line, name) if isinstance(line, Mapping) else None for line in lines]
        if all(says(one) and folded(one) != folded(other) for one in told):
            return False
    return True


def says(value: Any) -> bool:
    """Whether a property says which one is meant: not where it is missing, unreadable, or what programs write for nothing."""
    return isinstance(value, (str, int, float)) and not reach.is_none(value)


def subject(campaign: Campaign, properties: Properties) -> dict[str, Any] | None:
    """What exits of this campaign are compared with, of the event that begins something."""
    return {name: folded(value) for name in campaign.held_against if (value := read(properties, name)) is not None} or None


def folded(value: Any) -> str:
    """A property as exits are compared: as ids are, so a global id of Shopify's is the id in it, and a number is its digits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and abs(value) > 1 << 512:
        return ""  # Python does not write so many digits, and nobody's id has them
    text = ids.folded(str(value))
    return text if len(text) <= MAX_SUBJECT else fingerprint(text).hex()
