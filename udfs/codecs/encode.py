"""From core's records to the bytes of outgoing Kafka records: topic, key, value. The one border to the sink, which takes no exception back.

Whatever events and control have made of a record, what comes out here has a topic that the job writes to, a key and a value that a broker
takes, and a value that is JSON and follows its schema. A record for which that cannot be done comes out as a rejection that says so.
"""

from collections.abc import Sequence

import msgspec

from udfs.codecs.fitting import fitting, key_of, plain
from udfs.codecs.reasons import RejectionReason
from udfs.codecs.routes import ROUTES, Output
from udfs.codecs.topics import Topics
from udfs.core.records import Action, Decision, Outcome, Reason, Rejection

_ROUTES = {route.record: route for route in ROUTES}
Sent = tuple[str, bytes, bytes]
"""Topic, key and value."""


class Unsendable(ValueError):
    """A record that no topic of the job takes: why, and which field is wrong."""

    def __init__(self, message: str, field: str | None) -> None:
        super().__init__(message)
        self.field = field


def encode_all(records: Sequence[Output], *, decided_at: int, topics: Topics) -> list[Sent]:
    """What one step of the engine says. A decision whose action cannot be sent does not say that it acted. Never raises."""
    sent = [encode(record, decided_at=decided_at, topics=topics) for record in records]
    for action, (topic, _, _) in zip(records, sent, strict=True):
        if isinstance(action, Action) and topic == topics["rejected"]:
            for index, decision in enumerate(records):
                if isinstance(decision, Decision) and (decision.decision_id, decision.attempt) == (action.decision_id, action.attempt):
                    sent[index] = encode(_withheld(decision), decided_at=decided_at, topics=topics)
    return sent


def encode(record: Output, *, decided_at: int, topics: Topics) -> Sent:
    """Topic, key and value. `decided_at` is now by the wall clock, epoch milliseconds: the one thing core cannot know. Never raises."""
    try:
        return _encoded(record, decided_at, topics)
    except Exception as problem:  # whatever it was: an exception would end the job, and come back with the same record after each restart
        return _encoded(_unsendable(record, problem), decided_at, topics)


def _encoded(record: Output, now: int, topics: Topics) -> Sent:
    route = _ROUTES.get(type(record))
    if route is None:
        message = "there is no route for this kind of record: udfs/codecs/routes.py names every one"
        raise Unsendable(message, None)
    topic = topics[route.shares or route.name]
    if route.by_channel:
        channel = record.channel  # type: ignore[attr-defined]  # only what has one goes by channel
        if topics.channels is not None and channel not in topics.channels:
            message = f"no topic of the job is for the channel {channel!r}: submit it with this channel (`kairos submit --channels …`)"
            raise Unsendable(message, "channel")
        topic += channel
    return topic, key_of(route.key(record)), fitting(route.wire(record, now))


def _unsendable(record: Output, problem: Exception) -> Rejection:
    try:
        original = repr(record).encode("utf-8", "backslashreplace")
    except Exception:  # the same thing that JSON could not write, perhaps; what is known of it is said below
        original = b""
    who = getattr(record, "key" if isinstance(record, Rejection) else "user_id", None)
    return Rejection(
        reason=RejectionReason.UNSENDABLE,
        field=problem.field if isinstance(problem, Unsendable) else None,
        message=plain(f"{type(record).__name__} cannot be sent ({type(problem).__name__}: {problem})"),
        key=who if isinstance(who, str) else None,
        original=original,
        at=at if type(at := getattr(record, "at", None)) is int else 0,
    )


def _withheld(decision: Decision) -> Decision:
    detail = "its action cannot be sent: the topic of rejected records says why"
    return msgspec.structs.replace(decision, outcome=Outcome.WITHHELD, reason=Reason.ENGINE_FAILED, detail=detail)
