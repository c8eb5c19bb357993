"""What two histories of one person tell each other of goals when they become one: what the one reached may be what a message of the other was for.

It counts as if it had been reported at the link, where that can be said. Of an order the ledger knows when it was and what it came to, and nothing
else: a goal that asks about other properties of it is not reached so, and a value that is computed from them is unknown. Of other events nothing is
known, unless they were the goal of a message of the same campaign there.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from udfs.core.campaigns.goal import Goal
from udfs.core.decision import reached
from udfs.core.decision.turn import Turn
from udfs.core.expressions.moment import Moment
from udfs.core.policy import consent
from udfs.core.profile import orders
from udfs.core.profile.state import Profile
from udfs.core.profile.windows import Conversion, Held, Window
from udfs.core.values.money import number

Side = tuple[Profile, Held]
"""A history, and what is kept of its decisions."""


def count(turn: Turn, mine: Side, theirs: Side) -> None:
    """Let each history count the goals that the other one saw, in place, before the two are merged."""
    own = tuple(mine[1].conversions)
    _count(turn, mine[1], theirs, theirs[1].conversions)
    _count(turn, theirs[1], mine, own)
    for held, teller in ((mine[1], theirs[0]), (theirs[1], mine[0])):
        for window in held.windows:
            _deny(turn, window, teller)


def _count(turn: Turn, held: Held, teller: Side, conversions: Sequence[Conversion]) -> None:
    """`held`: of the history that learns of it; `teller`: the one that knows, of its own `conversions`."""
    if not held.windows:
        return
    profile, told = teller
    ledger = {order.mark: order for order in orders.ledger(profile) if order.told and order.at + reached.REVISED_FOR >= turn.now}
    found = {each.mark: each for each in conversions}
    found |= {mark: reached.of_order(order) for mark, order in ledger.items() if mark not in found}
    campaigns = {window.number: window.campaign for window in told.windows}
    known = {each.mark for each in held.conversions}
    any_order = _any_order(turn)
    for mark, conversion in found.items():
        if mark in known:
            continue
        worth = {**(any_order if mark in ledger else {}), **{campaigns[place]: value for place, value in conversion.hits if place in campaigns}}
        hits = [(each.number, worth[each.campaign]) for each in held.windows if each.campaign in worth and reached.is_in(turn, each, conversion.at)]
        if hits:
            held.conversions.append(replace(conversion, hits=hits))


def _any_order(turn: Turn) -> Mapping[str, float | None]:
    """The campaigns whose goal any order is, and what one is worth to them where that is the same for all."""
    goals = {campaign.name: campaign.goal for campaign in turn.book.by_goal.get(orders.COMPLETED, ())}
    return {name: _worth(turn, goal) for name, goal in goals.items() if goal is not None and goal.when is None}


def _worth(turn: Turn, goal: Goal) -> float | None:
    if goal.value is None or goal.value.names or goal.value.fields:
        return None
    nothing = Moment(user_id=turn.user_id, profile=turn.profile, now=turn.now, cart=None, properties={}, policy=turn.book.policy)
    return number(goal.value.evaluate(nothing))


def _deny(turn: Turn, window: Window, teller: Profile) -> None:
    """What was denied there in the time of a window would have ended its message, too."""
    campaign = turn.book.campaigns.get(window.campaign)
    if campaign is None or "unsubscribed" in window.engagement:
        return
    closed = consent.against(teller, campaign.purpose, window.channel, turn.now, turn.book.policy.consent)
    at = closed.facts[0].get("denied_at") if closed is not None else None
    if isinstance(at, int) and reached.is_in(turn, window, at):
        window.engagement["unsubscribed"] = at
