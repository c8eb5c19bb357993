"""What is kept of a customer's decisions until their outcome is settled: a window for each, and the conversions that fell into them.

Facts only: what an outcome says is computed from these, so a late receipt or a refund needs nothing taken back. All of it is packed, because
most events neither read nor change it. Add fields at the end, with a default.
"""

import msgspec
from msgspec.structs import replace

from udfs.core.profile.measured import Measured
from udfs.core.profile.state import Profile
from udfs.core.records import Outcome

ACTED = Outcome.ACTED.value
NO_VALUE, OF_REVENUE, OF_EXPRESSION = 0, 1, 2
"""What a conversion is worth by the goal of a window."""


class Sums(msgspec.Struct, array_like=True, gc=False):
    """What conversions come to for one window; the credit is in the order of `udfs.core.decision.credit.MODELS`."""

    conversions: int = 0
    value: float = 0.0
    unvalued: int = 0
    """Conversions of which nobody knows what they are worth."""
    first: int = 0
    """When the first of them happened; 0: there is none."""
    credit: list[float] = []
    credited_value: list[float] = []


class Window(msgspec.Struct, array_like=True, gc=False):
    """One decision that acted, or was held out, and what happened to its message."""

    number: int
    """By which conversions name it: the order in which windows were opened."""
    decision_id: bytes
    """The sixteen bytes of its UUID."""
    at: int
    """When it was decided, record time."""
    ends: int
    campaign: str
    version: str
    variant: str
    channel: str
    outcome: str
    """acted, held_out or control; withheld where sending nothing was chosen."""
    basis: int
    """Place in `udfs.core.campaigns.goal.BASES`."""
    half_life: int
    kind: int
    """NO_VALUE, OF_REVENUE or OF_EXPRESSION."""
    closed: bool = False
    """Its time is over, and its final outcome written."""
    written: int = 0
    """How many records of it have been written."""
    told: bytes = b""
    """Fingerprint of what the last of them said."""
    engagement: dict[str, int] = {}
    """delivered, opened, … -> when it first happened."""
    settled: Sums | None = None
    """Conversions that nothing can change any more."""


class Conversion(msgspec.Struct, array_like=True, gc=False):
    """The goal's event happened once."""

    mark: bytes
    """Of the order in the ledger, or of the message."""
    at: int
    """When it happened; not after it was reported."""
    hits: list[tuple[int, float | None]]
    """The windows into which it fell, and its value where that is an expression."""
    amount: float | None = None
    """What it came to, in the shop's currency."""
    back: float = 0.0
    """What was paid back of that."""
    gone: bool = False
    """Cancelled, or paid back as a whole."""
    unclear: bool = False
    """Something was paid back, and nobody knows how much."""


class Held(msgspec.Struct, array_like=True, gc=False):
    """Everything of one customer."""

    opened: int = 0
    """How many windows there have been."""
    windows: list[Window] = []
    """In the order in which they were opened."""
    conversions: list[Conversion] = []
    """In the order in which they were reported."""


_decode = msgspec.msgpack.Decoder(Held).decode
_encode = msgspec.msgpack.Encoder().encode


def held(profile: Profile) -> Held:
    """What is kept of a customer, unpacked at each call; a change is kept by `keep`."""
    return Held() if profile.measured is None else _decode(profile.measured.packed)


def keep(profile: Profile, held: Held, *, settled: int) -> None:
    """Keep it, and when the next window ends. `settled`: when nothing of it can change any more, so that it need not be kept."""
    if not held.windows:
        profile.measured = None
        return
    closes = min((window.ends for window in held.windows if not window.closed), default=settled)
    profile.measured = Measured(closes, _encode(held))


def merged(one: Held, other: Held) -> Held:
    """What is kept of two profiles that turn out to be one person. A conversion that both know is one, and falls into the windows of both."""
    found = Held(opened=one.opened + other.opened)
    numbers: dict[tuple[int, int], int] = {}
    both = [(side, window) for side, held in enumerate((one, other)) for window in held.windows]
    for number, (side, window) in enumerate(sorted(both, key=lambda each: (each[1].at, each[0], each[1].number)), start=1):
        numbers[side, window.number] = number
        found.windows.append(replace(window, number=number))
    by_mark: dict[bytes, Conversion] = {}
    for side, held in enumerate((one, other)):
        for conversion in held.conversions:
            hits = [(numbers[side, number], told) for number, told in conversion.hits if (side, number) in numbers]
            known = by_mark.get(conversion.mark)
            if known is None:
                by_mark[conversion.mark] = replace(conversion, hits=hits)
            else:
                known.hits = sorted([*known.hits, *hits])
                known.at = min(known.at, conversion.at)
    found.conversions = sorted(by_mark.values(), key=lambda each: each.at)
    return found
