"""The service that hands news over to the topic `events`, at a pace that leaves the main job room for what people do right now.

Everything it knows is on Kafka: offsets are committed once all before them is done. One that is killed hands a few over again, under the same ids.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from services.interest import news as told_news
from services.interest.behind import JobDelay
from services.interest.newest import Newest
from services.interest.news import News, event_of
from services.interest.pace import Pace
from services.interest.waiting import Place, Waiting
from services.items import changes
from services.kafka.client import consumer, end_offsets, ensure_topics, producer
from udfs.core.values.durations import DAY
from udfs.core.values.errors import KairosError

MAX_WAITING = 100_000
"""News in memory; the topic holds the others."""
LOOK_S, COMMIT_S, TELL_S = 0.25, 1.0, 60.0
"""Seconds between looks at the main job, between commits, and between lines of the log."""
POLL_MS = 20
HANDED, EXPIRED, OUTDATED, WITHDRAWN, UNREADABLE = "handed over", "expired", "no longer true", "withdrawn", "unreadable"
DONE = (HANDED, EXPIRED, OUTDATED, WITHDRAWN, UNREADABLE)
"""How news end."""

log = logging.getLogger("interest")


@dataclass(frozen=True, kw_only=True)
class Pacing:
    """How fast, and how long news are worth telling."""

    per_second: float = 100.0
    tolerated_s: float = 2.0
    """By how much the main job may be behind before the pace slows."""
    expires_ms: int = DAY
    """For how long after a change people still hear of it."""


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Where things are read and written, and whose pace counts."""

    interest: str = told_news.TOPIC
    changes: str = changes.TOPIC
    events: str = "events"
    job: str = "kairos-live"
    """Name of the main job, which is its consumer group."""

    @property
    def group(self) -> str:
        """The consumer group of this service."""
        return f"{self.job}-interest-pace"


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is exported and shown."""

    waiting: int
    rate: float
    delay_s: float | None
    done: Counter[tuple[str, str]]
    """(kind of event, how it ended) -> news since the last figures."""


class Service:
    """Reads news, and hands them over in turn."""

    def __init__(self, reader: KafkaConsumer, changed: KafkaConsumer, sender: KafkaProducer, topics: Topics, pacing: Pacing) -> None:
        self._reader, self._changed, self._sender, self._topics, self._pacing = reader, changed, sender, topics, pacing
        self._waiting, self._newest = Waiting[TopicPartition](), Newest()
        self.pace = Pace(pacing.per_second, tolerated_s=pacing.tolerated_s)
        self._done: Counter[tuple[str, str]] = Counter()
        self._committed: dict[TopicPartition, int] = {}
        self._unknown: dict[TopicPartition, int] = changed.end_offsets(changed.assignment())
        """Partition -> the end that it had at the start, where that was not reached yet."""

    def read(self) -> None:
        """Take in what has come, unless enough waits already."""
        for records in self._changed.poll(timeout_ms=0, max_records=5_000).values():
            for record in records:
                if not self._newest.take(record.value):
                    self._done["change", UNREADABLE] += 1
        if len(self._waiting) >= MAX_WAITING:
            time.sleep(POLL_MS / 1000)
            return
        for place, records in self._reader.poll(timeout_ms=POLL_MS, max_records=5_000).items():
            for record in records:
                self._take(Place(place, record.offset), record.key, record.value)

    def _take(self, place: Place[TopicPartition], key: bytes | None, value: bytes | None) -> None:
        if value is None:
            if self._waiting.passed(place, (key or b"").decode("utf-8", "replace")):
                self._done["", WITHDRAWN] += 1
            return
        found = told_news.read(value)
        if found is None:
            self._waiting.passed(place)
            self._done["", UNREADABLE] += 1
            return
        self._waiting.put(found, place)

    @property
    def _knows_changes(self) -> bool:
        """Whether it has read the changes of before its start: one of them may say that a price has gone up again."""
        self._unknown = {place: end for place, end in self._unknown.items() if self._changed.position(place) < end}
        return not self._unknown

    def hand_over(self, *, now: int) -> int:
        """Send as many as the pace allows, and wait until they are stored. Returns how many. Raises KafkaError. `now`: epoch milliseconds."""
        left = self.pace.ready(time.monotonic()) if self._knows_changes else 0
        due = list(islice(self._due(now), left))
        self.pace.took(len(due))
        try:
            for found, under_way in [(found, self._send(found, now)) for found in due]:
                under_way.get(timeout=30)
                self._end(found, HANDED)
        except KafkaError:
            for found in reversed(due):
                self._waiting.again(found)
            raise
        return len(due)

    def _due(self, now: int) -> Iterator[News]:
        """Those whose turn it is. Whoever is left out takes nobody's turn."""
        while (found := self._waiting.take()) is not None:
            ended = self._why_not(found, now)
            if ended is None:
                yield found
            else:
                self._end(found, ended)

    def _send(self, news: News, now: int) -> Any:
        return self._sender.send(self._topics.events, key=news.person.encode(), value=event_of(news, now=now), timestamp_ms=now)

    def _why_not(self, news: News, now: int) -> str | None:
        if now - news.at > self._pacing.expires_ms:
            return EXPIRED
        return None if self._newest.is_true(news) else OUTDATED

    def _end(self, news: News, how: str) -> None:
        self._waiting.done(news)
        self._done[news.event, how] += 1

    def commit(self) -> None:
        """Say on Kafka up to where everything is done."""
        safe = {place: offset for place, offset in self._waiting.safe().items() if self._committed.get(place) != offset}
        if safe:
            self._reader.commit({place: OffsetAndMetadata(offset, "", -1) for place, offset in safe.items()})
            self._committed |= safe

    def figures(self, delay_s: float | None) -> Figures:
        """What has happened since the last call."""
        done, self._done = self._done, Counter()
        return Figures(waiting=len(self._waiting), rate=self.pace.rate, delay_s=delay_s, done=done)


