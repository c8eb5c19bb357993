"""Products looked at of late, as the bytes of an array of msgpack: most events neither read nor change them. See `packed`."""

from operator import itemgetter

import msgspec

from udfs.core.profile import packed
from udfs.core.profile.bounds import MAX_VIEWED

_SPARE = 4
"""So many more are kept for a while: they are unpacked to forget the oldest only now and then."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[str, int]]).decode

Views = list[tuple[str, int]]
"""Product and time of the latest look at it, newest last."""


def opened(held: bytes | Views | None) -> Views:
    """The latest of them. (A list in older states.)"""
    return _all(held)[-MAX_VIEWED:]


def pack(views: Views) -> bytes | None:
    """As they are kept."""
    return packed.packed(views[-MAX_VIEWED:]) if views else None


def with_one_more(held: bytes | Views | None, product_id: str, at: int, *, late: bool) -> bytes | None:
    """The same with the look at a product; of an earlier look at it nothing is kept. `late`: there may be younger ones."""
    if not late and isinstance(held, bytes) and packed.size(held) < MAX_VIEWED + _SPARE and _encode(product_id) not in held:
        return packed.with_one_more(held, (product_id, at))
    return pack(latest([*_all(held), (product_id, at)]))


def latest(views: Views) -> Views:
    """Each product once, as of the latest time, in order of time; at equal times as they were reported."""
    found: dict[str, int] = {}
    for product_id, at in sorted(views, key=itemgetter(1)):
        found.pop(product_id, None)
        found[product_id] = at
    return list(found.items())


def _all(held: bytes | Views | None) -> Views:
    return _decode(held) if isinstance(held, bytes) else held or []
