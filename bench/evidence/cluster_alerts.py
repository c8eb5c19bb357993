"""Claim 5, alerts: each fires and clears, with a real Prometheus and a real Alertmanager."""

from bench.evidence.cluster_parts import passed
from bench.report import Claim


def check() -> list[Claim]:
    """The tests of the alerts."""
    return passed("alerts fire and clear", "tests/cluster/test_metrics.py", needs=("prometheus", "prometheus-alertmanager"))
