"""The lines of a cart: what an event adds, takes out or lists, and what an order leaves of them. Prices stay as the customer saw them."""

from collections.abc import Mapping, Set
from math import inf
from typing import Any

from udfs.core.profile.state import Cart, Item, Profile
from udfs.core.values.durations import MINUTE
from udfs.core.values.ids import plain_id
from udfs.core.values.money import number, unit_of

ADDING = frozenset({"product_added", "wishlist_product_added_to_cart"})
REPLACING = frozenset({"cart_viewed", "checkout_started"})
TOLERANCE = 5 * MINUTE
"""Two clocks differ, even when both are right."""
UNKNOWN = inf
"""The quantity of a line of which nobody knows how many: whatever is taken out of it, nobody knows how many are left."""
MAX_ITEMS = 100
MAX_REMOVALS = 4
MAX_PRODUCT = 100
"""Characters of a product's id in a removal that waits."""
MAX_ADDS = 4
"""Of one line, each with its time; beyond it the oldest two are one."""


def change(cart: Cart, name: str, properties: Mapping[str, Any], at: int, removals: list[tuple[int, str, float]]) -> None:
    """Apply what an event says about the content. One that is older than the latest full list changes nothing: the list holds it already.

    `removals`: those that arrived before what they took out; they are used up.
    """
    if at < cart.listed:
        return
    after = at - cart.opened
    if name == "product_removed":
        _remove(cart, product_of(properties), _taken_out(properties), after)
        return
    if name in REPLACING:
        _replace(cart, properties, after)
    else:
        _put(cart, properties, after)
    for removal in [each for each in removals if each[0] > at]:
        if any(removal[1] in ("", item.product_id) for item in cart.items):
            _remove(cart, removal[1], removal[2], removal[0] - cart.opened)
            removals.remove(removal)


def note_removal(profile: Profile, properties: Mapping[str, Any], at: int, cart: Cart | None) -> None:
    """Remember a removal that finds nothing: networks do not keep the order, so what it takes out may be on its way."""
    product = product_of(properties)
    there = cart is not None and any(product in ("", item.product_id) and _adds(item)[0][0] <= at - cart.opened for item in cart.items)
    if not there and (cart is None or at >= cart.listed):
        profile.removals = [*profile.removals[-(MAX_REMOVALS - 1) :], (at, product[:MAX_PRODUCT], _taken_out(properties))]


def _taken_out(properties: Mapping[str, Any]) -> float:
    """How many; all of them where nobody can read how many, or where it says none."""
    told = properties.get("quantity", 1.0)
    return (number(told) or 0.0) if told else inf


def finish(cart: Cart, at: int, products: Set[str] | None) -> None:
    """Take out what an order or clearing ended, of what had been told before it came. That is everything added before it, and what was added less
    than five minutes after it, unless the order lists its `products` and this is none of them."""
    kept = []
    for item in cart.items:
        listed = products is None or plain_id(item.product_id) in products
        until = at - cart.opened + (TOLERANCE - 1 if listed else 0)
        item.adds = [add for add in item.adds if add[0] > until]
        if item.adds:
            item.quantity = sum(quantity for _, quantity in item.adds)
        if item.after > until:
            kept.append(item)
    cart.items = kept


def product_of(product: Mapping[str, Any]) -> str:
    """What tells one product from another; empty when nothing does."""
    return str(product.get("product_id") or product.get("sku") or product.get("name") or "").strip()


def _replace(cart: Cart, properties: Mapping[str, Any], after: int) -> None:
    products = properties.get("products")
    if isinstance(products, list):
        later = [item for item in cart.items if item.after > after]
        cart.items, cart.doubtful, cart.currency = [], False, cart.currency if later else None
        for product in products[:MAX_ITEMS]:
            if isinstance(product, dict):
                _put(cart, {"currency": properties.get("currency"), **product}, after)
        cart.items += later[: MAX_ITEMS - len(cart.items)]
        cart.listed = cart.opened + after
    elif "products" in properties:  # a list came that nobody can read: what is in the cart now is not known
        cart.doubtful = True


