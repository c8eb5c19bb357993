"""Claim 1: a broker with TLS, SCRAM and ACLs, wrong secrets, and the scan for secrets."""

from bench.evidence.cluster_parts import passed
from bench.report import Claim


def check() -> list[Claim]:
    """The tests of the secured broker, and the scan of a stack whose state is in an object store."""
    return [
        *passed("secured broker: ways in, wrong secrets, least permissions, no secret in sight", "tests/cluster/test_secured_kafka.py"),
        *passed("state in an object store: kills, restores, no secret on pages, in logs and settings", "tests/cluster/test_state_in_s3.py"),
    ]
