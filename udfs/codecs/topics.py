"""Where each outgoing record goes."""

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
        """The topic that the delivery system of one channel reads."""
        return self.actions_prefix + channel
