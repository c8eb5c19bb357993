"""Groups compared: ratios of rates and of mean scores, with intervals that hold for all comparisons of a report together. Pure.

A row is a person. Each group is compared with the largest one. A rate has the interval of Katz for the logarithm of a ratio, with half a person
added, so that a group in which nobody is reached can be told; a mean that of the delta method.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.fairness.people import People, Person, values
from services.statistics.normal import quantile

ALPHA = 0.05
FOUR_FIFTHS = 0.8
MIN_PEOPLE = 20
REACHED, CONVERTED, OPPORTUNITY, SCORE = "reached", "converted", "opportunity", "score"
JUDGED = frozenset({REACHED, OPPORTUNITY})
"""What a gate stops: the others may differ for reasons of their own, and are shown."""
_HALF = 0.5


class Verdict(StrEnum):
    """What an interval says of a ratio."""

    DISPARATE = "disparate"
    """All of it is beyond the bound."""
    WITHIN = "within"
    """All of it is within the bound."""
    UNCLEAR = "unclear"
    """Both are possible."""
    FEW = "too few"
    """No interval is given."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One group against the largest, in one measure."""

    attribute: str
    measure: str
    group: str
    people: int
    value: float
    reference: str
    """The largest group."""
    reference_people: int
    reference_value: float
    ratio: float
    low: float
    high: float
    verdict: Verdict

    @property
    def stops(self) -> bool:
        """Whether a gate stops it."""
        return self.verdict is Verdict.DISPARATE and self.measure.partition(":")[0] in JUDGED


@dataclass(frozen=True)
class _Sample:
    people: int
    mean: float
    variance: float
    is_rate: bool


Reads = Callable[[Person], float | None]


def audit(people: People, attributes: Mapping[str, Mapping[str, str]], *, least: float = FOUR_FIFTHS) -> list[Compared]:
    """Every measure of every group. `attributes`: attribute -> person -> group. `least`: the ratio that is still within the bound, and so is one over
    it."""
    pairs = [
        (name, measure, group, sample, largest, held[largest])
        for name, members in attributes.items()
        for measure, reads, is_rate in _measures(people)
        for held, largest in [_samples(people, members, reads, is_rate=is_rate)]
        if held[largest].people
        for group, sample in sorted(held.items())
        if group != largest
    ]
    tested = sum(min(one.people, other.people) >= MIN_PEOPLE for _, _, _, one, _, other in pairs)
    z = quantile(1 - ALPHA / 2 / max(1, tested))
    return [_compared(*pair, z=z, least=least) for pair in pairs]


def _measures(people: People) -> list[tuple[str, Reads, bool]]:
    found: list[tuple[str, Reads, bool]] = [(REACHED, lambda person: float(person.reached), True)]
    found += [(f"{SCORE}:{name}", lambda person, name=name: person.score(name), False) for name in people.scores]  # type: ignore[misc]
    found.append((CONVERTED, lambda person: None if person.converted is None or not person.reached else float(person.converted), True))
    for name in people.scores:
        known = sorted(score for person in people.persons.values() if (score := person.score(name)) is not None)
        middle = known[len(known) // 2]
        found.append((f"{OPPORTUNITY}:{name}", lambda person, name=name, middle=middle: _above(person, name, middle), True))  # type: ignore[misc]
    return found


def _above(person: Person, name: str, middle: float) -> float | None:
    """Of whoever reached the goal: whether the score was in the upper half of all."""
    score = person.score(name)
    return None if score is None or not person.converted else float(score >= middle)


def _samples(people: People, members: Mapping[str, str], reads: Reads, *, is_rate: bool) -> tuple[dict[str, _Sample], str]:
    """The figures of each group, and the largest of them."""
    found: dict[str, list[float]] = {group: [] for group in members.values()}
    for group, person in values(people, members):
        if (value := reads(person)) is not None:
            found[group].append(value)
    held = {group: _sample(told, is_rate=is_rate) for group, told in found.items()}
    return held, max(sorted(held), key=lambda group: held[group].people)


def _sample(told: Sequence[float], *, is_rate: bool) -> _Sample:
    number = len(told)
    mean = math.fsum(told) / number if number else 0.0
    variance = math.fsum((each - mean) ** 2 for each in told) / (number - 1) if number > 1 else 0.0
    return _Sample(number, mean, variance, is_rate)


def _compared(attribute: str, measure: str, group: str, one: _Sample, largest: str, other: _Sample, *, z: float, least: float) -> Compared:
    ratio, low, high = _ratio(one, other, z)
    return Compared(
        attribute=attribute,
        measure=measure,
        group=group,
        people=one.people,
        value=one.mean,
        reference=largest,
        reference_people=other.people,
        reference_value=other.mean,
        ratio=ratio,
        low=low,
        high=high,
        verdict=_verdict(low, high, least),
    )


def _ratio(one: _Sample, other: _Sample, z: float) -> tuple[float, float, float]:
    """The ratio and its interval; NaN where there are too few people for one."""
    if min(one.people, other.people) < MIN_PEOPLE:
        return (one.mean / other.mean if other.mean else math.nan), math.nan, math.nan
    if one.is_rate:
        hits = [(sample.mean * sample.people + _HALF, sample.people + _HALF) for sample in (one, other)]
        logarithm = math.log(hits[0][0] / hits[0][1]) - math.log(hits[1][0] / hits[1][1])
        variance = sum(1 / hit - 1 / people for hit, people in hits)
    elif min(one.mean, other.mean) > 0:
        logarithm = math.log(one.mean / other.mean)
        variance = sum(sample.variance / sample.people / sample.mean**2 for sample in (one, other))
    else:
        return math.nan, math.nan, math.nan
    spread = z * math.sqrt(variance)
    return math.exp(logarithm), math.exp(logarithm - spread), math.exp(logarithm + spread)


def _verdict(low: float, high: float, least: float) -> Verdict:
    if math.isnan(low):
        return Verdict.FEW
    if high < least or low > 1 / least:
        return Verdict.DISPARATE
    return Verdict.WITHIN if low >= least and high <= 1 / least else Verdict.UNCLEAR
