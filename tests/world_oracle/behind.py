"""A shop whose orders and cleared carts come from a clock that is hours behind and does not say so. Most name their cart, and so end it."""

import json
from dataclasses import replace

from tests.world_oracle.instants import HOUR
from tests.world_oracle.telling import iso
from tests.world_oracle.trackers import Told
from tests.world_oracle.worlds import World

CLOCKS = ("timestamp", "originalTimestamp", "original_timestamp", "sentAt", "sent_at", "receivedAt", "received_at")


def behind(world: World) -> World:
    """The same story, told so."""
    told = tuple(replace(told, record=replace(told.record, value=told_late(told))) for told in world.told)
    return replace(world, told=told, sure=False, exact=False)


def told_late(told: Told) -> bytes:
    """The record with the time of such a clock, if it is an order or a cleared cart. What cannot be read stays."""
    try:
        document = json.loads(told.record.value.decode("utf-8-sig"))
    except ValueError:
        return told.record.value
    if told.fact not in {"order_completed", "cart_cleared"} or not isinstance(document, dict):
        return told.record.value
    for event in document.get("batch", [document]):
        for clock in CLOCKS:
            event.pop(clock, None)
            document.pop(clock, None)
        event["timestamp"] = iso(told.happened - 3 * HOUR)
    return json.dumps(document).encode()
