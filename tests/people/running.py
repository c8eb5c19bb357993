"""A job in this process behind the function that sends an event and waits for its answer: what comes out is bytes, as on the topics."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.local.job import LocalJob
from services.people import ask, erase, send
from services.people.places import Places
from services.replay.records import Record
from tests.builders import HOUR, MINUTE, MONDAY, book, campaign, mail
from udfs.codecs.encode import encode_all
from udfs.codecs.topics import Topics

T = MONDAY + 10 * HOUR
BOOK = book(campaign(), mail(), {"consent": {"default": {"marketing": "grant"}}})
TENT: dict[str, Any] = {"product_id": "tent", "price": 120, "quantity": 1}


def track(user: str | None, name: str, at: int, *, web: str | None = None, **properties: Any) -> Record:
    told = {"type": "track", "event": name, "messageId": f"{name}-{at}-message", "timestamp": at, "properties": properties}
    told |= {key: value for key, value in {"userId": user, "anonymousId": web}.items() if value}
    return Record(at, (user or web or "").encode(), json.dumps(told).encode())


class Running:
    """The job, its records by topic, and the time."""

    def __init__(self, *records: Record) -> None:
        self.job = LocalJob(BOOK, people=True)
        self.topics: dict[str, list[tuple[bytes, Any]]] = {}
        self.at = T
        for record in records:
            self.take(record)

    def take(self, record: Record) -> None:
        self.at = max(self.at, record.at)
        for outputs in [*self.job.until(record.at - 1), self.job.take(record)]:
            for topic, key, value in encode_all(outputs, decided_at=self.at, topics=Topics()):
                self.topics.setdefault(topic, []).append((key, json.loads(value) if value else None))

    def answer(self, places: Places, topic: str, event: Any, is_answer: Callable[[Any], bool], *, seconds: float) -> Any:
        """In place of `send_and_wait`."""
        self.at += MINUTE
        key, value = send.encoded(event, at=self.at)
        before = len(self.topics.get(topic, []))
        self.take(Record(self.at, key, value))
        for _, found in self.topics.get(topic, [])[before:]:
            if found is not None and is_answer(found):
                return found
        message = f"no answer on {topic}"
        raise send.NoAnswer(message, "does the job run?")


def running(monkeypatch: pytest.MonkeyPatch, *records: Record) -> Running:
    job = Running(*records)
    for module in (ask, erase):
        monkeypatch.setattr(module, "send_and_wait", job.answer)
    return job
