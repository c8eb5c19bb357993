"""What a campaign declares as usual: what is within it is never held as out of line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from udfs.core.policy.rules import Rate


@dataclass(frozen=True, slots=True)
class Expect:
    """One compiled expectation."""

    messages: Rate | None = None
    """So many messages in such a time; the monitor goes by it."""
    offer: Mapping[str, float] = field(default_factory=dict)
    """The name of a number in the offer -> the largest that is meant; the engine goes by it."""


NOTHING_EXPECTED = Expect()
