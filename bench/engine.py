"""The engine in a bare loop, without Kafka and Flink: the cost of one event, with the shipped campaigns and features and a shop's events."""

import json
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from services.local.book import book_of
from udfs.codecs.decode import decode
from udfs.core.decision.candidates import Record
from udfs.core.engine import Engine
from udfs.core.profile.dedup import is_kept
from udfs.core.records import Event

MIX = ("Product Viewed",) * 10 + ("Page",) * 4 + ("Products Searched",) * 2 + ("Product Added",) * 3 + ("Cart Viewed", "Order Completed")
START = 1_772_000_000_000


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Microseconds of processor time per event, the median of several rounds. Wall time would depend on what else the machine does."""

    decode_us: float
    engine_us: float
    blob_bytes: float
    """The median size of a user's state at the end, in bytes."""


def cost(*, users: int = 500, events: int = 20_000, rounds: int = 5, seed: int = 1) -> Cost:
    """Measure. Every user has about forty events, so that profiles have a realistic size."""
    wires = list(history(users=users, events=events, seed=seed))
    decoding, deciding, sizes = [], [], []
    for _ in range(rounds):
        began = time.process_time()
        decoded = [decode(key, value, at) for key, value, at in wires]
        decoding.append((time.process_time() - began) / events * 1e6)
        engine = Engine(book_of(()))
        taken = [event for event in decoded if isinstance(event, Event)]
        assert len(taken) == events
        began = time.process_time()
        blobs, _ = lived(engine, taken)
        deciding.append((time.process_time() - began) / events * 1e6)
        sizes = [len(blob) for blob in blobs.values()]
    return Cost(decode_us=median(decoding), engine_us=median(deciding), blob_bytes=median(sizes))


def lived(engine: Engine, events: Iterable[Event]) -> tuple[dict[str, bytes], list[Record]]:
    """Decide over decoded events from empty state. Returns every user's state at the end, and all records."""
    blobs, kept, records = dict[str, bytes](), dict[str, bytes](), list[Record]()
    for event in events:
        step = engine.on_event(blobs.get(event.user_id), event, kept.get(event.user_id) if is_kept(event.name) else None)
        blobs[event.user_id] = step.blob
        if step.kept is not None:
            kept[event.user_id] = step.kept
        if step.records:
            records += step.records
    return blobs, records


def history(*, users: int, events: int, seed: int) -> list[tuple[bytes, bytes, int]]:
    """Seeded Segment-spec events as records: (key, value, time)."""
    chance = random.Random(seed)
    made = []
    for number in range(events):
        user, name, at = f"user-{chance.randrange(users)}", chance.choice(MIX), START + number * 2_000
        product = {"product_id": f"sku-{chance.randrange(400)}", "name": "Two-person tent", "category": "tents", "price": 39.5, "quantity": 1}
        properties = {"order_id": f"o{number}", "total": 79.0} if name == "Order Completed" else {"query": "tent"} if "Search" in name else product
        event = {
            "messageId": f"m-{number:08d}-5c1f",
            "type": "page" if name == "Page" else "track",
            "userId": user,
            "anonymousId": "6638caf0-d2c2-4bc0-aecf-8b290b559a37",
            "timestamp": at,
            "properties": properties,
            "context": {"timezone": "Europe/London", "locale": "en-GB", "page": {"path": "/tents", "referrer": "https://example.com"}},
        }
        if name != "Page":
            event["event"] = name
        made.append((user.encode(), json.dumps(event).encode(), at))
    return made
