"""The keyed state of the operator out of a savepoint's files, without a cluster: what Flink's canonical format holds of each key.

An entry of that format is a key and a value, each behind its length (four bytes, big-endian). A key is the number of its group (two bytes), the row
of one text by which the stream is keyed, and an empty namespace. A value is the pickle of bytes, behind its own length. Nothing else in the file
looks like that.
"""

import pickletools
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from tests.golden.states import KEPT_IDS, TIES, USER

_INT = Struct(">I")
_AROUND = 5
"""Bytes of a key besides the letters of its text: its group, the mask of the row, the length of the text, the namespace."""
_LONGEST = 100
"""Letters of a key of the story: their number is one byte."""
_STRIDE = 12
_TIMES = range(1_000_000_000, 2_000_000_000)
"""Seconds of the times of the story."""


class Entry(NamedTuple):
    """One value of one key."""

    key: str
    kind: str
    value: bytes


def entries(savepoint: Path) -> list[Entry]:
    """Of all keys, in order. Those of other operators are keyed in another way, and left out."""
    found = {entry for file in savepoint.rglob("*") if file.is_file() for entry in _in(file.read_bytes())}
    return sorted(found)


def _in(content: bytes) -> Iterator[Entry]:
    for at in range(len(content) - 2 * _INT.size):
        (length,) = _INT.unpack_from(content, at)
        letters = length - _AROUND
        if not 0 < letters < _LONGEST:
            continue
        key = content[at + _INT.size : at + _INT.size + length]
        if len(key) < length or key[2] or key[3] != letters + 1 or key[-1]:
            continue
        value = _value(content, at + _INT.size + length)
        if value:
            yield Entry(key[4:-1].decode(), _kind(value), value)


def _value(content: bytes, at: int) -> bytes | None:
    if at + 2 * _INT.size > len(content):
        return None
    (length,), (inner,) = _INT.unpack_from(content, at), _INT.unpack_from(content, at + _INT.size)
    value = content[at + 2 * _INT.size : at + _INT.size + length]
    if inner != length - _INT.size or len(value) < inner:
        return None
    try:  # nothing of it is carried out
        return next((told for _, told, _ in pickletools.genops(value) if isinstance(told, bytes)), None)
    except ValueError:
        return None


def _kind(value: bytes) -> str:
    """Which of the states of a key it is: each looks different."""
    if len(value) % _STRIDE == 0 and all(int.from_bytes(value[at + 8 : at + _STRIDE]) in _TIMES for at in range(0, len(value), _STRIDE)):
        return KEPT_IDS
    return TIES if value[0] & 0xF0 == 0x90 and value[1] == 1 else USER
