"""The topics of outgoing records."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """Names of the topics that the job writes to."""

    actions_prefix: str = "actions."
    channels: frozenset[str] | None = None
    """The channels whose topics the job writes to; None: any."""
    decisions: str = "decisions"
    rejected: str = "rejected"
    segments: str = "segments"

    def actions(self, channel: str) -> str:
        """The topic for the delivery system of a channel."""
        return self.actions_prefix + channel
