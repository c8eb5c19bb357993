"""What to do, in words: stop, keep, or about so many more days. From the always-valid interval, since everybody looks every day; from the
ordinary one once the sample that was planned is complete. Pure."""

import math
from dataclasses import dataclass

from services.lift.measure import Effect, Lift
from services.lift.people import RATE
from services.statistics.difference import Interval
from services.statistics.sample_ratio import ALARM
from services.statistics.sample_size import people_for_certainty
from udfs.core.campaigns.experiment import EARLY
from udfs.core.values.durations import DAY

LONG = 180
"""Days that nobody waits for."""
TOLERATED = 0.005
NEVER, HARM, BOTH = EARLY


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One word for programs, and a sentence for people."""

    word: str
    """look (something is wrong with the comparison), stop, keep or wait."""
    sentence: str
    days: int | None = None
    """With wait: about how many more. None: not known, or too many."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When there is an answer."""

    matters: float | None = None
    """The smallest effect worth having, in the metric's own unit; None: any."""
    sample: int | None = None
    """Units of the smaller group that were planned: then one look at the ordinary interval decides. None: nobody planned any."""
    at_most: int | None = None
    """Milliseconds from the first exposure after which the ordinary interval decides, whatever the sample; None: no end was set."""
    early: str = BOTH
    """What may end it before that: never, harm, or both harm and help."""
    tolerated: float = TOLERATED
    """How much a guardrail may rise: who gets no message has nothing to unsubscribe from, so some rise is to be expected."""


def advise(lift: Lift, metric: str, rule: Rule | None = None) -> Advice:
    """What to do about the effect on one metric."""
    rule, effect = rule or Rule(), lift.effect(metric)
    wrong = _is_wrong(lift)
    if wrong:
        return Advice(word="look", sentence=wrong)
    for guard in lift.effects:
        if guard.harms(rule.tolerated):
            return Advice(word="stop", sentence=f"stop: {guard.metric} rises, by at least {_amount(guard, guard.always.low if guard.always else 0)}")
    ended = _ended(lift, effect, rule)
    span = effect.fixed if ended else effect.always
    if span is None:
        return _too_early(lift, effect)
    if found := _certain(effect, span, rule, ended=ended):
        return found
    return _wait(lift, effect, rule)


def _is_wrong(lift: Lift) -> str:
    """Why no comparison means anything."""
    ratio = lift.ratio
    if ratio is not None and ratio.is_wrong:
        told = f"{ratio.observed[0]:,} and {ratio.observed[1]:,} where {ratio.expected[0]:,.0f} and {ratio.expected[1]:,.0f} were due"
        return f"look first: people are missing from one group ({told}), so the groups cannot be compared; find out where they got lost"
    if lift.share_of_days is not None and lift.share_of_days < ALARM:
        return "look first: the shares of the groups changed from one day to another; compare the days apart with --since"
    return ""


def _ended(lift: Lift, effect: Effect, rule: Rule) -> str:
    """Why the one look that was planned is due; empty if it is not yet."""
    sample = _people_planned(lift, rule)
    if sample is not None and min(effect.plain.treated.people, effect.plain.control.people) >= sample:
        return "the sample is complete"
    lasted = lift.people.lasted
    if rule.at_most is not None and lasted is not None and lasted >= rule.at_most + (lift.people.horizon or 0):
        return "its time is over"
    return ""


def _people_planned(lift: Lift, rule: Rule) -> int | None:
    """How many people bring as many units as were planned."""
    return None if rule.sample is None else math.ceil(rule.sample / (lift.people.sessions or 1.0))


def _certain(effect: Effect, span: Interval, rule: Rule, *, ended: str) -> Advice | None:
    """What is certain, as far as the rule lets it end anything."""
    metric = effect.metric
    if span.high < 0 and (ended or rule.early != NEVER):
        return Advice(word="stop", sentence=f"stop: {metric} falls by at least {_amount(effect, -span.high)}{_each(effect)}")
    if span.low > 0 and (ended or rule.early == BOTH):
        return Advice(word="keep", sentence=f"keep: {metric} rises by at least {_amount(effect, span.low)}{_each(effect)}")
    if rule.matters is not None and span.high < rule.matters and (ended or rule.early != NEVER):
        told = f"{_amount(effect, rule.matters)}{_each(effect)} that would matter"
        return Advice(word="stop", sentence=f"stop: if there is an effect, it is below the {told}")
    if ended:
        told = f"{_amount(effect, span.low)} to {_amount(effect, span.high)}{_each(effect)}"
        return Advice(word="stop", sentence=f"stop: {ended}, and no effect on {metric} was found; it is between {told}")
    return None


def _too_early(lift: Lift, effect: Effect) -> Advice:
    groups = (effect.plain.treated, effect.plain.control)
    if not groups[1].people and not lift.people.left.immature:
        sentence = "wait: chance has kept nobody from the message, so there is nothing to compare with; give the campaign a control_group"
        return Advice(word="wait", sentence=sentence)
    told = f"{groups[0].people:,} people and {groups[1].people:,} to compare them with are too few to tell, or too few of them did anything"
    waiting = f"; {lift.people.left.immature:,} more are waited for" if lift.people.left.immature else ""
    return Advice(word="wait", sentence=f"wait: {told}{waiting}")


def _wait(lift: Lift, effect: Effect, rule: Rule) -> Advice:
    best, sample = effect.best, _people_planned(lift, rule)
    if sample is not None:
        share = min(best.treated.people, best.control.people) / best.people
        more = math.ceil((sample - min(best.treated.people, best.control.people)) / share)
        why = "until the sample is complete"
    else:
        aimed = max(abs(best.effect), rule.matters or 0.0)
        needed = people_for_certainty(effect=aimed, spread=(best.error or 0.0) ** 2 * best.people, planned=lift.planned, alpha=lift.alpha)
        if needed is None or needed > 1e8:
            return Advice(word="wait", sentence="wait: nothing can be said yet, and nothing suggests that there is an effect")
        more, why = max(1, math.ceil(needed - best.people)), "if the effect is what it seems"
    if not lift.people.a_day:
        return Advice(word="wait", sentence=f"wait: about {_rounded(more):,} more people, {why}")
    days = math.ceil(more / lift.people.a_day)
    left = None if rule.at_most is None else rule.at_most + (lift.people.horizon or 0) - (lift.people.lasted or 0)
    if left is not None and left < days * DAY:
        days, why = max(1, math.ceil(left / DAY)), "until its time is over"
    if days > LONG:
        told = "at this pace it takes more than half a year to tell: draw a larger control group, or choose a metric that more people reach"
        return Advice(word="wait", sentence=f"wait: {told}")
    return Advice(word="wait", sentence=f"wait: about {days:,} more day{'s' if days > 1 else ''}, {why}", days=days)


def _each(effect: Effect) -> str:
    return "" if effect.is_ratio else " a person"


def _amount(effect: Effect, value: float) -> str:
    return f"{value:.2%}" if effect.kind == RATE else f"{value:,.3g}"


def _rounded(people: int) -> int:
    """To two digits: it is an estimate."""
    digits = max(0, len(str(people)) - 2)
    return round(people, -digits)
