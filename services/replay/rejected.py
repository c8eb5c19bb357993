"""Refused records, ready to be sent again: the topic `rejected` keeps them whole, but for the very largest."""

import base64
import binascii
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from services.replay.records import Record
from services.replay.segment import key_of
from udfs.codecs.decode import decode_all
from udfs.codecs.reasons import RejectionReason
from udfs.core.records import Rejection

REKEYED = frozenset({RejectionReason.MISSING_KEY, RejectionReason.KEY_MISMATCH})
"""Reasons that lie in the record's key: such a record is sent with the key that its event asks for."""


class _Told(msgspec.Struct):
    """What is read of a record of `rejected`."""

    accepted: bool
    reason: str
    key: str | None
    original: str
    truncated: bool
    record_at: int


_decode = msgspec.json.Decoder(_Told).decode


@dataclass(kw_only=True)
class Refused:
    """Which refused records are sent again, and why the others are not."""

    reasons: frozenset[str] = frozenset()
    """Only those with one of these reasons; empty: all."""
    since: int = 0
    """Only those whose record is not older, epoch milliseconds."""
    force: bool = False
    """Also those that this version would refuse again."""
    left: Counter[str] = field(default_factory=Counter)
    """Why so many were left where they are."""
    _seen: set[tuple[bytes, bytes]] = field(default_factory=set)

    def again(self, values: Iterable[bytes], *, now: int) -> Iterator[Record]:
        """The originals, in their order and each once, as records of `now`."""
        for value in values:
            record = self._original(value, now)
            if isinstance(record, str):
                self.left[record] += 1
            elif record is not None:
                yield record

    def _original(self, value: bytes, now: int) -> Record | str | None:
        """The record; why it is left; None for what was not asked for."""
        try:
            told = _decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return "not a rejection that this version can read"
        if told.accepted or told.record_at < self.since or (self.reasons and told.reason not in self.reasons):
            return None
        if not told.record_at:
            return "not an event: a model or a record of control"
        if told.truncated or not told.original:
            return "only its beginning was kept" if told.truncated else "nothing of it was kept"
        try:
            original = base64.b64decode(told.original, validate=True)
        except binascii.Error:
            return "not a rejection that this version can read"
        key = key_of(original) if told.reason in REKEYED or not told.key else told.key.encode()
        if (key, original) in self._seen:
            return "the same as another one"
        self._seen.add((key, original))
        if not self.force and (why := _refused_again(key, original, now)):
            return f"would be refused again: {why}"
        return Record(now, key, original)


def _refused_again(key: bytes, value: bytes, now: int) -> str:
    found = decode_all(key, value, now)
    refused = [each for each in found if isinstance(each, Rejection) and not each.accepted]
    return refused[0].reason if refused and len(refused) == len(found) else ""
