"""Topics, read from their beginnings to their ends: which still hold something of somebody, and when the broker has deleted it."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from jobs.read_to_end import read_to_end
from services.kafka.client import consumer
from services.kafka.settings import Settings, settings_of
from services.people.places import Places
from services.people.trace.found import Found, nothing
from services.people.trace.matching import Match, Wanted
from services.replay.times import date_and_time
from udfs.core.engine import ABOUT_DATA
from udfs.core.values.durations import MINUTE, in_words

CHECKED = 5 * MINUTE
"""How often a broker looks for what it may delete, by default."""

_ASKING = tuple(f'"{name}"'.encode() for name in sorted(ABOUT_DATA))


@dataclass(kw_only=True)
class Counted:
    """What one topic holds."""

    own: int = 0
    asked: int = 0
    """Questions about them and orders to erase them, this command's among them."""
    names: int = 0
    newest: int = 0
    """Timestamp of the newest of these, epoch milliseconds."""
    ended: dict[bytes, int] = field(default_factory=dict)
    """Keys of theirs whose last record is a tombstone -> its time."""
    alive: set[bytes] = field(default_factory=set)
    """Keys of theirs whose last record is not."""


def traced(places: Places, wanted: Wanted) -> Iterator[Found]:
    """Every topic that the job reads or writes, but `control` and `audit`: nothing of customers is in them. Raises KafkaUnavailable."""
    names = [*dict.fromkeys((places.events, *places.topics.all, *places.others))]
    settings = settings_of(places.brokers, names)
    for name in names:
        if name not in settings:
            yield nothing(f"topic {name}", "there is no such topic")
            continue
        with closing(consumer(places.brokers, [name], committed=False, max_poll_records=10_000)) as reader:
            every = (record for records in read_to_end(reader) for record in records)
            yield found(name, counted(every, wanted, asks=name == places.events), settings[name])


def counted(records: Iterable[Any], wanted: Wanted, *, asks: bool = False) -> Counted:
    """Count what has to do with somebody. `asks`: these are events, among which may be questions.

    Records of transactions that were given up are counted, too: they are there as long as others.
    """
    done = Counted()
    for record in records:
        match = wanted.match(record.key, record.value)
        if match is None:
            continue
        done.newest = max(done.newest, record.timestamp)
        if record.value is None:
            done.ended[record.key] = record.timestamp
            done.alive.discard(record.key)
            continue
        if match is Match.OWN:
            if asks and any(name in record.value for name in _ASKING):
                done.asked += 1
            else:
                done.own += 1
            done.alive.add(record.key)
            done.ended.pop(record.key, None)
        else:
            done.names += 1
    return done


def found(name: str, done: Counted, settings: Settings) -> Found:
    """What was counted, in words."""
    where = f"topic {name}"
    if not (done.own or done.asked or done.names or done.ended):
        return nothing(where)
    parts = [f"{done.own:,} of theirs"] if done.own else []
    parts += [f"{done.asked:,} that ask about them or erase them"] if done.asked else []
    parts += [f"{done.names:,} that name them"] if done.names else []
    parts += ["a tombstone"] if done.ended else []
    return Found(where=where, what=", ".join(parts), until=until(done, settings), there=bool(done.own or done.asked or done.names))


def until(done: Counted, settings: Settings) -> str:
    """When the last of it is gone: a topic that is compacted keeps the last record of each key, others delete whole segments by age."""
    if "compact" in settings.get("cleanup.policy", "delete"):
        if done.alive or done.names:
            return "kept as long as they are known: the topic is compacted"
        lag = int(settings.get("max.compaction.lag.ms", -1))
        ended = max(done.ended.values())
        if not 0 <= lag < 1 << 62:
            return "when the broker compacts: max.compaction.lag.ms is not set, so at no time that can be told"
        return f"by {date_and_time(ended + lag + CHECKED)}: what is under a tombstone is compacted within {in_words(lag)}"
    kept = int(settings.get("retention.ms", -1))
    if kept < 0:
        return "never: the topic keeps everything (retention.ms=-1)"
    last = done.newest + kept + int(settings.get("segment.ms", 0)) + CHECKED
    return f"by {date_and_time(last)}: kept for {in_words(kept)}, and deleted by segments of up to {in_words(int(settings.get('segment.ms', 0)))}"
