"""Whether customers are shared out among the segments of a model as they were when it was found. Pure.

Each segment has its share then and now, and an interval for the difference: that of Newcombe, from the scores of Wilson, so that a segment that is
empty has one, too. Intervals hold for all segments together (Bonferroni). Most customers of now were customers then, in the same segment, so that by
chance the two shares differ less than those of strangers: the intervals are too wide rather than too narrow.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import sqrt

import msgspec

from services.statistics.normal import quantile

ALPHA = 0.05
MIN_CUSTOMERS = 20


class Verdict(StrEnum):
    """What an interval says of a difference of shares."""

    DRIFTED = "drifted"
    """All of it is beyond the bound, up or down."""
    WITHIN = "within"
    """All of it is within the bound."""
    UNCLEAR = "unclear"
    """Both are possible."""
    FEW = "too few"
    """There are too few customers, then or now, for an interval."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One segment. Shares and differences are of one."""

    segment: str
    before: float
    now: float
    customers: int
    """In it now."""
    low: float
    """Of the difference."""
    high: float
    verdict: Verdict

    @property
    def change(self) -> float:
        """How much larger its share is now."""
        return self.now - self.before


def moved(before: Mapping[str, int], now: Mapping[str, int], *, bound: float) -> list[Moved]:
    """Every segment of either count, those that have moved most first. `bound`: the change of a share, of one, up to which nothing has happened."""
    segments = sorted(before.keys() | now.keys())
    of, out_of = sum(before.values()), sum(now.values())
    z = quantile(1 - ALPHA / (2 * max(1, len(segments))))
    found = [_moved(name, before.get(name, 0), of, now.get(name, 0), out_of, bound=bound, z=z) for name in segments]
    return sorted(found, key=lambda each: (-abs(each.change), each.segment))


def _moved(segment: str, then: int, of: int, now: int, out_of: int, *, bound: float, z: float) -> Moved:
    before, after = then / max(1, of), now / max(1, out_of)
    if min(of, out_of) < MIN_CUSTOMERS:
        return Moved(segment=segment, before=before, now=after, customers=now, low=-1.0, high=1.0, verdict=Verdict.FEW)
    (low_then, high_then), (low_now, high_now) = _wilson(then, of, z), _wilson(now, out_of, z)
    low = (after - before) - sqrt((after - low_now) ** 2 + (high_then - before) ** 2)
    high = (after - before) + sqrt((high_now - after) ** 2 + (before - low_then) ** 2)
    beyond = low > bound or high < -bound
    verdict = Verdict.DRIFTED if beyond else Verdict.WITHIN if -bound <= low and high <= bound else Verdict.UNCLEAR
    return Moved(segment=segment, before=before, now=after, customers=now, low=low, high=high, verdict=verdict)


def _wilson(count: int, of: int, z: float) -> tuple[float, float]:
    share, spread = count / of, z * z / of
    middle, half = share + spread / 2, z * sqrt(share * (1 - share) / of + spread / of / 4)
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))
