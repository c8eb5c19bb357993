"""Claim 8: how fast, measured by the benchmarks themselves."""

from bench.evidence.report import Claim
from bench.run import claims


def check() -> list[Claim]:
    """Engine, latency in both guarantees, throughput."""
    return claims()
