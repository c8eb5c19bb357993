"""How a campaign, or a new version of it, reaches all customers, as compiled: a part of them first, and more as long as nothing is wrong.

The engine knows the share alone (`versions.py`). When it grows, and what stops it, is decided by the monitor of `services/rollout`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What stops a rollout at any moment. Shares of one; None: not watched."""

    errors: float = 0.01
    """Of its decisions, those that fail."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Rate of messages -> by how much it may rise above that of the others."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One compiled rollout."""

    steps: tuple[float, ...]
    """Shares of customers, growing."""
    hold: int
    """Milliseconds that a step lasts at least."""
    sample: int
    """Customers of each group whose outcomes are final, at least, before the next step."""
    guardrails: Guardrails
