"""The topics of the monitor of anomalies, on Kafka."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kafka import TopicPartition

from services.control.holds import Found, held_record, usual_record
from services.control.listing import Published
from services.control.send import send
from services.control.signature import Signature
from services.kafka.client import admin, consumer
from services.kafka.objects import objects
from services.rollout.campaign_watch import CampaignsOnKafka
from udfs.core.values.errors import NotFound

WHO = "monitor of anomalies"
Places = dict[str, int]
"""`topic/partition` -> the offset that is read next."""


class HoldsOnKafka(CampaignsOnKafka):
    """Control, on Kafka."""

    def hold(self, campaign: Published, found: Found, *, at: int) -> None:
        """Hold a campaign from now on; recorded on the audit."""
        send(self.brokers, self.topic, [held_record(campaign, found, at=at)], signed=Signature(who=WHO, why=found.why))

    def tell_usual(self, offers: Mapping[str, Mapping[str, float]], *, at: int) -> None:
        """Say how large offers usually are. Nobody has decided that, so it is not on the audit."""
        send(self.brokers, self.topic, [usual_record(offers, at=at)], audited=False)


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


def action_topics(brokers: str, prefix: str) -> list[str]:
    """The topics of actions. Raises NotFound if there is none."""
    client = admin(brokers)
    try:
        found = sorted(name for name in client.list_topics() if name.startswith(prefix))
    finally:
        client.close()
    if not found:
        message = f"no topic begins with {prefix!r} at {brokers}: `kairos submit` creates the topics of actions, or name another prefix"
        raise NotFound(message)
    return found


def _name(place: TopicPartition) -> str:
    return f"{place.topic}/{place.partition}"
