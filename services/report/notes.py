"""What a run records for its report: totals in memory, each customer's story in a temporary file, so that a year of history fits."""

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec

from services.local.job import Output
from services.replay.records import Record
from services.replay.segment import names_nobody
from udfs.codecs.reasons import MISSING, word_for
from udfs.core.counts import Count
from udfs.core.records import Action, Decision, Recall, Rejection, Segment

SAMPLES = 10
"""How many rejected records of each kind are shown."""
MAX_KINDS = 40
"""The maximum number of kinds of rejection: field names come from outside, so there may be any number."""
OTHER = "other fields"
KEPT_BYTES = 600
"""The maximum length of a rejected record's sample."""


class Happened(msgspec.Struct, tag=True):
    """A record of the history, as it was sent."""

    at: int
    key: bytes
    value: bytes


class Missed(msgspec.Struct, tag=True):
    """A trigger without a decision, which was only counted."""

    at: int
    what: str
    campaign: str


class Came(msgspec.Struct, tag=True):
    """The outputs of a record or timer."""

    decision: Decision | None = None
    action: Action | None = None
    segment: Segment | None = None
    rejection: Rejection | None = None
    recall: Recall | None = None


Entry = Happened | Missed | Came
Kind = tuple[str, str, str]
"""Campaign, outcome and reason, or the name of another thing that happened to a customer."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


@dataclass
class Rejected:
    """Rejections of one reason in one field."""

    count: int = 0
    samples: list[Rejection] = field(default_factory=list)


class Notes:
    """Notes of a running `LocalJob`: wrap its history in `records`, pass `watch` as a watcher, and give its outputs to `take`. Close them."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as these notes
        self._size = 0
        self._places: dict[str, array[int]] = {}
        self.masks: dict[str, int] = {}
        """User -> the kinds of things that happened to them, one bit each."""
        self.kinds: dict[Kind, int] = {}
        """Kind -> the number of its bit."""
        self.first: int | None = None
        self.last: int | None = None
        self.decisions: Counter[Kind] = Counter()
        self.sent: Counter[tuple[str, str, str, str]] = Counter()
        """By campaign, variant, channel and outcome."""
        self.recalled: Counter[tuple[str, str]] = Counter()
        """By campaign and reason."""
        self.segments: Counter[tuple[str, str]] = Counter()
        self.rejected: dict[tuple[str, str, bool], Rejected] = {}
        """By reason, field, and whether only that field was set aside of an event that was processed."""
        self.rejections = self.set_aside = self.missing = 0
        """`set_aside`: what was sent and could not be read; `missing`: what should have been sent with an event, and was not."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def records(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the same records, and note each."""
        for record in records:
            self.first = record.at if self.first is None else min(self.first, record.at)
            self.last = record.at if self.last is None else max(self.last, record.at)
            self._write(_name(record.key), Happened(record.at, record.key, record.value))
            yield record

    def watch(self, user: str, at: int, count: Count, campaign: str) -> None:
        """Note a count of a campaign."""
        if count in {"triggers_unmet", "triggers_warming", "entries_blocked", "pending_cancelled", "journeys_lost"}:
            self._mark(user, (campaign, "missed", count))
            self._write(user, Missed(at, count, campaign))

    def take(self, outputs: Iterable[Output]) -> None:
        """Note the outputs of one record or timer."""
        for output in outputs:
            if isinstance(output, Decision):
                kind = (output.campaign, output.outcome.value, output.reason.value)
                self.decisions[kind] += 1
                self.sent[output.campaign, output.variant or "", output.channel or "", output.outcome.value] += 1
                self._mark(output.user_id, kind)
                self._write(output.user_id, Came(decision=output))
            elif isinstance(output, Action):
                self._write(output.user_id, Came(action=output))
            elif isinstance(output, Recall):
                self.recalled[output.campaign, output.reason.value] += 1
                self._mark(output.user_id, (output.campaign, "recalled", output.reason.value))
                self._write(output.user_id, Came(recall=output))
            elif isinstance(output, Segment):
                self.segments[output.segment, output.change] += 1
                self._mark(output.user_id, (output.segment, "segment", output.change))
                self._write(output.user_id, Came(segment=output))
            elif isinstance(output, Rejection):
                self._reject(output)

    def stories(self, users: Iterable[str]) -> list[tuple[str, Entry]]:
        """All notes about these customers, in order, each with the customer that it is about."""
        places = sorted((place, user) for user in users for place in self._places.get(user, ()))
        return [(user, _decode(self._read(place))) for place, user in places]

    def count(self, user: str) -> int:
        """The number of entries in a customer's story."""
        return len(self._places.get(user, ()))

    def _reject(self, rejection: Rejection) -> None:
        if rejection.accepted and rejection.reason in MISSING:
            self.missing += 1 + rejection.skipped
        elif rejection.accepted:
            self.set_aside += 1 + rejection.skipped
        else:
            self.rejections += 1
        kind = (str(rejection.reason), rejection.field or "", rejection.accepted)
        if kind not in self.rejected and len(self.rejected) >= MAX_KINDS:
            kind = (kind[0], OTHER, kind[2])
        held = self.rejected.setdefault(kind, Rejected())
        held.count += 1 + rejection.skipped
        kept = msgspec.structs.replace(rejection, original=rejection.original[:KEPT_BYTES])
        if len(held.samples) < SAMPLES:
            held.samples.append(kept)
        if rejection.key and not names_nobody(rejection.key, rejection.original):
            self._mark(rejection.key, ("", word_for(rejection.reason, accepted=rejection.accepted), str(rejection.reason)))
            self._write(rejection.key, Came(rejection=kept))

    def _mark(self, user: str, kind: Kind) -> None:
        bit = self.kinds.setdefault(kind, len(self.kinds))
        self.masks[user] = self.masks.get(user, 0) | 1 << bit

    def _write(self, user: str, entry: Any) -> None:
        data = _encode(entry)
        self._places.setdefault(user, array("q")).append(self._size)
        self._file.write(len(data).to_bytes(4, "big") + data)
        self._size += 4 + len(data)

    def _read(self, place: int) -> bytes:
        self._file.seek(place)
        return self._file.read(int.from_bytes(self._file.read(4), "big"))


def _name(key: bytes) -> str:
    return key.decode("utf-8", "replace")
