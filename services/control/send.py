"""The only code that writes to `control`: in order, acknowledged by the broker, and recorded on the audit topic."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from services.control.audit import AuditRecord, audit_name, audit_topic
from services.control.listing import entries
from services.control.records import ControlRecord
from services.control.signature import UNSIGNED, Signature, whoever
from services.kafka.client import ensure_topics, producer
from services.kafka.objects import object_of
from udfs.core.values.errors import Unfinished

ACK_SECONDS = 15.0


class AuditError(Unfinished):
    """A change is in force, but the record of who made it could not be written."""


def send(brokers: str, topic: str, records: Sequence[ControlRecord], *, signed: Signature = UNSIGNED, audited: bool = True) -> None:
    """Write records to `control` in order and wait until the broker has them all. Raises the broker's error.

    Records that the broker stored before another failed are recorded on the audit topic all the same. `audited=False` is for what a service writes
    every few seconds, and nobody has decided.
    """
    before = {entry.key: _version(entry.value) for entry in entries(brokers, topic)} if audited else {}
    if audited:
        ensure_topics(brokers, [audit_topic(topic)])  # first, because no change may be made that could not be recorded
    kafka: Any = producer(brokers)
    told: list[AuditRecord] = []
    try:
        waiting = [kafka.send(topic, key=record.key.encode(), value=record.value) for record in records]
        try:
            for record, answer in zip(records, waiting, strict=True):
                offset = answer.get(timeout=ACK_SECONDS).offset
                told.append(_told(record, offset=offset, before=before.get(record.key), signed=signed))
                before[record.key] = _version(record.value)
        finally:
            _write(kafka, audit_name(topic), told if audited else ())
    finally:
        kafka.close(timeout=ACK_SECONDS)


def _told(record: ControlRecord, *, offset: int, before: str | None, signed: Signature) -> AuditRecord:
    return AuditRecord(
        who=signed.who or whoever(),
        act=record.act or ("removed" if record.value is None else "published"),
        key=record.key,
        version_before=before,
        version_after=_version(record.value),
        status=None if record.value is None else record.status,
        offset=offset,
        why=signed.why or None,
        at=int(time.time() * 1000),
    )


def _write(kafka: Any, topic: str, told: Sequence[AuditRecord]) -> None:
    try:
        for answer in [kafka.send(topic, key=each.key.encode(), value=msgspec.json.encode(each)) for each in told]:
            answer.get(timeout=ACK_SECONDS)
    except Exception as problem:
        done = ", ".join(f"{each.key} at offset {each.offset}" for each in told)
        message = f"in force, but not on topic {topic!r} ({type(problem).__name__}: {problem}): {done}. Write down yourself who did it"
        raise AuditError(message) from problem


def _version(value: bytes | None) -> str | None:
    """The version in a record of `control`, or None."""
    version = (object_of(value) or {}).get("version")  # anybody can write to a topic
    return version if isinstance(version, str) else None
