"""The small service that turns counts into what bandits know, and publishes it on the topic `arms`, once an epoch.

What was published before is read at the start: an epoch never goes back, and neither does what was learned.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from kafka import KafkaConsumer
from kafka.errors import KafkaError
from msgspec.structs import replace

from jobs.read_to_end import read_to_end
from services.arms.counts import Counts
from services.arms.learn import learned
from services.control.listing import entries
from services.kafka.client import Topic, consumer, producer
from udfs.core.bandits.learned import BadArms, Learned, read_arms
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.values.errors import KairosError

EVERY_S = 3_600.0
"""How long an epoch lasts: a shorter one learns little more, and makes more periods of constant probabilities."""
POLL_MS = 200

log = logging.getLogger("arms")


def counts_topic(name: str) -> Topic:
    """The topic of counts: compacted, since the last record of an arm is all that counts."""
    return Topic(name=name, partitions=1, config={"cleanup.policy": "compact"})


@dataclass(kw_only=True)
class Learner:
    """What was counted, and what was published of it."""

    counts: Counts = field(default_factory=Counts)
    published: dict[str, Learned] = field(default_factory=dict)

    def news(self, campaigns: Mapping[str, Campaign], *, now: int) -> Iterator[Learned]:
        """What is to be published at `now` (epoch milliseconds): of each campaign that chooses by a bandit, if it has changed.

        Say `sent` of it once it is on the topic: until then it is news again.
        """
        for name, campaign in campaigns.items():
            if campaign.bandit is None:
                continue
            before = self.published.get(name)
            found = learned(campaign, self.counts.of(name), epoch=max(now, before.epoch + 1 if before else 1))
            if found is None or (before is not None and replace(found, epoch=before.epoch) == before):
                continue
            if before is not None and found.exposures < before.exposures:
                log.warning(
                    "%s: %d decisions are counted, and %d were before: what was learned then stays in force until there are as many again",
                    name,
                    found.exposures,
                    before.exposures,
                )
                continue
            yield found

    def sent(self, learned: Learned) -> None:
        """It is on the topic."""
        self.published[learned.campaign] = learned

    def take_published(self, key: bytes | None, value: bytes | None) -> None:
        """One record of the topic `arms`, from before. One that nobody can read is as if it were not there."""
        name = (key or b"").decode("utf-8", "replace")
        if value is None:
            self.published.pop(name, None)
            return
        try:
            self.published[name] = read_arms(name, value).learned
        except BadArms as problem:
            log.warning("%s: what is on the topic cannot be read, and is published again: %s", name, problem)


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Where things are read and written."""

    control: str = "control"
    counts: str = "arm-counts"
    arms: str = "arms"


class Service:
    """Reads counts as they come, and publishes what follows from them."""

    def __init__(self, brokers: str, topics: Topics, *, reader: KafkaConsumer) -> None:
        self._brokers, self._topics, self._reader = brokers, topics, reader
        self.learner = Learner()
        for records in read_to_end(reader):
            self._take(records)
        with closing(consumer(brokers, [topics.arms])) as before:
            for records in read_to_end(before):
                for record in records:
                    self.learner.take_published(record.key, record.value)

    def read(self) -> None:
        """What has been counted meanwhile."""
        for records in self._reader.poll(timeout_ms=POLL_MS).values():
            self._take(records)

    def publish(self, *, now: int) -> list[Learned]:
        """Publish what has changed. Returns it."""
        campaigns = compile_book(entries(self._brokers, self._topics.control)).campaigns
        news = list(self.learner.news(campaigns, now=now))
        if news:
            with closing(producer(self._brokers)) as sender:
                sent = [sender.send(self._topics.arms, key=each.campaign.encode(), value=msgspec.json.encode(each)) for each in news]
                for each, under_way in zip(news, sent, strict=True):
                    under_way.get(timeout=30)
                    self.learner.sent(each)
        return news

    def _take(self, records: Any) -> None:
        for record in records:
            self.learner.counts.take(record.value)


@contextmanager
def opened(brokers: str, topics: Topics) -> Iterator[Service]:
    """A service that has read everything up to now. Raises NotFound for a topic that is missing, KafkaUnavailable."""
    with closing(consumer(brokers, [topics.counts])) as reader:
        yield Service(brokers, topics, reader=reader)


def run(
    brokers: str,
    topics: Topics,
    *,
    every_s: float = EVERY_S,
    told: Callable[[Learned], None],
    clock: Callable[[], float] = time.time,
) -> None:
    """Publish at once, and then once an epoch, forever. Kafka may be away for a while; what was published stays in force meanwhile."""
    with opened(brokers, topics) as service:
        due = clock()
        while True:
            try:
                service.read()
                if clock() >= due:
                    for each in service.publish(now=int(clock() * 1000)):
                        told(each)
                    due = clock() + every_s
            except (KafkaError, KairosError) as problem:
                log.warning("nothing is published: %s: %s", type(problem).__name__, problem)
                time.sleep(min(every_s, 5.0))
