"""A plan as lines for people. Pure."""

import math
from collections.abc import Iterator

from services.experiment.plan import Plan
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.experiment import REACHED, SESSION, Experiment, percent
from udfs.core.values.durations import DAY, in_words


def lines(campaign: Campaign, experiment: Experiment, plan: Plan) -> Iterator[str]:
    """What is compared, what that needs, and how long it takes."""
    goal = campaign.goal
    units = "sessions" if experiment.unit == SESSION else "people"
    events = " or ".join(goal.events) if goal is not None else ""
    within = in_words(goal.within) if goal is not None else ""
    base, wanted = plan.known.mean, plan.known.mean + plan.effect
    form = ".2%" if experiment.metric == REACHED else ",.2f"
    yield f"{campaign.name}: {experiment.hypothesis.strip()}"
    told = f"{base:{form}} now, {wanted:{form}} with {experiment.minimum_effect:+.0%}"
    yield f"  measured by  {experiment.metric} ({events} within {within}): {told}"
    yield f"  arms         {', '.join(f'{name} {share:.1%}' for name, share in plan.arms.items())}; chance draws people"
    if (part := experiment.namespace) is not None:
        yield f"  namespace    {part.name}, from {part.part}: {percent(part.share)} of the people who are met"
    yield f"  {units + ' in each arm':<34} {'one look':>12} {'every day':>12}{'  finds' if experiment.sample else ''}"
    for each in plan.comparisons:
        finds = "" if each.finds is None else f"  {each.finds:+.1%}"
        yield f"  {each.name:<34} {each.once:>12,} {each.always:>12,}{finds}"
    if len(plan.comparisons) > 1:
        yield f"  one false alarm in 20 experiments, for all {len(plan.comparisons)} comparisons together"
    if plan.known.design > 1:
        yield f"  {plan.known.design:.2f} times as many as if no session were like another of the same person"
    yield from _verdict(experiment, plan, units)


def _verdict(experiment: Experiment, plan: Plan, units: str) -> Iterator[str]:
    at_most = experiment.at_most / DAY
    if experiment.sample is not None and not plan.is_enough:
        worst = max(each.finds or 0.0 for each in plan.comparisons)
        yield (
            f"too small: {experiment.sample:,} {units} in each arm find {worst:+.1%} or more, "
            f"not {abs(experiment.minimum_effect):+.1%}; that takes {max(each.once for each in plan.comparisons):,}"
        )
    if plan.days is None:
        yield "days: not known; say how many people are met in a day: expected: {people_a_day: 700}, or --a-day 700"
        return
    days, always = math.ceil(plan.days), math.ceil(plan.days_always or plan.days)
    yield f"days: {days:,} for {plan.sample:,} {units} in each arm and one look at the end, {always:,} if you look every day"
    if plan.days > at_most:
        yield f"too long: it ends after {in_words(experiment.at_most)} (stop: at_most), with {at_most / plan.days:.0%} of its sample or less"
