"""What is published, as far as an explanation may lean on it: only what still stands as it stood when the decision was made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.control.listing import Published
from services.explain.source import Json
from services.explain.words import when


@dataclass(frozen=True, kw_only=True)
class Context:
    """The records of `control` by key; None: nothing is known of them."""

    held: Mapping[str, Published] | None

    @staticmethod
    def of(published: Iterable[Published] | None) -> "Context":
        """From what is published."""
        return Context(held=None if published is None else {entry.key: entry for entry in published})

    def document(self, key: str, version: str | None) -> Mapping[str, Any]:
        """The document under a key, if it still has this version; else empty."""
        entry = (self.held or {}).get(key)
        return entry.document if entry is not None and entry.version == version else {}

    def campaign(self, decision: Json) -> Mapping[str, Any]:
        """The campaign that decided, if it is the published one still."""
        return self.document(f"campaign/{decision['campaign']}", decision["campaign_version"])

    def policy(self, decision: Json) -> Mapping[str, Any]:
        """The policy under which it was decided, if it is the published one still."""
        return self.document("policy", decision.get("policy_version"))

    def standing(self, key: str, version: str | None) -> str:
        """Whether a version is still the published one, in words."""
        if self.held is None:
            return "whether it is still the published one is not known here"
        entry = self.held.get(key)
        if entry is None:
            return "taken back since" if version else "none is published"
        if entry.version == version:
            return "still the published one" + (f", {entry.status.replace('_', ' ')} now" if entry.status not in {"live", ""} else "")
        return f"replaced since by {entry.version}, published {when(entry.published_at)}" if version else f"{entry.version} is published since"
