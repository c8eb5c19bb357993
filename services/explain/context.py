"""The published documents that an explanation may use: those that are still as they were when the decision was made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.control.campaign_rollouts import standing_of
from services.control.listing import Published
from services.explain.decision_log import Json
from services.explain.words import when
from udfs.core.campaigns.versions import Before
from udfs.core.values.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Context:
    """The records of `control` by key; None if they are not known."""

    held: Mapping[str, Published] | None

    @staticmethod
    def of(published: Iterable[Published] | None) -> "Context":
        """Make it from the published records."""
        return Context(held=None if published is None else {entry.key: entry for entry in published})

    def document(self, key: str, version: str | None) -> Mapping[str, Any]:
        """The document under a key if it still has this version; otherwise empty."""
        entry = (self.held or {}).get(key)
        return entry.document if entry is not None and entry.version == version else {}

    def campaign(self, decision: Json) -> Mapping[str, Any]:
        """The campaign of a decision, if that version is still published, for everybody or for some."""
        key, version = f"campaign/{decision['campaign']}", decision["campaign_version"]
        entry = (self.held or {}).get(key)
        before = _before(entry)
        return before.document if before is not None and before.version == version else self.document(key, version)

    def policy(self, decision: Json) -> Mapping[str, Any]:
        """The policy of a decision, if that version is still published."""
        return self.document("policy", decision.get("policy_version"))

    def standing(self, key: str, version: str | None) -> str:
        """Say whether a version is still the published one."""
        if self.held is None:
            return "whether it is still the published one is not known here"
        entry = self.held.get(key)
        if entry is None:
            return "removed since" if version else "none is published"
        before = _before(entry)
        if before is not None and before.version == version:
            return f"still in force for everybody who does not have {entry.version} yet"
        if entry.version == version:
            return "still the published one" + (f", {entry.status.replace('_', ' ')} now" if entry.status not in {"live", ""} else "")
        return f"replaced since by {entry.version}, published {when(entry.published_at)}" if version else f"{entry.version} is published since"


def _before(entry: Published | None) -> Before | None:
    """The version that everybody else has, while a new one is rolled out."""
    if entry is None or entry.kind != "campaign":
        return None
    try:
        found = standing_of(entry.value)
    except InvalidInput:  # what cannot be read says nothing of a version
        return None
    return None if found is None else found.before
