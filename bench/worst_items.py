"""The worst case of what was learned of items: very many neighbours, hardly any of them in common, and trees as large as training makes them."""

from collections.abc import Sequence

import numpy as np
from lightgbm import Booster, Dataset, train

from training.recommend.reranked import TRIED, onnx
from udfs.recommend.features import FACTS, FEATURES
from udfs.recommend.packed import Learned, Rows

NEIGHBOURS = 100
ROWS = 4_000


def learned(ids: Sequence[str], *, ranker: bool) -> Learned:
    """A hundred neighbours for each item by history and by catalogue. `ids`, in order, are of a hundred items at least."""
    count = len(ids)
    drawn = np.random.default_rng(count)
    starts = np.arange(count + 1) * NEIGHBOURS
    scores = np.sort(drawn.random((count, NEIGHBOURS)), axis=1)[:, ::-1].ravel()
    near = {source: Rows(starts, drawn.integers(0, count, count * NEIGHBOURS), scores) for source in ("together", "alike")}
    popular = (list(range(100)), [1 - place / 100 for place in range(100)])
    return Learned(
        ids=ids,
        decay=0.8,
        weights={"together": 1.0, "alike": 0.3},
        near=near,
        leading={"popular": {"": popular}},
        of_items={name: drawn.integers(1, 50, count) for name in FACTS} if ranker else {},
        ranker=onnx(_trees()) if ranker else b"",
    )


def _trees() -> Booster:
    """The larger of the settings that training tries, grown to the full, since labels are drawn from what they read."""
    drawn = np.random.default_rng(0)
    rows = drawn.random((ROWS, len(FEATURES)))
    labels = rows[:, 0] * rows[:, 3] + rows[:, 12] + drawn.normal(0, 0.1, ROWS)
    settings = max(TRIED, key=lambda each: each.leaves * each.trees)
    parameters = {"objective": "regression", "num_leaves": settings.leaves, "learning_rate": settings.rate, "num_threads": 1, "verbosity": -1}
    return train(parameters, Dataset(rows, labels), num_boost_round=settings.trees)
