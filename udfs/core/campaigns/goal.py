"""What a campaign is for: the event that it wants to bring about, by when, and what that is worth."""

from dataclasses import dataclass

from udfs.core.expressions.compiler import Expression
from udfs.core.values.durations import DAY

REVENUE = "revenue"
"""The word for what an order comes to."""
BASES = ("decision", "delivered", "opened", "clicked")
"""What must have happened to a message before it is given credit, the earliest first."""
GUARDS = ("unsubscribe_rate", "complaint_rate", "bounce_rate", "dismiss_rate")
WITHIN = 3 * DAY
MAX_WITHIN = 90 * DAY
HALF_LIFE = 7 * DAY


@dataclass(frozen=True, slots=True)
class Goal:
    """One compiled goal. Times are milliseconds."""

    events: tuple[str, ...]
    within: int = WITHIN
    """How long after the decision it counts."""
    value: Expression | None = None
    """What one conversion is worth, by the properties of its event."""
    of_revenue: bool = False
    """It is worth what the order comes to, less what is paid back."""
    when: Expression | None = None
    """Asked about the goal's own event."""
    guards: tuple[str, ...] = ()
    """Rates that must not rise: of `GUARDS`."""
    basis: str = BASES[0]
    half_life: int = HALF_LIFE
    """Of two messages, the one that is so much older is given half the credit, by time decay."""
