"""Deduplication by fingerprints of (source, event id): 72 hours for what adds or stops something, the last 128 for all else.

The two are stored apart. The ring of 128 is part of the profile, which every event rewrites. The ids of 72 hours may be 36 KB, and are read
and written only with events of their kind: twelve bytes each, eight of the fingerprint and four of the time, oldest first.
"""

from functools import lru_cache

import msgspec

from udfs.core.profile.state import RING, Profile
from udfs.core.records import Event
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import HOUR

KEPT_FOR = 72 * HOUR
MAX_KEPT = 3_000
"""Beyond it the oldest are forgotten earlier."""
_STRIDE = 12
_KEPT = frozenset(
    {
        *("product_added", "wishlist_product_added_to_cart", "product_removed", "cart_viewed", "checkout_started", "cart_cleared"),
        *("consent_given", "consent_withdrawn", "subscribed", "unsubscribed", "not_interested", "interested", "preferences_set"),
        *("message_bounced", "message_complained", "message_dismissed", "subscription_cancelled"),
    }
)


class Checked(msgspec.Struct, frozen=True):
    """Whether an event was seen before; if not, what is to be remembered instead of what was (None: as it was)."""

    duplicate: bool
    kept: bytes | None = None
    first: int | None = None
    """Of a duplicate whose id is remembered for 72 hours: when the first came, epoch milliseconds (record time, to the second)."""


_SEEN, _NEW = Checked(True), Checked(False)


@lru_cache(maxsize=1024)  # asked twice of every event, and a shop has a few dozen names
def is_kept(name: str) -> bool:
    """Whether the ids of such events are remembered for 72 hours: they change a cart, an order, consent, or what is sent."""
    return name in _KEPT or name.startswith("order_")


def check(profile: Profile, event: Event, kept: bytes | None) -> Checked:
    """Whether this id was seen; if not, it is remembered. `kept`: what was remembered for 72 hours, needed only if `is_kept`."""
    if not is_kept(event.name):
        mark = fingerprint(f"{event.source}\x1f{event.message_id}" if event.source else event.message_id)
        if holds(profile.ids, mark):
            return _SEEN
        profile.ids = push(profile.ids, mark, RING)
        return _NEW
    mark = fingerprint(f"{event.source}\x1f{event.message_id}\x1f{event.name}")  # an id that another event had says nothing of this one
    held = kept or b""
    now = max((event.received or event.at) // 1000, _time(held, len(held) - _STRIDE) if held else 0)
    first = _first_since(held, now - KEPT_FOR // 1000)
    position = held.find(mark, first)
    while position != -1 and position % _STRIDE:
        position = held.find(mark, position + 1)
    if position != -1:
        return Checked(duplicate=True, first=_time(held, position) * 1000)
    first = max(first, len(held) - _STRIDE * (MAX_KEPT - 1))
    return Checked(duplicate=False, kept=held[first:] + mark + (now & 0xFFFFFFFF).to_bytes(4))


def _first_since(held: bytes, since: int) -> int:
    """Where the first entry stands that is not older than `since`, seconds."""
    if not held or _time(held, 0) >= since:
        return 0  # the usual case
    low, high = 0, len(held) // _STRIDE
    while low < high:
        middle = (low + high) // 2
        if _time(held, middle * _STRIDE) < since:
            low = middle + 1
        else:
            high = middle
    return low * _STRIDE


def _time(held: bytes, position: int) -> int:
    return int.from_bytes(held[position + 8 : position + _STRIDE])


def holds(ring: bytes, mark: bytes) -> bool:
    """Whether `mark` stands in the ring at a multiple of eight bytes."""
    position = ring.find(mark)
    while position != -1 and position % 8:
        position = ring.find(mark, position + 1)
    return position != -1


def push(ring: bytes, mark: bytes, most: int) -> bytes:
    """The ring with `mark` at its end and no more than `most` marks."""
    return ring[-8 * (most - 1) :] + mark if len(ring) >= 8 * most else ring + mark


def count(held: bytes) -> int:
    """How many ids are remembered for 72 hours."""
    return len(held) // _STRIDE


def joined(held: bytes, other: bytes) -> bytes:
    """What is remembered for 72 hours of two histories that are one person's, oldest first, each id once."""
    found: dict[bytes, int] = {}
    for ids in (held, other):
        for place in range(0, len(ids), _STRIDE):
            mark, at = ids[place : place + 8], _time(ids, place)
            found[mark] = min(at, found.get(mark, at))
    latest = sorted(found.items(), key=lambda each: each[1])[-MAX_KEPT:]
    return b"".join(mark + (at & 0xFFFFFFFF).to_bytes(4) for mark, at in latest)
