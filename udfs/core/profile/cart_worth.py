"""What a cart is worth: in the shop's currency, to be compared, and as the customer sees it."""

from typing import NamedTuple

from udfs.core.profile.cart_items import UNKNOWN
from udfs.core.profile.cart_state import Cart, Item
from udfs.core.values.money import Currency


class Shown(NamedTuple):
    """What the customer sees in her cart: what it is worth, in which currency, and the price of each item in it."""

    value: float | None
    currency: str | None
    prices: tuple[float | None, ...]


def value(cart: Cart | None, currency: Currency) -> float | None:
    """Price times quantity over all items in the shop's currency; 0 without a cart, None when a price or the worth of its currency is unknown.

    Without a table of currencies what is all in one currency has a value, in that one.
    """
    if cart is None:
        return 0
    if cart.doubtful:
        return None
    if currency.base is None:
        return _in_its_own(cart)
    worth = 0.0
    for item in cart.items:
        price = None if item.price is None else currency.convert(item.price, _unit(cart, item, currency))
        if price is None or item.quantity == UNKNOWN:
            return None
        worth += price * item.quantity
    return round(worth, 6)


def _in_its_own(cart: Cart) -> float | None:
    """What a cart is worth in the currency of all that is in it; None where there are several. (Conditions ask for it at nearly every event.)"""
    worth, is_told = 0.0, False
    for item in cart.items:
        price, quantity = item.price, item.quantity
        if price is None or quantity == UNKNOWN:
            return None
        worth += price * quantity
        if item.currency:
            is_told = True
    if is_told and len({cart.currency if item.currency is None else item.currency or None for item in cart.items} - {None}) > 1:
        return None
    return round(worth, 6)


def in_base(cart: Cart, currency: Currency) -> tuple[float | None, ...]:
    """The price of each item in the shop's currency; without a table as it was reported."""
    if currency.base is None:
        return tuple(item.price for item in cart.items)
    return tuple(None if item.price is None else currency.convert(item.price, _unit(cart, item, currency)) for item in cart.items)


def shown(cart: Cart, currency: Currency) -> Shown:
    """The cart as the customer sees it: in its own currency, or, if it holds several, in the shop's."""
    told = {unit for item in cart.items if item.price is not None and (unit := _unit(cart, item, currency)) is not None}
    if len(told) > 1:
        prices = tuple(None if item.price is None else _rounded(currency.convert(item.price, _unit(cart, item, currency))) for item in cart.items)
        if currency.base is None:
            return Shown(None, None, tuple(item.price for item in cart.items))
        return Shown(value(cart, currency), currency.base, prices)
    worth = 0.0
    known = not cart.doubtful
    for item in cart.items:
        if item.price is None or item.quantity == UNKNOWN:
            known = False
        else:
            worth += item.price * item.quantity
    return Shown(round(worth, 6) if known else None, next(iter(told), cart.currency), tuple(item.price for item in cart.items))


def units(cart: Cart | None) -> float | None:
    """How many things are in the cart; None where nobody knows."""
    if cart is not None and cart.doubtful:
        return None
    number = sum(item.quantity for item in cart.items) if cart else 0
    return None if number == UNKNOWN else number


def _unit(cart: Cart, item: Item, currency: Currency) -> str | None:
    """The currency of a price; one of which none was reported is in the shop's."""
    return cart.currency if item.currency is None else item.currency or currency.base


def _rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 6)
