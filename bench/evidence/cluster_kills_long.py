"""Claim 4 in full: twenty kills of each kind, each kind a section of its own."""

from bench.evidence import cluster_kills
from bench.report import Claim

KILLS = 20


def task_manager() -> list[Claim]:
    """About 25 minutes."""
    return cluster_kills.check(KILLS, [cluster_kills.TASK_MANAGER])


def broker() -> list[Claim]:
    """About 17 minutes."""
    return cluster_kills.check(KILLS, [cluster_kills.BROKER])


def heartbeat() -> list[Claim]:
    """One of two, so time goes on. About 8 minutes."""
    return cluster_kills.check(KILLS, [cluster_kills.HEARTBEAT])


def leading_job_manager() -> list[Claim]:
    """The other one takes over. About 18 minutes."""
    return cluster_kills.check(KILLS, [cluster_kills.LEADER])
