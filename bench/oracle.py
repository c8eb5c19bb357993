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

    def worth(self) -> Fraction:
        """The total price."""
        return sum((price * quantity for (_, price), quantity in self.lines.items()), Fraction(0))


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
    carts: list[Cart] = []
    emptied: list[Cart] = []  # those in which nothing is any more
    current: Cart | None = None  # the cart of events without a cart_id
    born = over = 0  # carts without a name; the latest order or clearing that named no known cart
    ended: dict[str, tuple[int, str]] = {}  # when a cart of this name ended, and its key
    closings: list[set[str | None]] = []  # the names of what the latest four orders and clearings were about
    orders: set[str] = set()
    done: set[str] = set()
    for now, event in [*history, (END_OF_TIME, {"event": "the end"})]:
        for cart in carts:
            due = cart.touched + IDLE
            if due < now and not cart.checked:
                cart.checked = True
                if cart.worth() > THRESHOLD and cart.key not in done:
                    done.add(cart.key)
                    yield Act(user, due, cart.key)

        kind = event["event"].lower().replace(" ", "_")
        properties = event.get("properties", {})
        name: str | None = properties.get("cart_id")
        named = next((cart for cart in [*carts, *emptied] if name is not None and cart.name == name), None)
        if kind in ("order_completed", "cart_cleared"):
            retold = kind == "order_completed" and properties.get("order_id", event.get("messageId")) in orders
            if kind == "order_completed":
                orders.add(properties.get("order_id", event.get("messageId")))
            listed = properties.get("products", [])
            bought = [named] if named else [] if retold or name in ended else meant(carts, listed)
            if not named and not retold and name not in ended:
                over = now
                bought += emptied
            elif not named and not retold and kind == "order_completed":  # a shop may call every cart of a customer alike
                bought = meant([cart for cart in carts if cart.name is None], listed) + [cart for cart in emptied if cart.name is None]
                for cart in bought:
                    cart.name = name
            if name in ended and not retold:
                ended[name] = now, ended[name][1]
            if named or name or not retold:
                closings.append({name, *(cart.name for cart in bought)})
            if len(found_open := [cart for cart in bought if cart in carts]) == 1 and not named:
                found_open[0].name = found_open[0].name or name
            for cart in bought:
                (carts if cart in carts else emptied).remove(cart)
                if cart.name is not None:
                    ended[cart.name] = now, cart.key
        elif kind in ("product_added", "product_removed", "cart_viewed", "checkout_started"):
            found = named
            if name is None:
                found = current or max(carts, key=lambda cart: cart.touched, default=None)
                if emptied:  # a cart that was emptied by hand goes on; without a name it does not
                    found = max([*carts, *emptied], key=lambda cart: cart.touched)
                    found = None if found in emptied and found.name is None and now > found.touched else found
            elif named is None:
                found = next((cart for cart in [*carts, *emptied] if cart.name is None and (cart in carts or now <= cart.touched)), None)
            if found is None:
                if now <= over or any(now <= at for called, (at, _) in ended.items() if name in (None, called)):
                    continue  # it belongs to what has been bought
                if kind != "product_added" and not properties.get("products"):
                    if name is not None and "products" in properties:  # it is known now, and empty
                        emptied.append(Cart(ended.get(name, (0, name))[1], name))
                        emptied[-1].touched = now
                    continue  # there is no cart to touch
                born += name is None
                found = Cart(f"cart {born}" if name is None else ended.get(name, (0, name))[1], name)
                carts.append(found)
            if found in emptied:
                emptied.remove(found)
                carts.append(found)
            found.name = found.name or name
            found.touched, found.checked, current = now, False, found
            if kind == "product_added":
                found.add(properties)
            elif kind == "product_removed":
                found.remove(properties)
            elif "products" in properties:
                found.lines = {}
                for product in properties["products"]:
                    found.add(product)
            if not found.lines:
                carts.remove(found)
                emptied.append(found)
        if current not in carts:
            current = None


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
