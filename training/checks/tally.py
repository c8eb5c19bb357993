"""One pass over the events: what is counted for the checks."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.replay.records import Record
from udfs.codecs.decode import HEARTBEAT, decode_all
from udfs.core.records import Event, Rejection
from udfs.core.values.durations import DAY

MAX_NAMES = 1_000
MAX_PROPERTIES = 200
"""Names of events, and of the properties of one, that are counted: a page that invents names must not fill the memory."""


@dataclass
class Tally:
    """Counts of a history. A day is one of UTC, as a number since 1970."""

    records: int = 0
    events: int = 0
    unreadable: int = 0
    why: str = ""
    """Why the first unreadable record was."""
    twice: int = 0
    """Events that came again with the same message id."""
    first: int | None = None
    last: int | None = None
    days: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """Event name -> day -> how many."""
    present: dict[tuple[str, str], Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    """Event name and property -> day -> how many events had it."""
    _seen: set[int] = field(default_factory=set)
    _properties: Counter[str] = field(default_factory=Counter)

    def take(self, records: Iterable[Record]) -> None:
        """Count these records."""
        for record in records:
            if not record.key or record.value == HEARTBEAT:
                continue
            self.records += 1
            for each in decode_all(record.key, record.value, record.at):
                if isinstance(each, Event):
                    self._event(each)
                elif isinstance(each, Rejection) and not each.accepted:
                    self.unreadable += 1
                    self.why = self.why or each.message

    def _event(self, event: Event) -> None:
        self.events += 1
        self.first = event.at if self.first is None else min(self.first, event.at)
        self.last = event.at if self.last is None else max(self.last, event.at)
        mark = hash((event.source, event.user_id, event.message_id))
        self.twice += mark in self._seen
        self._seen.add(mark)
        if event.name not in self.days and len(self.days) >= MAX_NAMES:
            return
        day = event.at // DAY
        self.days[event.name][day] += 1
        for name, value in event.properties.items():
            if (event.name, name) not in self.present:
                if self._properties[event.name] >= MAX_PROPERTIES:
                    continue
                self._properties[event.name] += 1
            if value is not None:
                self.present[event.name, name][day] += 1
