"""What the stage of identity adds to a record of `events` before the operator gets it: the key that it came with, and what its ids have told.

Most records arrive as they were sent. A record that goes to another key than its own, or that says for the first time who an id is, comes behind a
header: one byte that begins no event, a JSON object, and the end of a line. The stage is a query of SQL (jobs/identity.py), so this is the other half
of a format that SQL can write. It puts what begins with such a byte behind a header of its own, so nobody can forge one.
"""

import msgspec

STAMPED = 0x01
"""First byte of a record of `events` with a header."""
HANDED = 0x02
"""First byte of a record of `identity`."""


class Stamp(msgspec.Struct, frozen=True):
    """The header."""

    own: str | None = None
    """The key of the record."""
    merge: str | None = None
    """It is the first that says who an id is: the merge id that was drawn for it."""
    person: str | None = None
    """The key is that id, which is asked for what it knows; this is the person. The record itself goes to her."""
    change: bool | None = None
    """By an alias: even a person who is known may get another id so."""


_decode = msgspec.json.Decoder(Stamp).decode


def opened(value: bytes) -> tuple[Stamp, bytes]:
    """The header, and the record as it was sent. Raises ValueError where there is none."""
    end = value.index(b"\n")
    try:
        return _decode(value[1:end]), value[end + 1 :]
    except msgspec.MsgspecError as problem:
        message = f"the header of a record cannot be read ({problem})"
        raise ValueError(message) from problem


def stamped(stamp: Stamp, value: bytes = b"") -> bytes:
    """The bytes of a record with a header, as the stage writes them."""
    return bytes([STAMPED]) + msgspec.json.encode(stamp) + b"\n" + value
