"""What a customer has taken: looked at, put into the cart, bought. The newest thing last, each once, as evaluation sees it, too."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from udfs.core.profile import viewed
from udfs.core.profile.cart_products import product_called
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.sessions import GAP
from udfs.core.profile.state import Profile

MAX_HISTORY = 20
"""The latest items that are looked at."""


class How(StrEnum):
    """What somebody did with an item."""

    VIEWED = "viewed"
    IN_CART = "in_cart"
    BOUGHT = "bought"
    LIKE = "like"
    """It was named: `recommend(4, like=…)`."""


class Taken(NamedTuple):
    """One item of a history."""

    item: str
    at: int
    """When, epoch milliseconds of event time."""
    how: How


def distinct(taken: Iterable[Taken]) -> list[Taken]:
    """Each item once, as of the latest time, in order of time: at equal times as they came. At most `MAX_HISTORY`, the newest last.

    >>> [each.item for each in distinct([Taken("a", 1, How.VIEWED), Taken("b", 2, How.VIEWED), Taken("a", 3, How.BOUGHT)])]
    ['b', 'a']
    """
    latest: dict[str, Taken] = {}
    for each in sorted(taken, key=_when):
        latest.pop(each.item, None)
        latest[each.item] = each
    return list(latest.values())[-MAX_HISTORY:]


def viewed_by(profile: Profile) -> list[Taken]:
    """What this customer has viewed, the newest last."""
    return [Taken(product_called(item), at, How.VIEWED) for item, at in viewed.opened(profile.packed_viewed)]


def history_of(profile: Profile, cart: Cart | None, looked_at: Iterable[Taken]) -> list[Taken]:
    """What this customer has taken, the newest last. `looked_at`: what of it was viewed."""
    found = list(looked_at)
    if cart is not None:
        found += [Taken(product_called(item.product_id), cart.opened + item.after, How.IN_CART) for item in cart.items]
    found += [Taken(item, at, How.BOUGHT) for item, at in profile.bought]
    return distinct(found)


def visit_of(times: Sequence[int]) -> int:
    """How many items are of the latest visit. `times`: of each item, epoch milliseconds, the newest last.

    >>> visit_of([]), visit_of([5]), visit_of([0, GAP + 1, GAP + 2, 2 * GAP + 2]), visit_of([0, GAP + 1])
    (0, 1, 3, 1)
    """
    for back in range(1, len(times)):
        if times[-back] - times[-back - 1] > GAP:
            return back
    return len(times)


def _when(taken: Taken) -> int:
    return taken.at
