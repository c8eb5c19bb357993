"""The lines of a cart: what an event adds, takes out or lists, and what an order leaves of them. Prices stay as the customer saw them."""

from collections.abc import Mapping, Set
from math import inf
from typing import Any

from udfs.core.profile import cart_lines, cart_removals
from udfs.core.profile.cart_lines import MAX_ADDS, MAX_ITEMS
from udfs.core.profile.cart_products import is_called, other_names, product_of
from udfs.core.profile.cart_state import Cart, Item
from udfs.core.profile.state import Profile
from udfs.core.values.durations import DAY, MINUTE
from udfs.core.values.money import number, unit_of

ADDING = frozenset({"product_added", "wishlist_product_added_to_cart"})
REPLACING = frozenset({"cart_viewed", "checkout_started"})
TOLERANCE = 5 * MINUTE
"""Two clocks differ, even when both are right."""
KEPT_FOR = 30 * DAY
"""What nobody has touched for so long is forgotten: a cart, one that was emptied, and what is known of its end."""
UNKNOWN = inf
"""The quantity of a line of which nobody knows how many: whatever is taken out of it, nobody knows how many are left."""


def change(profile: Profile, cart: Cart, label: str, name: str, properties: Mapping[str, Any], at: int) -> None:
    """Apply what an event says about the content. One that is older than the latest full list changes nothing: the list holds it already.
    `label`: what the cart is called, if anything; read where removals are waiting."""
    if name == "product_removed":
        cart_removals.take_out(profile, cart, properties, at)
        return
    if at < cart.listed:
        return
    is_list = name in REPLACING
    if is_list and "products" not in properties:
        return
    after = at - cart.opened
    again = cart_removals.put_back(cart, after) if cart.removed else []
    if is_list:
        _replace(cart, properties, after)
    else:
        _put(cart, properties, after)
    if again or profile.removals:
        cart_removals.take_again(profile, cart, again, label, at)


def finish(profile: Profile, cart: Cart, at: int, products: Set[str] | None) -> None:
    """Take out what an order or clearing ended, of what had been told before it came. That is everything added before it, and what was added less
    than five minutes after it, unless the order lists its `products` and this is none of them."""
    after = at - cart.opened
    again = cart_removals.put_back(cart, after) if cart.removed else []
    cart.removed = []
    cart.items = [item for item in cart.items if is_left(item, after + (TOLERANCE - 1 if products is None or is_called(item, products) else 0))]
    if len(cart.items) > 1:
        cart_lines.price_by_others(cart.items)
    if cart.doubtful:
        until = at + (TOLERANCE - 1 if products is None else 0)
        cart.doubted = 0 if cart.doubted <= until else cart.doubted
        cart_removals.doubt(cart)
    if again:
        near = after + TOLERANCE
        left = [each for each in again if each.after >= near or (products is not None and products.isdisjoint(each.names[:3]))]
        cart_removals.take_again(profile, cart, left)


def is_left(item: Item, until: int) -> bool:
    """Whether some of a line was added later. What was added by then is no longer in it."""
    if item.adds and item.after > until:
        cart_lines.of_adds(item, [add for add in item.adds if add[0] > until])
        cart_lines.forget_price(item, until)
    return item.after > until


def begun(cart: Cart) -> int:
    """When the first of what is in it was put in, or it was opened, whichever was earlier: what is reported late may be older. What an order has
    left in it began with the first of that."""
    added = [cart_lines.first_added(item) for item in cart.items]
    return cart.opened + min(added if cart.ended and added else [0, *added])


def is_gone(cart: Cart) -> bool:
    """Whether nothing is in it, as far as anybody can tell."""
    return not cart.items and not cart.doubtful


