"""A line of a cart: when how many of it were put in, and what happens to its price."""

from msgspec.structs import replace

from udfs.core.profile.cart_state import Cart, Item

MAX_ITEMS = 100
MAX_ADDS = 4
"""Of one line, each with its time; beyond it the oldest two are one."""


def adds(item: Item) -> list[tuple[int, float]]:
    """When, as `after`, and how many of a line were added."""
    return item.adds or [(item.after, item.quantity)]


def first_added(item: Item) -> int:
    """When, as `after`, the first of a line was added."""
    return min(item.adds)[0] if item.adds else item.after


def of_adds(item: Item, added: list[tuple[int, float]]) -> Item:
    """Make a line consist of what was added then, of each moment together. Returns it."""
    by_time: dict[int, float] = {}
    for at, quantity in sorted(added):
        by_time[at] = by_time.get(at, 0) + quantity
    item.adds = [*by_time.items()] if len(by_time) > 1 else []
    item.quantity = sum(by_time.values())
    item.after = max(by_time)
    return item


def forget_price(item: Item, until: int) -> bool:
    """What nobody has said a price of since, when all that was added by then is gone, has none. Returns whether one was forgotten."""
    if item.priced is None or not item.priced <= until < first_added(item):
        return False
    item.price = item.currency = item.priced = None
    item.unreadable = False
    return True


def price_by_others(items: list[Item]) -> None:
    """What is left without a price, because what had told it is gone, costs what the same product costs in another line, and joins it."""
    for item in [held for held in items if held.product_id and held.price is None and not held.unreadable]:
        others = [held for held in items if held is not item and held.product_id == item.product_id]
        if not others:
            continue
        other = min(others, key=first_added)
        if other.priced is None and (other.price is not None or other.unreadable):
            other.priced = other.after
        of_adds(other, [*adds(other), *adds(item)])
        _bound_adds(other)
        items[:] = [held for held in items if held is not item]


def put_back(items: list[Item], taken: Item) -> None:
    """Put back what was removed from a line, or the whole line."""
    for held in items:
        if held.product_id == taken.product_id and _are_one(held, taken):
            held.price, held.currency, held.unreadable, held.priced = taken.price, taken.currency, taken.unreadable, taken.priced
            of_adds(held, [*adds(held), *adds(taken)])
            return
    items.append(replace(taken))  # what was removed is looked at again


def _are_one(held: Item, taken: Item) -> bool:
    """Whether one was removed from the other. A price that left with it is not known of what stayed."""
    if not held.product_id and (held.after, held.variant) != (taken.after, taken.variant):
        return False
    costs_nothing = held.price is None and not held.unreadable
    return costs_nothing or (held.price, held.currency, held.unreadable) == (taken.price, taken.currency, taken.unreadable)


def bound(cart: Cart) -> None:
    """Keep to the bounds of a cart into which much was put back. Of what does not fit nobody knows."""
    for item in cart.items:
        _bound_adds(item)
    if len(cart.items) > MAX_ITEMS:
        cart.doubted = max(cart.doubted, cart.opened + max(item.after for item in cart.items))
        del cart.items[MAX_ITEMS:]


def _bound_adds(item: Item) -> None:
    while len(item.adds) > MAX_ADDS:
        item.adds = [(item.adds[1][0], item.adds[0][1] + item.adds[1][1]), *item.adds[2:]]
