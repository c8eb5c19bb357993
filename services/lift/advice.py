"""What to do, in words: stop, keep, or about so many more days. From the always-valid interval, since everybody looks every day. Pure."""

import math
from dataclasses import dataclass

from services.lift.measure import Effect, Lift
from services.lift.people import RATE
from services.statistics.sample_ratio import ALARM
from services.statistics.sample_size import people_for_certainty

LONG = 180
"""Days that nobody waits for."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One word for programs, and a sentence for people."""

    word: str
    """look (something is wrong with the comparison), stop, keep or wait."""
    sentence: str
    days: int | None = None
    """With wait: about how many more. None: not known, or too many."""


def advise(lift: Lift, metric: str, *, matters: float | None = None) -> Advice:
    """What to do about the effect on one metric. `matters`: the smallest effect worth having, in the metric's own unit; None: any."""
    effect = lift.effect(metric)
    wrong = _is_wrong(lift)
    if wrong:
        return Advice(word="look", sentence=wrong)
    for guard in lift.effects:
        if guard.harms:
            return Advice(word="stop", sentence=f"stop: {guard.metric} rises, by at least {_amount(guard, guard.always.low if guard.always else 0)}")
    if effect.always is None:
        return _too_early(lift, effect)
    if effect.always.low > 0:
        return Advice(word="keep", sentence=f"keep: {metric} rises by at least {_amount(effect, effect.always.low)} a person")
    if effect.always.high < 0:
        return Advice(word="stop", sentence=f"stop: {metric} falls by at least {_amount(effect, -effect.always.high)} a person")
    if matters is not None and effect.always.high < matters:
        return Advice(word="stop", sentence=f"stop: if there is an effect, it is below the {_amount(effect, matters)} a person that would matter")
    return _wait(lift, effect, matters)


def _is_wrong(lift: Lift) -> str:
    """Why no comparison means anything."""
    ratio = lift.ratio
    if ratio is not None and ratio.is_wrong:
        told = f"{ratio.observed[0]:,} and {ratio.observed[1]:,} where {ratio.expected[0]:,.0f} and {ratio.expected[1]:,.0f} were due"
        return f"look first: people are missing from one group ({told}), so the groups cannot be compared; find out where they got lost"
    if lift.share_of_days is not None and lift.share_of_days < ALARM and not lift.stratified:
        return "look first: the shares of the groups changed from one day to another; compare the days apart with --since"
    return ""


def _too_early(lift: Lift, effect: Effect) -> Advice:
    groups = (effect.plain.treated, effect.plain.control)
    if not groups[1].people and not lift.people.left.immature:
        return Advice(
            word="wait", sentence="wait: nobody got no message by chance, so there is nothing to compare with; give the campaign a control_group"
        )
    told = f"{groups[0].people:,} people with the message and {groups[1].people:,} without are too few to tell, or too few of them did anything"
    waiting = f"; {lift.people.left.immature:,} more are waited for" if lift.people.left.immature else ""
    return Advice(word="wait", sentence=f"wait: {told}{waiting}")


def _wait(lift: Lift, effect: Effect, matters: float | None) -> Advice:
    best = effect.best
    aimed = max(abs(best.effect), matters or 0.0)
    spread = (best.error or 0.0) ** 2 * best.people
    needed = people_for_certainty(effect=aimed, spread=spread, planned=lift.planned)
    if needed is None or needed > 1e8:
        return Advice(word="wait", sentence="wait: nothing can be said yet, and nothing suggests that there is an effect")
    more = max(1, math.ceil(needed - best.people))
    if not lift.people.a_day:
        return Advice(word="wait", sentence=f"wait: about {_rounded(more):,} more people, if the effect is what it seems")
    days = math.ceil(more / lift.people.a_day)
    if days > LONG:
        why = "at this pace it takes more than half a year to tell: draw a larger control group, or choose a metric that more people reach"
        return Advice(word="wait", sentence=f"wait: {why}")
    return Advice(word="wait", sentence=f"wait: about {days:,} more day{'s' if days > 1 else ''}, if the effect is what it seems", days=days)


def _amount(effect: Effect, value: float) -> str:
    return f"{value:.2%}" if effect.kind == RATE else f"{value:,.3g}"


def _rounded(people: int) -> int:
    """To two digits: it is an estimate."""
    digits = max(0, len(str(people)) - 2)
    return round(people, -digits)
