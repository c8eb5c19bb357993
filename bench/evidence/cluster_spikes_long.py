"""Claim 5, the spike in full: five minutes at ten times the capacity, worked off with longer checkpoints, which `kairos catch-up` chooses."""

from bench.evidence import cluster_spikes
from bench.report import Claim

SPIKE_S = 300


def check(seconds: int = SPIKE_S) -> list[Claim]:
    """About an hour: what such a spike leaves unread takes nine times its length at the capacity.

    Of a spike of less than a minute, longer checkpoints do not pay.
    """
    return cluster_spikes.check(seconds, catch_up=True)
