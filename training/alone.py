"""Two leak checks for results too good to be true: a single feature that predicts nearly everything, and a model that is never wrong."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from training.errors import LeakError
from training.inputs import MAX_VALUES, Floats, labels, plain
from training.rows import Row
from udfs.core.features.model_inputs import Input

TOO_GOOD = 0.995
"""Above this AUC, a single feature is assumed to be the label in disguise."""
NEVER_WRONG = 0.999
"""From this AUC of the whole model on, one of its features is assumed to be the label in disguise."""
LEAVES, SMALLEST_LEAF = 16, 5

Part = tuple[Floats, Sequence[Row]]
"""Rows, and their inputs as a matrix."""


def check_alone(train: Part, inputs: Sequence[Input], *, test: Part | None = None, allowed: Iterable[str] = ()) -> dict[str, float]:
    """Refuse a single feature that nearly gives the outcome away. Raises LeakError.

    A feature's AUC is the better of two: that of a small model of this feature alone, and that of its raw values on the training rows.
    The small model is fitted on the training rows and scores the test rows, or the training rows if there are no others. Features in
    `allowed` pass anyway. Returns the AUCs by feature.
    """
    (x, rows), allowed = train, set(allowed)
    later, judged = test or train
    y, came = labels(rows), labels(judged)
    found: dict[str, float] = {}
    for (each, column), (_, after) in zip(plain(inputs, x), plain(inputs, later), strict=True):
        found[each.feature] = max(_ranked(y, column), float(roc_auc_score(came, _learned(column, y, after, texts=each.values is not None))))
        if found[each.feature] > TOO_GOOD and each.feature not in allowed:
            problem = (
                f"a leak? {each.feature!r} alone predicts the goal with an AUC of {found[each.feature]:.4f}: it is probably the outcome itself, or "
                f"known only after the decision. Leave it out (--without {each.feature}), or accept it (--allow {each.feature})"
            )
            raise LeakError(problem)
    return found


def check_whole(auc: float, alone: Mapping[str, float], *, allowed: Iterable[str] = ()) -> None:
    """Refuse a model that is never wrong on its test rows, unless its strongest feature is allowed. Raises LeakError."""
    if not alone:  # it reads nothing but the steps of a visit
        return
    strongest = max(alone, key=lambda name: alone[name])
    if auc >= NEVER_WRONG and strongest not in set(allowed):
        problem = (
            f"a leak? the model ranks the test rows with an AUC of {auc:.4f}: nobody predicts people that well, so a feature must know the "
            f"outcome. "
            f"The strongest alone is {strongest!r} ({alone[strongest]:.4f}): leave it out (--without {strongest}), or accept it "
            f"(--allow {strongest})"
        )
        raise LeakError(problem)


def _learned(column: Floats, y: npt.NDArray[np.int64], later: Floats, *, texts: bool) -> npt.NDArray[np.float64]:
    """The predicted rate of the goal: for texts and for few distinct numbers the rate of each value, otherwise from a small tree."""
    values = set(column[~np.isnan(column)].tolist())
    if not texts and len(values) > MAX_VALUES:
        tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=SMALLEST_LEAF, random_state=0)
        found: npt.NDArray[np.float64] = tree.fit(column.reshape(-1, 1), y).predict_proba(later.reshape(-1, 1))[:, 1]
        return found
    scores = np.full(len(later), y.mean())
    scores[np.isnan(later)] = y[np.isnan(column)].mean() if np.isnan(column).any() else y.mean()
    for value in values:
        scores[later == value] = y[column == value].mean()
    return scores


def _ranked(y: npt.NDArray[np.int64], column: Floats) -> float:
    """The AUC of the raw values, with unknown ones ranked below or above all others."""
    return max(_auc(y, [unknown if math.isnan(value) else float(value) for value in column]) for unknown in (-math.inf, math.inf))


def _auc(y: Any, scores: list[float]) -> float:
    order = {value: rank for rank, value in enumerate(sorted(set(scores)))}  # scikit-learn refuses infinite scores
    auc = float(roc_auc_score(y, [order[score] for score in scores]))
    return max(auc, 1 - auc)
