"""Carts: which one an event is about, when they were last touched, and what ends them.

Trackers often send no `cart_id`, or only some of them do. Then a cart is born at the first add after empty, with an id made from the user
and a sequence number, and the first name that anybody tells is its name. The id itself never changes, so what is pending of a cart and the
entries that it has used up need not follow. An order is about the cart that it names; if nobody knows that one, or it names none, about the
open cart; of several about the one whose products it holds, else about all. A cart without items does not exist, unless something in it could
not be read; that there was one is remembered, see `cart_emptied`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from udfs.core.profile import cart_bounds, cart_closings, cart_emptied, cart_items, cart_names, cart_products, cart_removals
from udfs.core.profile.cart_closings import Teller
from udfs.core.profile.cart_emptied import latest
from udfs.core.profile.cart_items import ADDING, KEPT_FOR, REPLACING, TOLERANCE, is_gone
from udfs.core.profile.cart_lines import MAX_ITEMS
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.state import Profile
from udfs.core.values.chance import fingerprint
from udfs.core.values.ids import plain_id

ACTIVITY = ADDING | REPLACING | {"product_removed"}
"""Events that break the silence of a cart."""
CLOSING = frozenset({"order_completed", "cart_cleared"})
EVENTS = ACTIVITY | CLOSING
MAX_CARTS = 64
MAX_ENDED = 8
"""Names of carts that have ended: an order is reported twice, and a cart is cleared after its order."""

__all__ = ["ACTIVITY", "CLOSING", "EVENTS", "MAX_ITEMS", "NOBODY", "Change", "Teller", "cart_id_of", "close", "update"]


class Change(NamedTuple):
    """What an event did to carts: the one it touched, and those that an order or a cleared cart was about (they may have closed, or go on)."""

    touched: str | None = None
    ended: frozenset[str] = frozenset()
    label: str = ""
    """The name of a cart that had been emptied before, and that the order or the clearing was about."""
    is_about_all: bool = False
    """It named no cart that is known: those that had been emptied before were meant, too."""
    since: int | None = None
    """From when the silence of the cart counts, where that is not the time of the event: it was empty, and something was reported late."""

    def has_ended(self, profile: Profile, cart_id: str) -> bool:
        """Whether an order or a clearing was about this cart, and nothing is left in it."""
        if not cart_id or cart_id in profile.carts or any(cart.id == cart_id for cart in profile.emptied):
            return False
        return self.is_about_all or cart_id in self.ended or (self.label != "" and plain_id(cart_id) == self.label)


UNCHANGED = Change()
NOBODY = Teller()


def cart_id_of(profile: Profile, properties: Mapping[str, Any]) -> str | None:
    """The id of the cart that an event is about: the one it names, else the current cart."""
    label = plain_id(properties.get("cart_id"))
    if not label:
        return profile.current
    cart = cart_names.named(profile, properties["cart_id"], label)
    return str(properties["cart_id"]) if cart is None else cart.id


def update(
    profile: Profile,
    *,
    user_id: str,
    name: str,
    properties: Mapping[str, Any],
    at: int,
    late: bool,
    retold: int | None = None,
    teller: Teller = NOBODY,
    sent_as: str = "",
) -> Change:
    """Apply one cart event. An order or a cleared cart touches the cart that it is about, too. `retold`: this order was reported before,
    as of `at`, and now says that time. `teller` is read of an order, a clearing, and what comes after one. `sent_as`: see `Event`."""
    label = plain_id(properties.get("cart_id"))
    if name in CLOSING:
        return _end(profile, user_id, properties, label, at, retold=retold, is_order=name == "order_completed", told_by=teller.name)
    told = str(properties["cart_id"]) if label else None
    cart = _spoken_of(profile, user_id, told, label, at, late=late)
    if profile.closings and (left := cart_closings.without_bought(profile, cart, label, name, properties, at, teller)) is not properties:
        if left is None:
            return UNCHANGED
        properties = left
    if cart is None:
        if name == "product_removed":
            cart_removals.take_out(profile, None, properties, at)
        if _is_over(profile, label, at):
            return UNCHANGED  # it belongs to a cart that has ended since
        if name not in ADDING and (name not in REPLACING or not _says_what_is_in_it(properties)):
            if name in REPLACING and "products" in properties:
                _note_emptied(profile, user_id, told, at)
            return Change(told)
        cart = _open(profile, told, label, cart_names.named_after(profile, user_id, sent_as), at)
    elif at <= cart.ended or (at < cart.opened and label and _is_over(profile, label, at)):
        return UNCHANGED
    elif cart.id not in profile.carts:
        cart_emptied.take_up(profile, cart)
    was_empty = not cart.items
    called = plain_id(cart.name or cart.id) if profile.removals and not cart_names.is_unnamed(profile, user_id, cart) else ""
    cart_items.change(profile, cart, called, name, properties, at)
    cart.last = max(cart.last, at)
    if profile.current is None or (cart.last == at and not late):
        profile.current = cart.id
    cart_bounds.bound(profile, cart)
    if is_gone(cart):
        _put_by(profile, user_id, cart)
    return Change(cart.id, since=cart.last if was_empty and at < cart.last else None)


def _says_what_is_in_it(properties: Mapping[str, Any]) -> bool:
    """Whether a full list came with something in it, or one that nobody can read: then there is a cart, and what is in it is not known."""
    return "products" in properties and properties["products"] != []


def _spoken_of(profile: Profile, user_id: str, told: str | None, label: str, at: int, *, late: bool) -> Cart | None:
    """The cart that an event is about, which it may give its name."""
    carts, emptied = profile.carts, profile.emptied
    if told is not None:
        cart = cart_names.named(profile, told, label) or (cart_emptied.named(profile, label) if emptied else None)
        if cart is None and (unnamed := [held for held in [*carts.values(), *emptied] if cart_names.is_unnamed(profile, user_id, held)]):
            if _is_over(profile, label, at):  # what belongs to a cart that has ended names none that began later
                unnamed = [held for held in unnamed if cart_items.begun(held) <= at]
            unnamed = [held for held in unnamed if held.id in carts or not cart_emptied.is_left(held, at)]
            if (cart := latest(unnamed)) is not None:
                cart.name = told
        return cart
    if emptied:
        unnamed = [held for held in emptied if cart_names.is_unnamed(profile, user_id, held)]
        return cart_emptied.spoken_of([*carts.values(), *emptied], unnamed, at, is_over=_is_over(profile, "", at))
    if not carts:
        return None
    current = carts.get(profile.current or "") or latest(carts.values())
    if late and current is not None and current.opened > at:
        return latest([held for held in carts.values() if held.opened <= at]) or (None if _is_over(profile, "", at) else current)
    return current


def _has_ended(profile: Profile, label: str) -> bool:
    """Whether a cart of this name has ended."""
    return bool(profile.ended_carts) and any(called == fingerprint(label) for _, called, _ in profile.ended_carts)


def _is_over(profile: Profile, label: str, at: int) -> bool:
    """Whether what happened at `at` belongs to a cart that has ended since."""
    if at <= profile.cart_closed or (label and cart_closings.covers(profile, label, at)):
        return True
    if not profile.ended_carts:
        return False
    mark = fingerprint(label) if label else b""
    return any(at <= ended and (not label or mark == called) for ended, called, _ in profile.ended_carts)


def _end(
    profile: Profile, user_id: str, properties: Mapping[str, Any], label: str, at: int, *, retold: int | None, is_order: bool, told_by: str
) -> Change:
    products = cart_products.listed(properties) if is_order else None
    named = str(properties["cart_id"]) if label else None
    known = cart_names.named(profile, named, label) or cart_emptied.named(profile, label) if label else None
    is_known, since = known is not None or (label != "" and _has_ended(profile, label)), frozenset[str]()
    also = ""
    if known is not None:
        carts = [known]
        if retold is None and cart_items.begun(known) >= at + TOLERANCE and (is_order or not (known.ended or _has_ended(profile, label))):
            at = max(at, known.last)  # what names a cart that began long after it has a clock that is behind: it came after all that was in it
        if profile.emptied:  # a message about what was emptied before anybody named it is overtaken, too
            since = frozenset(each.id for each in cart_names.without_name(profile, user_id, at) if each.id not in profile.carts)
    elif is_known and is_order and retold is None and (of_it := cart_names.without_name(profile, user_id, at)):
        carts, also = cart_names.holding([cart for cart in of_it if cart.id in profile.carts], products), label
        emptied = [cart for cart in of_it if cart.id not in profile.carts]
        for cart in [*carts, *emptied]:  # a shop may call every cart of a customer alike
            cart.name = named
        since = frozenset({_note_end(profile, label, "", at), *(cart.id for cart in emptied)} - {""})
        for empty in emptied:
            close(profile, user_id, empty, at)
    elif retold is not None or is_known:
        since = _end_since(profile, user_id, label if is_known else "", at, retold) if retold is not None else frozenset()
        if not label:
            return Change(None, since) if since else UNCHANGED
        before = _note_end(profile, label, "", at) if is_known else ""  # no other cart is meant
        cart_closings.note(profile, at, told_by=told_by, names={label}, is_about_all=False, products=products)
        return Change(named, since | ({before} - {""}), label)
    else:
        carts = cart_names.meant(profile, at, products)
        if not carts and (carts := cart_names.bought(profile, at, products)):
            at = max(cart.last for cart in carts)
        if label and len(carts) == 1 and cart_names.is_unnamed(profile, user_id, carts[0]):
            carts[0].name = named
        profile.cart_closed = max(profile.cart_closed, at)
        for empty in [each for each in profile.emptied if each.opened < at + TOLERANCE]:
            close(profile, user_id, empty, at)
    touched = latest(carts)
    names = {plain_id(cart.name or cart.id) for cart in carts} | {label} - {""}
    cart_closings.note(profile, at, told_by=told_by, names=names, is_about_all=not is_known, products=products)
    for cart in carts:
        cart_items.finish(profile, cart, at, products)
        cart.ended = max(cart.ended, at)
        if is_gone(cart):
            close(profile, user_id, cart, at)
    ended = since | {cart.id for cart in carts}
    return Change(named if touched is None else touched.id, ended, also, is_about_all=not is_known)


def _end_since(profile: Profile, user_id: str, label: str, at: int, told: int) -> frozenset[str]:
    """An order that was reported before says another time, less than five minutes later: by another clock, that is when it was. So what had begun in
    between, by that clock, had been bought: unless it has another name than the one that is known (`label`). Returns the ids."""
    if not at < told < at + TOLERANCE:
        return frozenset()
    carts = [
        cart
        for cart in profile.carts.values()
        if at < cart_items.begun(cart) <= told and (not label or cart_names.is_unnamed(profile, user_id, cart))
    ]
    for cart in carts:
        cart_items.finish(profile, cart, told, frozenset())
        cart.ended = max(cart.ended, told)
        if is_gone(cart):
            close(profile, user_id, cart, told)
    return frozenset(cart.id for cart in carts)


def _open(profile: Profile, told: str | None, label: str, named_after: str, at: int) -> Cart:
    for stale in [held for held in profile.carts.values() if held.last < at - KEPT_FOR]:
        del profile.carts[stale.id]
    if len(profile.carts) >= MAX_CARTS:
        oldest = min(profile.carts.values(), key=lambda held: held.last)
        del profile.carts[oldest.id]
    name = None
    if told is None:
        profile.carts_born += 1
        cart_id = f"{named_after}-{profile.carts_born}"
    else:
        before = next((cart_id for _, called, cart_id in profile.ended_carts if cart_id and called == fingerprint(label)), None)
        cart_id = before or told  # one that ended and goes on is the same as before
        name = None if before is None else told
    cart = profile.carts[cart_id] = Cart(id=cart_id, opened=at, last=at, currency=None, items=[], name=name)
    return cart


def _put_by(profile: Profile, user_id: str, cart: Cart) -> None:
    """It was emptied by hand."""
    cart_bounds.bound_emptied(cart)
    del profile.carts[cart.id]
    _no_longer_current(profile, cart)
    for forgotten in cart_emptied.put_by(profile, cart):
        close(profile, user_id, forgotten, forgotten.last - 1)  # taken out and put in again at the same millisecond is no order of events


def close(profile: Profile, user_id: str, cart: Cart, at: int) -> None:
    """It has ended, and what is reported of it later is not heard."""
    profile.carts.pop(cart.id, None)
    if profile.emptied:
        profile.emptied = [each for each in profile.emptied if each is not cart]
    if cart_names.is_unnamed(profile, user_id, cart):
        profile.cart_closed = max(profile.cart_closed, at)
    else:
        label = plain_id(cart.name or cart.id)
        _note_end(profile, label, cart.id if cart.id != label else "", at)
    _no_longer_current(profile, cart)


def _no_longer_current(profile: Profile, cart: Cart) -> None:
    if profile.current == cart.id:
        left = latest(profile.carts.values())
        profile.current = left.id if left else None


def _note_emptied(profile: Profile, user_id: str, told: str | None, at: int) -> None:
    """Remember that nothing was in a cart of which nobody had told anything: what was added before, and is reported later, is not in it either."""
    if told is None:
        profile.cart_closed = max(profile.cart_closed, at - 1)  # at the same millisecond the order is not known
        return
    cart = _open(profile, told, plain_id(told), user_id, at)
    cart.listed = at
    _put_by(profile, user_id, cart)


def _note_end(profile: Profile, label: str, cart_id: str, at: int) -> str:
    """Remember that a named cart has ended. Returns its id, empty where that is its name."""
    mark = fingerprint(label)
    kept = []
    for ended in profile.ended_carts:
        if ended[1] == mark:
            at, cart_id = max(at, ended[0]), cart_id or ended[2]
        elif ended[0] > at - KEPT_FOR:
            kept.append(ended)
    profile.ended_carts = [*kept[1 - MAX_ENDED :], (at, mark, cart_id)]
    return cart_id
