"""Claim 2: images and compose. Nothing here builds them by itself yet."""

from bench.evidence.cluster_parts import not_run
from bench.report import Claim


def check() -> list[Claim]:
    """Honest: what is not run is not held. docs/docker.md has figures of a run by hand."""
    return [
        not_run("images from a clean clone, and `docker compose up` to the first decision", "not run: docs/docker.md has figures of a run by hand"),
        not_run("on a Kubernetes node: first decision, leader and TaskManager pod killed", "not run: docs/kubernetes.md says what is not proven"),
    ]
