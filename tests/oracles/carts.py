"""Carts by the rules of docs/campaigns.md, from the events, plainly: each thing in a cart keeps the time at which it was put in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from udfs.core.records import Event

ACTIVITY = ("product_added", "product_removed", "cart_viewed", "checkout_started")
SHOWN = ("cart_viewed", "checkout_started")
"""With a full list of products they replace what is in the cart."""
CLOSING = ("order_completed", "cart_cleared")
NEAR = 5 * 60_000


@dataclass
class Cart:
    """What lies in it: product, price, when it was put in, how many; in the order in which lines began."""

    key: str
    name: str | None
    born: int
    last: int
    ended: int = 0
    listed: int = 0
    things: list[tuple[str, float, int, float]] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    """Until when something was taken out."""

    def worth(self) -> float:
        """Price times quantity."""
        return sum(price * number for _, price, _, number in self.things)

    def put(self, product: Mapping[str, Any], at: int) -> None:
        """Put something in."""
        self.things.append((product["product_id"], product["price"], at, product["quantity"]))

    def take(self, product_id: str, number: float, until: int) -> None:
        """Take something out that was put in by then: of the line that began last, what was put in last."""
        self.taken.append(until)
        lines = list(dict.fromkeys(price for held, price, _, _ in sorted(self.things, key=lambda each: each[2]) if held == product_id))
        for price in reversed(lines):
            there = [each for each in self.things if each[:2] == (product_id, price) and each[2] <= until]
            for thing in sorted(there, key=lambda each: -each[2]):
                taken = min(number, thing[3])
                number -= taken
                place = self.things.index(thing)
                self.things[place : place + 1] = [(*thing[:3], thing[3] - taken)] if thing[3] > taken else []


@dataclass
class Carts:
    """The carts of one person."""

    user: str
    open: list[Cart] = field(default_factory=list)
    current: Cart | None = None
    born: int = 0
    over: int = 0
    """The latest order or clearing that named no known cart."""
    ended: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Named carts that have ended: when, and their keys."""
    removals: list[tuple[int, str, float, str | None]] = field(default_factory=list)
    """Removals that found nothing to take out, and the names of the carts that they named."""
    emptied: list[Cart] = field(default_factory=list)
    """Those that were emptied by hand: the latest four."""

    def hear(self, event: Event, *, late: bool) -> tuple[str | None, set[str]]:
        """What the event touches, and what an order or a clearing is about."""
        name = event.properties.get("cart_id")
        if event.name in CLOSING:
            return self._end(event, name)
        if event.name not in ACTIVITY:
            return None, set()
        cart = self._about(name, event.at, late=late)
        if event.name == "product_removed":
            product = event.properties["product_id"]
            if (cart is None or event.at >= cart.listed) and not (cart and any(each[0] == product and each[2] <= event.at for each in cart.things)):
                self.removals = [*self.removals[-3:], (event.at, product, event.properties.get("quantity", 1), name)]
        if cart is None:
            if event.at <= self.over or any(event.at <= at for called, (at, _) in self.ended.items() if name in (None, called)):
                return None, set()
            if event.name != "product_added" and not event.properties.get("products"):
                return name, set()
            self.born += name is None
            key = f"{self.user}-{self.born}" if name is None else self.ended.get(name, (0, name))[1]
            cart = Cart(key, name, event.at, event.at)
            self.open.append(cart)
        elif event.at <= cart.ended:
            return None, set()
        elif cart in self.emptied:
            self.emptied.remove(cart)
            self.open.append(cart)
        self._change(cart, event)
        cart.last = max(cart.last, event.at)
        if self.current is None or (cart.last == event.at and not late):
            self.current = cart
        if not cart.things:
            self._put_by(cart)
        return cart.key, set()

    def _put_by(self, cart: Cart) -> None:
        self.emptied.append(cart)
        self._leave(cart)
        for forgotten in self.emptied[:-4]:
            self._close(forgotten, forgotten.last - 1)

    def _leave(self, cart: Cart) -> None:
        self.open = [each for each in self.open if each is not cart]
        self.current = max(self.open, key=lambda each: each.last, default=None) if self.current is cart else self.current

    def _about(self, name: str | None, at: int, *, late: bool) -> Cart | None:
        def latest(carts: list[Cart]) -> Cart | None:
            return max(carts, key=lambda cart: cart.last, default=None)

        everything = [*self.open, *self.emptied]
        left = [cart for cart in self.emptied if cart.name is None and at > max([cart.last, *cart.taken])]
        if name is not None:
            found = next((cart for cart in everything if cart.name == name), None)
            if found is None and (found := latest([cart for cart in everything if cart.name is None and cart not in left])):
                found.name = name
            return found
        over = at <= max([self.over, *(ended for ended, _ in self.ended.values())])
        if not self.emptied:
            current = self.current or latest(self.open)
            if late and current and current.born > at:
                return latest([cart for cart in self.open if cart.born <= at]) or (None if over else current)
            return current
        then = latest([cart for cart in everything if cart.born <= at])
        if over or (then and then not in left):
            return then if then not in left else None
        before = [cart for cart in self.emptied if cart.name is None and cart not in left]
        found = min(before, key=lambda cart: cart.born) if before else latest(everything)
        return None if found in left else found

    def _end(self, event: Event, name: str | None) -> tuple[str | None, set[str]]:
        products = {line["product_id"] for line in event.properties.get("products", ())} if event.name == "order_completed" else set()
        known = [cart for cart in [*self.open, *self.emptied] if name is not None and cart.name == name]
        at = max([event.at, *(cart.last for cart in known if self._is_told_by_a_slow_clock(event, cart))])
        has_ended, of_it = not known and name in self.ended, []
        if has_ended and event.name == "order_completed":  # a shop may call every cart of a customer alike
            of_it = [cart for cart in [*self.open, *self.emptied] if cart.name is None and cart.born < event.at + NEAR]
        if has_ended and not of_it:
            assert name is not None
            self.ended[name] = max(event.at, self.ended[name][0]), self.ended[name][1]
            return name, set()
        if not known:
            known = [cart for cart in self.open if cart.born < event.at + NEAR and (not of_it or cart in of_it)]
            holding = [cart for cart in known if any(thing[0] in products for thing in cart.things)]
            known = holding if len(known) > 1 and len(holding) == 1 else known
            if not known and not of_it and (known := [cart for cart in self.open if self._is_all_bought_by_a_slow_clock(event, cart, products)]):
                at = max(cart.last for cart in known)
            for cart in [*known, *(cart for cart in of_it if cart in self.emptied)] if of_it else ():
                cart.name = name
            if len(known) == 1 and known[0].name is None:
                known[0].name = name
            self.over = self.over if of_it else max(self.over, at)
            if of_it:
                assert name is not None
                self.ended[name] = max(event.at, self.ended[name][0]), self.ended[name][1]
            for empty in [cart for cart in self.emptied if cart.born < at + NEAR and (not of_it or cart in of_it)]:
                self._close(empty, at)
        touched = max(known, key=lambda cart: cart.last, default=None)
        for cart in known:
            cart.things = [thing for thing in cart.things if thing[2] >= at + NEAR or (thing[2] > at and products and thing[0] not in products)]
            cart.ended = max(cart.ended, at)
            if not cart.things:
                self._close(cart, at)
        return touched.key if touched else name, {cart.key for cart in known}

    def _is_told_by_a_slow_clock(self, event: Event, cart: Cart) -> bool:
        """An order, or a clearing of a cart that never ended, that names a cart which began long after it."""
        added = [thing[2] for thing in cart.things]
        began = min(added) if cart.ended and added else min([cart.born, *added])
        return began >= event.at + NEAR and (event.name == "order_completed" or not (cart.ended or cart.name in self.ended))

    def _is_all_bought_by_a_slow_clock(self, event: Event, cart: Cart, products: set[str]) -> bool:
        """Within a day it is the clock that is wrong, and not the customer who buys the same again."""
        near = self._is_told_by_a_slow_clock(event, cart) and min([cart.born, *(thing[2] for thing in cart.things)]) < event.at + 24 * 60 * 60_000
        return near and bool(cart.things) and all(thing[0] in products for thing in cart.things)

    def _close(self, cart: Cart, at: int) -> None:
        self._leave(cart)
        self.emptied = [each for each in self.emptied if each is not cart]
        if cart.name is None:
            self.over = max(self.over, at)
        else:
            self.ended[cart.name] = max(at, self.ended.get(cart.name, (0, ""))[0]), cart.key

    def _change(self, cart: Cart, event: Event) -> None:
        product = event.properties
        if event.at < cart.listed:
            return
        if event.name == "product_added":
            cart.put(product, event.at)
        elif event.name == "product_removed":
            cart.take(product["product_id"], product["quantity"], event.at)
            return
        elif "products" in product:
            later = [thing for thing in cart.things if thing[2] > event.at]
            cart.things = []
            for shown in product["products"]:
                cart.put(shown, event.at)
            cart.things += later
            cart.listed = event.at
        for removal in [each for each in self.removals if each[0] > event.at]:
            of_this = None in (removal[3], cart.name) or removal[3] == cart.name
            if of_this and any(thing[0] == removal[1] for thing in cart.things):
                cart.take(removal[1], removal[2], removal[0])
                self.removals.remove(removal)
