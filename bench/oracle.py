"""A naive oracle for the cart rule, to compare the job with. It shares no code with the job, and can be read in a minute.

    python bench/oracle.py events.jsonl                             one line an act: user, due time, cart
    python bench/oracle.py events.jsonl --decisions decisions.jsonl compared with what was decided (exit status 1 where they differ)

The rule: a cart that nobody touched for 30 minutes, was not bought or cleared, and is worth more than 99, acts at that moment; each cart once.
An event at that very moment still counts as a touch. An order is about the cart that it names; if nobody knows that one, about the one that
holds what it lists, or else about all. If a cart of that name has ended, it is about what nobody has named. A cart without a name takes the
first that an event gives.
Amounts are exact decimals, so a cart worth 99 stays silent.
"""

import argparse
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

IDLE = 30 * 60 * 1000
THRESHOLD = 99
END_OF_TIME = 2**63


class Act(NamedTuple):
    """The rule acts."""

    user: str
    due: int
    cart: str


class Cart:
    """The items of a cart: the quantity of each product, with a line for each price at which it was added."""

    def __init__(self, key: str, name: str | None) -> None:
        self.key = key
        self.name = name
        self.lines: dict[tuple[str, Fraction], Fraction] = {}
        self.touched = 0
        self.checked = False

    def add(self, product: dict[str, Any]) -> None:
        """Add more of a product, at its current price."""
        line = product["product_id"], Fraction(product["price"])
        self.lines[line] = self.lines.get(line, Fraction(0)) + Fraction(product.get("quantity", 1))

    def remove(self, product: dict[str, Any]) -> None:
        """Remove some of it, whatever its price: from the newest line first."""
        left = Fraction(product.get("quantity", 1))
        for line in [line for line in reversed(self.lines) if line[0] == product["product_id"]]:
            taken = min(left, self.lines[line])
            left -= taken
            self.lines[line] -= taken
            if not self.lines[line]:
                del self.lines[line]

    def change(self, kind: str, properties: dict[str, Any]) -> None:
        """What an event does to what is in it."""
        if kind == "product_added":
            self.add(properties)
        elif kind == "product_removed":
            self.remove(properties)
        elif "products" in properties:
            self.lines = {}
            for product in properties["products"]:
                self.add(product)

    def worth(self) -> Fraction:
        """The total price."""
        return sum((price * quantity for (_, price), quantity in self.lines.items()), Fraction(0))


