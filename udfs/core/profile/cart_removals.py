"""What is taken out of a cart, in whatever order it is reported: networks do not keep the order, so what a removal takes out may be on its way."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

from udfs.core.profile.cart_products import meant, names_of, names_of_line
from udfs.core.profile.state import Cart, Item, Profile, Removal, Waiting
from udfs.core.values.chance import fingerprint
from udfs.core.values.ids import plain_id
from udfs.core.values.money import number

MAX_WAITING = 4
"""Removals that found nothing, of one customer."""
MAX_REMOVED = 8
"""Removals of one cart that a list which is reported late does not know of."""
NOTHING_TAKEN = -(10**13)
"""Stands for when that was put in, of a removal that took nothing out because nobody knows what it meant: before everything."""


class _Rest(NamedTuple):
    """What a removal did not find: what it is called, and how many."""

    names: list[str]
    quantity: float


def take_out(profile: Profile, cart: Cart | None, properties: Mapping[str, Any], at: int) -> None:
    """Take out what a removal says. What is not there yet is waited for."""
    names, quantity = names_of(properties), _taken_out(properties)
    if cart is not None and at < cart.listed:
        return  # the list knows
    left = None if cart is None else _remove(cart, names, quantity, at - cart.opened)
    if left is None:
        label = plain_id(properties.get("cart_id"))
        _await(profile, Waiting(at, names, quantity, fingerprint(label) if label else b""))
    elif cart is not None:
        _await_rest(profile, cart, left, at)


def doubt_guesses(cart: Cart, after: int) -> None:
    """Something was added that is reported late: a removal that came after it, and did not say what it took, may have meant this."""
    for removal in cart.removed:
        if removal.guessed and removal.after > after and not _is_only(cart, removal):
            _doubt(cart, removal.after)


def trade(cart: Cart, item: Item) -> None:
    """A line is reported late of a product that was taken out after it, when it was there at another price. What was put in last is taken out first:
    so this one is gone, and the other still there."""
    for removal in cart.removed:
        if removal.guessed or removal.price is None or not removal.first < item.after < removal.after or not meant([item], removal.names):
            continue
        if _is_priced(item, removal):  # the same line: what either of the two said is its price
            if item.price is None and not item.unreadable:
                item.price, item.currency, item.unreadable = removal.price
            continue
        if item.quantity != removal.quantity:
            _doubt(cart, removal.after)
            continue
        removal.first, item.after = item.after, removal.first
        removal.price, (item.price, item.currency, item.unreadable) = _price_of(item), removal.price


def take_out_waiting(profile: Profile, cart: Cart, label: str, at: int) -> None:
    """Something was added at `at`: what was taken out after it, and was not there, is taken out now. `label`: what the cart is called, if at all."""
    for waiting in [each for each in profile.removals if each.at > at]:
        if label and waiting.cart and waiting.cart not in {fingerprint(label), fingerprint(plain_id(cart.id))}:
            continue
        names = [waiting.names, "", "", ""] if isinstance(waiting.names, str) else waiting.names
        left = _remove(cart, names, waiting.quantity, waiting.at - cart.opened - 1)  # what is of its very millisecond came after it
        if left is not None:
            profile.removals.remove(waiting)
            _await_rest(profile, cart, left, waiting.at)


def replay(cart: Cart, items: list[Item], later: Sequence[Item], after: int) -> None:
    """A list of `after` has come when removals that are younger had been told: they take out of its lines, too."""
    removals, cart.removed = [each for each in cart.removed if each.after > after], []
    for removal in sorted(removals, key=lambda each: each.after):
        if removal.guessed:
            there = len(items) + sum(1 for item in later if first_added(item) <= removal.after)
            if there > 1 or (there and removal.first > after):
                _doubt(cart, removal.after)
            elif items:
                _take(items, items[:], removal.quantity, removal.after)
        elif removal.first <= after:
            _take(items, meant(items, removal.names), removal.quantity, removal.after)
    cart.removed = removals


def adds(item: Item) -> list[tuple[int, float]]:
    """When, as `after`, and how many of a line were added."""
    return item.adds or [(item.after, item.quantity)]


def first_added(item: Item) -> int:
    """When, as `after`, the first of a line was added."""
    return min(item.adds)[0] if item.adds else item.after


def forget_price(item: Item, until: int) -> None:
    """What nobody has said a price of since, when all that was added by then is gone, has none."""
    if item.priced is not None and item.priced <= until < first_added(item):
        item.price = item.currency = item.priced = None
        item.unreadable = False


def _remove(cart: Cart, names: list[str], quantity: float, until: int) -> _Rest | None:
    """Take a product out, as far as it was added by then. Of a removal that does not say which product, the only line is meant, or nobody knows
    what is left. Returns how many there were too few of what, None where there was nothing."""
    there = [item for item in cart.items if first_added(item) <= until]
    named = any(names)
    lines = meant(there, names) if named else there
    if not lines:
        return None
    if len(lines) > 1 and not (named and len({item.product_id for item in lines}) == 1):
        _doubt(cart, until)
        if not named:  # a list that is reported late may tell what was there
            cart.removed = [*cart.removed, Removal(until, [], quantity, NOTHING_TAKEN, guessed=True)][-MAX_REMOVED:]
        return _Rest(names, 0)
    first = min(map(first_added, lines))
    removal = Removal(until, names, quantity, first, price=_price_of(max(lines, key=first_added)))
    if not named:
        removal.names, removal.guessed = sorted(names_of_line(lines[0])), True
    cart.removed = [*cart.removed, removal][-MAX_REMOVED:]
    left = _take(cart.items, lines, quantity, until)
    return _Rest(removal.names, left if removal.names else 0)  # what nobody can tell apart is not taken for the same


def _is_only(cart: Cart, removal: Removal) -> bool:
    """Whether nothing else was there by then than what the removal seemed to mean."""
    there = [item for item in cart.items if first_added(item) <= removal.after]
    return bool(removal.names) and all(sorted(names_of_line(item)) == removal.names and _is_priced(item, removal) for item in there)


def _price_of(item: Item) -> tuple[float | None, str | None, bool]:
    return item.price, item.currency, item.unreadable


def _is_priced(item: Item, removal: Removal) -> bool:
    """Whether it is of the same line: at the same price, or one of the two did not say any."""
    if removal.price is None or removal.price == _price_of(item):
        return True
    return any(price is None and not unreadable for price, _, unreadable in (removal.price, (item.price, None, item.unreadable)))


def _doubt(cart: Cart, after: int) -> None:
    cart.doubtful, cart.unsure = True, max(cart.unsure, cart.opened + after)


def _await_rest(profile: Profile, cart: Cart, left: _Rest, at: int) -> None:
    """What there was too few of may still be told of this cart."""
    if left.quantity > 0:
        _await(profile, Waiting(at, left.names, left.quantity, fingerprint(plain_id(cart.name or cart.id))))


def _await(profile: Profile, waiting: Waiting) -> None:
    if not any(waiting.names):
        waiting.names = ""
    profile.removals = [*profile.removals[-(MAX_WAITING - 1) :], waiting]


def _taken_out(properties: Mapping[str, Any]) -> float:
    """How many; all of them where nobody can read how many, or where it says none."""
    told = properties.get("quantity", 1.0)
    return (number(told) or 0.0) if told else inf


def _take(items: list[Item], lines: Sequence[Item], quantity: float, until: int) -> float:
    """Take so many out of these lines, of what was added by then the latest first. Returns how many there were too few."""
    for item in sorted(lines, key=first_added)[::-1]:
        left: list[tuple[int, float]] = []
        for at, added in sorted(adds(item), reverse=True):
            gone = min(added, quantity) if at <= until else 0
            if quantity != inf:
                quantity -= gone
            if gone == 0 or added > gone or (added == inf and quantity != inf):
                left.append((at, added if added == inf else added - gone))
        if left:
            item.adds = left[::-1] if item.adds else []
            item.quantity = sum(each for _, each in left)
            item.after = max(at for at, _ in left)
            forget_price(item, until)
        else:
            items[:] = [other for other in items if other is not item]
        if quantity <= 0:
            break
    return quantity
