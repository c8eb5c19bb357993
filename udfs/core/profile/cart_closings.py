"""What was bought or cleared lately: a fast phone must not fill the cart again.

What is reported after an order, and lies less than five minutes after it, is part of it if two clocks told them: another sender's, or one that is
seen to be fast. Where nobody knows who told them, what the order lists is part of it, and all else is accepted.
"""

from collections.abc import Mapping, Set
from math import inf
from typing import Any, NamedTuple

from udfs.core.profile.cart_items import ADDING, KEPT_FOR, REPLACING, TOLERANCE, begun
from udfs.core.profile.cart_products import surest_names_of
from udfs.core.profile.cart_state import Cart, Closing
from udfs.core.profile.state import Profile
from udfs.core.values.chance import fingerprint, fingerprints
from udfs.core.values.durations import SECOND
from udfs.core.values.ids import plain_id

AHEAD = 10 * SECOND
"""Who is ahead of the topic's clock by more than that has a fast clock."""
MAX_CLOSINGS = 4
MAX_LISTED = 32
"""Names of products of one order; one that lists more counts as listing none, so that it is about everything."""


class Teller(NamedTuple):
    """Who tells an event, empty where nobody knows, and the record time at which it is reported, infinite where nobody knows."""

    name: str = ""
    now: float = inf


def note(profile: Profile, at: int, *, told_by: str, names: Set[str], is_about_all: bool, products: Set[str] | None) -> None:
    """Remember an order or a clearing. `names`: of the carts that it was about; `products`: what it lists, None for everything."""
    listed = _packed(products) if products is not None and len(products) <= MAX_LISTED else b""
    closing = Closing(at, _packed(names), listed, is_about_all=is_about_all, told_by=_mark(told_by))
    kept = [each for each in profile.closings if each != closing and each.at > at - KEPT_FOR]
    profile.closings = [*kept[1 - MAX_CLOSINGS :], closing]


def covers(profile: Profile, label: str, at: int) -> bool:
    """Whether what happened at `at` to the cart of this name was before an order or a clearing that named it."""
    return any(at <= closing.at and fingerprint(label) in fingerprints(closing.carts) for closing in profile.closings)


def without_bought(
    profile: Profile, cart: Cart | None, label: str, name: str, properties: Mapping[str, Any], at: int, teller: Teller
) -> Mapping[str, Any] | None:
    """What an event adds beyond what was bought just before it, by another clock than its own. None: nothing, it belongs to what was bought.
    `cart`: the one it is about, None for a new one."""
    if name not in ADDING and name not in REPLACING:
        return properties
    for closing in profile.closings:
        if not closing.at < at < closing.at + TOLERANCE or not _is_about(closing, cart, label):
            continue
        is_other = _mark(teller.name) != closing.told_by
        if closing.told_by and not is_other:
            continue  # one teller has one clock
        if not is_other and at - teller.now <= AHEAD and not closing.products:
            continue
        left = _without(properties, closing.products, is_list=name in REPLACING)
        if left is None:
            return None
        properties = left
    return properties


def _is_about(closing: Closing, cart: Cart | None, label: str) -> bool:
    called = label if cart is None else plain_id(cart.name or cart.id)
    if called and fingerprint(called) in fingerprints(closing.carts):
        return True
    began_later = cart is None or begun(cart) > closing.at
    return began_later and (closing.is_about_all or not label)


def _without(properties: Mapping[str, Any], bought: bytes, *, is_list: bool) -> Mapping[str, Any] | None:
    listed = frozenset(fingerprints(bought))
    if not is_list:
        return None if _is_bought(properties, listed) else properties
    products = properties.get("products")
    if not isinstance(products, list):
        return None if "products" in properties and not bought else properties
    left = [product for product in products if not (isinstance(product, dict) and _is_bought(product, listed))]
    if products and not left:
        return None
    return properties if len(left) == len(products) else {**properties, "products": left}


def _is_bought(product: Mapping[str, Any], listed: Set[bytes]) -> bool:
    return not listed or any(fingerprint(name) in listed for name in surest_names_of(product))


def _mark(teller: str) -> bytes:
    return fingerprint(teller) if teller.strip("\x1f") else b""


def _packed(names: Set[str]) -> bytes:
    return b"".join(sorted(map(fingerprint, names)))
