"""One scenario as it was read: its events, and the decisions that must follow."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.scenario_models import Adds, Told
from services.documents.scenario_recommender import Unread
from services.documents.yaml12 import Where, YamlDocument
from udfs.core.items.item import Item
from udfs.core.recommend.recommender import Recommender


@dataclass(frozen=True, kw_only=True)
class Given:
    """One event of a story, as a tracker would send it (Segment spec, camelCase)."""

    at: int
    """Epoch milliseconds."""
    user: str
    payload: dict[str, Any]
    where: Where
    of: str | None = None
    """The variant whose latest message to this user the event is about. Its `decision_id` is filled in."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One story, and the decisions that must follow."""

    name: str
    given: tuple[Given, ...]
    expect: tuple[dict[str, Any], ...]
    """The expected fields of each decision; `at` and `deferred_until` in epoch milliseconds."""
    recalls: tuple[dict[str, Any], ...] | None
    """The expected fields of each recall; None: they are not compared."""
    until: int | None
    """Epoch milliseconds at which the story ends; None: when nothing is pending."""
    all_campaigns: bool
    """Whether the other campaigns run too, and their decisions count."""
    policy: CampaignFile | None
    """The policy; None: only customers' own consent and opt-outs limit anything."""
    day: date
    source: YamlDocument = field(repr=False)
    path: Where
    models: Told = field(default_factory=dict)
    """What each model says; one that is not named has its cold start."""
    because: Adds = field(default_factory=dict)
    """What each feature adds to the answer of a model; nothing for a model that is not named."""
    catalogue: tuple[Item, ...] | None = None
    """The products that it has; None: those that the run has."""
    recommender: Recommender | Unread | None = None
    """What it recommends from; None: what the run has."""

    def finding(self, where: Where, message: str, suggestion: str | None = None) -> Finding:
        """Describe a mistake in this scenario."""
        return self.source.finding((*self.path, *where), message, suggestion=suggestion)
