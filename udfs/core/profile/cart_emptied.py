"""Carts that were emptied by hand. They go on: what is reported late was in them before, and a cart that has a name keeps it when it is filled again.

A cart without a name is over once it is empty, so only what happened before is of it; the next add begins another. An order or a clearing ends
both kinds, see `carts`.
"""

from collections.abc import Collection, Iterable

from udfs.core.profile.cart_items import KEPT_FOR
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.state import Profile
from udfs.core.values.ids import plain_id

MAX_EMPTIED = 4


def put_by(profile: Profile, cart: Cart) -> list[Cart]:
    """Nothing is in it any more. Returns those that give way to it."""
    gone = [each for each in profile.emptied if each.last < cart.last - KEPT_FOR]
    kept = [each for each in profile.emptied if each.last >= cart.last - KEPT_FOR and each is not cart]
    profile.emptied = [*kept[-(MAX_EMPTIED - 1) :], cart]
    return gone + kept[: -(MAX_EMPTIED - 1)]


def take_up(profile: Profile, cart: Cart) -> None:
    """Something is reported of it again."""
    profile.emptied = [each for each in profile.emptied if each is not cart]
    profile.carts[cart.id] = cart


def named(profile: Profile, label: str) -> Cart | None:
    """The one of that name."""
    return next((cart for cart in profile.emptied if plain_id(cart.name or cart.id) == label), None)


def is_left(cart: Cart, at: int) -> bool:
    """Whether what happened at `at` came after everything that was put into a cart without a name and taken out of it, which was empty then. Who
    only looks at it says nothing about that."""
    return at > max([cart.opened, cart.listed, *(cart.opened + removal.after for removal in cart.removed)])


def spoken_of(everything: Collection[Cart], unnamed: Iterable[Cart], at: int, *, is_over: bool) -> Cart | None:
    """The cart that an event is about which names none, where some were emptied: of those that there were then the one that was touched last.

    `everything`: the open ones and the emptied ones; `unnamed`: the emptied ones without a name; `is_over`: whether what happened then was bought.
    None: a new one.
    """
    left = {cart.id for cart in unnamed if is_left(cart, at)}
    then = latest([cart for cart in everything if cart.opened <= at])
    if then is not None and then.id not in left:
        return then
    if is_over:
        return None
    before = min((cart for cart in unnamed if cart.id not in left), key=lambda cart: cart.opened, default=None)
    found = before or latest(everything)
    return None if found is None or found.id in left else found


def latest(carts: Iterable[Cart]) -> Cart | None:
    """The one that was touched last."""
    return max(carts, key=lambda cart: cart.last, default=None)