@contextmanager
def opened(brokers: str, topics: Topics, pacing: Pacing) -> Iterator[Service]:
    """A service that goes on where the last one stood. Raises NotFound for a topic that is missing, KafkaUnavailable."""
    end_offsets(brokers, topics.events)
    ensure_topics(brokers, [changes.short_lived(topics.interest), changes.short_lived(topics.changes)])
    with (
        closing(consumer(brokers, [topics.interest], committed=False, group_id=topics.group)) as reader,
        closing(consumer(brokers, [topics.changes], committed=False)) as changed,
        closing(producer(brokers, linger_ms=2)) as sender,
    ):
        for place in reader.assignment():
            if (stood := reader.committed(place)) is not None:
                reader.seek(place, stood)
        yield Service(reader, changed, sender, topics, pacing)


def run(
    brokers: str,
    topics: Topics,
    pacing: Pacing,
    *,
    told: Callable[[Figures], None] = lambda figures: None,
    until: Callable[[], bool] = lambda: False,
) -> None:
    """Hand over, until `until` says so. Kafka may be away for a while: then nothing is handed over."""
    with opened(brokers, topics, pacing) as service, closing(JobDelay(brokers, group=topics.job, events=topics.events)) as job:
        looked = committed = logged = 0.0
        delay: float | None = None
        ended = Counter[tuple[str, str]]()
        while not until():
            try:
                now = time.monotonic()
                if now - looked >= LOOK_S:
                    looked, delay = now, job.look()
                    service.pace.saw(delay)
                service.read()
                service.hand_over(now=int(time.time() * 1000))
                if now - committed >= COMMIT_S:
                    committed = now
                    service.commit()
                    figures = service.figures(delay)
                    told(figures)
                    ended += figures.done
                if now - logged >= TELL_S:
                    logged = now
                    _log(ended)
                    ended.clear()
            except (KafkaError, KairosError) as problem:
                service.pace.saw(None)
                log.warning("nothing is handed over: %s: %s", type(problem).__name__, problem)
                time.sleep(2.0)
        service.commit()


def _log(ended: Counter[tuple[str, str]]) -> None:
    """Say how many people were left out, and why."""
    for (event, how), count in sorted(ended.items()):
        if how not in (HANDED, WITHDRAWN):
            log.warning("%s: %d people were left out: %s", event or "news", count, how)
