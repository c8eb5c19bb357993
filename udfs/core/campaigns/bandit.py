"""How a bandit chooses among the variants of a campaign, as compiled."""

from dataclasses import dataclass
from typing import Any

from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment

REWARDS = ("conversion", "value")
"""What it wants most of: that the goal is reached, or what that is worth."""
MAX_BY = 3
UNKNOWN = "?"
_LABEL = 24
"""Characters of a context's part."""


@dataclass(frozen=True, slots=True)
class Bandit:
    """One compiled bandit."""

    reward: str = REWARDS[0]
    by: tuple[Expression, ...] = ()
    """What it learns apart: one context for each combination of their values; empty: it learns about all customers alike."""

    def context(self, moment: Moment) -> str:
        """The context of a customer at a moment, such as `vip|evening`; empty if it does not learn by context."""
        return "|".join(_label(each.evaluate(moment)) for each in self.by)


def _label(value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else str(value)
    return " ".join(text.lower().replace("|", " ").split())[:_LABEL] or UNKNOWN
