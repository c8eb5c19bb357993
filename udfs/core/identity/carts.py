"""Carts of two histories become those of one person: what either has bought is over for both, and what is one cart is joined line by line."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from udfs.core.profile import cart_bounds, cart_emptied, cart_items, cart_lines, cart_removals, carts
from udfs.core.profile.cart_closings import MAX_CLOSINGS
from udfs.core.profile.cart_emptied import MAX_EMPTIED, latest
from udfs.core.profile.cart_items import TOLERANCE, begun, is_gone
from udfs.core.profile.cart_names import is_unnamed
from udfs.core.profile.cart_products import names_of_line
from udfs.core.profile.cart_removals import MAX_REMOVED, MAX_WAITING
from udfs.core.profile.cart_state import Cart, Closing, Removal, Waiting
from udfs.core.profile.carts import MAX_CARTS, MAX_ENDED
from udfs.core.profile.state import Profile
from udfs.core.values.chance import fingerprint, fingerprints
from udfs.core.values.ids import plain_id

MAX_AT_ONCE = MAX_REMOVED + 2 * MAX_WAITING
"""Removals that are looked for in all carts: as many as one cart knows of, and as both histories wait for. The latest, where there are more."""
_EVER = -(1 << 62)


def join(person: Profile, other: Profile, *, user_id: str, other_id: str, retold: Mapping[int, int]) -> dict[str, str]:
    """Take the carts of another history into a person's. Returns the ids that have changed: what is pending of a cart follows, and so do the entries
    that it has used up. `retold`: the later time of an order that both histories report -> the earlier."""
    _end_by(other, other_id, person, retold)
    _end_by(person, user_id, other, retold)
    _take_up(other, other_id, person, user_id)
    _take_up(person, user_id, other, other_id)
    waiting = sorted([*other.removals, *person.removals], key=lambda each: each.at)
    person.removals = waiting[-MAX_AT_ONCE:]  # what carts find below waits no longer
    renamed: dict[str, str] = {}
    mine = list(person.carts.values())
    for cart in sorted(other.carts.values(), key=lambda each: each.opened):
        is_nameless = is_unnamed(other, other_id, cart)
        held = _same(mine, person, user_id, cart, is_nameless=is_nameless)
        if held is None:
            person.carts[_free_id(person, cart)] = cart
            continue
        named = [each.name or each.id for each, is_named in ((held, not is_unnamed(person, user_id, held)), (cart, not is_nameless)) if is_named]
        joined = _made_one(person, held, cart, renamed, label=named[0] if named else None)
        mine = [joined if each is held else each for each in mine]
    while len(person.carts) > MAX_CARTS:
        del person.carts[min(person.carts.values(), key=lambda each: each.last).id]
    for cart in person.carts.values():
        cart_bounds.bound(person, cart)
    _bookkeeping(person, other)
    _take_out(person, user_id)
    _one_without_name(person, user_id, renamed)
    person.removals = person.removals[-MAX_WAITING:]
    found = latest(person.carts.values())
    person.current = found.id if found else None
    return renamed


def _made_one(person: Profile, held: Cart, cart: Cart, renamed: dict[str, str], *, label: str | None) -> Cart:
    """Put the two into the person's carts as one, which is called `label`, if anything. What has changed its id is noted in `renamed`."""
    joined = _joined(person, held, cart)
    joined.name = None if label is None or plain_id(label) == plain_id(joined.id) else label
    for each in (held, cart):
        if person.carts.get(each.id) is each:  # not so of the other history's, whose id another cart of hers may have
            del person.carts[each.id]
    gone = cart.id if joined is held else held.id
    person.carts[_free_id(person, joined)] = joined
    renamed.update({each: joined.id for each, became in renamed.items() if became == gone})
    renamed[gone] = joined.id
    return joined


def _one_without_name(person: Profile, user_id: str, renamed: dict[str, str]) -> None:
    """Who goes on shopping without naming a cart fills the one that is there. So where the first of two turns out not to have been empty when the
    second began, they are one."""
    nameless = sorted((cart for cart in person.carts.values() if is_unnamed(person, user_id, cart)), key=lambda each: each.opened)
    for later in nameless[1:]:
        nameless[0] = _made_one(person, nameless[0], later, renamed, label=None)
        cart_bounds.bound(person, nameless[0])
    if nameless and is_gone(nameless[0]):
        del person.carts[nameless[0].id]
        cart_emptied.put_by(person, nameless[0])


