"""Publishing campaigns and features: checked first, written to `control`, acknowledged by the broker; live in the job within a second."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.campaigns.check import check
from services.campaigns.files import CampaignFile
from services.campaigns.findings import BadFile
from services.campaigns.listing import Published, by_name, published
from services.campaigns.records import ControlRecord, Publisher, Status, control_record, republished
from services.kafka import producer

ACK_SECONDS = 15.0


def publish(brokers: str, topic: str, files: Sequence[CampaignFile], *, published_by: Publisher = "cli") -> list[ControlRecord]:
    """Check the files, then publish all of them, features first. Raises BadFile before anything is sent if one is broken.

    A campaign that is paused stays paused: whoever paused it did so for a reason that a new text does not settle.
    """
    live = {entry.key: entry for entry in published(brokers, topic)}
    features = live["features"].document if "features" in live and not any(file.kind == "features" for file in files) else None
    findings = check(files, features=features)
    if findings:
        raise BadFile(findings)
    now = int(time.time() * 1000)
    ordered = sorted(files, key=lambda file: file.kind != "features")
    records = [control_record(file, at=now, by=published_by, status=_status(live, file.key)) for file in ordered]
    send(brokers, topic, records)
    return records


def set_status(brokers: str, topic: str, name: str, status: Status) -> ControlRecord:
    """Pause or resume a published campaign: the same document again, with another status. Raises LookupError for an unknown name."""
    entry = by_name(brokers, topic, name)
    record = republished(entry.value, status=status, at=int(time.time() * 1000))
    send(brokers, topic, [record])
    return record


def remove(brokers: str, topic: str, names: Iterable[str]) -> list[ControlRecord]:
    """Remove published campaigns by tombstone. Raises LookupError for an unknown name, before any is removed."""
    records = [ControlRecord(key=by_name(brokers, topic, name).key, value=None) for name in names]
    send(brokers, topic, records)
    return records


def send(brokers: str, topic: str, records: Sequence[ControlRecord]) -> None:
    """Write records to `control` in order and wait until the broker has them all. Raises what the broker answered."""
    kafka: Any = producer(brokers)
    try:
        waiting = [kafka.send(topic, key=record.key.encode(), value=record.value) for record in records]
        for answer in waiting:
            answer.get(timeout=ACK_SECONDS)
    finally:
        kafka.close(timeout=ACK_SECONDS)


def _status(live: Mapping[str, Published], key: str) -> Status:
    return "paused" if key in live and live[key].status == "paused" else "live"
