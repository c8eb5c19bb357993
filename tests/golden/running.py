"""The story on a real cluster. The topics of a fresh broker get what those of then held, record by record at the same offsets: a savepoint knows how
far it has read, and whoever upgrades still has the topics."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from jobs.options import Options
from jobs.read_to_end import read_to_end
from services.devstack.settings import Settings, load
from services.devstack.submit import Submitted, submit
from services.devstack.topics import topics
from services.flink.rest import Rest
from services.heartbeat.beat import beat
from services.kafka.client import admin, consumer, end_offsets, ensure_topics, producer
from tests.cluster.deployment import until
from tests.golden import parts
from tests.golden.kept import HERE, Sent, Topic
from udfs.codecs.routes import with_topics

NAME = "golden"
READ = ("events", "control", "arms")
"""Topics of which the records themselves are kept. Of `identity` only the end is: nothing before the savepoint is read again."""
SETTLED_S = 3.0
"""For what nothing tells the end of: that a record of `control` has been read, and that ids have handed over what they know."""
WRITTEN = ("decisions", "outcomes", "segments", "erasures")
VOLATILE = frozenset({"decided_at", "detail", "took_us"})
"""Fields of a record that may differ: times of the wall clock, and sentences for people."""
NAMED_BY = ("user_id", "at", "campaign", "kind", "decision_id", "attempt", "revision", "segment", "change", "erasure_id")
"""Fields that tell records apart."""


def options_of(settings: Settings, told: Mapping[str, Any] | None = None) -> Options:
    """With fixed names: topics and the consumer group are in the savepoint. `told`: those of a version."""
    named = {"events_topic": f"{NAME}-events", "control_topic": f"{NAME}-control", "arms_topic": f"{NAME}-arms"}
    routes = {route.option: f"{NAME}-{route.topic}" for route in with_topics()}
    chosen = {"clock": "replay", "deployment": NAME, "channels": "email,push,sms", "link_ids": "on", "partitions": 1, "start": "earliest"}
    return Options(brokers=settings.brokers, **{**chosen, **named, **routes, **(told or {})})


class Cluster:
    """The deployment on a stack on which nothing else is to run."""

    def __init__(self, settings: Settings, options: Options) -> None:
        self.settings, self.options = settings, options

    def clear(self) -> None:
        """End every job, and begin with empty topics."""
        rest = Rest(self.settings.job_manager_addresses)
        for job in rest.unfinished():
            rest.cancel(job["jid"])
        until(lambda: not rest.unfinished())
        with closing(admin(self.options.brokers)) as client:
            if known := [topic for topic in client.list_topics() if topic.startswith(f"{NAME}-")]:
                client.delete_topics(known)
                until(lambda: not [topic for topic in client.list_topics() if topic in known])
        ensure_topics(self.options.brokers, topics(self.options))

    def submit(self, *, restore: str = "none") -> Submitted:
        """Start the job of this version, with what is on `control`."""
        return submit(self.options, load(self.settings.home), restore=restore)

    def topic(self, name: str) -> str:
        """Of a route or an option."""
        return self.options.topics[name] if name in self.options.topics.names else getattr(self.options, f"{name}_topic")

    def send(self, topic: str, records: Iterable[Sequence[Any]], *, partition: int = 0) -> None:
        """Time, key and value of each, into one partition."""
        with closing(producer(self.options.brokers, linger_ms=5)) as sender:
            sent = [sender.send(self.topic(topic), key=key, value=value, timestamp_ms=at, partition=partition) for at, key, value, *_ in records]
            for each in sent:
                each.get(timeout=30)

    def tell(self, events: Iterable[Sequence[Any]], *, until: int) -> None:
        """Send events, and then move time on in every partition, epoch milliseconds: once ids have handed over what they know, since time in a
        replay does not wait for that."""
        self.send("events", events)
        time.sleep(SETTLED_S)
        with closing(producer(self.options.brokers)) as sender:
            beat(sender, self.options.events_topic, at=until)

    def held(self) -> dict[str, Topic]:
        """What the topics hold that the job reads."""
        found = {name: Topic(end_offsets(self.options.brokers, self.topic(name)), list(self._records(name))) for name in READ}
        return found | {"identity": Topic(end_offsets(self.options.brokers, self.topic("identity"), committed=False))}

    def _records(self, name: str) -> Iterable[Sent]:
        with closing(consumer(self.options.brokers, [self.topic(name)])) as reader:
            for records in read_to_end(reader):
                yield from (Sent(each.partition, each.offset, each.timestamp, each.key, each.value) for each in records)

    def fill(self, held: Mapping[str, Topic], *, models: Path) -> None:
        """Give empty topics what they held then, each record at the offset at which it stood. `models`: the folder with the files of models."""
        for name, topic in held.items():
            for partition, end in topic.ends.items():
                mine = [each for each in topic.records if each.partition == partition]
                assert [each.offset for each in mine] == [*range(len(mine))], f"{name} had gaps, or was compacted"
                here = models.as_uri().encode()
                self.send(name, [(each.at, each.key, each.value and each.value.replace(HERE, here)) for each in mine], partition=partition)
                self._pad(self.topic(name), partition, end - len(mine))
            until(lambda name=name, topic=topic: end_offsets(self.options.brokers, self.topic(name), committed=False) == topic.ends)  # type: ignore[misc]

    def _pad(self, topic: str, partition: int, number: int) -> None:
        """Let a partition be longer by records that nobody sees, as a transaction that was aborted leaves them behind, and its marker."""
        if number <= 0:
            return
        assert number > 1, "a marker needs a record before it"
        with closing(producer(self.options.brokers, transactional_id=f"{NAME}-padding-{topic}-{partition}")) as sender:
            sender.init_transactions()
            sender.begin_transaction()
            for _ in range(number - 1):
                sender.send(topic, value=b"padding", partition=partition)
            sender.flush()
            sender.abort_transaction()

    def ends(self) -> dict[str, dict[int, int]]:
        """Where the topics end that are written."""
        return {topic: end_offsets(self.options.brokers, topic) for topic in self._written()}

    def said(self, *, since: Mapping[str, Mapping[int, int]] | None = None) -> dict[str, list[dict[str, Any]]]:
        """All that was written since then, by topic, without what may differ."""
        return {topic: in_order(self.records(topic, since)) for topic in self._written()}

    def records(self, topic: str, since: Mapping[str, Mapping[int, int]] | None = None) -> list[dict[str, Any]]:
        """The committed records of a topic, read to its end. Those without a value say that something is over, and are left out."""
        before, found = (since or {}).get(topic, {}), []
        with closing(consumer(self.options.brokers, [topic])) as reader:
            for records in read_to_end(reader):
                found += [json.loads(each.value) for each in records if each.value is not None and each.offset >= before.get(each.partition, 0)]
        return found

    def _written(self) -> Sequence[str]:
        return [*(self.topic(name) for name in WRITTEN), *(self.options.topics.actions(channel) for channel in self.options.channel_names)]

    def wait(self, counts: Mapping[str, int], *, since: Mapping[str, Mapping[int, int]] | None = None, settled_s: float = SETTLED_S) -> None:
        """Return when at least so many more records are on each of these topics, and all that nobody expects has had time to come, too.

        Raises AssertionError, if they are not there after a minute.
        """
        for topic, count in counts.items():
            until(lambda topic=topic, count=count: len(self.records(topic, since)) >= count)  # type: ignore[misc]
        time.sleep(settled_s)


def differences(expected: Iterable[Mapping[str, Any]], found: Iterable[Mapping[str, Any]]) -> list[str]:
    """What of the expected records of a topic is lost or other, and what was not expected, also what came twice. New fields are no difference."""
    lines, left = [], [*found]
    for each in expected:
        other = next((record for record in left if _name(record) == _name(each)), None)
        if other is None:
            lines.append(f"lost: {_name(each)}")
        else:
            left.remove(other)
            lines += [f"{_name(each)}: {line}" for line in parts.missing(each, other)]
    return [*lines, *(f"not expected: {_name(record)}" for record in left)]


def _name(record: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={record[name]}" for name in NAMED_BY if record.get(name) is not None)


def in_order(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By what names a record, so that two runs can be compared."""
    return sorted((_steady(each) for each in records), key=_name)


def _steady(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _steady(each) for name, each in value.items() if name not in VOLATILE}
    return [_steady(each) for each in value] if isinstance(value, list) else value
