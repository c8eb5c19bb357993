"""The results of decisions that a bandit drew: records of the topic `arm-counts`, which jobs/arms.py writes.

One record for each campaign, variant, context and epoch: while an epoch lasts, probabilities are constant. It counts decisions whose outcomes are
final, and nothing earlier: successes are known before failures are, and an arm that is quicker would seem better.
"""

from collections.abc import Iterable, Iterator

import msgspec

from udfs.core.bandits.linear import MAX_FEATURES, decomposed, triangle

SIZE = MAX_FEATURES + 1
"""Entries of the vector of a linear bandit, those that it does not use among them."""
_ROUNDED = 1e-9
"""What rounding may have done to sums of products, relative to them."""


class ArmCount(msgspec.Struct, kw_only=True, frozen=True):
    """Decisions of one variant in one context and epoch."""

    campaign: str
    variant: str
    context: str = ""
    epoch: int = 0
    exposures: int = 0
    """Decisions that acted, and whose outcome is final."""
    conversions: int = 0
    """Those of them that reached the goal."""
    value: float = 0.0
    """What these came to."""
    squares: float = 0.0
    """The sum of the squares of what each was worth."""
    weights: float = 0.0
    """The sum of 1 / probability: with `weighted`, an estimate that does not depend on how often which variant was drawn."""
    weighted: float = 0.0
    """The sum of 1 / probability over those that reached the goal."""
    delay_hours: float = 0.0
    """The sum of the hours from a decision to its first conversion."""
    moments: tuple[float, ...] | None = None
    """Of a linear bandit: the sum of x·xᵀ over its decisions' vectors x, as the upper triangle, column by column; None: of another bandit."""
    reached: tuple[float, ...] | None = None
    """The sum of x over those that reached the goal."""
    worth: tuple[float, ...] | None = None
    """The sum of x times what the decision was worth."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What it is about."""
        return self.campaign, self.variant, self.context, self.epoch

    def is_sane(self) -> bool:
        """Whether it can be what the job wrote."""
        if not (0 <= self.conversions <= self.exposures and self.squares >= 0):
            return False
        if self.moments is None:
            return self.reached is None and self.worth is None
        if len(self.moments) != triangle(SIZE) or any(each is None or len(each) != SIZE for each in (self.reached, self.worth)):
            return False
        matrix = list(self.moments)
        for place in range(SIZE):  # sums of x·xᵀ may be singular, but not worse than that
            matrix[triangle(place + 1) - 1] *= 1 + _ROUNDED
            matrix[triangle(place + 1) - 1] += _ROUNDED
        return decomposed(matrix) is not None


class Counts:
    """The newest count of each campaign, variant, context and epoch.

    A job that starts without its state reads its topics again, and their beginning may be gone by then. So a count never goes back: of one key,
    the record with more exposures stays. With as many the newer one counts, since a refund may have taken a conversion away.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str, str, int], ArmCount] = {}
        self.odd = 0
        """Records that were passed over since they cannot be what the job wrote."""

    def take(self, value: bytes | None) -> None:
        """One record of the topic. A tombstone says nothing: counts do not go back."""
        if value is None:
            return
        try:
            count = msgspec.json.decode(value, type=ArmCount)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self.odd += 1
            return
        if not count.is_sane():
            self.odd += 1
            return
        held = self._held.get(count.key)
        if held is None or held.exposures <= count.exposures:
            self._held[count.key] = count

    def of(self, campaign: str) -> list[ArmCount]:
        """The counts of a campaign."""
        return [count for count in self._held.values() if count.campaign == campaign]

    def __iter__(self) -> Iterator[ArmCount]:
        return iter(self._held.values())


class Sums(msgspec.Struct):
    """Counts of several epochs, added up."""

    exposures: int = 0
    conversions: int = 0
    value: float = 0.0
    squares: float = 0.0

    @property
    def mean(self) -> float:
        """The mean value of a decision."""
        return self.value / self.exposures if self.exposures else 0.0

    @property
    def spread(self) -> float:
        """The sum of squared differences from the mean."""
        return max(self.squares - self.exposures * self.mean**2, 0.0)


def added(counts: Iterable[ArmCount]) -> Sums:
    """All of them together."""
    found = Sums()
    for each in counts:
        found.exposures += each.exposures
        found.conversions += each.conversions
        found.value += each.value
        found.squares += each.squares
    return found
