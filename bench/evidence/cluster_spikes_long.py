"""Claim 5, the spike in full: five minutes at ten times the capacity."""

from bench.evidence import cluster_spikes
from bench.report import Claim


def check() -> list[Claim]:
    """About an hour: what such a spike leaves unread takes nine times its length."""
    return cluster_spikes.check(300)
