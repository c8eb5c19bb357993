"""A touch: a heartbeat with a customer's key, by which the job looks at one profile and registers the timer that it needs.

Profiles of savepoints from before there was retention have none, so whoever never comes again would never be forgotten.
"""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

from kafka import KafkaProducer

from jobs.read_to_end import read_to_end
from services.heartbeat.beat import VALUE
from services.kafka.client import consumer
from services.replay.segment import key_of, names_nobody
from udfs.core.values.errors import InvalidInput

AT_ONCE = 10_000
"""Records that may be under way before one is waited for."""


def customers_in(file: Path) -> list[bytes]:
    """The keys of the customers of a file, each once: one id in each line, or one event as JSON. May be .gz.

    Raises InvalidInput for a line that begins like JSON and names nobody, before anything is sent.
    """
    found: dict[bytes, None] = {}
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            written = line.removeprefix(b"\xef\xbb\xbf").strip()
            if not written:
                continue
            is_event = written.startswith((b"{", b"["))
            key = key_of(written) if is_event else written
            if is_event and names_nobody(key, written):
                message = f"{file}:{number}: names no customer"
                raise InvalidInput(message, hint="each line is an id, or an event with userId or anonymousId")
            found[key] = None
    return list(found)


def customers_on(brokers: str, topic: str) -> list[bytes]:
    """The keys of every record on a topic, each once. Raises KafkaUnavailable or TopicUnusable."""
    reader = consumer(brokers, [topic])
    try:
        return list(dict.fromkeys(record.key for records in read_to_end(reader) for record in records if record.key))
    finally:
        reader.close()


def touch(sender: KafkaProducer, topic: str, customers: Iterable[bytes], *, at: int) -> int:
    """Send one heartbeat to each, with the time `at` (epoch milliseconds), and wait until all are stored. Raises KafkaError."""
    return sum(1 for _ in _stored(sender, topic, customers, at))


def _stored(sender: KafkaProducer, topic: str, customers: Iterable[bytes], at: int) -> Iterator[None]:
    sent = []
    for key in customers:
        sent.append(sender.send(topic, key=key, value=VALUE, timestamp_ms=at))
        if len(sent) == AT_ONCE:
            for each in sent:
                yield each.get(timeout=15)
            sent.clear()
    for each in sent:
        yield each.get(timeout=15)
