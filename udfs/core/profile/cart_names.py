"""What a cart is called, and which carts an order means that names none that is open."""

from collections.abc import Set
from typing import Any

from udfs.core.profile import cart_items
from udfs.core.profile.cart_items import TOLERANCE
from udfs.core.profile.cart_products import is_called
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.state import Profile
from udfs.core.values.durations import DAY
from udfs.core.values.ids import plain_id


def named(profile: Profile, told: Any, label: str) -> Cart | None:
    """The open cart that somebody has called so."""
    carts = profile.carts
    if (cart := carts.get(told)) is not None and cart.name is None:
        return cart
    return next((cart for cart in carts.values() if plain_id(cart.name or cart.id) == label), None)


def is_unnamed(profile: Profile, user_id: str, cart: Cart) -> bool:
    """Whether its id was made here, and nobody has named it since."""
    made, _, number = cart.id.rpartition("-")
    is_ours = made == user_id or (profile.identity is not None and made in profile.identity.linked)
    return cart.name is None and is_ours and number.isdigit() and int(number) <= profile.carts_born


def named_after(profile: Profile, user_id: str, sent_as: str) -> str:
    """Of which id the id of a new cart is made that nobody names: that of its first event, if it is known to be the customer's. The cart is then
    called the same whether the event or the link is read first."""
    return sent_as if profile.identity is not None and sent_as in profile.identity.linked else user_id


def meant(profile: Profile, at: int, products: Set[str] | None) -> list[Cart]:
    """The open carts that an order means which names none that is known: the one whose products it holds, else all of before it."""
    return holding([cart for cart in profile.carts.values() if cart_items.begun(cart) < at + TOLERANCE], products)


def bought(profile: Profile, at: int, products: Set[str] | None) -> list[Cart]:
    """The open carts that began after an order by its clock, and of which it lists everything: its sender's clock is behind, or writes the time of
    another zone. Of what is older by more than a day, nobody can tell that it is not another order."""
    if not products:
        return []
    return [
        cart
        for cart in profile.carts.values()
        if cart.items and at + TOLERANCE <= cart_items.begun(cart) < at + DAY and all(is_called(item, products) for item in cart.items)
    ]


def without_name(profile: Profile, user_id: str, at: int) -> list[Cart]:
    """The carts, open or emptied, that began before and that nobody has named: one whose name is only told by an order may be among them."""
    held = [cart for cart in profile.carts.values() if cart_items.begun(cart) < at + TOLERANCE]
    emptied = [cart for cart in profile.emptied if cart.opened < at + TOLERANCE]
    return [cart for cart in [*held, *emptied] if is_unnamed(profile, user_id, cart)]


def holding(carts: list[Cart], products: Set[str] | None) -> list[Cart]:
    """Of several the one that holds some of these products, else all."""
    if len(carts) > 1 and products:
        found = [cart for cart in carts if any(is_called(item, products) for item in cart.items)]
        if len(found) == 1:
            return found
    return carts
