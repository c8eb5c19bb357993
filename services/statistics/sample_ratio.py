"""The sample ratio check: are there as many people in each group as chance should have put there? Pure.

If not, people are missing from one group, and no comparison of the groups means anything (Fabijan and others, "Diagnosing Sample Ratio Mismatch
in Online Controlled Experiments", KDD 2019).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.statistics.normal import chi_square_tail

ALARM = 0.001
"""Where the check is repeated, a ratio is only wrong below this p-value: it is looked at in every analysis, and a false alarm throws one away."""
SUSPICIOUS = 0.01
"""Below this it is said aloud, and where it is looked at once, the ratio is wrong."""
MIN_PEOPLE = 8
"""Of each group; with fewer a chi-square says nothing."""


@dataclass(frozen=True, kw_only=True)
class SampleRatio:
    """What the check found."""

    observed: tuple[int, ...]
    expected: tuple[float, ...]
    """How many there should have been."""
    p: float | None
    """How likely a difference of this size is by chance. None: there are too few people to tell."""
    alarm: float = ALARM
    """The p-value below which the ratio is wrong."""

    @property
    def is_wrong(self) -> bool:
        """Whether the groups must not be compared."""
        return self.p is not None and self.p < self.alarm

    @property
    def is_suspicious(self) -> bool:
        """Whether somebody should look."""
        return self.p is not None and self.p < SUSPICIOUS


def sample_ratio(observed: Sequence[int], shares: Sequence[float], *, alarm: float = ALARM) -> SampleRatio:
    """Compare the numbers of people with the shares (weights will do) by which they were drawn. Raises ValueError if there are no such shares.

    Somebody in a group that nobody is drawn for is a certain mismatch; such a group does not count among the degrees of freedom.
    """
    if len(observed) != len(shares) or len(shares) < 2 or min(shares) < 0 or not math.isfinite(sum(shares)) or sum(shares) <= 0:
        message = f"{len(observed)} groups and the shares {list(shares)}: each group has a share, none is negative, and not all are zero"
        raise ValueError(message)
    total, weight = sum(observed), sum(shares)
    expected = tuple(total * share / weight for share in shares)
    drawn = [(count, wanted) for count, wanted in zip(observed, expected, strict=True) if wanted > 0]
    if sum(count for count, _ in drawn) < total:
        return SampleRatio(observed=tuple(observed), expected=expected, p=0.0, alarm=alarm)
    if len(drawn) < 2 or min(wanted for _, wanted in drawn) < MIN_PEOPLE:
        return SampleRatio(observed=tuple(observed), expected=expected, p=None, alarm=alarm)
    distance = sum((count - wanted) ** 2 / wanted for count, wanted in drawn)
    return SampleRatio(observed=tuple(observed), expected=expected, p=chi_square_tail(distance, len(drawn) - 1), alarm=alarm)
