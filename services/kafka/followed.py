"""Topics that are followed by a process with a memory of its own: begun again, it goes on where it stood."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kafka import TopicPartition

from services.kafka.client import consumer
from services.kafka.objects import objects

Places = dict[str, int]
"""`topic/partition` -> the offset that is read next."""


class Followed:
    """Committed records of some topics, from where it stands."""

    def __init__(self, brokers: str, topics: Iterable[str]) -> None:
        self._reader = consumer(brokers, topics, start="latest", committed=True)

    def begin(self, places: Places, *, since: int) -> None:
        """Go to where it stood, or for topics that are new to a time (epoch milliseconds). What is gone by then is passed over."""
        assigned: list[TopicPartition] = sorted(self._reader.assignment())
        firsts, ends = self._reader.beginning_offsets(assigned), self._reader.end_offsets(assigned)
        found = self._reader.offsets_for_times(dict.fromkeys(assigned, max(0, since)))
        for place in assigned:
            known, at = places.get(_name(place)), found.get(place)
            offset = known if known is not None and known <= ends[place] else at.offset if at is not None else ends[place]
            self._reader.seek(place, max(offset, firsts[place]))

    def read(self) -> Iterator[Mapping[str, Any]]:
        """What is committed now."""
        return objects(self._reader)

    def places(self) -> Places:
        """Where it stands."""
        return {_name(place): self._reader.position(place) for place in self._reader.assignment()}

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


def _name(place: TopicPartition) -> str:
    return f"{place.topic}/{place.partition}"
