"""The metrics of `kairos held watch`."""

from udfs.metrics.metric import Kind, Metric


def _of(name: str, unit: str, meaning: str, action: str, *, kind: Kind = "level", labels: tuple[str, ...] = ()) -> Metric:
    return Metric(name=f"kairos_held_{name}", kind=kind, unit=unit, source="held", meaning=meaning, action=action, labels=labels)


HELD_CAMPAIGN = _of(
    "campaign",
    "yes (1)",
    "A campaign that is held since it is out of line.",
    "See the alert CampaignHeld.",
    labels=("campaign",),
)
HELD_CAMPAIGNS = _of(
    "campaigns_total",
    "campaigns",
    "How often a campaign was held since the monitor of anomalies started.",
    "Often without need: declare what is usual (`expect`).",
    kind="counter",
)
HELD_LOOKED = _of(
    "last_look_timestamp_seconds",
    "seconds since 1970",
    "When the monitor of anomalies last read everything.",
    "Minutes ago: see the log of `kairos held watch`. Until it goes on, no volume is held.",
)

HELD_METRICS = (HELD_CAMPAIGN, HELD_CAMPAIGNS, HELD_LOOKED)
"""All of them."""
