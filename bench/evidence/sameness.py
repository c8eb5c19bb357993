"""Claim 3: the same history gives the same decisions, byte for byte except wall-clock times, whatever the parallelism and crashes."""

from bench.evidence.replays import Replayed, replayed
from bench.report import Claim, at_least, exactly


def check() -> list[Claim]:
    """Parallelism 1, parallelism 2, and parallelism 2 with TaskManagers killed in between."""
    plain, wide, killed = replayed(parallelism=1), replayed(parallelism=2), replayed(parallelism=2, kills=2)
    return [
        at_least("decisions and actions of one replay", len(plain.lines), "records", 1_000),
        exactly("parallelism 2: records that differ from parallelism 1", different(plain, wide), "records", 0),
        at_least("parallelism 2, a TaskManager killed -9 twice: restarts of the job", killed.restarts, "restarts", 1),
        exactly("parallelism 2, killed: records that differ from parallelism 1", different(plain, killed), "records", 0),
    ]


def different(one: Replayed, other: Replayed) -> int:
    """The number of records that are in only one of the two, including duplicates."""
    return sum(a != b for a, b in zip(one.lines, other.lines, strict=False)) + abs(len(one.lines) - len(other.lines))
