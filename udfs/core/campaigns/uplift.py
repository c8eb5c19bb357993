"""How uplift chooses among the variants of a campaign, or that nothing is sent, as compiled."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment

NOTHING = "nothing"
"""Stands for sending nothing among the names of variants; no variant may have it."""
DIGITS = 6
"""Of a probability that is logged, and drawn with."""
EXPLORE = 0.1
"""The share of decisions that are drawn evenly, unless the campaign says another."""


@dataclass(frozen=True, slots=True)
class UpliftChoice:
    """What `choose: uplift` says."""

    scores: Mapping[str, str]
    """Variant -> the score of the campaign that says its uplift."""
    worth: Expression | float
    """What one more goal is worth."""
    costs: Mapping[str, Expression | float]
    """Variant -> what sending it costs; 0 where none is written."""
    explore: float = EXPLORE
    """The share of decisions that are drawn evenly among what can be sent and nothing: from these is learned."""

    def gain(self, moment: Moment, variant: str) -> float | None:
        """What sending a variant is expected to bring, less what it costs; None where one of these is unknown."""
        uplift = None if moment.question is None else moment.question.answer(moment, self.scores[variant])
        worth, cost = _number(self.worth, moment), _number(self.costs[variant], moment)
        return None if uplift is None or worth is None or cost is None else uplift * worth - cost

    def probabilities(self, gains: Mapping[str, float | None]) -> dict[str, float]:
        """Of each variant that can be sent, and of nothing: who gains most, if that is more than nothing, but for the share that explores."""
        best = max(gains, key=lambda name: (gains[name] is not None, gains[name] or 0.0), default=NOTHING)
        winner = best if (gains.get(best) or 0.0) > 0 else NOTHING
        even = self.explore / (len(gains) + 1)
        return {name: round(even + (1 - self.explore) * (name == winner), DIGITS) for name in (*gains, NOTHING)}


def _number(told: Expression | float, moment: Moment) -> float | None:
    if not isinstance(told, Expression):
        return told
    found = told.evaluate(moment)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found) else None
