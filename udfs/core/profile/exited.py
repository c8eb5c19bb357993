"""Recent exits with what they were about, packed: only a trigger that may be over already, and such an exit itself, read them."""

import msgspec

from udfs.core.profile import packed
from udfs.core.values.durations import DAY

MOST = 64
"""Exits of one customer that are kept; the oldest give way."""
KEPT_FOR = 7 * DAY
"""By event time. What begins longer than this before its exit is reported is not known to be over."""
_TIDIED = 16
"""At every sixteenth exit the old ones are forgotten."""


class Exited(msgspec.Struct, array_like=True, gc=False):
    """An exit that may end what is reported after it: some campaign compares it with what it ends (`same`)."""

    name: str
    at: int
    about: dict[str, bytes]
    """Property -> fingerprint of its value; those that it does not say are missing, and it is about all."""


unpack = msgspec.msgpack.Decoder(list[Exited]).decode


def with_one_more(held: bytes, exited: Exited, *, now: int) -> bytes:
    """The same list with this exit. `now`: the largest event time seen."""
    if (packed.size(held) + 1) % _TIDIED == 0:
        recent = sorted((each for each in unpack(held) if each.at > now - KEPT_FOR), key=lambda each: each.at)
        held = packed.packed(recent[-(MOST - _TIDIED) :])
    return packed.with_one_more(held, exited)
