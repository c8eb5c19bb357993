"""One person's tracker is in hostile hands: every text is long and new, every name invented, every list full. How large does a profile grow, and
how long does an event take?

The campaigns carry what they can of such events: entry keys, properties of variants that wait and of journeys, subjects of exits.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from services.local.job import LocalJob
from services.replay.records import Record
from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import compile_book

START = 1_767_571_200_000
"""2026-01-05T00:00:00Z."""
LENGTHS = (8, 64, 500, 4_000)
"""Characters of the texts."""
USER = "mallory"
EVENTS = (
    *("Product Viewed",) * 4,
    "Product Added",
    "Cart Viewed",
    "Product Removed",
    "Checkout Started",
    "Order Completed",
    "Message Opened",
    "paid",
    "identify",
    "Invented",
)
DENIALS = ("Unsubscribed", "Consent Withdrawn", "Message Bounced")
_SAME = [{"event": "paid", "same": "invoice"}]
_BODY = {"m": {"channel": "email", "content": {"body": "{{ event.name }}{{ event.more }}"}}}
_PLAIN = {"m": {"channel": "email", "content": {"body": "Hello {{ user.first_name }}"}}}
_CAMPAIGNS: tuple[dict[str, Any], ...] = (
    {"campaign": "cart", "trigger": {"idle": "30m", "of": "cart"}, "variants": _PLAIN},
    {
        "campaign": "waits",
        "trigger": {"event": "product_viewed", "unless": _SAME},
        "entry": {"once_per": "event.name"},
        "variants": {"m": {**_BODY["m"], "wait": "30d"}},
    },
    {"campaign": "sends", "trigger": {"event": "product_viewed", "unless": _SAME}, "entry": {"once_per": "event.key"}, "variants": _BODY},
    {"campaign": "since", "trigger": {"since": "product_viewed", "wait": "30d", "unless": _SAME}, "variants": _PLAIN},
    {
        "campaign": "journey",
        "trigger": {"event": "product_viewed"},
        "entry": {"once_per": "event.key"},
        "variants": _BODY,
        "steps": [{"wait": "30d"}, {"send": "m"}],
    },
)


@dataclass(frozen=True)
class Found:
    """What it came to."""

    events: int
    largest: int
    """Bytes of the profile, at its largest."""
    mean_ms: float
    """Of an event, decoding included."""
    first_ms: float
    """The mean of the first twentieth of the events."""
    last_ms: float
    """The mean of the last twentieth: what grows shows here."""
    afterwards_ms: float
    """Of an ordinary event once it is over."""
    failures: int


def measure(number: int, *, denials: bool, seed: int = 7) -> Found:
    """Send so many hostile events of one person; with `denials` she also unsubscribes, withdraws and bounces all the time."""
    job = LocalJob(book())
    largest, spent = 0, []
    for record in records(number, denials=denials, seed=seed):
        began = time.perf_counter()
        for _ in job.until(record.at - 1):
            pass
        job.take(record)
        spent.append(time.perf_counter() - began)
        largest = max(largest, len(job.profiles.get(USER, b"")))
    began = time.perf_counter()
    last = START + (number + 1) * 1000
    for more in range(100):
        plain = {"messageId": f"plain{more}", "type": "page", "userId": USER, "timestamp": last + more}
        job.take(Record(last + more, USER.encode(), msgspec.json.encode(plain)))
    part = max(1, number // 20)
    return Found(
        events=number,
        largest=largest,
        mean_ms=1000 * sum(spent) / number,
        first_ms=1000 * sum(spent[:part]) / part,
        last_ms=1000 * sum(spent[-part:]) / part,
        afterwards_ms=1000 * (time.perf_counter() - began) / 100,
        failures=job.engine.counts["failures"],
    )


def book() -> Book:
    """Campaigns that carry what they can, and features that remember texts."""
    texts = [
        {"name": f"view_{kind}", "event": "product_viewed", "aggregate": kind, "of": "properties.name"} for kind in ("last", "first", "distinct")
    ]
    documents: list[tuple[str, dict[str, Any]]] = [("features", {"features": texts}), ("policy", {"consent": {"default": {"marketing": "grant"}}})]
    documents += [(f"campaign/{each['campaign']}", each) for each in _CAMPAIGNS]
    made = compile_book(Entry(key, number, _record(key, document)) for number, (key, document) in enumerate(documents))
    assert not made.refused, made.refused
    return made


def records(number: int, *, denials: bool, seed: int) -> Iterator[Record]:
    """The events, one a second; the same for the same seed."""
    chance = random.Random(seed)
    texts = ["".join(chance.choice("abcdef ü") for _ in range(8)) * (length // 8) for length in LENGTHS]
    names = (*EVENTS, *DENIALS) if denials else EVENTS
    for index in range(number):
        at = START + index * 1000
        event = _event(chance, texts, chance.choice(names), index, at, denials=denials)
        yield Record(at, USER.encode(), msgspec.json.encode(event))


def _event(chance: random.Random, texts: list[str], name: str, index: int, at: int, *, denials: bool) -> dict[str, Any]:
    def text() -> str:
        return chance.choice(texts) + str(chance.random())

    def line() -> dict[str, Any]:
        return {"product_id": text(), "name": text(), "price": chance.choice((1, 1e14, -3, "x")), "quantity": chance.choice((1, 1e9)), "url": text()}

    properties = {**line(), **{key: text() for key in ("key", "invoice", "currency", "channel", "purpose", "decision_id", "source", "image_url")}}
    properties |= {"more": {text(): [text(), {"deep": text()}]}, "bounce_type": "hard"}
    properties |= {"cart_id": text()} if chance.random() < 0.5 else {}
    properties |= {"products": [line() for _ in range(5)]} if name in {"Cart Viewed", "Checkout Started"} else {}
    context: dict[str, Any] = {key: text() for key in ("timezone", "locale")}
    context |= {"library": {"name": text()}, "device": {"token": text()}}
    context |= {"consent": {"categoryPreferences": {text(): True, text(): False}}} if denials else {}
    event: dict[str, Any] = {
        "messageId": f"m{index}",
        "type": "track",
        "event": f"Invented {text()[:90]}" if name == "Invented" else name,
        "userId": USER,
    }
    event |= {"timestamp": at, "properties": properties, "context": context, "writeKey": text()}
    return {**event, "type": "identify", "traits": {text()[:60]: text(), "email": text(), "list": [text()]}} if name == "identify" else event


def _record(key: str, document: dict[str, Any]) -> bytes:
    kind, _, name = key.partition("/")
    return msgspec.json.encode(ControlValue(kind=kind, name=name or kind, version="v1", document=document))
