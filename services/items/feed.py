"""A feed, whatever its kind: its items one by one, and a report of everything that was set aside."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from services.items import google_xml, json_feed, tables
from services.items.faults import Fault
from services.items.opened import opened
from services.items.problems import MAX_ITEMS, FeedError
from services.items.reading import known_of
from udfs.core.items.item import Item

PLACES = 3
"""Places that are named of each kind of fault."""
MAX_KINDS = 200
MAX_PROPERTIES = 2_000
"""Names of properties that a report counts."""


@dataclass
class Told:
    """One kind of fault: how often, and where first."""

    fault: Fault
    count: int = 0
    places: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Report:
    """What was read of a feed."""

    name: str
    items: int = 0
    """Items that were accepted, each id counted once."""
    left_out: int = 0
    """Rows of which nothing was accepted."""
    kind: str = ""
    """CSV, JSON or XML."""
    faults: dict[tuple[str | None, str], Told] = field(default_factory=dict)
    shapes: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Of how many items just these fields are known; of an id that comes twice what the last row says."""
    properties: Counter[str] = field(default_factory=Counter)
    """Property -> of how many items it is known; of an id that comes twice what the first row says, and at least one."""

    @property
    def known(self) -> Counter[str]:
        """Field -> of how many items it is known."""
        found = Counter[str]()
        for fields, count in self.shapes.items():
            found.update(dict.fromkeys(fields, count) if count else {})
        return Counter({name: found[name] for name in Item.__struct_fields__ if name in found})

    def tell(self, line: int, fault: Fault) -> int:
        """Something was set aside. Returns how often the same kind of fault was."""
        self.left_out += fault.whole
        key = (fault.field, fault.what if len(fault.what) < 60 else fault.what[:60])
        told = self.faults.get(key)
        if told is None:
            if len(self.faults) >= MAX_KINDS:
                key = (None, "…")
                fault = Fault(None, "is wrong in more ways than are listed here", "fix the others first")
            told = self.faults.setdefault(key, Told(fault))
        told.count += 1
        if len(told.places) < PLACES:
            told.places.append((line, fault.value))
        return told.count


def items(path: Path, report: Report, *, chosen: Mapping[str, str] | None = None, currency: str | None = None, now: int = 0) -> Iterator[Item]:
    """The items of a file, in its order; of one id that comes twice both, and the last counts. Raises FeedError where it is no feed."""
    seen: dict[int, tuple[str, ...]] = {}
    same: dict[tuple[str, ...], tuple[str, ...]] = {}
    shapes, properties = report.shapes, report.properties
    with opened(path) as pieces:
        first = next(pieces, b"")
        reader, report.kind = _reader(first, path)
        flat = report.kind == "CSV"
        for line, fields in reader(chain([first], pieces), report.name, report.tell, chosen=chosen):
            known, faults = known_of(fields, currency=currency, now=now, flat=flat)
            for fault in faults:
                report.tell(line, fault)
            if known is None:
                continue
            item = Item(**known)
            shape = tuple(known)
            shape = same.setdefault(shape, shape)
            if (before := seen.get(mark := hash(item.id))) is not None:
                report.tell(line, Fault("id", "stands here twice: the last one counts", "give each item an id of its own", item.id[:40]))
                shapes[before] -= 1
            else:
                report.items += 1
                if report.items > MAX_ITEMS:
                    message = f"{report.name} has more than {MAX_ITEMS:,} items: split it, or leave out what is not sold"
                    raise FeedError(message)
            seen[mark] = shape
            shapes[shape] = shapes.get(shape, 0) + 1
            if item.properties and len(properties) < MAX_PROPERTIES:
                for name in item.properties:
                    properties[name] = properties.get(name, 0) + 1 if before is None else properties.get(name) or 1
            yield item


def _reader(first: bytes, path: Path) -> tuple[tables.Reader, str]:
    head = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = f'{path} is UTF-16, as Excel writes "Unicode text": save it as CSV UTF-8'
        raise FeedError(message)
    if head[:1] == b"<":
        if head[:15].lower().startswith((b"<!doctype html", b"<html")):
            message = f"{path} is a web page, not a feed: does its address need a login?"
            raise FeedError(message)
        return google_xml.rows, "XML"
    if head[:1] in (b"{", b"["):
        return json_feed.rows, "JSON"
    return tables.rows, "CSV"
