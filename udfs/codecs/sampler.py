"""What was accepted with a part set aside is reported as a sample: a tracker with one wrong field must not write a record for each event."""

from collections.abc import Iterable
from typing import TypeVar, cast

import msgspec

from udfs.core.records import Rejection

PER_MINUTE = 10
"""Reports of one source, event and field that are written in a minute of record time."""
MAX_KEPT = 1_000
"""Sources, events and fields told apart. They come from outside, so that there may be any number: the rest share one place."""
_MINUTE = 60_000
_OTHER = ("", "", "")

Record = TypeVar("Record")


class _Held:
    """One source, event and field: its latest minute, and what was written and left out."""

    __slots__ = ("minute", "skipped", "written")

    def __init__(self, minute: int) -> None:
        self.minute, self.written, self.skipped = minute, 0, 0


class Sampler:
    """Lets through a bounded number. Time is that of the records, so the same records give the same sample."""

    def __init__(self, *, per_minute: int = PER_MINUTE, max_kept: int = MAX_KEPT) -> None:
        self._per_minute, self._max_kept = per_minute, max_kept
        self._held: dict[tuple[str, str, str], _Held] = {}

    def take(self, rejection: Rejection) -> Rejection | None:
        """The report to write, with how many were left out since the one before; None: this one is left out. A refusal is always written."""
        if not rejection.accepted:
            return rejection
        minute = rejection.at // _MINUTE
        held = self._of((rejection.source or "", rejection.event or "", _place(rejection.field or "")), minute)
        if minute > held.minute:
            held.minute, held.written = minute, 0
        if held.written >= self._per_minute:
            held.skipped += 1
            return None
        held.written += 1
        if not held.skipped:
            return rejection
        skipped, held.skipped = held.skipped, 0
        return msgspec.structs.replace(rejection, skipped=skipped)

    def kept(self, records: Iterable[Record]) -> list[Record]:
        """Records of any kind, without the reports that are left out."""
        found: list[Record] = []
        for record in records:
            if not isinstance(record, Rejection):
                found.append(record)
            elif (report := self.take(record)) is not None:
                found.append(cast(Record, report))
        return found

    def _of(self, key: tuple[str, str, str], minute: int) -> _Held:
        held = self._held.get(key)
        if held is not None:
            return held
        if len(self._held) >= self._max_kept:
            self._held = {key: held for key, held in self._held.items() if held.minute >= minute or held.skipped}
            if len(self._held) >= self._max_kept:
                key = _OTHER
        return self._held.setdefault(key, _Held(minute))


def _place(field: str) -> str:
    """Where in an event something stands, whichever line of a list it is."""
    if "[" not in field:
        return field[:200]
    parts = (part.partition("]")[2] for part in field.split("[")[1:])
    return "[]".join([field.split("[", maxsplit=1)[0], *parts])[:200]
