"""What a catalogue says of items, as words to compare. A feed is read by the code that loads the catalogue, so every kind of feed will do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from services.items.feed import Report, items
from services.items.problems import FeedError
from training.errors import HistoryError
from udfs.core.items.categories import parts_of
from udfs.core.items.item import Item
from udfs.core.profile.cart_products import product_of

WHOLE = ("colour", "color", "material")
"""Properties that are compared as a whole."""
MAX_WORDS = 60
"""Words of one item."""
_WORD = re.compile(r"\w{2,}")


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What it says of the items of a history."""

    tokens: Any
    """A sparse matrix (CSR): a row for each item, a column for each word, 1 where it has it."""
    entries: int
    """Rows with an id."""
    known: int
    """Items of the history that it has."""
    bad: int
    """Rows that could not be read, or have no id."""
    again: int
    """Rows whose id an earlier row had: the later one counts."""
    first_bad: str | None
    categories: Sequence[str | None] = ()
    """The path of each item's category; None: not known."""


def read(path: Path, wanted: Sequence[str]) -> Catalogue:
    """Read a catalogue. Raises HistoryError if there is no such file, or nothing in it has an id."""
    number = {item: n for n, item in enumerate(wanted)}
    rows: dict[int, frozenset[str]] = {}
    categories: dict[int, str | None] = {}
    report = Report(name=path.name)
    entries = 0
    try:
        for item in items(path, report):
            entries += 1
            if (place := number.get(product_of({"product_id": item.id}))) is not None:
                rows[place] = frozenset(list(dict.fromkeys(_tokens(item)))[:MAX_WORDS])
                categories[place] = item.category
    except FeedError as error:
        problem = f"{path} is no catalogue: {error}"
        raise HistoryError(problem) from error
    bad = [(told.places[0][0], told.fault) for told in report.faults.values() if told.fault.whole]
    if not entries:
        problem = f"{path} is no catalogue: none of its {report.left_out:,} rows has an id"
        raise HistoryError(problem)
    line, fault = min(bad, key=lambda each: each[0], default=(0, None))
    return Catalogue(
        tokens=_matrix(rows, len(wanted)),
        entries=entries,
        known=len(rows),
        bad=report.left_out,
        again=entries - report.items,
        first_bad=None if fault is None else f"line {line:,}: {fault.field or 'it'} {fault.what}",
        categories=[categories.get(place) for place in range(len(wanted))],
    )


def _matrix(rows: Mapping[int, frozenset[str]], n_items: int) -> Any:
    words = {word: n for n, word in enumerate(sorted(set().union(*rows.values()) if rows else set()))}
    at = [(item, words[word]) for item, found in sorted(rows.items()) for word in sorted(found)]
    where = np.array(at, dtype=np.int64).reshape(-1, 2)
    return sparse.csr_matrix((np.ones(len(at)), (where[:, 0], where[:, 1])), shape=(n_items, max(len(words), 1)))


def _tokens(item: Item) -> Iterator[str]:
    told = {"brand": item.brand, "category": item.category, **{name: item.properties.get(name) for name in WHOLE}}
    for name, value in told.items():
        parts = parts_of(value.casefold()) if isinstance(value, str) else ()
        yield from (f"{name}: {' > '.join(parts[: n + 1])}" for n in range(len(parts)))
    for text in (item.name or "", *item.tags):
        yield from _WORD.findall(text.casefold())
