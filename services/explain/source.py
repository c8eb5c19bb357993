"""Where decisions are looked up: in the topics, one partition for one customer, or in a file of records."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from kafka import TopicPartition
from kafka.partitioner.default import murmur2

from services.kafka.client import consumer
from udfs.core.values.errors import InvalidInput

Json = dict[str, Any]
MOST_NAMES = 5_000
"""Customers remembered while searching, to tell the nearest when one is not found."""


class Source(Protocol):
    """Decisions and actions, read once from beginning to end."""

    names: set[str]
    """Customers seen while searching, at most MOST_NAMES."""

    def of_user(self, user: str) -> list[Json]:
        """Every decision about a customer, in the order in which they were written."""

    def naming(self, text: str) -> list[Json]:
        """Every decision whose id or whose customer this is; all that there is has to be read."""

    def action(self, decision: Json) -> Json | None:
        """What went out by a decision that acted; None when it is not there (any more)."""

    def recall(self, decision: Json) -> Json | None:
        """The recall of what went out, if there is one."""

    def __str__(self) -> str:
        """Where one looks."""


@dataclass(kw_only=True)
class Topics:
    """The topics of a deployment. Records are keyed by customer, so all of one customer's are in one partition."""

    brokers: str
    decisions: str
    actions_prefix: str
    names: set[str] = field(default_factory=set)

    def of_user(self, user: str) -> list[Json]:
        """Read the customer's partition alone."""
        return [value for value in self._read(self.decisions, b"", user=user) if value.get("user_id") == user]

    def naming(self, text: str) -> list[Json]:
        """Read the whole topic, parsing only records in which the text stands."""
        return [value for value in self._read(self.decisions, text.encode()) if text in {value.get("decision_id"), value.get("user_id")}]

    def action(self, decision: Json) -> Json | None:
        """Look on the topic of the decision's channel."""
        return next((value for value in self._of_channel(decision) if value.get("kind", "action") == "action"), None)

    def recall(self, decision: Json) -> Json | None:
        """Look on the topic of the decision's channel."""
        return next((value for value in self._of_channel(decision) if value.get("kind") == "recall"), None)

    def __str__(self) -> str:
        return f"topic {self.decisions!r} at {self.brokers}"

    def _of_channel(self, decision: Json) -> Iterator[Json]:
        """Everything with the decision's id on the topic of its channel."""
        wanted, user = decision["decision_id"], str(decision["user_id"])
        found = self._read(f"{self.actions_prefix}{decision['channel']}", wanted.encode(), user=user)
        return (value for value in found if value.get("decision_id") == wanted)

    def _read(self, topic: str, needle: bytes, *, user: str | None = None) -> Iterator[Json]:
        """Records up to the end as it is now that hold `needle`, of every partition or of a customer's."""
        reader = consumer(self.brokers, [topic], check_crcs=False, max_poll_records=10_000)  # in Python a checksum costs more than all the rest
        try:
            places = sorted(reader.assignment())
            if user is not None:
                places = [places[partition_of(user.encode(), len(places))]]
                reader.assign(places)
                reader.seek_to_beginning(*places)
            ends = reader.end_offsets(places)
            while any(reader.position(place) < end for place, end in ends.items()):
                yield from self._polled(reader.poll(timeout_ms=200), ends, needle)
        finally:
            reader.close()

    def _polled(self, polled: dict[TopicPartition, Sequence[Any]], ends: dict[TopicPartition, int], needle: bytes) -> Iterator[Json]:
        for place, records in polled.items():
            for record in records:
                if record.offset < ends[place] and record.value is not None:
                    if len(self.names) < MOST_NAMES:
                        self.names.add((record.key or b"").decode("utf-8", "replace"))
                    if needle in record.value or needle == record.key:
                        value = _json(record.value)
                        yield from [value] if isinstance(value, dict) else []


@dataclass(kw_only=True)
class File:
    """A file of JSON lines: decisions, or records {topic, key, value}, as `kairos try --json` and `--records` print them."""

    path: Path
    names: set[str] = field(default_factory=set)

    def of_user(self, user: str) -> list[Json]:
        """Read the file."""
        return self._decisions(lambda value: value.get("user_id") == user)

    def naming(self, text: str) -> list[Json]:
        """Read the file."""
        return self._decisions(lambda value: text in {value.get("decision_id"), value.get("user_id")})

    def action(self, decision: Json) -> Json | None:
        """Look among the records; a file of `--json` holds none."""
        wanted = decision["decision_id"]
        return next((value for value in self._values() if "content" in value and value.get("decision_id") == wanted), None)

    def recall(self, decision: Json) -> Json | None:
        """Look among the records; a file of `--json` holds none."""
        wanted = decision["decision_id"]
        return next((value for value in self._values() if value.get("kind") == "recall" and value.get("decision_id") == wanted), None)

    def __str__(self) -> str:
        return str(self.path)

    def _decisions(self, wanted: Callable[[Json], bool]) -> list[Json]:
        found = []
        for value in self._values():
            if "outcome" in value:
                if len(self.names) < MOST_NAMES:
                    self.names.add(str(value.get("user_id")))
                found += [value] if wanted(value) else []
        return found

    def _values(self) -> Iterator[Json]:
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                value = _json(line) if line.strip() else {}
                if not isinstance(value, dict):
                    message = f"{self.path}:{number}: is no JSON object: one decision a line, as `kairos try --json` or `--records` prints them"
                    raise InvalidInput(message)
                yield value["value"] if isinstance(value.get("value"), dict) else value


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's own partitioner gives a key."""
    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
