"""What really arrives: the names of events with their properties and types, counted, and the campaigns that wait for what never comes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from services.documents.event_names import meant_by, names_of, waited_for
from services.documents.files import CampaignFile
from udfs.codecs.decode import HEARTBEAT, decode_all
from udfs.codecs.reasons import RejectionReason
from udfs.core.profile.sessions import VISIT_STARTED
from udfs.core.records import Event, Rejection
from udfs.core.values.problems import did_you_mean

MAX_NAMES = 1_000
MAX_PROPERTIES = 100
"""Properties counted for one event; a page that invents names must not fill the memory."""
UNREADABLE = "unreadable"
"""Stands for the type of what was set aside."""
_UNREAD = frozenset({RejectionReason.BAD_PROPERTY, RejectionReason.NOT_FINITE, RejectionReason.WRONG_TYPE})
_TYPES: Mapping[type, str] = {str: "text", bool: "true or false", int: "number", float: "number", list: "list", dict: "object", type(None): "null"}


@dataclass
class Arrived:
    """One name of an event."""

    name: str
    known: bool
    """Whether it stands in the catalogue."""
    count: int = 0
    properties: dict[str, Counter[str]] = field(default_factory=dict)
    """Property -> how often it came as which type."""


@dataclass
class Arrivals:
    """All of them."""

    events: dict[str, Arrived] = field(default_factory=dict)
    traits: dict[str, Counter[str]] = field(default_factory=dict)
    records: int = 0
    rejected: int = 0
    """Messages that were refused whole."""
    set_aside: int = 0
    """Records that were accepted, of which a part could not be read."""
    untold: int = 0
    """Events with a name beyond MAX_NAMES."""

    def take(self, key: bytes | None, value: bytes | None, at: int) -> None:
        """Count one record of the topic."""
        if not key or value == HEARTBEAT:
            return
        self.records += 1
        found = decode_all(key, value, at)
        asides = [each for each in found if isinstance(each, Rejection)]
        self.rejected += sum(not each.accepted for each in asides)
        self.set_aside += any(each.accepted for each in asides)
        unread = {each.field for each in asides if each.accepted and each.field and each.reason in _UNREAD}
        for each in found:
            if isinstance(each, Event):
                self._count(each, unread)

    def _count(self, event: Event, unread: Set[str]) -> None:
        arrived = self.events.get(event.name)
        if arrived is None:
            if len(self.events) >= MAX_NAMES:
                self.untold += 1
                return
            arrived = self.events[event.name] = Arrived(event.name, event.known)
        arrived.count += 1
        _types(arrived.properties, event.properties, _within("properties", unread))
        _types(self.traits, event.traits, _within("traits", unread))

    def ordered(self) -> list[Arrived]:
        """The most frequent first."""
        return sorted(self.events.values(), key=lambda each: (-each.count, each.name))


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An event that something waits for and that did not arrive."""

    name: str
    where: str
    """Whose it is: the campaign, or features."""
    role: str
    """begins, stops, awaits or asks."""
    meant: str | None
    """The name that arrives and was probably meant, as a hint."""


def arrivals(records: Iterable[tuple[bytes | None, bytes | None, int]]) -> Arrivals:
    """Count records: key, value and time in epoch milliseconds."""
    found = Arrivals()
    for key, value, at in records:
        found.take(key, value, at)
    return found


def misspelt(files: Sequence[CampaignFile], found: Arrivals) -> dict[str, str]:
    """Names that arrive and that the catalogue does not have, with what was probably meant. What a campaign or a feature names itself is left out."""
    known = {name for file in files for name in waited_for(file.document)}
    return {each.name: hint for each in found.ordered() if each.name not in known and (hint := meant_by(each.name))}


def never_arrived(files: Sequence[CampaignFile], found: Arrivals) -> list[Missing]:
    """What campaigns and features wait for in vain, each name once a file."""
    return list(_missing(files, found))


def _missing(files: Sequence[CampaignFile], found: Arrivals) -> Iterator[Missing]:
    for file in files:
        told: set[str] = set()
        for _, name, role, _ in names_of(file.document):
            if name in found.events or name in told or name == VISIT_STARTED:
                continue
            told.add(name)
            yield Missing(name=name, where=file.name, role=role, meant=did_you_mean(name, found.events, cutoff=0.8))


def _within(place: str, unread: Set[str]) -> dict[str, None]:
    """The names in `properties.channel`, say: of what could not be read nobody knows the type, whatever stands in for it."""
    return {name: None for field in sorted(unread) if (name := field.removeprefix(f"{place}.")) != field and name.isidentifier()}


def _types(held: dict[str, Counter[str]], fields: Mapping[str, Any], unread: Mapping[str, None]) -> None:
    for name, value in {**fields, **unread}.items():
        types = held.get(name)
        if types is None:
            if len(held) >= MAX_PROPERTIES:
                continue
            types = held[name] = Counter()
        types[UNREADABLE if name in unread else _TYPES.get(type(value), "other")] += 1
