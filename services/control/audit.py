"""Who did what to `control`, when and why: one record a change on the topic `audit`, which keeps them for ever."""

import json
from collections.abc import Iterator

import msgspec

from services.kafka.client import Topic
from services.kafka.tail import follow


class AuditRecord(msgspec.Struct, kw_only=True, frozen=True):
    """One change of `control` that the broker acknowledged, see schemas/audit.avsc."""

    who: str
    act: str
    key: str
    version_before: str | None
    version_after: str | None
    status: str | None
    offset: int
    why: str | None
    at: int


def audit_name(control: str) -> str:
    """Name the audit topic that goes with a control topic: `audit` with `control`; deployments that share a broker do not mix."""
    return "audit" if control == "control" else f"{control}.audit"


def audit_topic(control: str) -> Topic:
    """The topic as it must be: one partition, for the order counts; nothing is ever deleted."""
    return Topic(name=audit_name(control), partitions=1, config={"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"})


def history(brokers: str, topic: str, *, key: str | None = None) -> Iterator[AuditRecord]:
    """Read every change of the control topic `topic`, or of one key of it, oldest first. Raises LookupError when there is no audit yet."""
    for record in follow(brokers, lambda name: name == audit_name(topic), start="earliest", to_the_end=True):
        try:
            found = msgspec.convert(json.loads(record.value or b""), AuditRecord)
        except (ValueError, msgspec.ValidationError):
            continue  # anybody can write to a topic; what is no record of ours says nothing
        if key in {None, found.key}:
            yield found
