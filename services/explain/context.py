"""The published documents that an explanation may use: those that are still as they were when the decision was made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.control.listing import Published
from services.explain.decision_log import Json
from services.explain.words import when


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
        """The campaign of a decision, if that version is still published."""
        return self.document(f"campaign/{decision['campaign']}", decision["campaign_version"])

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
        if entry.version == version:
            return "still the published one" + (f", {entry.status.replace('_', ' ')} now" if entry.status not in {"live", ""} else "")
        return f"replaced since by {entry.version}, published {when(entry.published_at)}" if version else f"{entry.version} is published since"