def _put(cart: Cart, product: Mapping[str, Any], after: int) -> None:
    """Add so many of a product. The same product at another price is a line of its own, so the value is a plain sum."""
    product_id = product_of(product)
    told = product.get("quantity", 1.0)
    quantity = UNKNOWN if told is None else 1.0 if (read := number(told)) is None else read
    price = number(product.get("price"))
    unit = unit_of(product.get("currency")) or ""
    if unit and price is not None:
        cart.currency = cart.currency or unit
    currency = None if unit == cart.currency else unit
    is_told = "price" in product
    for item in cart.items if product_id else ():  # what nobody can tell apart is not taken for the same
        if item.product_id == product_id and (not is_told or _is_priced(item, price, currency)):
            if item.price is None and price is not None:
                item.price, item.currency = price, currency
            _more(item, quantity, after)
            return
    if quantity > 0 and len(cart.items) < MAX_ITEMS:
        name, image, url = (_text(product.get(field)) for field in ("name", "image_url", "url"))
        cart.items.append(Item(product_id, price, quantity, name, image, url, currency, after, unreadable=is_told and price is None))
    elif quantity > 0:
        last = cart.items[-1]  # beyond the bound the value stays right; the names of the rest are not kept
        cart.doubtful = cart.doubtful or last.currency != currency
        last.price, last.quantity, last.after, last.adds = _joined(last, price, quantity), 1, max(last.after, after), []


def _is_priced(item: Item, price: float | None, currency: str | None) -> bool:
    """Whether a line costs so much, or nobody has told what it costs, so that this may be it. What cannot be read is a line of its own."""
    if price is None:
        return item.unreadable
    return (item.price == price and item.currency == currency) or (item.price is None and not item.unreadable)


def _more(item: Item, quantity: float, after: int) -> None:
    item.quantity += quantity
    if after != item.after or item.adds:
        adds = [*(item.adds or [(item.after, item.quantity - quantity)]), (after, quantity)]
        if len(adds) > MAX_ADDS:
            adds.sort()
            adds[:2] = [(adds[1][0], adds[0][1] + adds[1][1])]
        item.adds = adds
    item.after = max(item.after, after)


def _remove(cart: Cart, product_id: str, quantity: float, until: int) -> None:
    """Take a product out, as far as it was added by then. Of a removal that does not say which product, the only line is meant, or nobody knows
    what is left."""
    if product_id:
        _take(cart, product_id, quantity, until)
        return
    there = [item for item in cart.items if any(at <= until for at, _ in _adds(item))]
    if len(there) == 1:
        _take(cart, there[0].product_id, quantity, until)
    elif there:
        cart.doubtful = True


def _adds(item: Item) -> list[tuple[int, float]]:
    return item.adds or [(item.after, item.quantity)]


def _take(cart: Cart, product_id: str, quantity: float, until: int) -> None:
    for position in range(len(cart.items) - 1, -1, -1):
        item = cart.items[position]
        if item.product_id != product_id or quantity <= 0:
            continue
        left: list[tuple[int, float]] = []
        for at, added in sorted(_adds(item), reverse=True):  # of what was added by then, the latest first
            gone = min(added, quantity) if at <= until else 0
            if quantity != inf:
                quantity -= gone
            if gone == 0 or (added > gone or (added == inf and quantity != inf)):
                left.append((at, added if added == inf else added - gone))
        if not left:
            del cart.items[position]
            continue
        item.adds = left[::-1] if item.adds else []
        item.quantity = sum(each for _, each in left)
        item.after = max(at for at, _ in left)


def _joined(item: Item, price: float | None, quantity: float) -> float | None:
    return None if item.price is None or price is None else item.price * item.quantity + price * quantity


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) and value else None
