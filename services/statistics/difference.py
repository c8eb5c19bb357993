"""The difference between two groups: its size, its standard error, and its intervals, fixed and always valid. Pure.

A row is one person: whatever may repeat (visits, orders, messages) has been added up before. The variances of the groups may differ.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.statistics import always_valid
from services.statistics.normal import quantile, two_sided

Numbers = NDArray[np.float64]
Groups = NDArray[np.bool_]
"""Of each person, whether she is in the first group: treated."""
ALPHA = 0.05
MIN_PEOPLE = 20
"""Of each group, before an interval is given."""
MIN_EITHER = 5
"""People in each group who did it, and as many who did not, before an interval of a rate is given: with none, the error would seem to be zero."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group."""

    people: int
    mean: float
    variance: float
    """Between people, unbiased."""

    @staticmethod
    def of(values: Numbers) -> "Group":
        """The figures of these people; without any they are zero."""
        people = len(values)
        return Group(people=people, mean=float(values.mean()) if people else 0.0, variance=float(values.var(ddof=1)) if people > 1 else 0.0)


@dataclass(frozen=True, kw_only=True)
class Interval:
    """From and to."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether there certainly is a difference."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first group less the second."""

    treated: Group
    control: Group
    effect: float
    error: float | None
    """Its standard error. None: there is too little to tell."""

    @property
    def people(self) -> int:
        """In both groups."""
        return self.treated.people + self.control.people

    @property
    def p(self) -> float | None:
        """How likely such a difference is by chance, looked at once. None: there is too little to tell."""
        return None if self.error is None else two_sided(self.effect / self.error)

    def fixed(self, *, alpha: float = ALPHA) -> Interval | None:
        """The ordinary interval: valid for one look that was planned in advance."""
        return self._around(quantile(1 - alpha / 2))

    def always(self, *, planned: float = always_valid.PLANNED, alpha: float = ALPHA) -> Interval | None:
        """The always-valid interval: it holds at every look."""
        return self._around(always_valid.width(self.people, planned=planned, alpha=alpha)) if self.error is not None else None

    def relative(self, *, alpha: float = ALPHA) -> Interval | None:
        """The ordinary interval of the effect as a share of the second group's mean, by the delta method. None: that mean may be zero."""
        base, needed = self.control, quantile(1 - alpha / 2)
        if self.error is None or not base.people or base.mean <= 0 or base.mean <= 3 * math.sqrt(base.variance / base.people):
            return None
        ratio, of_base = self.effect / base.mean, base.variance / base.people
        # The two means are independent: Var(t/c) = (Var t + (t/c)² Var c) / c², and what covariates explain is gone from the effect's error alone.
        spread = math.sqrt(max(0.0, self.error**2 + ((1 + ratio) ** 2 - 1) * of_base)) / base.mean
        return Interval(low=ratio - needed * spread, high=ratio + needed * spread)

    def _around(self, errors: float) -> Interval | None:
        if self.error is None:
            return None
        return Interval(low=self.effect - errors * self.error, high=self.effect + errors * self.error)


def difference(outcome: Numbers, treated: Groups, *, did: Numbers | None = None) -> Difference:
    """Compare the means of two groups. Raises ValueError where a value is no finite number: nobody may be left out unnoticed.

    `did`: what tells who did anything at all, where the outcome itself does not, such as the orders of the value of an order; None: the outcome.
    """
    if len(outcome) != len(treated):
        message = f"{len(outcome)} outcomes of {len(treated)} people"
        raise ValueError(message)
    if not np.isfinite(outcome).all():
        message = f"{int((~np.isfinite(outcome)).sum())} outcomes are no finite numbers"
        raise ValueError(message)
    first, second = outcome[treated], outcome[~treated]
    one, other = Group.of(first), Group.of(second)
    busy = outcome if did is None else did
    enough = _is_enough(busy[treated], busy[~treated])
    error = math.sqrt(one.variance / one.people + other.variance / other.people) if enough else None
    return Difference(treated=one, control=other, effect=one.mean - other.mean, error=error or None)


def weighted(parts: list[Difference], *, enough: bool = False) -> Difference:
    """One difference from several that were drawn apart, such as before and after the share of a group was changed: each counts by its people.

    Without weights, a group that grew just when more people bought would seem to buy more (Simpson's paradox). `parts` is not empty. `enough`:
    whether all of them together are enough to tell, though one may not be by itself: then that one counts with the variance of all.
    """
    total = sum(part.people for part in parts)
    shares = [part.people / total for part in parts]
    usual = [_usual([part.treated for part in parts]), _usual([part.control for part in parts])]
    errors = [part.error or _error(part, usual) for part in parts]
    error = math.sqrt(sum((share * each) ** 2 for share, each in zip(shares, errors, strict=True)))
    return Difference(
        treated=_pooled([part.treated for part in parts], shares),
        control=_pooled([part.control for part in parts], shares),
        effect=sum(share * part.effect for share, part in zip(shares, parts, strict=True)),
        error=(error or None) if enough or all(part.error for part in parts) else None,
    )


def _usual(groups: list[Group]) -> float:
    """The variance between people within the groups."""
    freedom = sum(max(group.people - 1, 0) for group in groups)
    return sum(group.variance * (group.people - 1) for group in groups if group.people > 1) / freedom if freedom else 0.0


def _error(part: Difference, usual: list[float]) -> float:
    """Of a part that is too small to tell how much people differ."""
    pairs = zip((part.treated, part.control), usual, strict=True)
    return math.sqrt(sum(variance / group.people for group, variance in pairs if group.people))


def _pooled(groups: list[Group], shares: list[float]) -> Group:
    """The mean as the weights say; its variance so that divided by all people it is that of this mean."""
    people = sum(group.people for group in groups)
    spread = sum(share**2 * group.variance / group.people for share, group in zip(shares, groups, strict=True) if group.people)
    return Group(people=people, mean=sum(share * group.mean for share, group in zip(shares, groups, strict=True)), variance=spread * people)


def _is_enough(first: Numbers, second: Numbers) -> bool:
    """Enough people, and enough of them who did anything; of a rate, also enough who did not."""
    is_rate = all(bool(np.isin(each, (0.0, 1.0)).all()) for each in (first, second))
    for each in (first, second):
        busy = np.count_nonzero(each)
        if len(each) < MIN_PEOPLE or busy < MIN_EITHER or (is_rate and len(each) - busy < MIN_EITHER):
            return False
    return True
