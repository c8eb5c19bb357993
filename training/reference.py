"""The distribution of each input over the training rows, in the manifest: what later rows are compared with.

Numbers are binned by quantiles, or by value where there are few; texts by value. Rows of one person resemble each other, so many rows of
few people tell less than as many rows of as many people: `effective` is how many independent rows they are worth.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from training.inputs import Floats, matrix, plain
from training.rows import Row
from udfs.core.features.model_inputs import Input

BINS = 10
Counts = npt.NDArray[np.int64]
Ids = npt.NDArray[np.int64]
"""A number for each row's person."""


class Bins(msgspec.Struct, frozen=True, kw_only=True):
    """One input over many rows. A value falls into the first bin whose edge is not less; the last edge is infinite, and unknown comes after it."""

    edges: list[float]
    counts: list[int]
    """One for each edge, one for what is above all of them, one for unknown."""
    effective: float
    """Independent rows that these are worth."""


def reference(inputs: Sequence[Input], rows: Sequence[Row]) -> dict[str, Bins]:
    """The distribution of every input over these rows, but for the steps of visits."""
    x, people = matrix(inputs, rows), ids([row.user_id for row in rows])
    return {each.feature: binned(column, people, texts=None if each.values is None else len(each.values)) for each, column in plain(inputs, x)}


def binned(x: Floats, people: Ids, *, texts: int | None = None) -> Bins:
    """One input's values; `texts`: how many values a text may have."""
    edges = edges_of(x) if texts is None else [float(n) for n in range(texts - 1)]
    places = placed(edges, x)
    counts = np.bincount(places, minlength=len(edges) + 2)
    return Bins(edges=edges, counts=counts.tolist(), effective=round(effective(places, people, len(counts)), 3))


def edges_of(x: Floats) -> list[float]:
    """The inner edges of a number's bins. Each is a value that occurs, so what is equal stays together."""
    known = np.sort(x[~np.isnan(x)])
    if not len(known):
        return []
    values = np.unique(known)
    if len(values) <= BINS:
        return [float(each) for each in values[:-1]]
    quantiles = known[(np.arange(1, BINS) * len(known)) // BINS - 1]
    return [float(each) for each in np.unique(quantiles) if each < values[-1]]


def placed(edges: Sequence[float], x: Floats) -> Ids:
    """The bin of each value."""
    found = np.searchsorted(np.array(edges, dtype=np.float32), x, side="left")
    return np.where(np.isnan(x), len(edges) + 1, found).astype(np.int64)


def effective(places: Ids, people: Ids, bins: int) -> float:
    """How many independent rows these are worth, by the design effect of Rao and Scott: how much more the share of a bin varies, because
    rows come by person, than if each came alone.
    """
    rows = len(places)
    persons = int(people.max()) + 1 if rows else 0
    if persons < 2 or persons == rows:
        return float(rows if persons == rows else min(rows, persons))
    table = np.zeros((persons, bins))
    np.add.at(table, (people, places), 1)
    shares = table.sum(axis=0) / rows
    used = shares > 0
    if used.sum() < 2:
        return float(persons)
    apart = table[:, used] - np.outer(table.sum(axis=1), shares[used])
    by_person = (apart**2).sum(axis=0) * persons / (persons - 1) / rows**2
    alone = shares[used] * (1 - shares[used]) / rows
    design = float(((1 - shares[used]) * by_person / alone).sum() / (used.sum() - 1))
    return rows / max(1.0, design)


def ids(people: Sequence[str]) -> Ids:
    """A number for each person, from 0."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(each, len(known)) for each in people], dtype=np.int64)