def _bookkeeping(person: Profile, other: Profile) -> None:
    """What is remembered of carts that are gone. Numbers of carts are the greater of both, so that no id is given twice."""
    person.carts_born = max(person.carts_born, other.carts_born)
    person.cart_closed = max(person.cart_closed, other.cart_closed)
    ended = {mark: (at, mark, cart_id) for at, mark, cart_id in sorted([*other.ended_carts, *person.ended_carts])}
    person.ended_carts = sorted(ended.values())[-MAX_ENDED:]
    person.closings = sorted([*other.closings, *person.closings], key=lambda each: each.at)[-MAX_CLOSINGS:]
    open_names = {plain_id(cart.name or cart.id) for cart in person.carts.values()}
    emptied = [cart for cart in [*other.emptied, *person.emptied] if plain_id(cart.name or cart.id) not in open_names]
    person.emptied = sorted(emptied, key=lambda each: each.last)[-MAX_EMPTIED:]


def _take_out(person: Profile, user_id: str) -> None:
    """Removals that found nothing in their own history may be about what the other had put in. What is empty then is put by."""
    for cart in list(person.carts.values()):
        if person.removals:
            called = "" if is_unnamed(person, user_id, cart) else plain_id(cart.name or cart.id)
            cart_removals.take_again(person, cart, [], called, begun(cart) - 1)
        if is_gone(cart):
            del person.carts[cart.id]
            cart_emptied.put_by(person, cart)


def _end_by(profile: Profile, user_id: str, buyer: Profile, retold: Mapping[int, int]) -> None:
    """What an order or a clearing of the other history was about among these carts is over. `retold`: when an order happened by its first message."""
    for closing in sorted(buyer.closings, key=lambda each: each.at):
        first = replace(closing, at=retold.get(closing.at, closing.at))
        for cart in _meant(profile, first):
            _end(profile, user_id, cart, first)
    closed = retold.get(buyer.cart_closed, buyer.cart_closed)
    for cart in list(profile.carts.values()):  # of older ones only the time is known
        ended = [at for at, mark, _ in buyer.ended_carts if mark == fingerprint(plain_id(cart.name or cart.id))]
        if is_unnamed(profile, user_id, cart) and closed:
            ended.append(closed)
        if ended and begun(cart) <= max(ended):
            _end(profile, user_id, cart, Closing(max(ended), b""))


def _meant(profile: Profile, closing: Closing) -> list[Cart]:
    """The carts that an order of the other history is about: the one that it names, else the one whose products it holds, else all."""
    if not closing.is_about_all:
        marks = fingerprints(closing.carts)
        return [cart for cart in profile.carts.values() if fingerprint(plain_id(cart.name or cart.id)) in marks]
    before = [cart for cart in profile.carts.values() if begun(cart) < closing.at + TOLERANCE]
    if closing.products:
        holding = [cart for cart in before if _bought(cart, closing)]
        if holding or closing.carts:
            return holding
    return before


def _end(profile: Profile, user_id: str, cart: Cart, closing: Closing) -> None:
    """What was put in by then is over. The order in which the two were reported is not known any more, so what lies just after it is not over, unless
    the order lists it: that was bought, by another clock."""
    cart_items.finish(profile, cart, closing.at, _bought(cart, closing))
    cart.ended = max(cart.ended, closing.at)
    if is_gone(cart):
        _await_again(profile, user_id, cart, cart.removed)
        carts.close(profile, user_id, cart, closing.at)


def _await_again(profile: Profile, user_id: str, cart: Cart, removed: Sequence[Removal]) -> None:
    """What was removed from a cart after it turns out to have been empty may be about what the other history had put in."""
    name = b"" if is_unnamed(profile, user_id, cart) else fingerprint(plain_id(cart.name or cart.id))
    profile.removals += [Waiting(cart.opened + each.after, [*each.names], each.quantity, name) for each in removed]


