"""Deduplication: the fingerprints of the last 128 (source, event id) of a user, as a ring of eight bytes each."""

from udfs.core.profile.state import RING, Profile
from udfs.core.values.chance import fingerprint


def is_duplicate(profile: Profile, source: str, message_id: str) -> bool:
    """Whether this id was seen within the ring; if not, it is remembered."""
    mark = fingerprint(f"{source}\x1f{message_id}" if source else message_id)
    if holds(profile.ids, mark):
        return True
    profile.ids = push(profile.ids, mark, RING)
    return False


def holds(ring: bytes, mark: bytes) -> bool:
    """Whether `mark` stands in the ring at a multiple of eight bytes."""
    position = ring.find(mark)
    while position != -1 and position % 8:
        position = ring.find(mark, position + 1)
    return position != -1


def push(ring: bytes, mark: bytes, most: int) -> bytes:
    """The ring with `mark` at its end and no more than `most` marks."""
    return ring[-8 * (most - 1) :] + mark if len(ring) >= 8 * most else ring + mark
