"""The smallest story that still fails, and how to print it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.world_oracle.player import Record
from tests.world_oracle.telling import clock
from tests.world_oracle.trackers import Told
from tests.world_oracle.worlds import World

# Without these a record would no longer tell what the story says it tells.
NEEDED = {"type", "event", "user_id", "userId", "anonymousId", "anonymous_id", "batch", "timestamp", "traits", "context"}
NEEDED |= {"originalTimestamp", "original_timestamp", "sentAt", "sent_at", "receivedAt", "received_at"}


def shrink(world: World, fails: Callable[[World], bool]) -> World:
    """Leaves out records, halves first, then fields, as long as it still fails."""
    assert fails(world), "a story that does not fail cannot be made smaller"
    size = max(1, len(world.told) // 2)
    while size:
        place = 0
        while place < len(world.told):
            smaller = replace(world, told=world.told[:place] + world.told[place + size :])
            if fails(smaller):
                world = smaller
            else:
                place += size
        size //= 2
    place = 0
    while place < len(world.told):
        simpler = next((one for one in without_a_field(world, place) if fails(one)), None)
        if simpler is None:
            place += 1
        else:
            world = simpler
    return world


def without_a_field(world: World, place: int) -> Iterator[World]:
    """The same story with one field less in one record."""
    told = world.told[place]
    try:
        document = json.loads(told.record.value.decode("utf-8-sig"))
    except ValueError:
        return
    if not isinstance(document, dict):
        return
    envelopes = [one for one in without_one(document) if set(one) | (NEEDED - set(document)) >= NEEDED]
    for smaller in [*envelopes, *({**document, "properties": inner} for inner in without_one(document.get("properties")))]:
        record = Record(key=told.record.key, value=json.dumps(smaller).encode(), at=told.record.at)
        yield replace(world, told=(*world.told[:place], replace(told, record=record), *world.told[place + 1 :]))


def without_one(document: object) -> list[dict[str, object]]:
    """Every way to leave one key out."""
    if not isinstance(document, dict):
        return []
    return [{other: value for other, value in document.items() if other != name} for name in document]


def story(world: World) -> str:
    """A line a record: when it arrived, when it truly happened, the bytes."""
    return "\n".join([f"seed {world.seed}, rules {dict(world.rules or {})}", *(line(told) for told in world.told)])


def line(told: Told) -> str:
    again = " again" if told.again else ""
    return f"{clock(told.record.at):>12} (happened {clock(told.happened)}{again})  {told.record.value.decode(errors='replace')}"
