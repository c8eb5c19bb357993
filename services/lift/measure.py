"""From people to what is said of them: effects with intervals, the sample ratio, guardrails. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.lift.people import Metric, People
from services.statistics import always_valid
from services.statistics.cuped import adjusted
from services.statistics.difference import Difference, Interval, Numbers, difference, weighted
from services.statistics.normal import chi_square_tail
from services.statistics.sample_ratio import ALARM, SUSPICIOUS, SampleRatio, sample_ratio

FEW = 40
"""People of a stratum with fewer than this count together with those of the next."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What the message did to one metric."""

    metric: str
    kind: str
    is_guard: bool
    is_ratio: bool
    plain: Difference
    """The difference of the means as they are."""
    best: Difference
    """The same after CUPED, where that helps."""
    explained: float
    """The share of the variance that CUPED took away."""
    fixed: Interval | None
    """None: there is too little to tell. For one look that was planned."""
    always: Interval | None
    """For any number of looks."""
    p: float | None
    p_always: float | None
    relative: Interval | None
    """The ordinary interval of the effect as a share of what happens without the message."""

    @property
    def incremental(self) -> float | None:
        """What the message has brought in all to those who were treated. None: of a ratio there is no such sum."""
        return None if self.is_ratio else self.best.effect * self.best.treated.people

    def harms(self, tolerated: float) -> bool:
        """A guardrail that certainly rises by more than is tolerated, however often it is looked at."""
        return self.is_guard and self.always is not None and self.always.low > tolerated


@dataclass(frozen=True, kw_only=True)
class Lift:
    """A comparison of two groups."""

    people: People
    effects: tuple[Effect, ...]
    ratio: SampleRatio | None
    """None: nobody said by which shares they were drawn."""
    planned: float
    unknown_figures: float
    """The share of people of whom a figure for CUPED is not known."""
    stratified: bool
    """Whether versions with other shares were compared each by itself."""
    share_of_days: float | None = None
    """By how much the shares of the groups differ from day to day: a p-value. None: not known."""

    def effect(self, metric: str) -> Effect:
        """The effect on a metric that there is."""
        return next(each for each in self.effects if each.metric == metric)


def measure(people: People, *, shares: Sequence[float] | None = None, planned: float = always_valid.PLANNED, once: bool = False) -> Lift:
    """Compare the groups. `shares`: by which the first and the second group were drawn; `planned`: people for whom always-valid intervals are
    narrowest, chosen before anybody looked; `once`: nobody has looked before, so the sample ratio is wrong at a smaller difference."""
    unknown = 0.0
    if people.figures is not None and people.figures.size:
        unknown = float((~np.isfinite(people.figures)).any(axis=1).mean())
    strata = _strata(people)
    return Lift(
        people=people,
        effects=tuple(_effect(people, each, strata, planned) for each in people.metrics),
        ratio=sample_ratio(people.assigned, shares, alarm=SUSPICIOUS if once else ALARM) if shares is not None else None,
        planned=planned,
        unknown_figures=unknown,
        stratified=len(strata) > 1,
        share_of_days=_share_of_days(people),
    )


def _effect(people: People, metric: Metric, strata: Sequence[Numbers], planned: float) -> Effect:
    plain = _compared(metric.values, people, strata)
    best, explained = plain, 0.0
    if people.figures is not None and plain.error is not None:
        found = adjusted(metric.values, people.treated, people.figures)
        changed = _compared(found.outcome, people, strata)
        if found.explained > 0 and changed.error is not None and changed.error < plain.error:
            best, explained = changed, found.explained
    error = best.error
    return Effect(
        metric=metric.name,
        kind=metric.kind,
        is_guard=metric.is_guard,
        is_ratio=metric.is_ratio,
        plain=plain,
        best=best,
        explained=explained,
        fixed=best.fixed(),
        always=best.always(planned=planned),
        p=best.p,
        p_always=None if error is None else always_valid.p_value(best.effect / error, best.people, planned=planned),
        relative=best.relative(),
    )


def _compared(values: Numbers, people: People, strata: Sequence[Numbers]) -> Difference:
    if len(strata) <= 1:
        return difference(values, people.treated)
    whole = difference(values, people.treated)
    parts = [difference(values[each], people.treated[each]) for each in strata]
    return whole if any(part.error is None for part in parts) else weighted(parts)


def _strata(people: People) -> list[Numbers]:
    """Who is compared with whom: all with all, unless versions of the campaign drew the groups by clearly other shares."""
    everybody = [np.ones(len(people), bool)]
    if people.strata is None or len(set(people.strata.tolist())) < 2:
        return everybody  # type: ignore[return-value]
    masks = [people.strata == number for number in dict.fromkeys(people.strata.tolist())]
    counts = [(int(people.treated[mask].sum()), int((~people.treated[mask]).sum())) for mask in masks]
    if min(min(each) for each in counts) < FEW or _homogeneous(counts) >= ALARM:
        return everybody  # type: ignore[return-value]
    return masks  # type: ignore[return-value]


def _homogeneous(counts: Sequence[tuple[int, int]]) -> float:
    """How likely shares differ so much from each other by chance (chi-square)."""
    table = np.array(counts, float)
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    expected = rows * columns / table.sum()
    if (expected <= 0).any():
        return 1.0
    return chi_square_tail(float(((table - expected) ** 2 / expected).sum()), len(counts) - 1)


def _share_of_days(people: People) -> float | None:
    """How likely the shares of the groups differ so much from day to day by chance: if they do, something switched the groups off for a while."""
    if people.at is None or not len(people):
        return None
    day = (people.at - people.at.min()) // 86_400_000
    counts = [(int(people.treated[day == each].sum()), int((~people.treated[day == each]).sum())) for each in np.unique(day)]
    share = (~people.treated).mean()
    busy = [each for each in counts if sum(each) * min(share, 1 - share) >= 5]
    return _homogeneous(busy) if len(busy) > 1 else None
