"""Carts: what is in them and when they were last touched.

Trackers often send no `cart_id`: then a cart is born at the first add after empty, and its id is made from the user and a sequence
number. An order without a cart id closes the current cart; with one, only that cart. An event that carries a full product list
replaces the items. A cart without items does not exist.
"""

from collections.abc import Mapping
from math import inf
from typing import Any, NamedTuple

from udfs.core.profile.state import Cart, Item, Profile
from udfs.core.values.durations import DAY
from udfs.core.values.money import Currency

ACTIVITY = frozenset({"product_added", "product_removed", "cart_viewed", "checkout_started"})
"""Events that break the silence of a cart."""
CLOSING = frozenset({"order_completed", "cart_cleared"})
REPLACING = frozenset({"cart_viewed", "checkout_started"})
EVENTS = ACTIVITY | CLOSING


class Change(NamedTuple):
    """What an event did to carts: the one it touched, and those that an order or a cleared cart was about (they may have closed, or go on)."""

    touched: str | None = None
    ended: frozenset[str] = frozenset()


UNCHANGED = Change()

KEPT_FOR = 30 * DAY
"""A cart untouched for so long is forgotten."""
MAX_CARTS = 64
MAX_ITEMS = 100


def cart_id_of(profile: Profile, properties: Mapping[str, Any]) -> str | None:
    """Which cart an event speaks of: its own `cart_id`, else the current cart."""
    named = properties.get("cart_id")
    if isinstance(named, (str, int)) and named != "":
        return str(named)
    return profile.current


def value(cart: Cart | None) -> float | None:
    """Price times quantity over all items, in the cart's currency; 0 without a cart, None when a price or the currency is unknown."""
    if cart is None:
        return 0
    if cart.mixed:
        return None
    worth = 0.0
    for item in cart.items:
        if item.price is None:
            return None
        worth += item.price * item.quantity
    return round(worth, 6)


def units(cart: Cart | None) -> float:
    """How many things are in the cart."""
    return sum(item.quantity for item in cart.items) if cart else 0


def update(profile: Profile, *, user_id: str, name: str, properties: Mapping[str, Any], at: int, late: bool, currency: Currency) -> Change:
    """Apply one cart event. An order or a cleared cart touches the cart that it is about, too."""
    cart_id = cart_id_of(profile, properties)
    cart = profile.carts.get(cart_id) if cart_id is not None else None
    if late and cart is None and at <= profile.cart_closed:
        return UNCHANGED  # it belongs to a cart that has been closed since
    if name in CLOSING:
        if cart is not None and (not late or at >= cart.last):
            _close(profile, cart, at)
        return Change(cart_id, frozenset((cart_id,)) if cart_id is not None and cart is not None else frozenset())
    products = properties.get("products")
    if cart is None:
        if not products and name != "product_added":
            return Change(cart_id)
        cart = _open(profile, cart_id, user_id, at)
    if late and at < cart.last:
        _change(cart, name, properties, currency)
    else:
        cart.last = at
        _change(cart, name, properties, currency)
        if not late or profile.current is None:
            profile.current = cart.id
    if not cart.items:
        _close(profile, cart, at)
    return Change(cart.id)


def _open(profile: Profile, cart_id: str | None, user_id: str, at: int) -> Cart:
    for stale in [held for held in profile.carts.values() if held.last < at - KEPT_FOR]:
        del profile.carts[stale.id]
    if len(profile.carts) >= MAX_CARTS:
        oldest = min(profile.carts.values(), key=lambda held: held.last)
        del profile.carts[oldest.id]
    if cart_id is None:
        profile.carts_born += 1
        cart_id = f"{user_id}-{profile.carts_born}"
    cart = profile.carts[cart_id] = Cart(id=cart_id, opened=at, last=at, currency=None, items=[])
    return cart


def _close(profile: Profile, cart: Cart, at: int) -> None:
    del profile.carts[cart.id]
    profile.cart_closed = max(profile.cart_closed, at)
    if profile.current == cart.id:
        profile.current = None


def _change(cart: Cart, name: str, properties: Mapping[str, Any], currency: Currency) -> None:
    if name in REPLACING:
        products = properties.get("products")
        if isinstance(products, list):
            cart.items, cart.mixed, cart.currency = [], False, None
            for product in products[:MAX_ITEMS]:
                if isinstance(product, dict):
                    _put(cart, {"currency": properties.get("currency"), **product}, 1, currency)
        elif "products" in properties:  # a list came that nobody can read: what is in the cart now is not known
            cart.mixed = True
        return
    _put(cart, properties, -1 if name == "product_removed" else 1, currency)


def _put(cart: Cart, product: Mapping[str, Any], sign: int, currency: Currency) -> None:
    """Add or take out so many of a product. The same product at another price is a line of its own, so the value is a plain sum."""
    product_id = str(product.get("product_id") or product.get("sku") or "")
    told = product.get("quantity", 1.0)
    quantity = _number(told, 1.0) or 0.0
    if sign < 0:
        _remove(cart, product_id, quantity if told else inf)  # so many that nobody can read, or none: all of them are gone
        return
    price = _price(cart, product, currency) if told is not None else None
    for item in cart.items:
        if item.product_id == product_id and (item.price == price or price is None):
            item.quantity += quantity
            return
    if quantity > 0 and len(cart.items) < MAX_ITEMS:
        name, image, url = (_text(product.get(field)) for field in ("name", "image_url", "url"))
        cart.items.append(Item(product_id, price, quantity, name, image, url))
    elif quantity > 0:
        last = cart.items[-1]  # beyond the bound the value stays right; the names of the rest are not kept
        last.price, last.quantity = _joined(last, price, quantity), 1


def _remove(cart: Cart, product_id: str, quantity: float) -> None:
    """Take a product out. Of a removal that does not say which product, the only line is meant, or nobody knows what is left."""
    if product_id:
        _take(cart, product_id, quantity)
    elif len(cart.items) == 1:
        _take(cart, cart.items[0].product_id, quantity)
    else:
        cart.mixed = True


def _take(cart: Cart, product_id: str, quantity: float) -> None:
    for position in range(len(cart.items) - 1, -1, -1):
        item = cart.items[position]
        if item.product_id == product_id and quantity > 0:
            taken = min(quantity, item.quantity)
            item.quantity -= taken
            quantity -= taken
            if item.quantity <= 0:
                del cart.items[position]


def _joined(item: Item, price: float | None, quantity: float) -> float | None:
    return None if item.price is None or price is None else item.price * item.quantity + price * quantity


def _price(cart: Cart, product: Mapping[str, Any], currency: Currency) -> float | None:
    amount = _number(product.get("price"), None)
    unit = product.get("currency")
    unit = unit.upper() if isinstance(unit, str) and unit else None
    if amount is None:
        return None
    if currency.base is not None:
        cart.currency = currency.base
        return currency.convert(amount, unit)
    if unit is not None:
        if cart.currency is not None and cart.currency != unit:
            cart.mixed = True
        cart.currency = cart.currency or unit
    return amount


def _number(value: Any, default: float | None) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) and value else None
