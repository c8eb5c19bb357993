"""What the ranker reads of each candidate. One function, for training and for the job: they cannot differ."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from udfs.core.recommend.recommender import Part, Told
from udfs.recommend.sums import Sums

MAX_RANKED = 60
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
    found = np.zeros((len(FEATURES), count))  # a row for each feature, turned in the end: numpy fills rows faster than columns
    numbers = np.array(sums.numbers[:count], np.int64)
    found[0] = sums.scores[:count]
    np.divide(found[0], sums.scores[0], out=found[1])
    found[2] = np.arange(count)
    brought = sums.by_part(count)
    kinds = [source for source, _, _ in parts]
    many = kinds.count("together")
    together, alike = brought[:many], brought[many : many + kinds.count("alike")]
    if many:
        found[3], found[4], found[6] = together.sum(axis=0), together[0], (together > 0).sum(axis=0)
        found[7] = together[: told.in_visit].sum(axis=0)
        if many > 1:
            found[5] = together[1]
    if len(alike):
        found[8], found[9] = alike.sum(axis=0), alike[0]
    for row, kind in ((10, "trending"), (11, "new")):
        if kind in kinds:
            found[row] = brought[kinds.index(kind)]
    for row, name in ((12, "item_people"), (13, "item_lately"), (14, "item_age")):
        found[row] = facts[name][numbers]
    _categories(found[15:17], facts["item_category"], numbers, told.recent)
    found[17], found[18] = told.taken, told.in_visit
    return found.T.astype(np.float32, order="C")


def _categories(found: Any, category: Any, numbers: Any, recent: Sequence[int]) -> None:
    """Unknown, where that of the item is, or that of every item of the history."""
    mine, theirs = category[numbers], category[np.array(recent, np.int64)]
    known = np.count_nonzero(theirs)
    same = mine == theirs[:, None]
    found[0] = same[0] if len(theirs) and theirs[0] else np.nan
    found[1] = same.sum(axis=0) / known if known else np.nan
    found[:, mine == 0] = np.nan
