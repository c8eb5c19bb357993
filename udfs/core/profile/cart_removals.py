"""What is taken out of a cart, in whatever order it is reported: networks do not keep the order, so what a removal takes out may be on its way.

Each removal keeps what it took. When something older than it is reported late, that is put back, and taken out again when the older is in its place.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from msgspec.structs import replace

from udfs.core.profile import cart_lines
from udfs.core.profile.cart_lines import MAX_ITEMS, adds, first_added
from udfs.core.profile.cart_products import meant, names_of
from udfs.core.profile.cart_state import Cart, Item, Removal, Waiting
from udfs.core.profile.state import Profile
from udfs.core.values.chance import fingerprint
from udfs.core.values.ids import plain_id
from udfs.core.values.money import number

MAX_WAITING = 4
"""Removals of one customer that found no cart, or name none and found nothing."""
MAX_REMOVED = 8
"""Removals of one cart that what is reported late does not know of."""


def take_out(profile: Profile, cart: Cart | None, properties: Mapping[str, Any], at: int) -> None:
    """Take out what a removal says. What is not there yet is waited for: in its cart, or, where it names none and found nothing, in any."""
    label = plain_id(properties.get("cart_id"))
    names, quantity = names_of(properties), _taken_out(properties)
    if cart is None:
        _await(profile, Waiting(at, names, quantity, fingerprint(label) if label else b""))
        return
    if at < cart.listed:
        return  # the list knows
    removal = Removal(at - cart.opened, names if any(names) else [], quantity)
    again = put_back(cart, removal.after)
    before = _amount(again)
    _take_out(cart, removal, removal.after)
    take_again(profile, cart, again)
    if not label and removal.names and not removal.unsure and _amount([removal, *again]) == before:
        _await(profile, Waiting(at, names, quantity))


def put_back(cart: Cart, after: int) -> list[Removal]:
    """Undo the removals that are younger than what is reported late now. Returns them, for `take_again`."""
    again = [removal for removal in cart.removed if removal.after > after]
    if again:
        cart.removed = [removal for removal in cart.removed if removal.after <= after]
        for removal in reversed(again):
            for item in removal.taken:
                cart_lines.put_back(cart.items, item)
    return again


def take_again(profile: Profile, cart: Cart, again: Sequence[Removal], label: str | None = None, at: int = 0) -> None:
    """Take out what these removals mean, now that what was reported late is in its place. `label`: what the cart is called, empty if nothing; None if
    nothing was added, else those that wait for what was added at `at` take part."""
    found: list[tuple[Removal, int, Waiting | None]] = [(removal, _until(removal), None) for removal in again]
    if label is not None and profile.removals:
        found += _of_waiting(profile, cart, label, at, {(removal.after, *removal.names) for removal in again})
    for removal, until, waiting in sorted(found, key=lambda each: each[0].after):
        _take_out(cart, removal, until)
        took = removal.taken or removal.unsure
        if waiting is not None and not took:
            cart.removed = [each for each in cart.removed if each is not removal]
        elif took and profile.removals:
            profile.removals = [each for each in profile.removals if not _is_same(removal, cart, each.at, each.names)]
            if waiting is not None:
                _leave_others(profile, cart, removal)
    cart_lines.bound(cart)
    doubt(cart)


def doubt(cart: Cart) -> None:
    """Whether anything about it is doubtful, now that what was removed from it has changed."""
    cart.doubtful = cart.doubted > 0 or any(removal.unsure for removal in cart.removed)


def _of_waiting(profile: Profile, cart: Cart, label: str, at: int, known: set[tuple[Any, ...]]) -> list[tuple[Removal, int, Waiting | None]]:
    marks = {b"", fingerprint(label), fingerprint(plain_id(cart.id))} if label else None
    found: list[tuple[Removal, int, Waiting | None]] = []
    for waiting in profile.removals:
        if waiting.at > at and (marks is None or waiting.cart in marks):
            names = _names_of(waiting.names)
            removal = Removal(waiting.at - cart.opened, names, waiting.quantity)
            if (removal.after, *names) not in known:
                found.append((removal, removal.after - 1, waiting))  # what is of its very millisecond came after it
    return found


def _until(removal: Removal) -> int:
    """What is of its very millisecond came before it if it took some of that."""
    is_of_it = any(at == removal.after for item in removal.taken for at, _ in adds(item))
    return removal.after if is_of_it else removal.after - 1


def _is_same(removal: Removal, cart: Cart, at: int, names: Sequence[str]) -> bool:
    return at == cart.opened + removal.after and _names_of(names) == removal.names


def _names_of(told: Sequence[str]) -> list[str]:
    return [] if not told else [told, "", "", ""] if isinstance(told, str) else [*told]


def _leave_others(profile: Profile, cart: Cart, removal: Removal) -> None:
    """It was about this cart, and so not about the one in which it found nothing."""
    at = cart.opened + removal.after
    for other in [*profile.carts.values(), *profile.emptied]:
        if other is not cart and other.removed:
            other.removed = [each for each in other.removed if not _is_same(each, other, at, removal.names)]


def _take_out(cart: Cart, removal: Removal, until: int) -> None:
    """Take a product out, as far as it was added by then. Of a removal that does not say which product, the only line is meant, or nobody knows
    what is left."""
    there = [item for item in cart.items if first_added(item) <= until]
    lines = meant(there, removal.names) if removal.names else there
    removal.unsure = len(lines) > 1 and not (removal.names and len({item.product_id for item in lines}) == 1)
    removal.taken = [] if removal.unsure else _take(cart.items, lines, removal.quantity, until)
    _keep(cart, removal)
    doubt(cart)


def _keep(cart: Cart, removal: Removal) -> None:
    removed = sorted([*cart.removed, removal], key=lambda each: each.after)
    while len(removed) > MAX_REMOVED or (len(removed) > 1 and sum(len(each.taken) for each in removed) > MAX_ITEMS):
        forget(cart, removed.pop(0))
    cart.removed = removed


def forget(cart: Cart, removal: Removal) -> None:
    """It is not kept any longer; the doubt that it left is."""
    if removal.unsure:
        cart.doubted = max(cart.doubted, cart.opened + removal.after)


def _await(profile: Profile, waiting: Waiting) -> None:
    if not any(waiting.names):
        waiting.names = ""
    profile.removals = [*profile.removals[-(MAX_WAITING - 1) :], waiting]


def _taken_out(properties: Mapping[str, Any]) -> float:
    """How many; all of them where nobody can read how many, or where it says none."""
    told = properties.get("quantity", 1.0)
    return (number(told) or 0.0) if told else inf


def _amount(removals: Sequence[Removal]) -> float:
    return sum(item.quantity for removal in removals for item in removal.taken)


def _take(items: list[Item], lines: Sequence[Item], quantity: float, until: int) -> list[Item]:
    """Take so many out of these lines, of the line that began last first, and of it what was added last. Returns what was removed."""
    taken: list[Item] = []
    forgotten = False
    for item in sorted(lines, key=first_added)[::-1]:
        left: list[tuple[int, float]] = []
        out: list[tuple[int, float]] = []
        for at, added in sorted(adds(item), reverse=True):
            gone = min(added, quantity) if at <= until else 0
            if quantity != inf:
                quantity -= gone
            if gone != 0:
                out.append((at, gone))
            if gone == 0 or added > gone or (added == inf and quantity != inf):
                left.append((at, added if added == inf else added - gone))
        if out:
            taken.append(cart_lines.of_adds(replace(item), out))
        if left:
            cart_lines.of_adds(item, left)
            forgotten = cart_lines.forget_price(item, until) or forgotten
        else:
            items[:] = [other for other in items if other is not item]
        if quantity <= 0:
            break
    if forgotten:
        cart_lines.price_by_others(items)
    return taken
