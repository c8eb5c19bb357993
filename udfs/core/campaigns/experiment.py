"""What a campaign wants to find out: the hypothesis, what is compared with what, and when there is an answer. Nothing is decided by it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from udfs.core.values import chance

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


def percent(share: float) -> str:
    """A share of a namespace in words: hundredths of a percent are written, and nothing that is not there."""
    return f"{round(share * 100, 2):g}%"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A part of all customers, so that experiments which must not meet have different ones. Shares of one: from `start` until before `end`."""

    name: str
    start: float
    end: float

    @property
    def share(self) -> float:
        """Of all customers, how many are in it."""
        return self.end - self.start

    @property
    def part(self) -> str:
        """From where to where, as exactly as it is written."""
        return f"{percent(self.start)} to {percent(self.end)}"

    def holds(self, user_id: str) -> bool:
        """Whether this customer is in it."""
        return self.start <= self.place_of(user_id) < self.end

    def place_of(self, user_id: str) -> float:
        """Where a customer stands: GrowthBook's filter with the seed `namespace:NAME` and hash version 2. (Its older `inNamespace`, version 1, would
        not be independent of the variants: of ids that count up it gives the first variant 1.4 % too many.)"""
        return chance.lot(f"namespace:{self.name}", user_id)

    def meets(self, other: "Namespace") -> bool:
        """Whether some customers are in both."""
        return self.name == other.name and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Contrast:
    """One question of an experiment: some arms against others."""

    title: str
    """What it is about, such as `timing: soon`; of one arm its name."""
    names: tuple[str, str]
    """What the two sides are called."""
    arms: tuple[str, ...]
    base: tuple[str, ...]

    @property
    def name(self) -> str:
        """The whole question."""
        return f"{self.title} against {self.names[1]}"


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
    namespace: Namespace | None = None
    """Who may be in it; None: everybody."""
    expected: Expected = field(default_factory=Expected)

    @property
    def by_arm(self) -> tuple[Contrast, ...]:
        """Each arm against what it is compared with."""
        return tuple(Contrast(arm, (arm, self.against), (arm,), (self.against,)) for arm in self.arms)

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        """What is compared with what: of a factorial each level with the first, over all others; besides, all variants with the control group."""
        if not self.factors:
            return self.by_arm
        found = []
        for factor, levels in self.factors.items():
            (first, base), *others = levels.items()
            found += [Contrast(f"{factor}: {level}", (level, first), arms, base) for level, arms in others]
        if self.against == CONTROL:
            found.append(Contrast("any", ("any", CONTROL), self.arms, (CONTROL,)))
        return tuple(found)
