"""Claim 1 of the schedule over the whole hour, every ten minutes."""

from bench.evidence.schedule import unattended
from bench.report import Claim


def check() -> list[Claim]:
    """An hour and what comes before and after."""
    return unattended(every="10m", period_s=600)
