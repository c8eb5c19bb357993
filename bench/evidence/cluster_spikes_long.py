"""Claim 5, the spike in full: five minutes at ten times the capacity."""

from bench.evidence import cluster_spikes
from bench.report import Claim


def check() -> list[Claim]:
    """More than an hour: it leaves 13.5 million events unread."""
    return cluster_spikes.check(300)
