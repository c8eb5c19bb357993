"""What two histories of one person tell each other of goals when they become one: what the one reached may be what a message of the other was for.

It counts as if it had been reported at the link, where that can be said. Of an order the ledger knows when it was and what it came to, and no more: a
goal that asks about other properties of it is not reached so, and a value that is computed from them is unknown. Of other events nothing is known,
unless they were the goal of a message of the same campaign there.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from udfs.core.campaigns.goal import Goal
from udfs.core.decision import reached
from udfs.core.decision.turn import Turn
from udfs.core.expressions.moment import Moment
from udfs.core.policy import consent
from udfs.core.profile import orders, windows
from udfs.core.profile.state import Profile
from udfs.core.profile.windows import Held, Window
from udfs.core.values.durations import DAY
from udfs.core.values.money import number

RECENT = 30 * DAY
"""Of an older order nothing changes any more to whom it is credited."""


def count(turn: Turn, other: Profile) -> None:
    """Let each history count the goals that the other one saw, in place, before the two are merged."""
    mine, theirs = windows.held(turn.profile), windows.held(other)
    sides = ((turn.profile, mine, other, theirs), (other, theirs, turn.profile, windows.held(turn.profile)))
    for profile, held, teller, told in sides:
        if profile.measured is not None:
            _count(turn, held, teller, told)
            windows.keep(profile, held, settled=profile.measured.closes)


def _count(turn: Turn, held: Held, teller: Profile, told: Held) -> None:
    """`held`: of the history that is told; `teller` and `told`: of the one that tells."""
    ledger = {order.mark: order for order in orders.ledger(teller) if order.told and order.at + RECENT >= turn.now}
    found = {each.mark: each for each in told.conversions}
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
    for window in held.windows:
        _deny(turn, window, teller)


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
