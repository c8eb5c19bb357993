"""How much of carts is kept, in bytes: a shop with long names, or a tracker that sends a new cart with every page, must not fill the state."""

import msgspec

from udfs.core.profile import cart_removals
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.state import Profile

MAX_BYTES = 192_000
"""Of all carts of one customer."""
MAX_CART_BYTES = 96_000
MAX_EMPTIED_BYTES = 16_000
"""Of what is known of one cart in which nothing is any more."""
FEW_CARTS = 4
FEW_LINES = 8
"""With so few, nothing needs to be measured: each text of a line is bounded."""

_encode = msgspec.msgpack.Encoder().encode


def bound(profile: Profile, cart: Cart) -> None:
    """Keep to the bounds after `cart` was changed: its pictures and links go first, then the names, then whole carts, untouched for longest."""
    lines = len(cart.items)
    if cart.removed:
        lines += sum(1 + len(removal.taken) for removal in cart.removed)
    if len(profile.carts) <= FEW_CARTS and lines <= FEW_LINES:
        return
    sizes = {cart_id: len(_encode(held)) for cart_id, held in profile.carts.items()}
    if sizes.get(cart.id, 0) > MAX_CART_BYTES:
        _shorten(cart)
        sizes[cart.id] = len(_encode(cart))
    for held in sorted(profile.carts.values(), key=lambda each: each.last):
        if sum(sizes.values()) <= MAX_BYTES:
            return
        if held is not cart:
            del profile.carts[held.id], sizes[held.id]


def bound_emptied(cart: Cart) -> None:
    """Of a cart that was emptied what is reported late may still be about what was taken out: as much as fits of it is kept, the latest of it."""
    if len(_encode(cart)) > MAX_EMPTIED_BYTES:
        _shorten(cart, MAX_EMPTIED_BYTES)


def _shorten(cart: Cart, most: int = MAX_CART_BYTES) -> None:
    for fields in (("image", "url"), ("name", "sku", "variant")):
        for item in [item for removal in cart.removed for item in removal.taken] + cart.items[::-1]:
            for field in fields:
                setattr(item, field, None)
        if len(_encode(cart)) <= most:
            return
    while cart.removed and len(_encode(cart)) > most:
        cart_removals.forget(cart, cart.removed.pop(0))
