"""Every kind of record that the job writes: one row each. To add one, add its struct to core/records, its schemas/<schema>.avsc, and a row here.

Everything else is made from these rows: the topics and their names in the job's options, what is created on a broker, how a record is
encoded, and what `kairos tail` and `kairos schema` know.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec

from udfs.codecs.handover import handed
from udfs.codecs.rejected import rejected
from udfs.codecs.shapes import nested, scalar, shaped, without_addresses
from udfs.core.directory import Person
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.personal_data import Erasure, Handover, Response
from udfs.core.records import Action, Decision, Recall, Rejection, Segment
from udfs.core.values.contacts import without_contacts
from udfs.core.values.durations import DAY, HOUR

Output = msgspec.Struct
"""A record of one of the kinds below."""


def stamped(record: Any, now: int) -> Any:
    """The record with the time of the decision by the wall clock, the one thing that core cannot know."""
    return msgspec.structs.replace(record, decided_at=now)


def _decision(record: Decision, now: int) -> Decision:
    told = shaped(record, scalar, "features")
    detail = None if told.detail is None else without_contacts(told.detail)
    against = [msgspec.structs.replace(each, detail=without_contacts(each.detail)) for each in told.against]
    return msgspec.structs.replace(told, features=without_addresses(told.features), detail=detail, against=against, decided_at=now)


def _action(record: Action, now: int) -> Action:
    return msgspec.structs.replace(shaped(record, nested, "content", "offer"), decided_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One kind of record and where it goes."""

    record: type[msgspec.Struct]
    name: str
    """What its records are called together: the stream of `kairos tail`."""
    schema: str
    """schemas/<schema>.avsc says what is on the wire."""
    topic: str
    """The usual name of its topic; where each channel has one of its own, what their names begin with."""
    means: str
    """What the option that names the topic is for."""
    by_channel: bool = False
    """Whether each channel has a topic of its own."""
    wire: Callable[[Any, int], msgspec.Struct] = stamped
    """From the record and the time by the wall clock (epoch milliseconds) to what is written."""
    key: Callable[[Any], str | None] = attrgetter("user_id")
    compacted: bool = False
    """Whether the last record of each key is all that counts, and a record without a value ends it."""
    at_once: bool = False
    """Whether it is written outside of the transactions of all others: seen at once, and it may be seen twice, or of what is then taken back."""
    kept_for: int | None = None
    """Milliseconds for which its topic keeps a record, unless the policy says otherwise; None: as the broker is configured."""
    shares: str = ""
    """Name of the route whose topics it goes to; empty: it has topics of its own."""

    @property
    def option(self) -> str:
        """The field of the job's options that names the topic."""
        return f"{self.name}_prefix" if self.by_channel else f"{self.name}_topic"


ROUTES = (
    Route(
        record=Action,
        name="actions",
        schema="action",
        topic="actions.",
        means="actions of a channel go to the topic with this prefix",
        by_channel=True,
        wire=_action,
    ),
    Route(
        record=Recall,
        name="recalls",
        schema="recall",
        topic="actions.",
        means="recalls go where the action went",
        by_channel=True,
        shares="actions",
    ),
    Route(record=Decision, name="decisions", schema="decision", topic="decisions", means="topic to write decisions to", wire=_decision),
    Route(
        record=Rejection,
        name="rejected",
        schema="rejected",
        topic="rejected",
        means="topic to write refused records to",
        wire=rejected,
        key=attrgetter("key"),
    ),
    Route(record=Segment, name="segments", schema="segment", topic="segments", means="topic to write to who came into a segment, or left it"),
    Route(
        record=GoalOutcome,
        name="outcomes",
        schema="outcome",
        topic="outcomes",
        means="topic to write the outcomes of decisions to, by the goals of campaigns",
    ),
    Route(
        record=Person,
        name="people",
        schema="person",
        topic="people",
        means="topic to write the directory of people to: compacted, the last record of each",
        compacted=True,
    ),
    Route(
        record=Handover,
        name="identity",
        schema="identity",
        topic="identity",
        means="topic on which the job hands over what is known of an id to the person it turned out to be; only with --link-ids",
        wire=handed,
        kept_for=7 * DAY,
    ),
    Route(
        record=Response,
        name="responses",
        schema="response",
        topic="responses",
        means="topic to write answers to requests to, at once and outside of transactions",
        at_once=True,
        kept_for=HOUR,
    ),
    Route(
        record=Erasure,
        name="erasures",
        schema="erasure",
        topic="erasures",
        means="topic to write to who was erased, for everybody else who holds something of them",
        kept_for=400 * DAY,
    ),
)


def with_topics() -> tuple[Route, ...]:
    """The routes that have topics of their own."""
    return tuple(route for route in ROUTES if not route.shares)
