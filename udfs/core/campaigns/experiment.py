"""What a campaign wants to find out: the hypothesis, what is compared with what, and when there is an answer. Nothing is decided by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PERSON, SESSION = "person", "session"
UNITS = (PERSON, SESSION)
REACHED, CONVERSIONS, VALUE, VALUE_EACH = "reached", "conversions", "value", "value_per_conversion"
METRICS = (REACHED, CONVERSIONS, VALUE, VALUE_EACH)
"""Of the campaign's goal: the share who reach it, how often, what that is worth, and what one conversion is worth (an order's value)."""
CONTROL = "control"
"""The word for the campaign's control group, where arms are named."""
EARLY = ("never", "harm", "both")
"""What may end it before its sample is complete: nothing, certain harm, or certainty of either kind."""
AT_MOST = 28 * 86_400_000
NEVER, WINNER = "never", "winner"
ADOPT = (NEVER, WINNER)
"""What happens when there is an answer: nothing, or all customers get what has won."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known before, for the plan; None: not known."""

    rate: float | None = None
    """The share who reach the goal without the change."""
    mean: float | None = None
    deviation: float | None = None
    """Between people; of value_per_conversion, between conversions."""
    people_a_day: float | None = None
    sessions_a_person: float = 1.0
    alike: float = 0.1
    """How much the sessions of one person are alike: 0 not at all, 1 each like the others (the intra-class correlation)."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One compiled experiment. Times are milliseconds."""

    hypothesis: str
    metric: str
    minimum_effect: float
    """The smallest effect worth finding, as a share of what happens without the change; 0.15 is 15 % more, a negative one less."""
    against: str
    """`control`, or the variant that is the comparison."""
    arms: tuple[str, ...]
    """The variants that are compared with it."""
    unit: str = PERSON
    factors: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Factor -> level -> the variants in which it has that level; the first level is what the others are compared with."""
    sample: int | None = None
    """Units of each arm; None: as many as the plan needs."""
    at_most: int = AT_MOST
    early: str = EARLY[1]
    adopt: str = NEVER
    expected: Expected = field(default_factory=Expected)