def _replace(cart: Cart, properties: Mapping[str, Any], after: int) -> None:
    products = properties.get("products")
    if isinstance(products, list):
        later = [item for item in cart.items if is_left(item, after)]
        cart.doubted = 0 if cart.doubted <= cart.opened + after else cart.doubted
        cart.doubtful, cart.removed = cart.doubted > 0, []
        cart.items, cart.currency = [], cart.currency if later else None
        for product in products[:MAX_ITEMS]:
            if isinstance(product, dict):
                _put(cart, {"currency": properties.get("currency"), **product}, after)
        for item in later:
            put_later(cart, item)
        cart.listed = cart.opened + after
    elif "products" in properties:  # a list came that nobody can read: what is in the cart now is not known
        _doubt(cart, after)


def _doubt(cart: Cart, after: int) -> None:
    cart.doubtful, cart.doubted = True, max(cart.doubted, cart.opened + after)


def _put(cart: Cart, product: Mapping[str, Any], after: int) -> None:
    """Add so many of a product. The same product at another price is a line of its own, so the value is a plain sum."""
    product_id = product_of(product)
    told = product.get("quantity", 1.0)
    quantity = UNKNOWN if told is None else 1.0 if (read := number(told)) is None else read
    if quantity == 0:
        return  # it says that the line is gone, and nothing of any other
    price = number(product.get("price"))
    unit = unit_of(product.get("currency")) or ""
    if unit and price is not None:
        cart.currency = cart.currency or unit
    currency = None if unit == cart.currency else unit
    is_told = "price" in product
    for item in cart.items if product_id else ():  # what nobody can tell apart is not taken for the same
        if item.product_id == product_id and (not is_told or _is_priced(item, price, currency)):
            _note_price(item, price, currency, after, is_told=is_told)
            _more(item, quantity, after)
            return
    if len(cart.items) < MAX_ITEMS:
        name, image, url = (_text(product.get(field)) for field in ("name", "image_url", "url"))
        is_unreadable = is_told and price is None
        sku, variant = other_names(product)
        cart.items.append(Item(product_id, price, quantity, name, image, url, currency, after, [], is_unreadable, sku, variant))
    else:
        last = cart.items[-1]  # beyond the bound the value stays right; the names of the rest are not kept
        if last.currency != currency:
            _doubt(cart, after)
        last.price, last.quantity, last.after, last.adds = _joined(last, price, quantity), 1, max(last.after, after), []


def put_later(cart: Cart, item: Item) -> None:
    """Keep what was added after a list that is reported late, as if the list had come first."""
    for held in cart.items if item.product_id else ():
        costs_as_much = _is_priced(held, item.price, item.currency) or (item.price is None and not item.unreadable)
        if held.product_id == item.product_id and costs_as_much:
            for at, quantity in cart_lines.adds(item):
                _note_price(held, item.price, item.currency, at, is_told=item.price is not None or item.unreadable)
                _more(held, quantity, at)
            return
    if len(cart.items) < MAX_ITEMS:
        cart.items.append(item)


def _is_priced(item: Item, price: float | None, currency: str | None) -> bool:
    """Whether a line costs so much, or nobody has told what it costs, so that this may be it. What cannot be read is a line of its own."""
    if price is None:
        return item.unreadable
    return (item.price == price and item.currency == currency) or (item.price is None and not item.unreadable)


def _note_price(item: Item, price: float | None, currency: str | None, after: int, *, is_told: bool) -> None:
    """Some more is added to a line: what it costs, and when somebody said so."""
    if not is_told:
        if item.priced is None and (item.price is not None or item.unreadable):
            item.priced = item.after
    elif item.price is None and price is not None:
        item.price, item.currency, item.priced = price, currency, after
    elif item.priced is not None:
        item.priced = max(item.priced, after)


def _more(item: Item, quantity: float, after: int) -> None:
    if after != item.after or item.adds:
        adds = [*cart_lines.adds(item), (after, quantity)]
        if len(adds) > MAX_ADDS:
            adds.sort()
            adds[:2] = [(adds[1][0], adds[0][1] + adds[1][1])]
        item.adds = adds
    item.quantity += quantity
    item.after = max(item.after, after)


def _joined(item: Item, price: float | None, quantity: float) -> float | None:
    return None if item.price is None or price is None else item.price * item.quantity + price * quantity


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) and value else None
