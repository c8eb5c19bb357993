"""A version of the catalogue as a file that is mapped into memory: finding an item costs a few microseconds, loading a million of them nothing.

    KAIROSC1 | count | start of the records | hashes, ascending | offsets | records

Numbers are unsigned, 64 bits, little-endian. A hash is the first 8 bytes of the BLAKE2b of an id; a record is the msgpack of an item, or of the
mark that it was removed. Only pages that are read take memory, and the system takes them back when it is short.
"""

import hashlib
import struct
import sys
from bisect import bisect_left
from collections.abc import Sequence
from mmap import mmap
from typing import Any

import msgspec

from udfs.core.items.item import Item, ItemReason
from udfs.core.values.errors import Unavailable

MAGIC = b"KAIROSC1"
HEAD = struct.Struct("<8sQQ")
WORD = 8


class Removed(msgspec.Struct, frozen=True, array_like=True, tag=0):
    """Stands in a layer for an item of the layer below that is no longer sold."""

    id: str


class BadSnapshot(Unavailable):
    """Bytes that are no snapshot of this version of Kairos."""


_decode = msgspec.msgpack.Decoder(Item | Removed).decode
encode = msgspec.msgpack.Encoder().encode


def hash_of(item_id: str) -> bytes:
    """The hash of an id, most significant byte first, so that it sorts as its number does."""
    return hashlib.blake2b(item_id.encode("utf-8", "surrogatepass"), digest_size=WORD).digest()


class Snapshot:
    """One file, mapped."""

    __slots__ = ("_hashes", "_map", "_offsets", "_records", "count", "size")

    def __init__(self, mapped: mmap | bytes) -> None:
        """Raises BadSnapshot."""
        if sys.byteorder != "little":
            message = "a catalogue can only be read on a little-endian machine"
            raise BadSnapshot(message)
        whole = memoryview(mapped)
        self.size = len(whole)
        if self.size < HEAD.size or whole[:WORD] != MAGIC:
            message = "it is no snapshot of a catalogue, or one of another version of Kairos: publish it again"
            raise BadSnapshot(message)
        _, self.count, start = HEAD.unpack(whole[: HEAD.size])
        middle = HEAD.size + WORD * self.count
        if start != middle + WORD * (self.count + 1) or start > self.size:
            message = "the snapshot of the catalogue is cut off: publish it again"
            raise BadSnapshot(message)
        self._map = mapped
        self._hashes: Sequence[int] = whole[HEAD.size : middle].cast("Q")
        self._offsets: Sequence[int] = whole[middle:start].cast("Q")
        self._records = whole[start:]

    def get(self, item_id: str) -> Item | Removed | None:
        """What the layer says of an item; None: nothing. Raises msgspec.DecodeError."""
        wanted = int.from_bytes(hash_of(item_id), "big")
        hashes, offsets = self._hashes, self._offsets
        place = bisect_left(hashes, wanted)
        while place < self.count and hashes[place] == wanted:
            found: Item | Removed = _decode(self._records[offsets[place] : offsets[place + 1]])
            if found.id == item_id:
                return found
            place += 1  # two ids of one hash
        return None


class Layered:
    """A catalogue of layers: what the last of them says of an item counts."""

    def __init__(self, layers: Sequence[Snapshot], version: str) -> None:
        self.version: str | None = version
        self._layers = tuple(reversed(layers))

    def find(self, item_id: str) -> Item | ItemReason:
        """The item, or why nothing is known of it."""
        try:
            for layer in self._layers:
                found = layer.get(item_id)
                if found is not None:
                    return found if isinstance(found, Item) else ItemReason.UNKNOWN_ITEM
        except (msgspec.DecodeError, ValueError, IndexError):  # written by a newer version of Kairos, say
            return ItemReason.FAILED
        return ItemReason.UNKNOWN_ITEM


def head(count: int) -> tuple[bytes, int]:
    """The beginning of a file with so many records, and where they start."""
    start = HEAD.size + WORD * (2 * count + 1)
    return HEAD.pack(MAGIC, count, start), start


def mapped(file: Any) -> Snapshot:
    """The snapshot in an open file, which nobody else may write to. Raises BadSnapshot."""
    import mmap as maps

    try:
        return Snapshot(maps.mmap(file.fileno(), 0, access=maps.ACCESS_READ))
    except (ValueError, OSError) as error:  # an empty file cannot be mapped
        message = f"the snapshot of the catalogue cannot be mapped into memory: {error}"
        raise BadSnapshot(message) from error
