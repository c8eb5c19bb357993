"""Random histories of one person under two ids, told as two and merged, and told as one in order of time: the second is the oracle."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.builders import HOUR, MINUTE, MONDAY, book, event
from udfs.core.engine import Engine
from udfs.core.profile import orders
from udfs.core.profile.cart_worth import value
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode
from udfs.core.records import Event
from udfs.core.values.durations import DAY
from udfs.core.values.money import Currency

WEB, KIM = "web-1", "kim"
FEATURES: dict[str, Any] = {
    "features": [
        {"name": "views", "event": "product_viewed", "aggregate": "count", "window": "24h"},
        {"name": "views_ever", "event": "product_viewed", "aggregate": "count"},
        {"name": "added", "event": "product_added", "aggregate": "sum", "of": "properties.price", "window": "7d"},
        {"name": "cheapest", "event": "product_added", "aggregate": "min", "of": "properties.price", "window": "24h"},
        {"name": "dearest", "event": "product_added", "aggregate": "max", "of": "properties.price"},
        {"name": "usual", "event": "product_viewed", "aggregate": "mean", "of": "properties.price", "window": "24h"},
        {"name": "kinds", "event": "product_viewed", "aggregate": "distinct", "of": "properties.product_id", "window": "24h"},
        {"name": "first_seen", "event": "product_viewed", "aggregate": "first", "of": "properties.product_id"},
        {"name": "last_seen", "event": "product_viewed", "aggregate": "last", "of": "properties.product_id"},
        {"name": "latest", "event": "product_viewed", "aggregate": "last_n", "of": "properties.product_id", "n": 2},
        {"name": "favourite", "event": "product_viewed", "aggregate": "top", "of": "properties.product_id"},
        {"name": "by_kind", "event": "product_viewed", "aggregate": "count", "by": "properties.product_id"},
        {"name": "known_for", "event": "product_viewed", "aggregate": "time_since_first", "unit": "h"},
        {"name": "quiet_for", "event": "product_viewed", "aggregate": "time_since", "unit": "h"},
        {"name": "visit", "event": ["product_viewed", "product_added"], "aggregate": "steps"},
        {"name": "orders", "event": "order_completed", "aggregate": "count", "window": "30d"},
        {"name": "spent", "event": "order_completed", "aggregate": "sum", "of": "properties.total"},
        {"name": "basket", "event": "order_completed", "aggregate": "mean", "of": "properties.total", "window": "30d"},
    ]
}
BOOK = book(FEATURES)
PRODUCTS = st.sampled_from(("tent", "peg", "kettle"))
PRICES = st.sampled_from((40, 60))
GAPS = st.sampled_from((MINUTE, 7 * MINUTE, 31 * MINUTE, 5 * HOUR, 3 * DAY))


class Told(NamedTuple):
    """One event, of either id."""

    gap: int
    is_anonymous: bool
    name: str
    fields: dict[str, Any]


def told(*kinds: st.SearchStrategy[tuple[str, dict[str, Any]]]) -> st.SearchStrategy[list[Told]]:
    """Histories of these kinds of events."""
    one = st.tuples(GAPS, st.booleans(), st.one_of(*kinds)).map(lambda each: Told(each[0], each[1], *each[2]))
    return st.lists(one, min_size=1, max_size=12)


def kind(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.fixed_dictionaries(fields).map(lambda found: (name, {key: each for key, each in found.items() if each is not None}))


VIEWS = kind("product_viewed", product_id=PRODUCTS, price=PRICES)
ADDS = kind("product_added", product_id=PRODUCTS, price=PRICES, quantity=st.sampled_from((1, 2)))
LISTS = kind("cart_viewed", products=st.lists(PRODUCTS.map(lambda each: {"product_id": each, "price": 40, "quantity": 1}), max_size=2, unique_by=str))
ORDER_IDS = st.sampled_from(("o1", "o2", "o3"))
ORDERS = kind("order_completed", order_id=ORDER_IDS, total=st.sampled_from((80, 100)))
REMOVED = kind("product_removed", product_id=PRODUCTS, quantity=st.sampled_from((None, 1)))
IN_ONE = kind("product_added", cart_id=st.just("c1"), product_id=PRODUCTS, price=PRICES, quantity=st.just(1))
OF_ONE = kind("order_completed", cart_id=st.sampled_from((None, "c1")))
BOUGHT = kind("order_completed")
"""Each an order of its own: one that both report ends the cart of either when it is reported there."""
LISTING = kind(
    "order_completed", products=st.lists(PRODUCTS.map(lambda each: {"product_id": each, "quantity": 1}), min_size=1, max_size=2, unique_by=str)
)
CANCELLED = kind("order_cancelled", order_id=ORDER_IDS)
REFUNDED = st.tuples(ORDER_IDS, st.sampled_from((("r1", 10), ("r2", 200)))).map(
    lambda each: ("order_refunded", {"order_id": each[0], "refund_id": each[1][0], "total": each[1][1]})
)
CLEARED = kind("cart_cleared")
SPOKEN = st.sampled_from(("subscribed", "unsubscribed", "consent_given", "consent_withdrawn"))
WORDS = st.tuples(SPOKEN, st.sampled_from(({}, {"channel": "email"}))).map(lambda each: (each[0], dict(each[1])))


def events_of(history: list[Told]) -> list[tuple[bool, Event]]:
    found, at = [], MONDAY
    for number, each in enumerate(history):
        at += each.gap
        found.append((each.is_anonymous, event(each.name, at, message_id=f"h{number}", received=at, **each.fields)))
    return found


class Life:
    """Two ids in one engine; from the link on they are one."""

    def __init__(self) -> None:
        self.engine = Engine(BOOK)
        self.blobs: dict[str, bytes | None] = {}
        self.kept: dict[str, bytes | None] = {}

    def take(self, happened: Event, user: str) -> None:
        told = Event(**{**{name: getattr(happened, name) for name in Event.__struct_fields__}, "user_id": user})
        step = self.engine.on_event(self.blobs.get(user), told, self.kept.get(user))
        self.blobs[user] = step.blob
        self.kept[user] = step.kept or self.kept.get(user)

    def link(self, at: int) -> None:
        _, handed_over = self.engine.on_leave(self.blobs.pop(WEB, None), WEB, at, self.kept.pop(WEB, None))
        step = self.engine.on_join(self.blobs.get(KIM), KIM, handed_over, self.kept.get(KIM))
        self.blobs[KIM] = step.blob
        self.kept[KIM] = step.kept or self.kept.get(KIM)

    def profile(self) -> Profile:
        return decode(self.blobs[KIM] or b"")


def merged(history: list[Told], moment: int) -> Profile:
    """Two histories, made one after so many events; what comes later is the person's."""
    life, at = Life(), MONDAY
    for number, (is_anonymous, happened) in enumerate(events_of(history)):
        if number == moment:
            life.link(at + 1)
        life.take(happened, WEB if is_anonymous and number < moment else KIM)
        at = happened.at
    if moment >= len(history):
        life.link(at + 1)
    return life.profile()


def as_one(history: list[Told]) -> Profile:
    """The oracle: all of it under one id, in order of time."""
    life = Life()
    for _, happened in events_of(history):
        life.take(happened, KIM)
    return life.profile()


def figures(profile: Profile) -> dict[str, Any]:
    """Every feature as of the newest event."""
    found = {}
    for name, feature in BOOK.features.features.items():
        assert feature.plain is not None or feature.state is not None
        state = profile.features.get(feature.state or "")
        found[name] = BOOK.features.aggregates[feature.state or ""].evaluate(state, profile.now)
    return found


def basket(profile: Profile) -> list[tuple[float | None, list[tuple[str, float | None, float]]]]:
    """What is in the open carts, and what it is worth."""
    carts = profile.carts.values()
    return sorted(((value(cart, Currency()), sorted((item.product_id, item.price, item.quantity) for item in cart.items)) for cart in carts), key=str)


def ledger(profile: Profile) -> list[tuple[bytes, list[float | None], bool, float | None, bool]]:
    """What is known of orders. Of one that is gone nothing is left to pay back."""
    return sorted((each.mark, each.amounts, each.gone, None if each.gone else each.back or None, each.told) for each in orders.ledger(profile))
