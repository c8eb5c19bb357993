"""A catalogue for a run without a cluster: a feed, read by the same code and found in the same file format as in the job."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from services.items.feed import Report, items
from services.items.store import Store
from udfs.catalogue.snapshot import Layered, mapped
from udfs.core.items.item import Fixed, Item


def shelf_of(path: Path, *, currency: str | None = None, chosen: Mapping[str, str] | None = None, now: int = 0) -> tuple[Fixed, Report]:
    """The catalogue in a feed, and what was set aside of it. Raises FeedError."""
    report = Report(name=str(path))
    return Fixed(catalogue_of(items(path, report, chosen=chosen, currency=currency, now=now))), report


def catalogue_of(found: Iterable[Item]) -> Layered:
    """These items as a catalogue; of one id the last counts."""
    with Store() as store, tempfile.TemporaryFile() as file:
        store.put(found)
        written = store.write(file)
        return Layered([mapped(file)], written.sha256[:12])
