"""What the ranker reads of each candidate. One function, for training and for the job: they cannot differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from udfs.core.recommend.recommender import Part, Told
from udfs.recommend.sums import Sums

MAX_RANKED = 100
"""Candidates that the ranker orders, those with the largest sums."""
FEATURES = (
    "sum",
    "share of the largest sum",
    "place",
    "together",
    "together with the latest item",
    "together with the item before",
    "items that it is together with",
    "together with items of this visit",
    "alike",
    "like the latest item",
    "trending",
    "new",
    "people who took it",
    "people who took it lately",
    "days since it was new",
    "in the category of the latest item",
    "share of the history in its category",
    "items of the history",
    "items of this visit",
)
FACTS: Mapping[str, str] = {"item_people": "f", "item_lately": "f", "item_age": "f", "item_category": "I"}
"""What a file holds of each item for these, and how `struct` writes it: people on a logarithmic scale, days, a number for each category or 0."""


def features(sums: Sums, parts: Sequence[Part], told: Told, facts: Mapping[str, Any]) -> Any:
    """A row of float32 for each of the first candidates. `parts`: what was added up, that of the latest item before that of the one before it."""
    count = min(len(sums.numbers), MAX_RANKED)
    found = np.zeros((count, len(FEATURES)))
    numbers, scores = np.array(sums.numbers[:count], np.int64), np.array(sums.scores[:count])
    brought = sums.by_part(count)
    kinds = [source for source, _, _ in parts]
    together = brought[:, : kinds.count("together")]
    alike = brought[:, together.shape[1] : together.shape[1] + kinds.count("alike")]
    found[:, 0], found[:, 1], found[:, 2] = scores, scores / scores[0], np.arange(count)
    if together.shape[1]:
        found[:, 3], found[:, 4], found[:, 6] = together.sum(axis=1), together[:, 0], (together > 0).sum(axis=1)
        found[:, 7] = together[:, : told.in_visit].sum(axis=1)
        if together.shape[1] > 1:
            found[:, 5] = together[:, 1]
    if alike.shape[1]:
        found[:, 8], found[:, 9] = alike.sum(axis=1), alike[:, 0]
    for column, kind in ((10, "trending"), (11, "new")):
        if kind in kinds:
            found[:, column] = brought[:, kinds.index(kind)]
    for column, name in ((12, "item_people"), (13, "item_lately"), (14, "item_age")):
        found[:, column] = facts[name][numbers]
    _categories(found, facts["item_category"], numbers, told.recent)
    found[:, 17], found[:, 18] = told.taken, told.in_visit
    return found.astype(np.float32)


def _categories(found: Any, category: Any, numbers: Any, recent: Sequence[int]) -> None:
    """Unknown, where that of the item is, or that of every item of the history."""
    mine = category[numbers]
    theirs = category[np.array(recent, np.int64)]
    known = theirs > 0
    unknown = mine == 0
    found[:, 15] = np.where(unknown | (not len(theirs) or not known[0]), np.nan, mine == (theirs[0] if len(theirs) else 0))
    total = int(known.sum())
    same = np.bincount(theirs[known], minlength=int(mine.max()) + 1)[mine]
    found[:, 16] = np.where(unknown, np.nan, same / total) if total else np.nan