def _take_up(profile: Profile, user_id: str, beside: Profile, beside_id: str) -> None:
    """A cart that was emptied by hand goes on if the other history had something in the same cart by then: so it had not been empty. What a full list
    did not have was not in it any more."""
    for cart in list(profile.emptied):
        label, is_nameless = plain_id(cart.name or cart.id), is_unnamed(profile, user_id, cart)
        for held in list(beside.carts.values()):
            is_same = is_unnamed(beside, beside_id, held) if is_nameless else plain_id(held.name or held.id) == label
            if not is_same or begun(held) > cart.last:
                continue
            again = _listed_by(beside, held, cart.listed)
            if is_gone(held):
                del beside.carts[held.id]
                _await_again(beside, beside_id, held, again)
            elif cart.id not in profile.carts and any(held.opened + cart_lines.first_added(item) <= cart.last for item in held.items):
                cart_emptied.take_up(profile, cart)


def _listed_by(profile: Profile, cart: Cart, at: int) -> list[Removal]:
    """A full list of the cart was reported to the other history: what was put in before it is out. Returns what was removed since."""
    if at <= cart.listed:
        return []
    again = [each for each in cart_removals.put_back(cart, _EVER) if each.after >= at - cart.opened]
    cart.items = [item for item in cart.items if cart_items.is_left(item, at - cart.opened)]
    cart_removals.take_again(profile, cart, again)
    return again


def _bought(cart: Cart, closing: Closing) -> frozenset[str]:
    marks = fingerprints(closing.products)
    return frozenset(name for item in cart.items for name in names_of_line(item) if fingerprint(name) in marks)


def _same(mine: list[Cart], person: Profile, user_id: str, cart: Cart, *, is_nameless: bool) -> Cart | None:
    """Which of a person's own carts is the same one: that of the same name. A cart that nobody has named is the one that was open
    at the time."""
    nameless = latest([held for held in mine if is_unnamed(person, user_id, held)])
    if is_nameless:
        at_once = (held for held in mine if is_unnamed(person, user_id, held) and held.last >= begun(cart))
        return min(at_once, key=lambda held: held.opened, default=nameless) or latest(mine)
    label = plain_id(cart.name or cart.id)
    return next((held for held in mine if held is not nameless and plain_id(held.name or held.id) == label), nameless)


def _free_id(person: Profile, cart: Cart) -> str:
    """Its id, unless another cart has it: then two names stood for one id, and the later of them gets its name."""
    if cart.id in person.carts:
        cart.id = cart.name or f"{cart.id}~"
    return cart.id


def _joined(person: Profile, held: Cart, cart: Cart) -> Cart:
    """Two carts that are one. It is known by the id of the one that was opened first."""
    if (cart.opened, cart.id) < (held.opened, held.id):
        held, cart = cart, held
    removed = cart_removals.put_back(cart, _EVER)
    _shift(cart, removed, cart.opened - held.opened)
    again = [*cart_removals.put_back(held, _EVER), *removed]
    listed = max(held.listed, cart.listed)
    for each in (held, cart):
        if each.listed < listed:
            each.items = [item for item in each.items if cart_items.is_left(item, listed - held.opened)]
    again = [each for each in again if each.after >= listed - held.opened]
    _one_currency(held, cart)
    for item in cart.items:
        cart_items.put_later(held, item)
    held.listed, held.last, held.ended = listed, max(held.last, cart.last), max(held.ended, cart.ended)
    held.doubted = max((each for each in (held.doubted, cart.doubted) if each > listed), default=0)
    cart_removals.take_again(person, held, sorted(again, key=lambda each: each.after))
    return held


def _shift(cart: Cart, removed: list[Removal], by: int) -> None:
    """Count its times, and those of what was removed from it, from the opening of the other."""
    for item in [*cart.items, *(item for removal in removed for item in removal.taken)]:
        item.after += by
        item.adds = [(at + by, quantity) for at, quantity in item.adds]
        item.priced = None if item.priced is None else item.priced + by
    for removal in removed:
        removal.after += by


def _one_currency(held: Cart, cart: Cart) -> None:
    """Prices without a currency of their own are in their cart's."""
    if held.currency is None:
        held.currency = cart.currency
    elif cart.currency != held.currency:
        for item in cart.items:
            item.currency = cart.currency if item.currency is None else item.currency
    for item in cart.items:
        item.currency = None if item.currency == held.currency else item.currency
