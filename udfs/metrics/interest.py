"""The metrics of `kairos interest pace`."""

from udfs.metrics.metric import Kind, Metric


def _of(name: str, unit: str, meaning: str, action: str, *, kind: Kind = "level", labels: tuple[str, ...] = ()) -> Metric:
    return Metric(name=f"kairos_interest_{name}", kind=kind, unit=unit, source="interest", meaning=meaning, action=action, labels=labels)


INTEREST_ENDED = _of(
    "news_total",
    "people",
    "News of price and stock, by how they ended: handed over, expired, no longer true, withdrawn or unreadable.",
    "Expired ones: see the alert InterestExpired.",
    kind="counter",
    labels=("event", "ended"),
)
INTEREST_WAITING = _of(
    "waiting",
    "people",
    "News that were read and wait for their turn, at most 100,000; the topic `interest` holds the others.",
    "See the alert InterestStalled.",
)
INTEREST_RATE = _of(
    "rate",
    "events a second",
    "The pace in force.",
    "Far below `--per-second` for long: the main job is behind, see `kairos_interest_job_delay_seconds`.",
)
INTEREST_DELAY = _of(
    "job_delay_seconds",
    "seconds",
    "By how much the main job was behind its events at the last look; -1: not known.",
    "Above `--tolerated`: see the alert JobLags.",
)

INTEREST_METRICS = (INTEREST_ENDED, INTEREST_WAITING, INTEREST_RATE, INTEREST_DELAY)
"""All of them."""
