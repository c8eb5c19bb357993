"""From people to what is said of them: effects with intervals, the sample ratio, guardrails. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.lift.people import Metric, People
from services.statistics import always_valid
from services.statistics.cuped import adjusted
from services.statistics.difference import ALPHA, Difference, Groups, Interval, Numbers, difference, weighted
from services.statistics.normal import chi_square_tail
from services.statistics.sample_ratio import ALARM, SUSPICIOUS, SampleRatio, sample_ratio

FEW = 20
"""A version of a campaign with fewer people in one group is not compared by itself."""


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
    alpha: float
    """The chance of a false alarm: an interval misses the truth that often at most."""
    unknown_figures: float
    """The share of people of whom a figure for CUPED is not known."""
    stratified: bool
    """Whether those who were drawn by other shares were compared each by themselves."""
    alone: int
    """People who are compared with nobody: (nearly) all who were drawn by the same shares are in one group."""
    share_of_days: float | None = None
    """By how much the shares of the groups differ from day to day, among those who are compared with each other: a p-value. None: not known."""

    def effect(self, metric: str) -> Effect:
        """The effect on a metric that there is."""
        return next(each for each in self.effects if each.metric == metric)


def measure(
    people: People, *, shares: Sequence[float] | None = None, planned: float = always_valid.PLANNED, once: bool = False, alpha: float = ALPHA
) -> Lift:
    """Compare the groups. `shares`: by which the first and the second group were drawn; `planned`: people for whom always-valid intervals are
    narrowest, chosen before anybody looked. `once`: nobody has looked before, so the sample ratio is wrong at a smaller difference; `alpha`: of
    the intervals."""
    unknown = 0.0
    if people.figures is not None and people.figures.size:
        unknown = float((~np.isfinite(people.figures)).any(axis=1).mean())
    strata, alone = _strata(people)
    return Lift(
        people=people,
        effects=tuple(_effect(people, each, strata, planned, alpha) for each in people.metrics),
        ratio=sample_ratio(_assigned(people), shares, alarm=SUSPICIOUS if once else ALARM) if shares is not None else None,
        planned=planned,
        alpha=alpha,
        unknown_figures=unknown,
        stratified=len(strata) > 1 or alone > 0,
        alone=alone,
        share_of_days=_share_of_days(people, strata),
    )


def _effect(people: People, metric: Metric, strata: Sequence[Groups], planned: float, alpha: float) -> Effect:
    plain = _compared(metric.values, people, strata, metric.did)
    best, explained = plain, 0.0
    if people.figures is not None and plain.error is not None:
        found = adjusted(metric.values, people.treated, people.figures)
        changed = _compared(found.outcome, people, strata, metric.did)
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
        fixed=best.fixed(alpha=alpha),
        always=best.always(planned=planned, alpha=alpha),
        p=best.p,
        p_always=None if error is None else always_valid.p_value(best.effect / error, best.people, planned=planned),
        relative=best.relative(alpha=alpha),
    )


def _compared(values: Numbers, people: People, strata: Sequence[Groups], did: Numbers | None) -> Difference:
    parts = [difference(values[each], people.treated[each], did=None if did is None else did[each]) for each in strata]
    if len(parts) == 1:
        return parts[0]
    everybody = np.logical_or.reduce(strata)
    enough = difference(values[everybody], people.treated[everybody], did=None if did is None else did[everybody])
    return weighted(parts, enough=enough.error is not None)


def _strata(people: People) -> tuple[list[Groups], int]:
    """Who is compared with whom: those who were drawn by the same shares; where it is not known by which, all with all, unless versions of the
    campaign drew by clearly other ones. Where (nearly) all are in one group they are not compared: how many people those are is the second answer."""
    everybody: list[Groups] = [np.ones(len(people), bool)]
    if people.strata is None or len(set(people.strata.tolist())) < 2:
        return everybody, 0
    masks: list[Groups] = [people.strata == number for number in dict.fromkeys(people.strata.tolist())]
    counts = [(int(people.treated[mask].sum()), int((~people.treated[mask]).sum())) for mask in masks]
    if not people.drawn_apart and _homogeneous(counts) >= ALARM:
        return everybody, 0
    for least in (FEW, 1):
        if kept := [mask for mask, each in zip(masks, counts, strict=True) if min(each) >= least]:
            return kept, len(people) - sum(int(mask.sum()) for mask in kept)
    return everybody, 0


def _assigned(people: People) -> tuple[int, int]:
    """Whose numbers are compared with the shares: all, unless versions had clearly other ones. Then those of the newest, whose shares are known."""
    versions = people.assigned_versions
    return versions[-1] if len(versions) > 1 and _homogeneous(versions) < ALARM else people.assigned


def _homogeneous(counts: Sequence[tuple[int, int]]) -> float:
    """How likely shares differ so much from each other by chance (chi-square), of those that are of enough people."""
    distance, freedom = _apart(counts)
    return chi_square_tail(distance, freedom) if freedom else 1.0


def _apart(counts: Sequence[tuple[int, int]]) -> tuple[float, int]:
    """By how much shares differ from each other: chi-square, and its degrees of freedom; 0 of these where there is nothing to compare."""
    table = np.array(counts, float).reshape(len(counts), 2)
    columns = table.sum(axis=0)
    table = table[table.sum(axis=1) * columns.min() >= columns.sum()]  # one person is due in either group, at least
    if len(table) < 2 or columns.min() <= 0:
        return 0.0, 0
    rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
    expected = rows * columns / table.sum()
    return (float(((table - expected) ** 2 / expected).sum()), len(table) - 1) if (expected > 0).all() else (0.0, 0)


def _share_of_days(people: People, strata: Sequence[Groups]) -> float | None:
    """How likely the shares of the groups differ so much from day to day by chance: if they do, something switched the groups off for a while. Who
    was drawn by other shares is looked at apart."""
    if people.at is None or not len(people):
        return None
    day = (people.at - people.at.min()) // 86_400_000
    found = [_apart(_busy(day[each], people.treated[each])) for each in strata]
    distance, freedom = sum(each for each, _ in found), sum(each for _, each in found)
    return chi_square_tail(distance, freedom) if freedom else None


def _busy(day: NDArray[np.int64], treated: Groups) -> list[tuple[int, int]]:
    """How many are in each group, of each day on which five are due in either."""
    counts = [(int(treated[day == each].sum()), int((~treated[day == each]).sum())) for each in np.unique(day)]
    share = float((~treated).mean())
    return [each for each in counts if sum(each) * min(share, 1 - share) >= 5]
