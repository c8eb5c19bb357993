"""What lift reads of decisions and outcomes, wherever they come from. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from udfs.core.values.numbers import MAX_MAGNITUDE

ACTED, HELD_OUT, CONTROL = "acted", "held_out", "control"
VARIANT = "variant:"
GROUPS = frozenset({ACTED, HELD_OUT, CONTROL})
_AND = "+"
"""Between several variants that are one arm; no name has it."""


def arm_of(*variants: str) -> str:
    """The arm of everybody who was sent one of these variants."""
    return VARIANT + _AND.join(variants)


def variants_of(arm: str) -> list[str]:
    """The variants of an arm that `arm_of` made."""
    return arm.removeprefix(VARIANT).split(_AND)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """A decision that acted, or was held out."""

    decision: str
    user: str
    """The id about which it was decided: by it, or by the one that it was linked to before, chance has drawn the group."""
    campaign: str
    group: str
    at: int
    version: str = ""
    channel: str = ""
    variant: str = ""
    """That was sent, or would have been."""
    shares: str = ""
    """By which shares the group, the variant and the ways were drawn (`udfs.core.campaigns.shares`); empty: not known."""
    features: Mapping[str, Any] = field(default_factory=dict)

    def is_in(self, arm: str) -> bool:
        """Whether it belongs to an arm: acted, held_out or control; or, of those that acted, to one of the variants that `arm_of` names."""
        return self.group == arm or (self.group == ACTED and arm.startswith(VARIANT) and self.variant in variants_of(arm))


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The latest outcome of a decision."""

    decision: str
    revision: int
    status: str
    user: str
    """The person, as she was known last."""
    campaign: str
    version: str
    group: str
    variant: str
    channel: str
    starts: int
    ends: int
    conversions: int
    value: float | None
    unvalued: int
    happened: frozenset[str]
    """What happened to the message."""
    at: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What stands of an order."""

    at: int
    value: float


@dataclass(kw_only=True)
class Log:
    """Everything that was read."""

    decided: dict[str, Decided] = field(default_factory=dict)
    """By decision."""
    told: dict[str, Told] = field(default_factory=dict)
    """By decision; of several revisions the highest."""
    same: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of ids that are one person's."""
    orders: dict[str, list[Order]] | None = None
    """By id; None: no events were read."""
    until: int = 0
    """Up to when it is known what happened: the newest record time, epoch milliseconds."""
    notes: list[str] = field(default_factory=list)

    def take_decided(self, found: Decided) -> None:
        """A decision. Of several attempts the one that acted counts; the topic may say it twice."""
        self.decided.setdefault(found.decision, found)
        self.until = max(self.until, found.at)

    def take_told(self, found: Told) -> None:
        """An outcome. It replaces one of a lower revision, whatever the order in which they are read."""
        if found.value is not None and not abs(found.value) <= MAX_MAGNITUDE:  # no order that the job takes is of such a value, or of none at all
            found = replace(found, value=None, unvalued=max(found.conversions, 1))
        before = self.told.get(found.decision)
        if before is not None and before.user != found.user:
            self.same.append((before.user, found.user))
        if before is None or found.revision > before.revision:
            self.told[found.decision] = found
        self.until = max(self.until, found.at)
