"""What is left of somebody who was erased: two times, by which what arrives late makes no new profile. It goes when its time is over.

A few bytes of msgpack with a tag of its own. It holds nothing of the customer; the key it is stored under is the id.
"""

import msgspec

from udfs.core.values.durations import DAY

_TAG = 9
MAX_BYTES = 20
"""Its header, its tag and two whole numbers: every profile has more."""
KEPT_FOR = 30 * DAY
"""For how long it is kept, unless the policy says otherwise."""


class Tombstone(msgspec.Struct, array_like=True, tag=_TAG, frozen=True):
    """Add fields at the end, with a default."""

    at: int
    """When they were erased, record time, epoch milliseconds."""
    until: int
    """From then on they are somebody new."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Tombstone).decode


def is_tombstone(blob: bytes) -> bool:
    """Whether these are the bytes of a tombstone: a short array that begins with its tag."""
    return blob[1:2] == b"\x09" and blob[0] & 0xF0 == 0x90


def tombstone(*, at: int, until: int) -> bytes:
    """Its bytes."""
    return _encode(Tombstone(at, until))


def opened(blob: bytes) -> Tombstone:
    """The tombstone of these bytes; msgspec.DecodeError where they are none."""
    return _decode(blob)
