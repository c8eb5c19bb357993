"""What Flink keeps of a user: eight bytes that belong to the shell, then core's blob as it is.

The shell's part is the time of the timer that is registered for this user (epoch milliseconds, big-endian, signed). An event whose due
time is later needs no timer of its own, so a user has about one timer, however many events arrive.
"""

import struct

NEVER = -(1 << 63)
"""No timer is registered."""

_HEADER = struct.Struct(">q")
TIED = b"\xc1"
"""Before the blob of somebody whose records may not be decided as they come, see `udfs.core.identity.ties`. No msgpack begins with this byte, and it
spares everybody else a second look into state."""


def read(value: bytes | None) -> tuple[int, bytes | None]:
    """The timer and the blob of a stored value; the blob is None for a user who was never seen."""
    if not value:
        return NEVER, None
    return _HEADER.unpack_from(value)[0], value[_HEADER.size :] or None


def write(timer: int, blob: bytes) -> bytes:
    """The value to store."""
    return _HEADER.pack(timer) + blob


def entry_bytes(offset: int, value: bytes | None, at: int = 0) -> bytes:
    """A control entry as broadcast state keeps it: its offset, whether it is a tombstone, and its bytes, or when the tombstone was seen."""
    return _HEADER.pack(offset) + (b"\0" + _HEADER.pack(at) if value is None else b"\1" + value)


def entry_parts(stored: bytes) -> tuple[int, bytes | None, int]:
    """The offset, the value and the time of a stored control entry. The time is 0 where it is not known, as in older savepoints."""
    offset: int = _HEADER.unpack_from(stored)[0]
    rest = stored[_HEADER.size + 1 :]
    if stored[_HEADER.size]:
        return offset, rest, 0
    return offset, None, _HEADER.unpack(rest)[0] if rest else 0


def is_tied(value: bytes | None) -> bool:
    """Whether a stored value is marked so."""
    return value is not None and value[_HEADER.size : _HEADER.size + 1] == TIED


def tied(value: bytes | None) -> bytes:
    """The value with the mark."""
    timer, blob = read(value)
    return write(timer, TIED + (blob or b""))


def untied(value: bytes) -> bytes:
    """The value without its mark."""
    timer, blob = read(value)
    return write(timer, (blob or b"").removeprefix(TIED))
