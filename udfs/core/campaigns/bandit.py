"""How a bandit chooses among the variants of a campaign, as compiled."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from udfs.core.bandits.linear import scaled
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment

REWARDS = ("conversion", "value")
"""What it wants most of: that the goal is reached, or what that is worth."""
MAX_BY = 3
UNKNOWN = "?"
_LABEL = 24
"""Characters of a context's part."""
_SCALE = "1"
"""Version of the scale (`scaled`): another one would make other features."""


@dataclass(frozen=True, slots=True)
class Bandit:
    """One compiled bandit."""

    reward: str = REWARDS[0]
    by: tuple[Expression, ...] = ()
    """What it learns apart: one context for each combination of their values; empty: it learns about all customers alike."""
    linear: tuple[Expression, ...] = ()
    """Of a linear bandit: the features by whose values it learns how good each variant is."""
    features: str = ""
    """Of a linear bandit: stands for these features and their scale. What was learned of others says nothing about these; empty: it is not linear."""

    def context(self, moment: Moment) -> str:
        """The context of a customer at a moment, such as `vip|evening`; empty if it does not learn by context. Of a linear bandit its features."""
        return self.features or "|".join(_label(each.evaluate(moment)) for each in self.by)

    def vector(self, moment: Moment) -> list[float] | None:
        """What a linear bandit sees of a customer at a moment: 1 for the intercept, and the scaled value of each feature; None for another bandit."""
        return [1.0, *(scaled(each.evaluate(moment)) for each in self.linear)] if self.features else None


def features_of(linear: Iterable[Expression]) -> str:
    """What stands for a list of features: those written alike, in the same order, are the same."""
    return features_named(each.source for each in linear)


def features_named(written: Iterable[str]) -> str:
    """The same, of features as they are written."""
    return "linear-" + hashlib.sha256("\n".join([_SCALE, *(each.strip() for each in written)]).encode()).hexdigest()[:12]


def _label(value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else str(value)
    return " ".join(text.lower().replace("|", " ").split())[:_LABEL] or UNKNOWN
