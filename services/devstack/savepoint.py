"""The number of key groups in a savepoint or checkpoint. Flink restores only into a job with the same number, but reports a mismatch too
late: in its log, after the previous job was stopped.
"""

import struct

from jobs.options import MAX_PARALLELISM
from services.devstack.places import Place
from services.flink.rest import Rest
from udfs.core.values.errors import NotAllowed

MAGIC = 0x4960672D
VERSIONS = (5, 6)
"""Versions of `_metadata` that Flink 2 writes. From version 5 on, every operator begins with its name and uid."""

CURE = """Nothing was stopped or changed. You have two choices:

* Keep the state: use the version of Kairos that wrote it.
* Give the state up: `kairos submit --restore none` continues reading where the job stopped, without knowing any customer.
  With `--from earliest` it first reads again what `events` still holds.

docs/decisions/0009-key-groups.md says what each of them means for customers."""


class OtherKeyGroups(NotAllowed):
    """State that this version cannot restore; the message says which, why, and what to do."""


def key_groups(point: Place) -> int | None:
    """The number of key groups of the savepoint or checkpoint in this folder.

    None if the format is unknown, or if there is no operator in it: then the check is left to Flink.
    """
    try:
        return _of_first_operator((point / "_metadata").read_bytes())
    except (struct.error, IndexError):
        return None  # truncated


def require(point: Place, *, wanted: int = MAX_PARALLELISM) -> None:
    """Refuse state with another number of key groups. Raises OtherKeyGroups."""
    found = key_groups(point)
    if found not in (None, wanted):
        raise OtherKeyGroups(_message(str(point), found, wanted))


def require_running(rest: Rest, job: str, *, wanted: int = MAX_PARALLELISM) -> None:
    """Refuse to replace a running job whose savepoint the new one could not restore. Raises OtherKeyGroups, ClusterError."""
    told = rest.get(f"/jobs/{job}")
    for found in {vertex["maxParallelism"] for vertex in told["vertices"]} - {wanted}:
        raise OtherKeyGroups(_message(f"the running job {told['name']}", found, wanted))


def _message(what: str, found: int | None, wanted: int) -> str:
    return f"{what} has {found:,} key groups, this version of Kairos has {wanted:,}: Flink cannot restore its state.\n{CURE}"


def _of_first_operator(data: bytes) -> int | None:
    """Read the header: magic, version, checkpoint id, master states, operator count; then per operator name, uid, id, parallelism, maximum."""
    magic, version, _, master, operators = struct.unpack_from(">iiqii", data)
    if magic != MAGIC or version not in VERSIONS or master or not operators:
        return None
    place = struct.calcsize(">iiqii")
    for _ in ("name", "uid"):
        (length,) = struct.unpack_from(">H", data, place)
        place += 2 + length
    (maximum,) = struct.unpack_from(">i", data, place + 16 + 4)
    return int(maximum)
