"""The people of a comparison: one row each, in the order of their first exposure. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.statistics.difference import Groups, Numbers

RATE, NUMBER, MONEY = "rate", "number", "money"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One figure of each person."""

    name: str
    kind: str
    """rate (0 or 1 a person), number, or money."""
    values: Numbers
    is_guard: bool = False
    """It must not rise."""
    is_ratio: bool = False
    """Its mean in a group is a ratio of sums: of people it says nothing, so what it brought in all is not their number times it."""
    did: Numbers | None = None
    """Of a ratio, what tells who did anything at all; None: its values do."""


@dataclass(frozen=True, kw_only=True)
class Left:
    """Who is not among the people, and why. Nobody is left out without being counted here."""

    immature: int = 0
    """Exposed so lately that their time is not over."""
    untold: int = 0
    """Their time is over, and no outcome says how it ended."""
    in_both: int = 0
    """Assigned to both groups; counted in that of their first exposure, unless `dropped`."""
    other_horizon: int = 0
    """Exposed while the goal had another time."""
    before: int = 0
    """First exposed before the time that was asked about."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Those whose outcomes are known."""

    treated: Groups
    metrics: tuple[Metric, ...]
    at: NDArray[np.int64] | None = None
    """First exposure, epoch milliseconds; None: not known."""
    strata: NDArray[np.int64] | None = None
    """The version of the campaign under which somebody was exposed first, by number, or by which shares each was drawn; None: there is one."""
    drawn_apart: bool = False
    """Whether it is known that the strata were drawn by different shares."""
    figures: NDArray[np.float64] | None = None
    """What was known of each before: one column a figure, NaN for unknown."""
    figure_names: tuple[str, ...] = ()
    assigned: tuple[int, int] = (0, 0)
    """Ids that were assigned to the first and to the second group, exposed, whether matured or not, and before any were linked. Where it is known by
    which shares each was drawn, those that were by the shares that are asked about, or by the latest."""
    assigned_versions: tuple[tuple[int, int], ...] = ()
    """The same for each version of the campaign, the newest last; empty where it is known by which shares each was drawn."""
    sessions: float | None = None
    """Sessions of one person, the mean, where the metrics are of sessions; None: they are of people."""
    a_day: float | None = None
    """People who are newly exposed in a day; None: not known."""
    horizon: int | None = None
    """Milliseconds for which each is watched; None: not known."""
    lasted: int | None = None
    """Milliseconds from the first exposure to the end of what is known; None: not known."""
    left: Left = field(default_factory=Left)
    notes: tuple[str, ...] = ()
    """What a reader has to know of how these came about."""
    messages: Mapping[str, int] = field(default_factory=dict)
    """Channel -> messages that the first group was sent in its time."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Bounces, complaints and dismissals, of the first message of each."""

    def __len__(self) -> int:
        return len(self.treated)

    def metric(self, name: str) -> Metric | None:
        """The metric of that name."""
        return next((each for each in self.metrics if each.name == name), None)
