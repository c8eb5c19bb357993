"""Claim 4 in full: twenty kills of each kind."""

from bench.evidence import cluster_kills
from bench.report import Claim


def check() -> list[Claim]:
    """About 70 minutes."""
    return cluster_kills.check(20)
