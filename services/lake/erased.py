"""Who is erased: pseudonyms, each with the instant before which nothing of that person may be in the lake.

The list stays after the files are rewritten. A job that was killed may still finish a file, and one that reads its topics again from the
beginning brings back what they hold: readers leave such rows out, and the next `erase` or `compact` removes them.
"""

import json
from collections.abc import Iterable, Mapping

from services.lake.store import Lake, LakeError

NAME = ".erased"


def erased(lake: Lake) -> dict[str, int]:
    """Pseudonym -> epoch milliseconds. Raises LakeError."""
    content = lake.read(f"{lake.root}/{NAME}")
    if content is None:
        return {}
    try:
        return {entry["person"]: int(entry["before"]) for entry in map(json.loads, content.splitlines()) if entry}
    except (ValueError, KeyError, TypeError) as problem:
        message = (
            f"{lake.root}/{NAME} cannot be read ({problem}): without it erased people might come back, so nothing is done; restore it from a backup"
        )
        raise LakeError(message) from problem


def add(lake: Lake, people: Mapping[str, int]) -> dict[str, int]:
    """Put people on the list, and return all of it. An earlier instant gives way to a later one."""
    known = erased(lake)
    merged = {**known, **{person: max(before, known.get(person, before)) for person, before in people.items()}}
    if merged != known:
        lake.write(f"{lake.root}/{NAME}", _written(merged.items()))
    return merged


def _written(entries: Iterable[tuple[str, int]]) -> bytes:
    return "".join(json.dumps({"person": person, "before": before}) + "\n" for person, before in sorted(entries)).encode()
