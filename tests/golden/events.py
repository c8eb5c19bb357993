"""What happens in the shop of the golden savepoint, before it is made and after it: two weeks, in which some of everything is left half done.

It may grow with the project: each golden savepoint keeps the events with which it was made. A receipt says of which campaign its message is; whoever
plays the story fills in the id of the decision.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from tests.golden.told import DAY, FRIENDS, HOUR, MINUTE, START, Told, line, product, told


def before() -> list[Told]:
    """All of it up to the savepoint, in order of time."""
    parts = (_lookers(), _shoppers(), _odd_carts(), _orders(), _readers(), _pending(), _night(), _words(), _linked(), _gone(), _measured())
    return _in_order(itertools.chain(*parts))


def after() -> list[Told]:
    """What comes next: some of what is pending is ended, some is broken off, and some falls due because nothing comes."""
    return _in_order(_afterwards())


def _in_order(found: Iterator[Told]) -> list[Told]:
    return sorted(found, key=lambda each: each.at)


def _lookers() -> Iterator[Told]:
    """Features of every aggregate, sessions, what was looked at and looked for."""
    for number in range(FRIENDS):
        user, zone = f"looker-{number}", ("Europe/Berlin", "America/New_York", "UTC")[number % 3]
        context = {"timezone": zone, "locale": "de-DE", "device": {"type": "phone", "token": f"token-{number}"}}
        traits: dict[str, Any] = {"email": f"{user}@example.org", "first_name": "Ada", "plan": "gold", "birthday": f"1990-03-{28 + number % 3}"}
        yield told(user, START + 9 * HOUR + number, "identify", _context=context, **traits)
        for day in range(number, 14, 2):
            for view in range(3 + day % 3):
                at = START + day * DAY + 10 * HOUR + view * 2 * MINUTE + number
                yield told(user, at, "product_viewed", category=("tents", "boots")[view % 2], **product(day + view + 1))
            yield told(user, at + MINUTE, "products_searched", query="light tent")
        yield told(user, at + 2 * MINUTE, "product_list_filtered", filters=[{"type": "size", "value": 10}, {"type": "colour", "value": "red"}])
        yield told(user, at + 3 * MINUTE, "group", name="Example", _groupId="company-1")
        yield told(user, at + 4 * MINUTE, "liked")
        yield told(user, at + 5 * MINUTE, "products_searched", query="warm boots")


def _shoppers() -> Iterator[Told]:
    """Carts that wait to be left alone, and carts of which somebody was reminded."""
    for number in range(2 * FRIENDS):
        user, day = f"shopper-{number}", (3, 13)[number % 2]
        at = START + day * DAY + 11 * HOUR + 35 * MINUTE + number * 1_000
        yield told(user, at, "product_added", cart_id=f"cart-{number}", sku=f"sku-{number}", url="https://shop.example/p", **product(9 + number))
        yield told(user, at + MINUTE, "product_added", cart_id=f"cart-{number}", **product(9 + number))
        yield told(user, at + 2 * MINUTE, "product_added", cart_id=f"cart-{number}", variant="blue", image_url="https://shop.example/i", **product(3))
        yield told(user, at + 3 * MINUTE, "product_removed", cart_id=f"cart-{number}", product_id="p3", quantity=1)
        yield told(user, at + 4 * MINUTE, "product_added", cart_id=f"cart-{number}", product_id="p4", quantity=2)


def _odd_carts() -> Iterator[Told]:
    """Carts of which something is not known, and what ends carts."""
    at = START + 13 * DAY + 11 * HOUR + 40 * MINUTE
    yield told("odd-price", at, "product_added", product_id="p1", price="what it is worth", quantity=1)
    yield told("odd-price", at + 1_000, "product_added", product_id="p2", price=5, quantity=1)
    yield told("odd-removal", at, "product_added", product_id="p1", price=5, quantity=1)
    yield told("odd-removal", at + 1_000, "product_added", product_id="p2", price=5, quantity=1)
    yield told("odd-removal", at + 2_000, "product_removed", quantity=1)
    yield told("early-removal", at, "product_removed", product_id="p7", quantity=1, cart_id="not-yet")
    yield told("early-removal", at + 1_000, "product_removed", product_id="p8", quantity=1)
    yield told("listed", at, "cart_viewed", cart_id="listed-cart", products=[product(5), product(6)])
    yield told("named-late", at, "product_added", **product(5))
    yield told("named-late", at + 1_000, "product_added", cart_id="its-name", **product(6))
    yield told("emptied", at, "product_added", cart_id="e", **product(5))
    yield told("emptied", at + 1_000, "product_removed", cart_id="e", product_id="p5", quantity=1)
    yield told("cleared", at, "product_added", cart_id="one", sender="web", **product(5))
    yield told("cleared", at + 1_000, "product_added", cart_id="two", sender="web", **product(6))
    yield told("cleared", at + 2_000, "cart_cleared", cart_id="one", sender="web")
    yield told("outlived", at, "product_added", cart_id="kept", **product(5))
    yield told("outlived", at + 1_000, "order_completed", order_id="o-outlived", total=20, products=[line(1)], sender="web")
    yield told("outlived", at + 2_000, "product_added", cart_id="kept", **product(6))
    yield told("priced", at, "product_added", product_id="p1", quantity=1)
    yield told("unreadable-list", at, "product_added", **product(5))
    yield told("unreadable-list", at + 1_000, "cart_viewed", products="none of your business")
    yield told("part-bought", at, "product_added", cart_id="pb", sender="web", **product(5))
    yield told("part-bought", at + 7 * MINUTE, "product_added", cart_id="pb", sender="web", **product(6))
    yield told("part-bought", at + MINUTE, "order_completed", cart_id="pb", order_id="o-pb", total=20, late=8 * MINUTE, sender="web")
    yield told("priced", at + 1_000, "product_added", product_id="p1", quantity=1, price=7, currency="USD")


def _orders() -> Iterator[Told]:
    """The ledger: orders told twice, in another currency, called off, paid back in part, and paid back before anybody told of them."""
    at = START + 12 * DAY + 14 * HOUR
    for number in range(FRIENDS):
        user = f"buyer-{number}"
        yield told(user, at + number, "order_completed", order_id=f"o-{number}", total=100, currency="USD", products=[line(3), line(4)])
        yield told(user, at + HOUR + number, "order_completed", order_id=f"o-{number}-b", revenue=50, currency="EUR")
    yield told("buyer-0", at + 2 * HOUR, "order_cancelled", order_id="o-0")
    yield told("buyer-1", at + 2 * HOUR, "order_refunded", order_id="o-1", total=30, currency="USD", refund_id="r1")
    yield told("buyer-1", at + 3 * HOUR, "order_refunded", order_id="o-1-b", total=10, currency="EUR", refund_id="r2")
    yield told("buyer-2", at + 2 * HOUR, "order_refunded", order_id="o-2-c", total=5)
    yield told("buyer-3", at + 2 * HOUR, "order_refunded", order_id="o-3", total="some of it", refund_id="r3")
    yield told("buyer-4", at + 2 * HOUR, "order_refunded", order_id="o-4", total=10, currency="XAU", refund_id="r4")


def _readers() -> Iterator[Told]:
    """Who reads messages, and when: habits for the hour of a message, reactions, places where nothing arrives, interests."""
    for number in range(3):
        user = f"reader-{number}"
        for day in (1, 4, 7, 10):
            yield told(user, START + day * DAY + 9 * HOUR + number, "tips")
            yield told(user, START + day * DAY + 9 * HOUR + 5 * MINUTE + number, "message_delivered", of="tips")
            yield told(user, START + day * DAY + 19 * HOUR + number, "message_opened", of="tips")
        yield told(user, START + 13 * DAY + 9 * HOUR + 30 * MINUTE + number, "tips")
    for number, what in enumerate(("message_dismissed", "message_bounced", "message_complained", "message_clicked", "message_failed")):
        user = f"reactor-{number}"
        yield told(user, START + 8 * DAY + number, "identify", email=f"{user}@example.org")
        for day in (9, 10):
            yield told(user, START + day * DAY + 9 * HOUR + number, "news")
            yield told(user, START + day * DAY + 10 * HOUR + number, what, of="news")
        yield told(user, START + 11 * DAY + number, "not_interested", topic="boots")
        yield told(user, START + 11 * DAY + 1_000 + number, "interested", product_id="p1")


def _pending() -> Iterator[Told]:
    """In the middle of everything that waits."""
    noon = START + 13 * DAY + 10 * HOUR
    for number in range(FRIENDS):
        user, at = f"waiter-{number}", noon + number
        traits: dict[str, Any] = {"email": f"{user}@example.org", "phone": f"+4915100000{number}", "push_token": f"t{number}"}
        yield told(user, at - HOUR, "identify", _context={"timezone": "UTC"}, **traits)
        yield told(user, at, "signed_up", plan="gold")
        yield told(user, at + 1_000, "invoice", invoice_id=f"i-{number}", amount=10, sender="shop")
        yield told(user, at + 2_000, "tour")
        yield told(user, at + 3_000, "ways", plan="silver", sender="web")
        yield told(user, at + 4_000, "best")
        yield told(user, at + 5_000, "text")
        yield told(user, at + 6_000, "held")
        yield told(user, at + 7_000, "receipt", invoice_id=f"i-{number}", sender="shop")
        for again in range(3):
            yield told(user, at + (8 + again) * 1_000, "app")
    yield told("paid-early", noon, "paid", invoice_id="i-early")
    just_now = 102 * HOUR - MINUTE // 2
    yield told("late", noon - 100 * HOUR, "product_added", late=just_now, **product(9))
    yield told("late", noon - 100 * HOUR, "invoice", invoice_id="i-late", late=just_now + 1_000)
    yield told("late", noon - 100 * HOUR, "tour", late=just_now + 2_000)
    yield told("late", noon - 2 * HOUR, "identify", _context={"timezone": "Pacific/Honolulu"})
    yield told("late", noon - 100 * HOUR, "night", late=just_now + 3_000)


def _night() -> Iterator[Told]:
    """Put off until the morning, whatever it was. For these it is night when the savepoint is made."""
    noon = START + 13 * DAY + 11 * HOUR + 30 * MINUTE
    for number in range(2 * FRIENDS):
        user, at = f"sleeper-{number}", noon + number
        yield told(user, at - 2 * HOUR, "identify", email=f"{user}@example.org", _context={"timezone": "Pacific/Honolulu"})
        yield told(user, at + 1_000, "night", plan="gold", sender="app")
        yield told(user, at - (number % 2) * HOUR, "quiet_tour", sender="app")
        yield told(user, at - 20 * MINUTE, "product_added", **product(9))
        yield told(user, at + 3_000, "order_of_two")
        yield told(f"opted-out-{number}", at, "unsubscribed", channel="email")
        yield told(f"opted-out-{number}", at + 1_000, "order_of_two")

    for number in range(2 * FRIENDS):
        user, at = f"dreamer-{number}", noon - DAY + number
        yield told(user, at - 2 * HOUR, "identify", email=f"{user}@example.org", _context={"timezone": "Pacific/Honolulu"})
        yield told(user, at, "order_of_two")
        yield told(user, at + MINUTE, "unsubscribed", channel="email")


def _words() -> Iterator[Told]:
    """Consent, in every way it is said, and what is left of somebody who is forgotten."""
    at = START + 10 * DAY
    yield told("consenting", at, "consent_given", purpose="marketing", channel="email", source="footer", expires_in="30d")
    yield told("consenting", at + 1_000, "consent_withdrawn", purpose="analytics")
    yield told("unreachable", at, "identify", email="no@example.org", sms_reachable=False)
    yield told("unreachable", at + 1_000, "message_bounced", channel="email", bounce_type="hard", email="no@example.org")
    for browser in ("forgotten-browser", "returned-browser"):
        its: dict[str, Any] = {"anonymous": browser}
        yield told("", START, "identify", email="gone@example.org", phone_reachable=False, sms_reachable=False, **its)
        yield told("", START + 2_000, "unsubscribed", channel="push", source="app", **its)
        yield told("", START + 3_000, "message_bounced", channel="email", bounce_type="hard", email="gone@example.org", **its)
        yield told("", START + 4_000, "not_interested", topic="boots", **its)
    yield told("", START + 12 * DAY + HOUR, "product_viewed", anonymous="returned-browser", **product(1))


def _linked() -> Iterator[Told]:
    """Browsers that turn out to be somebody, and somebody who changes her id."""
    at = START + 11 * DAY + 9 * HOUR
    for number in range(FRIENDS):
        user, browser = f"linked-{number}", f"browser-{number}"
        yield told("", at + number, "product_viewed", anonymous=browser, **product(number + 1))
        yield told("", at + MINUTE + number, "news", anonymous=browser)
        if number % 2:
            yield told(user, at + 2 * MINUTE + number, "news")
        yield told(user, at + HOUR + number, "identify", anonymous=browser, email=f"{user}@example.org")
        yield told("", at + 2 * HOUR + number, "product_added", anonymous=browser, **product(number + 8))
        yield told("", at - 9 * DAY + number, "ways", anonymous=f"early-{number}")
        yield told("", at - 8 * DAY + number, "product_added", anonymous=f"early-{number}", **product(9))
        yield told(f"late-{number}", at - 7 * DAY + number, "ways")
        yield told(f"late-{number}", at - 6 * DAY + number, "best")
        yield told("", at - 5 * DAY + number, "order_of_two", anonymous=f"early-{number}")
        yield told(f"late-{number}", at + number, "identify", anonymous=f"early-{number}", email=f"late-{number}@example.org")
    now = START + 13 * DAY + 11 * HOUR + 45 * MINUTE
    middle: dict[str, Any] = {"anonymous": "in-the-middle"}
    yield told("", now - HOUR, "identify", _context={"timezone": "Pacific/Honolulu"}, **middle)
    for number, name in enumerate(("signed_up", "ways", "night", "order_of_two")):
        yield told("", now + number, name, plan="gold", **middle)
    yield told("", now + MINUTE, "invoice", invoice_id="i-middle", **middle)
    yield told("", now + MINUTE, "product_added", **product(9), **middle)
    yield told("middle", now + 2 * MINUTE, "identify", email="middle@example.org", **middle)
    yield told("changed", at, "news")
    yield told("new-id", at + HOUR, "alias", _previousId="changed")


def _gone() -> Iterator[Told]:
    """Somebody who was erased."""
    at = START + 11 * DAY + 12 * HOUR
    yield told("erased", at, "news")
    yield told("erased", at + HOUR, "user_erased")
    yield told("erased-too", at + HOUR, "user_erased")


def _measured() -> Iterator[Told]:
    """Outcomes that are waited for: conversions, of several messages, paid back, and one of a closed window."""
    for number in range(FRIENDS):
        user, at = f"goal-{number}", START + DAY + 9 * HOUR + number
        for day, name in ((0, "news"), (1, "best"), (3, "news"), (11, "best")):
            yield told(user, at + day * DAY, name)
            yield told(user, at + day * DAY + HOUR, "message_opened", of=name)
        for day, paid in ((2, 80), (5, 40), (11, 60)):
            yield told(user, at + day * DAY + 2 * HOUR, "order_completed", order_id=f"g-{number}-{day}", total=paid, products=[line(2)])
        yield told(user, at - 30 * DAY, "long")
        yield told(user, at - 29 * DAY, "order_completed", order_id=f"l-{number}", total=90 + number)
    yield told("goal-4", at - 28 * DAY, "order_completed", order_id="l-x", products=[{"product_id": "p1"}])
    yield told("goal-0", at + 12 * DAY, "order_cancelled", order_id="g-0-11")
    yield told("goal-1", at + 12 * DAY, "order_refunded", order_id="g-1-11", total=10, refund_id="gr1")
    yield told("goal-2", at + 12 * DAY, "order_refunded", order_id="g-2-11", total="some of it", refund_id="gr2")
    yield told("goal-3", at + 12 * DAY, "order_completed", order_id="g-3-x", products=[{"product_id": "p1"}])


def _afterwards() -> Iterator[Told]:
    at = START + 13 * DAY + 12 * HOUR + 20 * MINUTE
    for number in range(0, FRIENDS, 2):
        yield told(f"looker-{number}", at + number, "product_viewed", category="tents", **product(2))
        yield told(f"looker-{number}", at + 1_000 + number, "liked")
        yield told(f"waiter-{number}", at + MINUTE + number, "paid", invoice_id=f"i-{number}")
        yield told(f"waiter-{number}", at + 2 * MINUTE + number, "left")
        yield told(f"goal-{number}", at + 3 * MINUTE + number, "order_completed", order_id=f"h-{number}", total=70)
        yield told(f"shopper-{number}", at + 4 * MINUTE + number, "order_completed", order_id=f"s-{number}", cart_id=f"cart-{number}", total=70)
        yield told("", at + 5 * MINUTE + number, "news", anonymous=f"browser-{number}")
        yield told(f"reactor-{number}", at + 6 * MINUTE + number, "news")
        yield told(f"reactor-{number}", at + 7 * MINUTE + number, "message_opened", of="news")
        yield told(f"sleeper-{number}", at + 8 * MINUTE + number, "unsubscribed")
    for user in ("erased", "changed", "new-id", "consenting", "unreachable", "buyer-0", "buyer-1"):
        yield told(user, at + HOUR, "news")
    yield told("paid-early", at + HOUR, "invoice", invoice_id="i-early")
    yield told("middle", at + HOUR, "user_erased")
    yield told("", at + HOUR, "news", anonymous="forgotten-browser")
    yield told("shopper-1", at - 13 * MINUTE, "product_added", cart_id="cart-1", late=14 * MINUTE, **product(9))
    yield Told(at + 2 * HOUR, *told("shopper-1", at - 15 * MINUTE, "product_added", cart_id="cart-1", **product(8))[1:])
    yield told("early-removal", at + MINUTE, "product_added", cart_id="not-yet", **product(7))
    yield told("buyer-2", at + HOUR, "order_completed", order_id="o-2-c", total=50, currency="EUR")
    yield told("cleared", at + MINUTE, "product_added", cart_id="two", sender="phone", **product(7))
    for number in range(3):
        yield told(f"reader-{number}", at + 2 * DAY, "message_opened", of="tips")
