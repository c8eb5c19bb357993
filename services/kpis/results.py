"""What a report says: the figures of each metric, with the counts that they are made of, and what has to be known to read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.kpis.metric import Metric
from services.kpis.period import Period

SMALL = 100
"""A figure of fewer rows is called small: of 100, one more or less is a percentage point, and chance moves a rate of half by ten."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a metric."""

    group: Mapping[str, str]
    """Dimension -> value, in the order in which it was asked for; empty: all."""
    value: float | None
    """A percentage is a share, from 0 to 1; a duration is in seconds. None: there is none, and `why` says why."""
    numerator: float | None
    denominator: int | None
    """None: the metric has none, and `sample` rows were looked at."""
    sample: int
    """How many rows it rests on: of the denominator, if there is one."""
    currency: str | None = None
    """Of money; empty: no event named one. None: it is no money."""
    stage: str | None = None
    """Of a funnel."""
    pending: int = 0
    """Rows of the denominator whose time is not over: they are left out."""
    unknown: int = 0
    """Rows whose amount or time is not known: they are left out."""
    why: str = ""

    @property
    def is_small(self) -> bool:
        """Whether it rests on so few rows that chance may have made it."""
        return self.value is not None and self.sample < SMALL


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A metric with its figures: all first, then one for each group."""

    metric: Metric
    figures: Sequence[Figure]
    not_by: Sequence[str] = ()
    """Dimensions that were asked for, and that its rows do not have."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that a report says."""

    period: Period
    by: Sequence[str]
    answers: Sequence[Answer]
    source: str
    """What was read."""
    horizon: int
    """When what was read ends, epoch milliseconds."""
    base: str | None = None
    """The shop's currency, if it is known."""
    rates: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()
    """What has to be known to read the figures."""
