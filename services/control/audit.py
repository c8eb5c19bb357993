"""The audit: who changed what on `control`, when and why. The topic `audit` has one record per change and keeps them forever."""

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
    """Name the audit topic of a control topic: `audit` for `control`. Deployments that share a broker have audits of their own."""
    return "audit" if control == "control" else f"{control}.audit"


def audit_topic(control: str) -> Topic:
    """The topic's settings: one partition, because the order matters, and no deletion."""
    return Topic(name=audit_name(control), partitions=1, config={"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"})


def history(brokers: str, topic: str, *, key: str | None = None) -> Iterator[AuditRecord]:
    """Read every change of the control topic `topic`, or of one key of it, oldest first. Raises LookupError if there is no audit yet."""
    for record in follow(brokers, lambda name: name == audit_name(topic), start="earliest", to_the_end=True):
        try:
            found = msgspec.convert(json.loads(record.value or b""), AuditRecord)
        except (ValueError, RecursionError, msgspec.ValidationError):
            continue  # anybody can write to a topic: skip what is not an audit record
        if key in {None, found.key}:
            yield found
