"""How much of carts is kept, in bytes: a shop with long names, or a tracker that sends a new cart with every page, must not fill the state."""

import msgspec

from udfs.core.profile.state import Cart, Profile

MAX_BYTES = 192_000
"""Of all carts of one customer."""
MAX_CART_BYTES = 96_000
FEW_CARTS = 4
FEW_LINES = 8
"""With so few, nothing needs to be measured: each text of a line is bounded."""

_encode = msgspec.msgpack.Encoder().encode


def bound(profile: Profile, cart: Cart) -> None:
    """Keep to the bounds after `cart` was changed: its pictures and links go first, then the names, then whole carts, untouched for longest."""
    if len(profile.carts) <= FEW_CARTS and len(cart.items) + len(cart.removed) <= FEW_LINES:
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


def _shorten(cart: Cart) -> None:
    for fields in (("image", "url"), ("name", "sku", "variant")):
        for item in reversed(cart.items):
            for field in fields:
                setattr(item, field, None)
        if len(_encode(cart)) <= MAX_CART_BYTES:
            return
