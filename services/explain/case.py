"""One reason against one decision, with what is known of the rules that it was made by."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.explain.context import Context
from services.explain.journey import Way, ways
from services.explain.source import Json
from services.explain.words import when
from udfs.core.campaigns.exits import in_words


class Case:
    """A reason with its detail, in words and as facts. `channel` is the one that it closes, empty if it concerns the candidate, or several
    channels alike. A decision of a version that wrote no facts has none: then only the detail can be told."""

    def __init__(self, decision: Json, detail: str, facts: Sequence[Json], channel: str, context: Context) -> None:
        self.decision, self.detail, self.facts, self.channel, self.context = decision, detail, facts, channel, context
        self.at, self.user, self.name = int(decision["at"]), str(decision["user_id"]), str(decision["campaign"])
        self.campaign: Mapping[str, Any] = context.campaign(decision)
        self.policy: Mapping[str, Any] = context.policy(decision)

    @property
    def fact(self) -> Json:
        """What the reason rests on, where one thing spoke; empty if nothing is known of it."""
        return self.facts[0] if self.facts else {}

    @property
    def now(self) -> str:
        """The instant of the decision, in words."""
        return when(self.at)

    @property
    def by(self) -> str:
        """By which channel, in words."""
        return f" by {self.channel}" if self.channel else ""

    @property
    def exits(self) -> str:
        """The events that cancel, in words."""
        return " or ".join(in_words(self.trigger.get("unless")))

    @property
    def trigger(self) -> Mapping[str, Any]:
        """What the campaign acts upon."""
        trigger = self.campaign.get("trigger")
        return trigger if isinstance(trigger, Mapping) else {}

    @property
    def ways(self) -> list[Way]:
        """Of a journey's send: the ways that may have led to it."""
        return ways(self.campaign, self.decision)

    @property
    def waited(self) -> bool:
        """Whether there was a time before the decision in which an event could cancel it."""
        variant = (self.campaign.get("variants") or {}).get(self.decision.get("variant")) or {}
        silence = {"idle", "since"} & self.trigger.keys()
        return bool(silence) or int(self.decision["attempt"]) > 0 or "wait" in variant or any(way.waits for way in self.ways)

    def after(self, since: int, deed: str) -> str:
        """`, or DEED after that and before the decision`; nothing where no time lies between."""
        return f", or {deed} after that and before {self.now}" if since < self.at else ""


def listed(names: Any) -> list[str]:
    """One name or a list of them, as a list."""
    return [names] if isinstance(names, str) else [str(name) for name in names or []]
