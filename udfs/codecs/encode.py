"""From core's records to the bytes of outgoing Kafka records: topic, key and value. An exception in the sink would end the job.

Whatever events and control records contain, the result has a topic that the job writes to, a key and a value that a broker accepts, and a
value that is JSON and follows its schema. A record for which that is impossible becomes a rejection that says so.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from udfs.codecs.fitting import fitting, key_of, plain
from udfs.codecs.reasons import RejectionReason
from udfs.codecs.routes import ROUTES, Output
from udfs.codecs.topics import Topics
from udfs.core.directory import Forgotten
from udfs.core.records import Action, Decision, Outcome, Reason, Rejection

_ROUTES = {route.record: route for route in ROUTES}
Sent = tuple[str, bytes, bytes]
"""Topic, key and value. An empty value stands for none: a tombstone, with which what the key names ends."""


class Unsendable(ValueError):
    """A record that cannot be written to any topic of the job: why, and which field is wrong."""

    def __init__(self, message: str, field: str | None) -> None:
        super().__init__(message)
        self.field = field


Disguise = Callable[[Any], Any]
"""From a record to what is written of it, such as one with pseudonyms."""


def encode_all(records: Sequence[Output], *, decided_at: int, topics: Topics, disguise: Disguise | None = None) -> list[Sent]:
    """The records of one step of the engine. A decision whose action cannot be sent is withheld instead. Never raises."""
    sent = [encode(record, decided_at=decided_at, topics=topics, disguise=disguise) for record in records]
    for action, (topic, _, _) in zip(records, sent, strict=True):
        if isinstance(action, Action) and topic == topics["rejected"]:
            for index, decision in enumerate(records):
                if isinstance(decision, Decision) and (decision.decision_id, decision.attempt) == (action.decision_id, action.attempt):
                    sent[index] = encode(_withheld(decision), decided_at=decided_at, topics=topics, disguise=disguise)
    return sent


def encode(record: Output, *, decided_at: int, topics: Topics, disguise: Disguise | None = None) -> Sent:
    """Encode one record. `decided_at` is the wall clock, in epoch milliseconds: the one thing that core cannot know. Never raises."""
    try:
        return _encoded(record if disguise is None else disguise(record), decided_at, topics)
    except Exception as problem:  # an exception would end the job, and the same record would end it again after each restart
        return _encoded(_unsendable(record, problem), decided_at, topics)


def _encoded(record: Output, now: int, topics: Topics) -> Sent:
    if isinstance(record, Forgotten):
        return topics["people"], key_of(record.user_id), b""
    route = _ROUTES.get(type(record))
    if route is None:
        message = "there is no route for this kind of record: udfs/codecs/routes.py names every one"
        raise Unsendable(message, None)
    topic = topics[route.shares or route.name]
    if route.by_channel:
        channel = record.channel  # type: ignore[attr-defined]  # only records with a channel are routed by it
        if topics.channels is not None and channel not in topics.channels:
            message = f"no topic of the job is for the channel {channel!r}: submit it with this channel (`kairos submit --channels …`)"
            raise Unsendable(message, "channel")
        topic += channel
    return topic, key_of(route.key(record)), fitting(route.wire(record, now))


def _unsendable(record: Output, problem: Exception) -> Rejection:
    try:
        original = repr(record).encode("utf-8", "backslashreplace")
    except Exception:  # perhaps for the reason for which it cannot be JSON; the rejection says what is known
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
