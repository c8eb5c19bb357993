"""The heavy day of `bench.load`: its events, the engine alone, and the throughput of one slot through Kafka."""

import json
import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.engine import lived
from bench.lab import Lab, send_all
from bench.load import documents, heavy, manifest
from bench.throughput import from_backlog
from services.local.book import book_of
from udfs.codecs.decode import decode
from udfs.core.engine import Engine
from udfs.core.records import Event
from udfs.scoring.loaded import LoadedModels

MIX: tuple[str, ...] = ("Product Viewed",) * 10 + ("Page",) * 4 + ("Products Searched",) * 2 + ("Product Added",) * 3
MIX += ("Cart Viewed", "Order Completed", "Product Removed", "Checkout Started", "Product List Viewed", "Coupon Applied")
START = 1_772_000_000_000
LOTS = 1000
"""Each event draws one of so many; below fifty it is scored: one event in twenty."""


@dataclass(frozen=True, kw_only=True)
class EngineCost:
    """Microseconds of processor an event, medians; `scored_us` of an event that is scored, decided and acted on, so two records."""

    decode_us: float
    plain_us: float
    mixed_us: float
    scored_us: float
    blob_bytes: float


KINDS: Mapping[str, tuple[int, int]] = {"plain": (LOTS - 1, LOTS), "mixed": (0, LOTS), "scored": (0, 1)}
"""No event scored, one in twenty, and all."""


class Day:
    """The engine of that day in a bare loop, without Kafka and Flink."""

    def __init__(self, *, users: int = 500, events: int = 20_000) -> None:
        """Fits the model and loads it."""
        self.users, self.events = users, events
        self._scorer = LoadedModels()
        with tempfile.TemporaryDirectory() as folder:
            self._book = heavy(Path(folder))
            self._scorer.follow(self._book.models, wait=30)

    def wires(self, kind: str) -> list[tuple[bytes, bytes, int]]:
        """Its events, about forty a user."""
        return [wire(number, f"user-{number * 7919 % self.users}", START + number * 2_000, lots=KINDS[kind]) for number in range(self.events)]

    def live(self, history: Iterable[Event]) -> dict[str, bytes]:
        """Process decoded events from empty state. Returns every user's state at the end."""
        return lived(Engine(self._book, scorer=self._scorer), history)[0]


def decoded(wires: Iterable[tuple[bytes, bytes, int]]) -> list[Event]:
    """Decode them; all are valid events."""
    events = []
    for key, value, at in wires:
        event = decode(key, value, at)
        assert isinstance(event, Event)
        events.append(event)
    return events


def engine_cost(*, rounds: int = 5) -> EngineCost:
    """The cost of an event in each kind of day."""
    day = Day()
    spent: dict[str, list[float]] = {"decode": [], **{kind: [] for kind in KINDS}}
    sizes: list[int] = []
    for kind in KINDS:
        wires = day.wires(kind)
        for _ in range(rounds):
            began = time.process_time()
            history = decoded(wires)
            ready = time.process_time()
            blobs = day.live(history)
            spent["decode"].append((ready - began) / day.events * 1e6)
            spent[kind].append((time.process_time() - ready) / day.events * 1e6)
        if kind == "mixed":
            sizes = [len(blob) for blob in blobs.values()]
    middle = {f"{kind}_us": median(found) for kind, found in spent.items()}
    return EngineCost(**middle, blob_bytes=median(sizes))


def wire(number: int, user: str, at: int, *, lots: tuple[int, int] = (0, LOTS), message_id: str | None = None) -> tuple[bytes, bytes, int]:
    """One event as it stands on the topic: (key, value, time). What it is depends on its number alone."""
    chance = random.Random(number)
    name, lot = chance.choice(MIX), chance.randrange(*lots)
    product = {"product_id": f"sku-{chance.randrange(400)}", "name": "Two-person tent", "category": "tents", "price": 39.5, "quantity": 1}
    properties = {"order_id": f"o{number}", "total": 79.0} if name == "Order Completed" else {"query": "tent"} if "Search" in name else product
    event: dict[str, Any] = {
        "messageId": message_id or f"m-{number:08d}-5c1f",
        "type": "page" if name == "Page" else "track",
        "userId": user,
        "anonymousId": "6638caf0-d2c2-4bc0-aecf-8b290b559a37",
        "timestamp": at,
        "properties": {**properties, "lot": lot},
        "context": {"timezone": "Europe/London", "locale": "en-GB", "page": {"path": "/tents", "referrer": "https://example.com"}},
    }
    if name != "Page":
        event["event"] = name
    return user.encode(), json.dumps(event).encode(), at


def start(stack: Lab, *, clock: str, guarantee: str) -> None:
    """The job with that day's campaigns, and its model published."""
    folder = stack.home / "heavy"
    if not folder.exists():
        folder.mkdir()
        for document in documents():
            (folder / f"{document['campaign']}.yaml").write_text(json.dumps(document))
        (stack.home / "heavy.json").write_text(json.dumps(manifest(stack.home, book_of().features)))
    stack.kairos("submit", "--clock", clock, "--guarantee", guarantee, "--restore", "none", "--from", "latest", "--campaigns", folder)
    stack.kairos("models", "publish", stack.home / "heavy.json")


def throughput(stack: Lab, *, guarantee: str = "exactly-once", events: int = 250_000, users: int = 100_000) -> float:
    """Events a second that one slot processes from a backlog, between a fifth and nine tenths of it."""
    start(stack, clock="replay", guarantee=guarantee)
    return from_backlog(stack, _backlog(events, users), events=events, guarantee=guarantee)


def _backlog(events: int, users: int) -> Iterator[tuple[bytes, bytes, int]]:
    return (wire(number, f"user-{number * 7919 % users}", START + number * 100) for number in range(events))


def populate(stack: Lab, users: int = 100_000) -> None:
    """Give every user a profile."""
    now = int(time.time() * 1000)
    send_all(stack.brokers, "events", (wire(number, f"user-{number}", now, lots=(LOTS - 1, LOTS)) for number in range(users)), linger_ms=50)
    stack.wait_until_consumed()


def is_scored(number: int) -> bool:
    """Whether the event of that number is one that a campaign asks the model about."""
    lot: int = json.loads(wire(number, "u", 0)[1])["properties"]["lot"]
    return lot < 50


def main() -> None:
    """The engine's part, printed: quick, and without a cluster."""
    print(json.dumps(asdict(engine_cost()), indent=2))


if __name__ == "__main__":
    main()
