"""Lists that most events neither read nor change, as the bytes of an array of msgpack: the profile is decoded and encoded without a look at them,
and one more thing is written to the end without reading the others."""

from typing import Any

import msgspec

EMPTY = b"\x90"
_ARRAY16 = 0xDC
"""First byte of a msgpack array of 16 to 65,535 items; its length follows. A shorter one has its length in its first byte, 0x90 to 0x9F."""
_encode = msgspec.msgpack.Encoder().encode


def packed(items: list[Any]) -> bytes:
    """The bytes of a list."""
    return _encode(items)


def size(held: bytes) -> int:
    """How many there are."""
    return int.from_bytes(held[1:3]) if held[0] == _ARRAY16 else held[0] & 0x0F


def with_one_more(held: bytes, item: Any) -> bytes:
    """The same list with this at its end; of at most 65,534 others."""
    count = size(held) + 1
    items = held[3:] if held[0] == _ARRAY16 else held[1:]
    head = bytes((0x90 | count,)) if count < 16 else bytes((_ARRAY16,)) + count.to_bytes(2)
    return head + items + _encode(item)
