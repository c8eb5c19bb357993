"""How many people an experiment needs, and how many days: before it begins. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from services.statistics.always_valid import width
from services.statistics.normal import quantile
from services.statistics.sample_size import POWER, people_needed
from udfs.core.campaigns.experiment import REACHED, SESSION, VALUE_EACH, Contrast, Experiment
from udfs.core.values.durations import DAY
from udfs.core.values.errors import InvalidInput

ALPHA = 0.05
"""The chance of a false alarm, of all comparisons together."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known before, in the unit of the metric."""

    mean: float
    variance: float
    """Between units, without the change."""
    changed_variance: float
    design: float
    """By how much the sample grows since the sessions of one person are alike; 1 where people are counted."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One question that the experiment answers."""

    name: str
    arms: tuple[str, ...]
    base: tuple[str, ...]
    once: int
    """Units that each arm needs, if it is looked at once, when all are there."""
    always: int
    """The same if it is looked at every day, by always-valid intervals."""
    finds: float | None
    """The smallest effect, relative, that the experiment's own sample finds at one look; None: it names no sample."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an experiment needs."""

    known: Known
    effect: float
    """The smallest effect worth finding, in the unit of the metric."""
    comparisons: tuple[Comparison, ...]
    arms: Mapping[str, float]
    """Arm -> the share of people who are in it."""
    sample: int
    """Units of each arm: the experiment's own number, or what one look needs."""
    days: float | None
    """Until the smallest arm has its sample, and its last ones their time; None: nobody says how many people come."""
    days_always: float | None
    """The same for what looking every day needs."""

    @property
    def is_enough(self) -> bool:
        """Whether the sample finds the smallest effect at one look, for every comparison."""
        return all(each.once <= self.sample for each in self.comparisons)


class NotPlanned(InvalidInput):
    """Something that a plan needs is not known, or cannot be; the message says which key or option gives it."""


def plan(experiment: Experiment, *, arms: Mapping[str, float], horizon: int) -> Plan:
    """The plan. `arms`: arm -> share of people; `horizon`: milliseconds for which each is watched. Raises NotPlanned."""
    known = known_of(experiment)
    effect = known.mean * experiment.minimum_effect
    alpha = ALPHA / len(experiment.contrasts)
    found = [_comparison(each, experiment, known, effect, alpha) for each in experiment.contrasts]
    once, always = max(each.once for each in found), max(each.always for each in found)
    sample = experiment.sample or once
    return Plan(
        known=known,
        effect=effect,
        comparisons=tuple(found),
        arms=arms,
        sample=sample,
        days=_days(experiment, arms, sample, horizon),
        days_always=_days(experiment, arms, max(always, experiment.sample or 0), horizon),
    )


def known_of(experiment: Experiment) -> Known:
    """What is expected of the metric. Raises NotPlanned."""
    expected = experiment.expected
    design = 1 + (expected.sessions_a_person - 1) * expected.alike if experiment.unit == SESSION else 1.0
    rate = expected.rate
    if experiment.metric in (REACHED, VALUE_EACH) and rate is None:
        message = "how many reach the goal without the change is not known: expected: {rate: 8%}, or --rate 8%"
        raise NotPlanned(message)
    if experiment.metric == REACHED and rate is not None:
        changed = rate * (1 + experiment.minimum_effect)
        if not 0 < changed < 1:
            message = f"{experiment.minimum_effect:+.0%} of a rate of {rate:.2%} is {changed:.2%}: a rate is between 0% and 100%"
            raise NotPlanned(message)
        return Known(mean=rate, variance=rate * (1 - rate), changed_variance=changed * (1 - changed), design=design)
    mean, deviation = expected.mean, expected.deviation
    if mean is None or deviation is None:
        message = f"the mean and the deviation of {experiment.metric} are not known: expected: {{mean: 60, deviation: 45}}, or --mean and --deviation"
        raise NotPlanned(message)
    # Of a conversion's value each unit tells so much as it has conversions: the delta method with one conversion or none a unit.
    variance = deviation**2 / rate if experiment.metric == VALUE_EACH and rate else deviation**2
    return Known(mean=mean, variance=variance, changed_variance=variance, design=design)


def _comparison(contrast: Contrast, experiment: Experiment, known: Known, effect: float, alpha: float) -> Comparison:
    """Arms of one size each: several of them together are so much larger."""
    shares = (float(len(contrast.arms)), float(len(contrast.base)))

    def needed(effect: float) -> float:
        people = people_needed(effect=effect, variance=known.variance, changed_variance=known.changed_variance, shares=shares, alpha=alpha)
        return people * known.design / sum(shares)

    looks = ((width(1, planned=1, alpha=alpha) + quantile(POWER)) / (quantile(1 - alpha / 2) + quantile(POWER))) ** 2
    sample = experiment.sample
    return Comparison(
        name=contrast.name,
        arms=contrast.arms,
        base=contrast.base,
        once=math.ceil(needed(effect)),
        always=math.ceil(needed(effect) * looks),
        finds=None if sample is None else abs(effect / known.mean) * math.sqrt(needed(effect) / sample),
    )


def _days(experiment: Experiment, arms: Mapping[str, float], sample: int, horizon: int) -> float | None:
    a_day = experiment.expected.people_a_day
    if a_day is None:
        return None
    a_day *= experiment.namespace.share if experiment.namespace is not None else 1
    units = a_day * (experiment.expected.sessions_a_person if experiment.unit == SESSION else 1)
    return sample / (units * min(arms.values())) + horizon / DAY
