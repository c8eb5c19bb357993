"""What falls due if nothing comes in between: five kinds of thing that share one timer of the customer.

Each is stored by its tag and the positions of its fields. Add new fields at the end, with a default. What nobody has entered yet is `Armed`.
Everything else carries what was settled at entry: `origin` is when its trigger came true, `event_id` its event (None: a silence or a date), `source`
where the event came from, and `properties` what is still to be read of it. `stale`: the trigger was too old when it arrived, so the result of
it is decided, and withheld. All times are epoch milliseconds of record time, but `start`: when that which began it happened, by event time. An exit
is compared with `start`, because two things that happened are compared there, and `told_by`, the sender of that event: each has its own clock.
`born_as`: the id under which it began, where that has turned out to be somebody else's since; empty: the customer's own. Decisions are known by it.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from udfs.core.profile.bounds import MAX_ARMED, MAX_DUE, MAX_DUE_BYTES


class Place(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """A place in the throughput of a channel: one of those of a period, which is numbered from the epoch in periods of `length` milliseconds."""

    channel: str
    length: int
    period: int
    in_holdout: bool = False
    """Kept for a member of the holdout, for whom nothing goes out."""


class Drawn(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """The way that a bandit has drawn for a run at a split, until the first message behind it says so in its decision."""

    split: str
    """The place of the split."""
    way: str
    epoch: int
    context: str
    probabilities: dict[str, float]
    vector: list[float] | None = None


class Armed(msgspec.Struct, array_like=True, gc=False, tag=1):
    """A trigger that is waited for: a silence (of a cart, if it has a `cart_id`), a time since an event, or a date."""

    at: int
    campaign: str
    cart_id: str = ""
    stale: bool = False
    start: int = 0
    """The latest event of the silence, or the event since which time is counted; 0: a date, or state of before this field."""
    told_by: str = ""
    properties: dict[str, Any] | None = None
    """What exits are compared with, of that event."""
    born_as: str = ""


class Waiting(msgspec.Struct, array_like=True, gc=False, tag=2):
    """A variant that acts some time after its trigger."""

    at: int
    campaign: str
    variant: str
    origin: int
    since: int
    """When its wait began."""
    event_id: str | None = None
    source: str = ""
    cart_id: str = ""
    properties: dict[str, Any] | None = None
    stale: bool = False
    key: str | None = None
    """Its entry key, if that was settled before."""
    start: int = 0
    told_by: str = ""
    born_as: str = ""


class Deferred(msgspec.Struct, array_like=True, gc=False, tag=3):
    """A candidate that is decided again, because of quiet hours, a cap or the throughput. It may be a send of a journey."""

    at: int
    campaign: str
    variant: str
    origin: int
    since: int
    """When it was decided last; of a journey, when its run came to the step."""
    key: str | None
    attempt: int
    """The number of its next decision."""
    deferred_by: list[str]
    """The reasons that have deferred it: each may do so once."""
    event_id: str | None = None
    source: str = ""
    cart_id: str = ""
    properties: dict[str, Any] | None = None
    stale: bool = False
    step: str = ""
    """The send of a journey; empty for everything else."""
    group: str = ""
    """Of a journey: the group in which its run began, as in `Step`."""
    place: Place | None = None
    """What is kept for it in the throughput until it comes back."""
    start: int = 0
    told_by: str = ""
    born_as: str = ""
    drawn: Drawn | None = None
    """Of a journey: the way that a bandit has drawn, and no message has told yet."""


class Step(msgspec.Struct, array_like=True, gc=False, tag=4):
    """The run of a journey while it waits at a step."""

    at: int
    campaign: str
    step: str
    """The place of the step where it waits."""
    origin: int
    since: int
    """When it came there."""
    key: str | None = None
    event_id: str | None = None
    source: str = ""
    cart_id: str = ""
    properties: dict[str, Any] | None = None
    stale: bool = False
    group: str = ""
    """The holdout or control group in which it began, as the outcome of its decisions (held_out, control); empty: neither. It stays there."""
    start: int = 0
    told_by: str = ""
    born_as: str = ""
    drawn: Drawn | None = None
    """The way that a bandit has drawn, and no message has told yet."""


class Recheck(msgspec.Struct, array_like=True, gc=False, tag=5):
    """Segments that time alone may change are asked again."""

    at: int
    campaign: ClassVar[str] = ""
    """It is about no campaign."""


Due = Armed | Waiting | Deferred | Step | Recheck
Settled = Waiting | Deferred | Step
"""What somebody has entered."""
_FEW = 8
_encode = msgspec.msgpack.Encoder().encode


def is_too_much(pending: Sequence[Due]) -> bool:
    """Whether so much is pending that nothing else may be entered."""
    number = len(pending)
    return number >= MAX_DUE or (number >= _FEW and len(_encode(pending)) >= MAX_DUE_BYTES)


def too_many(pending: Sequence[Due], campaign: str) -> list[Armed]:
    """The silences of a campaign that give way, those that began first, where there are more than may be."""
    armed = [due for due in pending if isinstance(due, Armed) and due.campaign == campaign]
    return sorted(armed, key=lambda due: due.start)[: max(0, len(armed) - MAX_ARMED)]
