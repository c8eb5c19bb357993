"""Guests who fill a cart, make an account and buy, or do not: random stories of the case `guest-cart-then-account-then-order`, and what is right.

`expected` knows nothing of ids that are linked: it follows one person through time, with the rule of one cart campaign.
"""

import json
from random import Random
from typing import Any, NamedTuple

from services.replay.records import Record
from tests.builders import HOUR, MINUTE, book, campaign

IDLE = 30 * MINUTE
BOOK = book(
    campaign(
        "left-cart",
        when="cart.value > 40",
        variants={"reminder": {"channel": ["email", "push"], "content": {"subject": "Your cart", "body": "It waits."}}},
        send={"expires": "6h"},
    )
)
LINKS = ("identify", "alias", "signed_up", "page")
"""How a guest can turn out to be somebody; an order can, too."""
LAST = 12 * HOUR
"""A story is over by then, and all that it leads to."""


class Deed(NamedTuple):
    """Something that somebody does: `add`, `look`, `order`, `clear`, `leave` (unsubscribes), or one of LINKS."""

    at: int
    what: str
    by: str
    """web, user or both."""


class Story(NamedTuple):
    web: str
    user: str
    deeds: list[Deed]


Said = tuple[str, int, str]
"""Who, when, and how it ended."""


def story(random: Random, number: int, start: int) -> Story:
    """At first she is a guest. From her link on, she is known by either id or both; she may never make an account, or buy with both ids at once."""
    at, deeds, is_known = start, list[Deed](), False
    for _ in range(random.randint(2, 9)):
        at += random.choice((1_000, 4 * MINUTE, 29 * MINUTE, IDLE, IDLE + 1, 50 * MINUTE))
        chance = random.random()
        if chance < 0.2:
            what = random.choice(LINKS)
            deeds.append(Deed(at, what, "both"))
            is_known = True
            continue
        what = "add" if chance < 0.55 else "order" if chance < 0.75 else "look" if chance < 0.88 else "clear" if chance < 0.94 else "leave"
        by = random.choice(("web", "user", "both")) if is_known else "both" if what == "order" and random.random() < 0.5 else "web"
        is_known = is_known or by == "both"
        deeds.append(Deed(at, what, by))
    return Story(f"web-{number}", f"user-{number}", deeds)


def expected(told: Story) -> list[Said]:
    """The decisions: one for each cart that was left for half an hour, at that moment, to whoever she is known to be then. An event at that very
    moment comes first."""
    found = list[Said]()
    who, is_out, is_spoken_of = told.web, False, False
    due: int | None = None
    for deed in [*told.deeds, Deed(told.deeds[-1].at + LAST, "", "")]:
        if due is not None and due < deed.at:
            if not is_spoken_of:
                found.append((who, due, "withheld" if is_out else "acted"))
                is_spoken_of = not is_out
            due = None
        if deed.by == "both":
            who = told.user
        if deed.what == "add":
            due = deed.at + IDLE
        elif deed.what in ("order", "clear"):
            due, is_spoken_of = None, False
        elif deed.what == "leave":
            is_out = True
    return found


NAMES = {"add": "Product Added", "look": "Product Viewed", "order": "Order Completed", "clear": "Cart Cleared", "leave": "Unsubscribed"}


def records(told: Story) -> list[Record]:
    """What her browser and the shop send."""
    return [_record(told, deed, number) for number, deed in enumerate(told.deeds)]


def _record(told: Story, deed: Deed, number: int) -> Record:
    payload: dict[str, Any] = {"type": "track", "messageId": f"{told.user}-message-{number}", "timestamp": deed.at, "properties": {}}
    if deed.by != "web":
        payload["userId"] = told.user
    if deed.by != "user":
        payload["anonymousId"] = told.web
    if deed.what == "alias":
        del payload["anonymousId"]
        payload |= {"type": "alias", "previousId": told.web}
    elif deed.what in ("identify", "page"):
        payload["type"] = deed.what
    else:
        payload["event"] = NAMES.get(deed.what, "Signed Up")
    if deed.what in ("add", "look"):
        payload["properties"] = {"product_id": f"sku-{number}", "price": 60, "quantity": 1}
    elif deed.what == "order":
        payload["properties"] = {"order_id": f"{told.user}-order-{number}", "total": 60}
    return Record(deed.at, (told.web if deed.by == "web" else told.user).encode(), json.dumps(payload).encode())
