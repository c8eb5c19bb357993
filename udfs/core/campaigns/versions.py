"""A campaign on its way to all customers, as the engine sees it: the share that has it, and what everybody else gets. Pure.

The monitor of rollouts (`services/rollout`) writes both next to the campaign's document on `control`.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from udfs.core.campaigns.campaign import Campaign
from udfs.core.values import chance


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The version that everybody else gets."""

    version: str
    document: dict[str, Any]
    weights: dict[str, float] | None = None
    """As `ControlValue` has them."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What `control` says of a rollout under way, as far as the engine reads it."""

    share: float
    """Of all customers, above 0 and at most 1."""
    began: int
    """Epoch milliseconds. Each rollout of a new version draws other customers first."""
    before: Before | None = None
    """None: everybody else gets nothing, and is a control group."""


@dataclass(frozen=True, slots=True)
class TwoVersions:
    """A campaign of which customers have either the one version or the other."""

    new: Campaign
    old: Campaign
    share: float
    began: int

    def of(self, drawn_by: str) -> Campaign:
        """The version of a customer. Whoever has the new one keeps it while the share grows. `drawn_by`: the id by which chance is drawn."""
        return self.new if chance.lot(f"rollout:{self.new.name}:{self.began}", drawn_by) < self.share else self.old
