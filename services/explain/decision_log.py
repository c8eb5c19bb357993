"""Logs of decisions: the topics of a deployment, or a file of records. What reads topics imports Kafka's client only then: a file needs none."""

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from services.replay.records import Record
from udfs.core.values.errors import InvalidInput

Json = dict[str, Any]
MAX_NAMES = 5_000
"""How many customers are remembered during a search, to suggest the nearest name if one is not found."""


class DecisionLog(Protocol):
    """Decisions and actions, read once from beginning to end."""

    names: set[str]
    """Customers seen while searching, at most MAX_NAMES."""

    def of_user(self, user: str) -> list[Json]:
        """Every decision about a customer, in the order in which they were written."""

    def naming(self, text: str) -> list[Json]:
        """Every decision with this id, or about this customer. Reads the whole log."""

    def action(self, decision: Json) -> Json | None:
        """The action of a decision that acted; None if the log does not hold it, or no longer does."""

    def recall(self, decision: Json) -> Json | None:
        """The recall of what went out, if there is one."""

    def advice(self, what: str) -> str:
        """How to find out about a customer of whom it holds no decision."""

    def __str__(self) -> str:
        """What is searched, for messages."""


@dataclass(kw_only=True)
class Topics:
    """The topics of a deployment. Records are keyed by customer, so that all records of one customer are in one partition."""

    brokers: str
    decisions: str
    actions_prefix: str
    names: set[str] = field(default_factory=set)

    def of_user(self, user: str) -> list[Json]:
        """Read only the customer's partition."""
        return [value for value in self._read(self.decisions, b"", user=user) if _is_decision(value) and value.get("user_id") == user]

    def naming(self, text: str) -> list[Json]:
        """Read the whole topic, and parse only the records that contain the text."""
        return [value for value in self._read(self.decisions, text.encode()) if _is_decision(value) and _names(value, text)]

    def action(self, decision: Json) -> Json | None:
        """Look on the topic of the decision's channel."""
        return next((value for value in self._of_channel(decision) if value.get("kind", "action") == "action"), None)

    def recall(self, decision: Json) -> Json | None:
        """Look on the topic of the decision's channel."""
        return next((value for value in self._of_channel(decision) if value.get("kind") == "recall"), None)

    def advice(self, what: str) -> str:
        """The topic of events was looked at, too, before this is said: so only what was decided is left to look at."""
        return "`kairos tail decisions --from earliest --no-follow` lists what was decided"

    def __str__(self) -> str:
        return f"topic {self.decisions!r} at {self.brokers}"

    def _of_channel(self, decision: Json) -> Iterator[Json]:
        """Everything with the decision's id on the topic of its channel."""
        wanted, user = decision["decision_id"], str(decision["user_id"])
        found = self._read(f"{self.actions_prefix}{decision['channel']}", wanted.encode(), user=user)
        return (value for value in found if value.get("decision_id") == wanted)

    def _read(self, topic: str, needle: bytes, *, user: str | None = None) -> Iterator[Json]:
        """Records up to the current end that contain `needle`, from every partition or only from a customer's."""
        from jobs.read_to_end import read_to_end
        from services.kafka.client import consumer

        reader = consumer(self.brokers, [topic], check_crcs=False, max_poll_records=10_000)  # in Python a checksum costs more than everything else
        try:
            places = sorted(reader.assignment())
            if user is not None:
                places = [places[partition_of(user.encode(), len(places))]]
                reader.assign(places)
                reader.seek_to_beginning(*places)
            for records in read_to_end(reader):
                yield from self._with(needle, records)
        finally:
            reader.close()

    def _with(self, needle: bytes, records: Sequence[Any]) -> Iterator[Json]:
        for record in records:
            if record.value is not None:
                if len(self.names) < MAX_NAMES:
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
        return self._decisions(lambda value: _names(value, text))

    def action(self, decision: Json) -> Json | None:
        """Search the records. A file of `kairos try --json` holds no actions."""
        wanted = decision["decision_id"]
        return next((value for value in self._values() if "content" in value and value.get("decision_id") == wanted), None)

    def recall(self, decision: Json) -> Json | None:
        """Look among the records; a file of `--json` holds none."""
        wanted = decision["decision_id"]
        return next((value for value in self._values() if value.get("kind") == "recall" and value.get("decision_id") == wanted), None)

    def advice(self, what: str) -> str:
        """A file of decisions holds no events: the file of events has to be named."""
        who = shlex.quote(what)
        return (
            f"To see what was not met, decide again from the events: `kairos explain {who} --events FILE`, with the same --campaigns, or "
            f"`kairos try FILE --why {who}`"
        )

    def __str__(self) -> str:
        return str(self.path)

    def _decisions(self, wanted: Callable[[Json], bool]) -> list[Json]:
        found = []
        for value in self._values():
            if _is_decision(value):
                if len(self.names) < MAX_NAMES:
                    self.names.add(str(value.get("user_id")))
                found += [value] if wanted(value) else []
        return found

    def _values(self) -> Iterator[Json]:
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                value = _json(line) if line.strip() else {}
                if not isinstance(value, dict):
                    message = f"{self.path}:{number}: is not a JSON object: one decision a line, as `kairos try --json` or `--records` prints them"
                    raise InvalidInput(message)
                yield value["value"] if isinstance(value.get("value"), dict) else value


def records_of(brokers: str, topic: str, user: str) -> Iterator[Record]:
    """The events of one customer that a topic still holds, in their order, as the job reads them."""
    key = user.encode()
    from jobs.read_to_end import read_to_end
    from services.kafka.client import consumer

    reader = consumer(brokers, [topic], check_crcs=False, max_poll_records=10_000)
    try:
        places = sorted(reader.assignment())
        places = [places[partition_of(key, len(places))]]
        reader.assign(places)
        reader.seek_to_beginning(*places)
        for records in read_to_end(reader):
            yield from (Record(record.timestamp, key, record.value or b"") for record in records if record.key == key)
    finally:
        reader.close()


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that Kafka's default partitioner gives a key."""
    from kafka.partitioner.default import murmur2

    hashed: int = murmur2(key)
    return (hashed & 0x7FFFFFFF) % partitions


def _is_decision(value: Json) -> bool:
    """Whether it is one: what followed a decision (topic `outcomes`) also names its outcome, and anybody can write to a topic."""
    texts = ("outcome", "decision_id", "user_id", "campaign")
    return all(isinstance(value.get(name), int) for name in ("attempt", "at")) and all(isinstance(value.get(name), str) for name in texts)


def _names(value: Json, text: str) -> bool:
    return text in (value["decision_id"], value["user_id"])


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
