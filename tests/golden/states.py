"""What Flink holds of a key, state by state: what the bytes mean, and the bytes that the code of today writes for the same."""

from typing import Any

from tests.golden import parts
from udfs.core.identity import ties as tied_to
from udfs.operators.stored import is_tied, read, tied, untied, write

USER, TIES, KEPT_IDS = "user", "ties", "kept-ids"
_STRIDE = 12
"""Of an id that is kept for 72 hours: eight bytes of a fingerprint, and four of a time in seconds."""


def held(kind: str, value: bytes) -> list[Any]:
    """What stands in a state, as structs; `kept-ids` has none."""
    if kind == TIES:
        return [tied_to.read(value)]
    if kind == KEPT_IDS:
        return []
    blob = read(untied(value))[1]
    return [parts.opened(blob)] if blob else []


def meaning(kind: str, value: bytes) -> Any:
    """The same as JSON can say it, by the names of fields."""
    if kind == KEPT_IDS:
        found = [value[at : at + _STRIDE] for at in range(0, len(value), _STRIDE)]
        return [[each[:8].hex(), int.from_bytes(each[8:])] for each in found]
    if kind == TIES:
        return parts.told(tied_to.read(value))
    return {"timer": read(value)[0], "tied": is_tied(value), "customer": parts.told(held(kind, value))}


def written_again(kind: str, value: bytes) -> bytes:
    """What the code of today stores after it has read that."""
    if kind == KEPT_IDS:
        return value
    if kind == TIES:
        return tied_to.write(tied_to.read(value))
    found = write(read(value)[0], b"".join(map(parts.again, held(kind, value))))
    return tied(found) if is_tied(value) else found
