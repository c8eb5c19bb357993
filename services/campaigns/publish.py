"""Publishing campaigns and features: checked first, written to `control`, acknowledged by the broker; live in the job within a second."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.campaigns.check import check
from services.campaigns.files import CampaignFile, features_for
from services.campaigns.findings import BadFile
from services.campaigns.introduced import introduced
from services.campaigns.listing import Published, by_name, entries, standing
from services.campaigns.records import ControlRecord, Publisher, Status, control_record, republished
from services.kafka import producer
from udfs.core.book import NEWEST, Book, BookError, Entry

ACK_SECONDS = 15.0


def publish(brokers: str, topic: str, files: Sequence[CampaignFile], *, published_by: Publisher = "cli", dated: bool = True) -> list[ControlRecord]:
    """Check the files, then publish all of them. Raises BadFile before anything is sent if one of them is broken.

    A campaign that is paused stays paused: whoever paused it did so for a reason that a new text does not settle. Where no features were
    published yet, those that the campaigns are written against go along. `dated`: features that are new here are marked as known only from now
    on; not so where a replay is going to bring their whole history.
    """
    held = entries(brokers, topic)
    live = {entry.key: entry for entry in standing(held)}
    files = list(files)
    book = Book.of(held)
    if "features" not in live and all(file.kind != "features" for file in files):
        files.append(features_for(files))
    findings = check(files, features=None if any(file.kind == "features" for file in files) else book.features)
    if findings:
        raise BadFile(findings)
    now = int(time.time() * 1000)
    before = live["features"].document if "features" in live else None
    files = [introduced(file, before=before, at=now) if dated and file.kind == "features" else file for file in files]
    records = [control_record(file, at=now, by=published_by, status=_status(live, file.key)) for file in files]
    order = _order(book, records, files)
    send(brokers, topic, order)
    return records


def _order(book: Book, records: Sequence[ControlRecord], files: Sequence[CampaignFile]) -> list[ControlRecord]:
    """Find an order in which the job takes every record: features before campaigns that need new ones, but after those that need old ones no more."""
    refused = None
    for features_last in (False, True):
        ordered = sorted(records, key=lambda record: (record.key == "features") is not features_last)
        changed = book
        try:
            for record in ordered:
                changed = changed.apply(Entry(record.key, NEWEST, record.value))
        except BookError as e:
            refused = refused or e
        else:
            return ordered
    file = next((file for file in files if file.kind == "features"), files[0])
    raise BadFile(
        [file.source.at(0, 0, f"does not go with what is published: {refused}", "publish the campaigns that are concerned together with it")]
    )


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
