"""Customers in a story of two hours, and the messages that each must get, derived from the story itself, not from the engine."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

MINUTE = 60_000
START = 1_299_492_000_000
"""2011-03-07T10:00Z."""
SPAN = 120 * MINUTE
IDLE = 30 * MINUTE

CAMPAIGNS = {
    "left-behind": """
campaign: left-behind
trigger: {idle: 30m, of: cart, unless: [order_completed]}
when: cart.value > 99
entry: {once_per: cart.id}
variants:
  note: {channel: [email], content: {subject: "Your cart waits", body: "{{ cart.value }}"}}
""",
    "looking-for-tents": """
campaign: looking-for-tents
trigger: {event: products_searched}
when: event.query == "tent"
variants:
  tents: {channel: [email], content: {subject: "Tents", body: "You looked for a {{ event.query }}."}}
""",
}


@dataclass(frozen=True, order=True)
class Expected:
    """A message that must go out: `at` is epoch milliseconds, `trigger` the message id that caused it, "" for a silence."""

    campaign: str
    user: str
    at: int
    trigger: str = ""


@dataclass(frozen=True, kw_only=True)
class Story:
    """The records of one customer, and all expected messages."""

    user: str
    records: list[tuple[bytes, bytes, int]]
    expected: list[Expected]


def stories(number: int, random: Random, avro: Callable[[dict[str, Any]], bytes]) -> Iterator[Story]:
    """`count` customers. Every third sends Avro (`avro` writes an event in snake_case), every fifth is anonymous."""
    for index in range(number):
        user = f"customer-{index:05d}"
        steps, expected = _story(user, random)
        who = "anonymous_id" if index % 5 == 0 else "user_id"
        events = [{"message_id": f"{user}-{step}", "type": "track", who: user, **event} for step, event in enumerate(steps)]
        encode = avro if index % 3 == 0 else _json
        yield Story(user=user, records=[(user.encode(), encode(event), event["timestamp"]) for event in events], expected=expected)


def _story(user: str, random: Random) -> tuple[list[dict[str, Any]], list[Expected]]:
    """Some products within minutes of each other, perhaps an order before, at or after the half hour is over, and a search or two."""
    steps: list[tuple[int, str, dict[str, Any]]] = []
    at, cents = START + random.randrange(SPAN), 0
    for product in range(random.randint(1, 4)):
        at += random.randrange(9 * MINUTE) if product else 0
        price, quantity = random.choice([random.randrange(500, 6000), 3300, 9900]), random.randint(1, 2)
        cents += price * quantity
        steps.append((at, "Product Added", {"product_id": f"p{product}", "price": price / 100, "quantity": quantity}))
    due = at + IDLE
    bought = due + random.choice([-IDLE + 1000, -5 * MINUTE, -1, 0, 1, 5 * MINUTE]) if random.random() < 0.4 else None
    if bought is not None:
        steps.append((bought, "Order Completed", {"order_id": f"order-{user}"}))
    for _ in range(random.choice([0, 1, 1, 2])):
        steps.append((START + random.randrange(SPAN), "Products Searched", {"query": random.choice(["tent", "stove", "Tent"])}))
    steps.sort(key=lambda step: step[0])
    events = [{"event": event, "timestamp": when, "properties": properties} for when, event, properties in steps]
    expected = [
        Expected("looking-for-tents", user, when, f"{user}-{step}")
        for step, (when, _, properties) in enumerate(steps)
        if properties.get("query") == "tent"
    ]
    if cents > 9900 and (bought is None or bought > due):
        expected.append(Expected("left-behind", user, due))
    return events, expected


def _json(event: dict[str, Any]) -> bytes:
    names = {"message_id": "messageId", "user_id": "userId", "anonymous_id": "anonymousId"}
    return json.dumps({names.get(name, name): value for name, value in event.items()}).encode()
