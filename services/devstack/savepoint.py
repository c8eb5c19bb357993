"""How many key groups a savepoint or checkpoint was made with. Flink restores only into a job with the same number, and says so too late:
in its log, after the job before was stopped.
"""

import struct
from pathlib import Path

from jobs.options import MAX_PARALLELISM
from services.flink.rest import Rest

MAGIC = 0x4960672D
VERSIONS = (5, 6)
"""Layouts of `_metadata` that Flink 2 writes: since 5 every operator begins with its name and uid."""

CURE = """Nothing was stopped or changed. Two ways on:
  keep the state: go on with the version of Kairos that made it
  give it up:     `kairos submit --restore none` goes on reading where the job stopped, and knows no customer yet;
                  with `--from earliest` it first reads again what `events` still holds
docs/decisions/0009-key-groups.md says what each of them means for customers."""


class OtherKeyGroups(RuntimeError):
    """State that this version cannot take up; the message says which, why, and what to do."""


def key_groups(point: Path) -> int | None:
    """The number that the savepoint or checkpoint in this folder was made with.

    None when its file is not of a kind that is known here, or holds no operator: then Flink judges.
    """
    try:
        return _of_first_operator((point / "_metadata").read_bytes())
    except (struct.error, IndexError):
        return None  # cut short


def require(point: Path, *, wanted: int = MAX_PARALLELISM) -> None:
    """Refuse state with another number of key groups. Raises OtherKeyGroups."""
    found = key_groups(point)
    if found not in (None, wanted):
        raise OtherKeyGroups(_message(str(point), found, wanted))


def require_running(rest: Rest, job: str, *, wanted: int = MAX_PARALLELISM) -> None:
    """Refuse to replace a running job whose savepoint the new one could not take up. Raises OtherKeyGroups, ClusterError."""
    told = rest.get(f"/jobs/{job}")
    for found in {vertex["maxParallelism"] for vertex in told["vertices"]} - {wanted}:
        raise OtherKeyGroups(_message(f"the running job {told['name']}", found, wanted))


def _message(what: str, found: int | None, wanted: int) -> str:
    return f"{what} has {found:,} key groups, this version of Kairos has {wanted:,}: Flink cannot carry its state over.\n{CURE}"


def _of_first_operator(data: bytes) -> int | None:
    """The layout: magic, version, id of the checkpoint, states of the master, count of operators; of each name, uid, id, parallelism, maximum."""
    magic, version, _, master, operators = struct.unpack_from(">iiqii", data)
    if magic != MAGIC or version not in VERSIONS or master or not operators:
        return None
    place = struct.calcsize(">iiqii")
    for _ in ("name", "uid"):
        (length,) = struct.unpack_from(">H", data, place)
        place += 2 + length
    (maximum,) = struct.unpack_from(">i", data, place + 16 + 4)
    return int(maximum)
