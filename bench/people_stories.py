"""People who browse as guests, log in, switch devices and buy, half of them while their events are in flight: what they send, and the campaigns."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from services.local.book import book_of
from udfs.core.campaigns.book import Book

IDLE = {"replay": "30m", "live": "30s"}
"""By the clock: a live run has no half hour to wait."""
CAP = 1
"""Messages that anybody may get a day."""
SPREAD_MS = 8
"""Between two people."""


class Story(NamedTuple):
    """One person. `events`: milliseconds from the beginning, by which ids, and what."""

    user: str
    ids: tuple[str, ...]
    """Her own, and those that turn out to be hers."""
    buys: bool
    looks: bool
    """At something, for which she gets a message at once."""
    events: list[tuple[int, dict[str, str], dict[str, Any]]]


def stories(people: int, *, seed: int) -> list[Story]:
    """Everybody fills a cart as a guest and logs in, half of them within 80 ms, the others after some seconds. One in three buys within a second.
    One in four looks at something on a second device, which then turns out to be hers, too; one in four does so on the first, which no longer says
    who she is."""
    chance = Random(seed)
    return [_story(number, chance) for number in range(people)]


def _story(number: int, chance: Random) -> Story:
    user, web, app = f"user-{number}", f"web-{number}", f"app-{number}"
    at = number * SPREAD_MS
    login = at + (chance.randrange(5, 80) if number % 2 else chance.randrange(2_000, 10_000))
    both = {"userId": user, "anonymousId": web}
    cart = {"event": "Product Added", "properties": {"product_id": "tent", "price": 120, "quantity": 1}}
    seen = {"event": "Product Viewed", "properties": {"product_id": "stove", "price": 60}}
    events: list[tuple[int, dict[str, str], dict[str, Any]]] = [
        (at, {"anonymousId": web}, cart),
        (login, both, {"type": "identify", "traits": {"first_name": f"Kim {number}"}}),
    ]
    if number % 4 == 1:
        events += [(login + 200, {"anonymousId": app}, seen), (login + 400, {"userId": user, "anonymousId": app}, {"type": "identify"})]
    elif number % 4 == 2:
        events.append((login + 300, {"anonymousId": web}, seen))
    buys = number % 3 == 0
    if buys:
        order = {"event": "Order Completed", "properties": {"order_id": f"o-{number}", "total": 120}}
        events.append((login + chance.randrange(100, 900), both if chance.random() < 0.5 else {"userId": user}, order))
    return Story(user, (user, web, app) if number % 4 == 1 else (user, web), buys, number % 4 in (1, 2), events)


def expected(story: Story) -> dict[str, Any]:
    """What is to be known of somebody in the end, by the story alone."""
    bought = {"orders": 1, "spent": 120} if story.buys else {}
    return {
        "ids": sorted(story.ids[1:]),
        "carts": [] if story.buys else [("tent", 120, 1)],
        "features": {"adds": 1, "worth": 120, **({"views": 1} if story.looks else {}), **bought},
        "messages": [("looked", "push")] if story.looks else [] if story.buys else [("left-cart", "email")],
    }


def records(told: list[Story], start: int | None) -> Iterator[tuple[int, bytes, bytes]]:
    """In order of time: milliseconds from the beginning, key, value. `start`: when that was; None: an event says no time of its own, so that of its
    record counts."""
    every = [(at, story.user, number, ids, what) for story in told for number, (at, ids, what) in enumerate(story.events)]
    for at, user, number, ids, what in sorted(every, key=lambda each: each[:3]):
        payload: dict[str, Any] = {"type": "track", **what, **ids, "messageId": f"message-{number}-of-{user}"}
        if start is not None:
            payload["timestamp"] = start + at
        yield at, ids.get("userId", ids.get("anonymousId", "")).encode(), json.dumps(payload).encode()


def files(folder: Path, clock: str) -> tuple[Path, Path]:
    """The folder of campaigns, and the policy."""
    folder.mkdir(exist_ok=True)
    content: dict[str, Any] = {"subject": "Your cart", "body": "It waits."}
    cart = {
        "campaign": "left-cart",
        "trigger": {"idle": IDLE[clock], "of": "cart", "unless": ["order_completed", "cart_cleared"]},
        "entry": {"once_per": "cart.id"},
        "variants": {"a": {"channel": "email", "content": content}, "b": {"channel": "email", "content": content}},
    }
    look = {
        "campaign": "looked",
        "trigger": {"event": "product_viewed"},
        "variants": {"push": {"channel": "push", "content": {"body": "You looked at it."}}},
    }
    features = {
        "features": [
            {"name": "views", "event": "product_viewed", "aggregate": "count"},
            {"name": "adds", "event": "product_added", "aggregate": "count"},
            {"name": "worth", "event": "product_added", "aggregate": "sum", "of": "properties.price"},
            {"name": "orders", "event": "order_completed", "aggregate": "count"},
            {"name": "spent", "event": "order_completed", "aggregate": "sum", "of": "properties.total"},
        ]
    }
    policy = {"consent": {"default": {"marketing": "grant"}}, "caps": [{"id": "daily", "channel": "any", "max": CAP, "within": "24h"}]}
    for name, document in {"left-cart": cart, "looked": look, "features": features}.items():
        (folder / f"{name}.yaml").write_text(json.dumps(document))
    place = folder.parent / "shop-policy.yaml"
    place.write_text(json.dumps(policy))
    return folder, place


def book(clock: str, folder: Path) -> Book:
    """The same for a job in one process."""
    campaigns, policy = files(folder, clock)
    return book_of([campaigns], policy=policy)
