"""Chance as a function of ids: the same user always draws the same lot, on any machine, after any crash.

Assignment is GrowthBook's hash, version 2 (https://docs.growthbook.io/lib/build-your-own#hashing), so that a split made here and
one made by its SDKs agree; its published vectors are pinned in the tests. Resolution is 1/10,000.
"""

import hashlib
import math
import uuid
from collections.abc import Sequence

FINGERPRINT = 8
"""Bytes of a fingerprint."""
_OFFSET, _PRIME, _MASK = 0x811C9DC5, 0x01000193, 0xFFFFFFFF
_DECISIONS = hashlib.sha1(uuid.uuid5(uuid.NAMESPACE_URL, "kairos:decision").bytes, usedforsecurity=False)


def fnv1a32(text: str) -> int:
    """FNV-1a over the UTF-16 code units of `text`, as JavaScript sees them."""
    if not text.isascii():
        units = text.encode("utf-16-le", "surrogatepass")
        values: Sequence[int] = [units[i] | units[i + 1] << 8 for i in range(0, len(units), 2)]
    else:
        values = text.encode("ascii")
    state = _OFFSET
    for value in values:
        state = ((state ^ value) * _PRIME) & _MASK
    return state


def lot(seed: str, value: str) -> float:
    """A number in [0, 1), uniform over users for a seed: GrowthBook hash version 2."""
    return (fnv1a32(str(fnv1a32(seed + value))) % 10_000) / 10_000


def pick(shares: Sequence[float], drawn: float) -> int | None:
    """Index of the range that holds `drawn`; ranges are laid end to end in the order given, start included, end not."""
    upper = 0.0
    for index, share in enumerate(shares):
        lower, upper = upper, upper + share
        if lower <= drawn < upper:
            return index
    return None


def fraction(seed: str, value: str) -> float:
    """The same hash as `lot` in its full resolution, above 0 and below 1."""
    return (fnv1a32(str(fnv1a32(seed + value))) + 0.5) / 2**32


def choose(seed: str, value: str, shares: Sequence[float]) -> int:
    """Index of the arm that `value` draws, by `shares` (weights will do): a changed weight moves nobody but into or out of its own arm.

    Ranges laid end to end cannot do that for three arms: when the first shrinks, all later borders move. Here each arm has a clock that
    rings after an exponential time divided by its weight, and the first to ring is chosen (weighted rendezvous hashing): when one clock slows
    down, only those who had it hear another. The clocks are drawn so that among equal weights the first to ring is the range that holds the
    lot: splits that are equal, or in two, are those of GrowthBook's ranges, which for two arms move the fewest as they are.
    """
    arms = len(shares)
    drawn = lot(seed, value)
    if arms <= 2:
        found = pick(split(shares), drawn)
        return found if found is not None else max(index for index, share in enumerate(shares) if share > 0)
    held = pick(split((1.0,) * arms), drawn)
    favourite = arms - 1 if held is None else held
    first = -math.log(fraction(f"{seed}\x1f", value)) / arms
    best, soonest = favourite, math.inf
    for index, share in enumerate(shares):
        if share <= 0:
            continue
        rings = first if index == favourite else first - math.log(fraction(f"{seed}\x1f{index}\x1f", value))
        if rings / share < soonest:
            best, soonest = index, rings / share
    return best


def split(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights as shares of one."""
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def decision_id(user_id: str, campaign: str, entry_key: str, trigger: str) -> str:
    """The idempotency key of everything: UUIDv5 of user, campaign, entry key and trigger (an event's id, or a due time)."""
    name = "\x1f".join((user_id, campaign, entry_key, trigger)).encode("utf-8", "surrogatepass")
    digest = _DECISIONS.copy()
    digest.update(name)
    text = digest.hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]  # it and the version, 5, as uuid.uuid5 sets them, in a tenth of its time
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def fingerprints(held: bytes) -> list[bytes]:
    """Those that stand one after the other in `held`."""
    return [held[place : place + FINGERPRINT] for place in range(0, len(held), FINGERPRINT)]


def fingerprint(text: str) -> bytes:
    """Eight bytes that stand for `text` in bounded memories (a collision in a ring of 128: 1e-17)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=FINGERPRINT).digest()
