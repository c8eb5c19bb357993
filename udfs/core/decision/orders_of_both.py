"""What two histories of one person tell each other of goals when they become one: an order of the one may be what a message of the other was for.

It counts as if it had been reported at the link, where that can be said. Of an order the ledger knows when it was and what it came to, and no more:
a goal that asks about other properties of the order, or about another event, is not reached so.
"""

from collections.abc import Iterable, Iterator

from udfs.core.campaigns.goal import Goal
from udfs.core.decision.reached import LATE
from udfs.core.decision.turn import Turn
from udfs.core.expressions.moment import Moment
from udfs.core.profile import orders, windows
from udfs.core.profile.orders import COMPLETED, Order
from udfs.core.profile.state import Profile
from udfs.core.profile.windows import Conversion, Held, Window
from udfs.core.values.durations import DAY
from udfs.core.values.money import number

RECENT = 30 * DAY
"""Of an older order nothing changes any more to whom it is credited."""


def count(turn: Turn, other: Profile) -> None:
    """Let each history count the orders that only the other one knows, in place, before the two are merged."""
    mine, theirs = _told(turn.profile), _told(other)
    _count(turn, turn.profile, [order for mark, order in theirs.items() if mark not in mine])
    _count(turn, other, [order for mark, order in mine.items() if mark not in theirs])


def _told(profile: Profile) -> dict[bytes, Order]:
    return {order.mark: order for order in orders.ledger(profile) if order.told}


def _count(turn: Turn, profile: Profile, news: Iterable[Order]) -> None:
    if profile.measured is None:
        return
    held = windows.held(profile)
    for order in news:
        if order.at + RECENT >= turn.now and (hits := list(_hits(turn, held, order))):
            told = (order.amount, order.back or 0.0, order.gone, order.unclear or bool(order.waiting))
            held.conversions.append(Conversion(order.mark, order.at, hits, *told))
    windows.keep(profile, held, settled=profile.measured.closes)


def _hits(turn: Turn, held: Held, order: Order) -> Iterator[tuple[int, float | None]]:
    """The windows into which it falls, and its value where that is the same for every order."""
    for window in held.windows:
        goal = _goal(turn, window)
        if goal is not None and window.at < order.at <= window.ends and turn.now <= window.ends + LATE:
            yield window.number, None if goal.value is None else number(goal.value.evaluate(_nothing(turn)))


def _goal(turn: Turn, window: Window) -> Goal | None:
    """The goal of a window, if an order can be told to reach it by what the ledger knows."""
    campaign = turn.book.campaigns.get(window.campaign)
    goal = campaign.goal if campaign is not None else None
    if goal is None or COMPLETED not in goal.events or goal.when is not None:
        return None
    is_fixed = goal.value is None or not (goal.value.names or goal.value.fields)
    return goal if is_fixed else None


def _nothing(turn: Turn) -> Moment:
    return Moment(user_id=turn.user_id, profile=turn.profile, now=turn.now, cart=None, properties={}, policy=turn.book.policy)
