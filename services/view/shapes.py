"""What the live view needs of the job's records. Anybody can write to a topic: a record of another shape is counted, and not shown."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from udfs.core.values.instants import LATEST

At = Annotated[int, msgspec.Meta(ge=0, lt=LATEST)]
"""Epoch milliseconds."""
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Number = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]


class _Score(msgspec.Struct):
    model: str
    score: Number


class _Decision(msgspec.Struct):
    campaign: str
    outcome: str
    reason: str
    at: At
    decided_at: At
    trigger_event_id: str | None
    scores: dict[str, _Score] = {}


class _Recall(msgspec.Struct):
    campaign: str
    reason: str


class _Action(msgspec.Struct):
    at: At
    user_id: str
    campaign: str
    variant: str
    channel: str
    content: dict[str, Any]
    offer: dict[str, Any] | None


class _Rejection(msgspec.Struct):
    accepted: bool
    reason: str
    skipped: Count = 0


def fits(record: Mapping[str, Any]) -> bool:
    """Whether it is what it seems to be: a decision, a recall, an action or a rejection. What is none of them fits: nothing is read of it."""
    kind: type[msgspec.Struct] | None = None
    if "outcome" in record:
        kind = _Decision
    elif record.get("kind") == "recall":
        kind = _Recall
    elif "content" in record:
        kind = _Action
    elif "accepted" in record:
        kind = _Rejection
    try:
        if kind is not None:
            msgspec.convert(record, kind)
    except msgspec.ValidationError:
        return False
    return True