class Customer:
    """All carts of one customer."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.carts: list[Cart] = []
        self.emptied: list[Cart] = []  # those in which nothing is any more
        self.current: Cart | None = None  # the cart of events without a cart_id
        self.born = 0  # carts without a name
        self.over = 0  # the latest order or clearing that named no known cart
        self.ended: dict[str, tuple[int, str]] = {}  # when a cart of this name ended, and its key
        self.orders: set[str] = set()
        self.done: set[str] = set()

    def idle_before(self, now: int) -> Iterator[Act]:
        """The acts for carts that have become idle since the event before."""
        for cart in self.carts:
            due = cart.touched + IDLE
            if due < now and not cart.checked:
                cart.checked = True
                if cart.worth() > THRESHOLD and cart.key not in self.done:
                    self.done.add(cart.key)
                    yield Act(self.user, due, cart.key)

    def end(self, now: int, event: dict[str, Any], *, is_order: bool) -> None:
        """An order or a clearing: the carts that it is about are over."""
        properties = event.get("properties", {})
        name: str | None = properties.get("cart_id")
        named = self.named(name)
        order = properties.get("order_id", event.get("messageId"))
        retold = is_order and order in self.orders
        if is_order:
            self.orders.add(order)
        bought = [named] if named else [] if retold else self.about(name, properties.get("products", []), now, is_order=is_order)
        if name in self.ended and not retold:
            self.ended[name] = now, self.ended[name][1]
        if len(found_open := [cart for cart in bought if cart in self.carts]) == 1 and not named:
            found_open[0].name = found_open[0].name or name
        for cart in bought:
            (self.carts if cart in self.carts else self.emptied).remove(cart)
            if cart.name is not None:
                self.ended[cart.name] = now, cart.key

    def about(self, name: str | None, listed: list[dict[str, Any]], now: int, *, is_order: bool) -> list[Cart]:
        """The carts that an order or a clearing is about where none is called so."""
        if name not in self.ended:
            self.over = now
            return meant(self.carts, listed) + self.emptied
        if not is_order:
            return []
        # A shop may call every cart of a customer alike.
        bought = meant([cart for cart in self.carts if cart.name is None], listed) + [cart for cart in self.emptied if cart.name is None]
        for cart in bought:
            cart.name = name
        return bought

    def touch(self, now: int, kind: str, properties: dict[str, Any]) -> None:
        """An event in a cart."""
        name: str | None = properties.get("cart_id")
        cart = self.touched(name, now) or self.begun(name, now, kind, properties)
        if cart is None:
            return
        if cart in self.emptied:
            self.emptied.remove(cart)
            self.carts.append(cart)
        cart.name = cart.name or name
        cart.touched, cart.checked, self.current = now, False, cart
        cart.change(kind, properties)
        if not cart.lines:
            self.carts.remove(cart)
            self.emptied.append(cart)

    def named(self, name: str | None) -> Cart | None:
        """The cart that is called so."""
        return next((cart for cart in [*self.carts, *self.emptied] if name is not None and cart.name == name), None)

    def touched(self, name: str | None, now: int) -> Cart | None:
        """The cart of an event, among those that are known."""
        if name is not None:
            unnamed = (cart for cart in [*self.carts, *self.emptied] if cart.name is None and (cart in self.carts or now <= cart.touched))
            return self.named(name) or next(unnamed, None)
        if not self.emptied:
            return self.current or max(self.carts, key=lambda cart: cart.touched, default=None)
        latest = max([*self.carts, *self.emptied], key=lambda cart: cart.touched)
        # A cart that was emptied by hand goes on; without a name it does not.
        return None if latest in self.emptied and latest.name is None and now > latest.touched else latest

    def begun(self, name: str | None, now: int, kind: str, properties: dict[str, Any]) -> Cart | None:
        """The cart that an event begins. None: there is no cart to touch."""
        if now <= self.over or any(now <= at for called, (at, _) in self.ended.items() if name in (None, called)):
            return None  # it belongs to what has been bought
        is_filled = kind == "product_added" or properties.get("products")
        if not is_filled and (name is None or "products" not in properties):
            return None
        self.born += name is None
        cart = Cart(f"cart {self.born}" if name is None else self.ended.get(name, (0, name))[1], name)
        if is_filled:
            self.carts.append(cart)
            return cart
        cart.touched = now
        self.emptied.append(cart)  # it is known now, and empty
        return None


def acts(events: Iterable[dict[str, Any]]) -> Iterator[Act]:
    """Every act of the rule over these Segment events, user by user."""
    histories: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for event in events:
        if event["type"] == "track":
            histories[str(event.get("userId") or event["anonymousId"])].append((time_of(event), event))
    for user, history in histories.items():
        yield from acts_of_one(user, sorted(history, key=lambda pair: pair[0]))


def acts_of_one(user: str, history: list[tuple[int, dict[str, Any]]]) -> Iterator[Act]:
    """Go through one user's events in order. Before each, check which carts have become idle."""
    customer = Customer(user)
    for now, event in [*history, (END_OF_TIME, {"event": "the end"})]:
        yield from customer.idle_before(now)
        kind = event["event"].lower().replace(" ", "_")
        if kind in ("order_completed", "cart_cleared"):
            customer.end(now, event, is_order=kind == "order_completed")
        elif kind in ("product_added", "product_removed", "cart_viewed", "checkout_started"):
            customer.touch(now, kind, event.get("properties", {}))
        if customer.current not in customer.carts:
            customer.current = None


def meant(carts: list[Cart], products: list[dict[str, Any]]) -> list[Cart]:
    """The carts that an order is about which names none that is known: the one that holds what it lists, else all."""
    bought = {product.get("product_id") for product in products}
    holding = [cart for cart in carts if any(product in bought for product, _ in cart.lines)]
    return holding if len(holding) == 1 else list(carts)


def time_of(event: dict[str, Any]) -> int:
    """Epoch milliseconds."""
    moment = datetime.fromisoformat(event["timestamp"])
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for line in file:
            yield json.loads(line, parse_float=Decimal)


def decided(path: Path, campaign: str) -> Iterator[tuple[str, int]]:
    """(user, due time) of each acted decision, from the values of the topic `decisions` or from what `kairos try --json` prints."""
    for line in read(path):
        if line.get("topic", "decisions") == "decisions":
            decision = line.get("value", line)
            if decision["campaign"] == campaign and decision["outcome"] == "acted":
                yield decision["user_id"], decision["at"]


def main() -> int:
    """Print the expected acts, or how the actual ones differ."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("events", type=Path)
    arguments.add_argument("--decisions", type=Path)
    arguments.add_argument("--campaign", default="cart-abandonment")
    given = arguments.parse_args()

    expected = sorted(acts(read(given.events)), key=lambda act: (act.due, act.user))
    if given.decisions is None:
        for act in expected:
            print(act.user, act.due, act.cart)
        return 0
    must = Counter((act.user, act.due) for act in expected)
    did = Counter(decided(given.decisions, given.campaign))
    missing, extra = must - did, did - must
    for label, pairs in (("missing", missing), ("extra", extra)):
        for (user, due), times in sorted(pairs.items(), key=lambda item: item[0][1])[:20]:
            print(f"{label}: {user} at {datetime.fromtimestamp(due / 1000, UTC).isoformat()} ({due}) x {times}")
    print(f"expected {must.total()}, decided {did.total()}: {missing.total()} missing, {extra.total()} extra")
    return 1 if missing or extra else 0


if __name__ == "__main__":
    sys.exit(main())
