"""Claim 3, second half: a million customers in memory and in RocksDB."""

from bench.backends import BACKENDS, CUSTOMERS, measure
from bench.report import Claim, exactly, measured


def check() -> list[Claim]:
    """Both, one after the other."""
    claims: list[Claim] = []
    for backend in BACKENDS:
        found = measure(backend, CUSTOMERS)
        label = f"{CUSTOMERS:,} customers, {backend}"
        claims += [
            measured(f"{label}: read in", found.read_in, "events/s"),
            measured(f"{label}: state", found.state_mb, "MB"),
            exactly(f"{label}: decisions lost at {found.rate:,} events/s", found.lost, "decisions", 0),
            measured(f"{label}: from event to decision, p50", found.p50_ms, "ms"),
            measured(f"{label}: from event to decision, p99", found.p99_ms, "ms"),
            measured(f"{label}: from the kill of the TaskManager to the next checkpoint", found.restore_s, "s"),
        ]
    return claims
