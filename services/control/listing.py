"""What is published on `control`: the last record of every key."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.documents.spoken import trigger_in_words
from udfs.core.campaigns.book import Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import did_you_mean


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published campaign or set of features."""

    key: str
    kind: str
    name: str
    version: str
    status: str
    published_at: int
    """Epoch milliseconds."""
    published_by: str
    value: dict[str, Any]
    """The whole record."""

    @property
    def document(self) -> dict[str, Any]:
        """The document as the marketer wrote it."""
        found = self.value.get("document")
        return found if isinstance(found, dict) else {}

    @property
    def trigger(self) -> str:
        """The trigger, in words."""
        return trigger_in_words(self.document.get("trigger"))


def published(brokers: str, topic: str) -> list[Published]:
    """List what `control` holds, campaigns by name, the features last. Raises KafkaUnavailable or TopicUnusable."""
    return standing(entries(brokers, topic))


def entries(brokers: str, topic: str) -> list[Entry]:
    """Read `control` to its end, tombstones included. Raises KafkaUnavailable or TopicUnusable."""
    from jobs.control import read_control

    return read_control(brokers, topic)[0]


def standing(entries: Iterable[Entry]) -> list[Published]:
    """Say what is in force after these entries, in order: the last one of each key that the job accepts."""
    book = compile_book(entries)
    found = [_published(entry.key, entry.value) for entry in book.entries.values() if entry.value is not None]
    return sorted(found, key=lambda entry: (entry.kind == "features", entry.name))


def refused(entries: Iterable[Entry]) -> Mapping[str, str]:
    """Say under which keys the newest record is not taken, and why."""
    return compile_book(entries).refused


def by_name(brokers: str, topic: str, name: str) -> Published:
    """Find a published campaign. Raises LookupError with the nearest name."""
    campaigns = {entry.name: entry for entry in published(brokers, topic) if entry.kind == "campaign"}
    if name in campaigns:
        return campaigns[name]
    known = f"published are {', '.join(campaigns)}" if campaigns else "nothing is published yet: run `kairos campaigns publish`"
    msg = f"no campaign '{name}' is published: {did_you_mean(name, campaigns) or known}"
    raise NotFound(msg)


def _published(key: str, value: bytes) -> Published:
    record = json.loads(value)
    at = record.get("published_at")
    return Published(
        key=key,
        kind=str(record.get("kind", key.partition("/")[0])),
        name=str(record.get("name", key.partition("/")[2])),
        version=str(record.get("version", "")),
        status=str(record.get("status", "")),
        published_at=at if isinstance(at, int) else 0,
        published_by=str(record.get("published_by", "")),
        value=record,
    )
