"""What is too good to be true: a feature that alone foretells nearly everything, and a model that is never wrong, are not believed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from training.errors import LeakError
from training.inputs import MOST_VALUES, Floats, labels
from training.rows import Row
from udfs.core.features.model_inputs import Input

TOO_GOOD = 0.995
"""AUC of one feature alone above which it is taken for the label in disguise."""
NEVER_WRONG = 0.999
"""AUC of the whole model from which on one of its features is taken for that."""
LEAVES, SMALLEST_LEAF = 16, 5

Part = tuple[Floats, Sequence[Row]]
"""Rows, and the same as inputs."""


def check_alone(train: Part, inputs: Sequence[Input], *, test: Part | None = None, allowed: Iterable[str] = ()) -> dict[str, float]:
    """Refuse a single feature that nearly gives the outcome away, whatever the order of its values. Raises LeakError.

    A feature is judged by what a small model of it alone, learned from the training rows, makes of the test rows (without them, of the same
    ones), or by how it ranks the training rows as it stands, whichever is better. `allowed` are believed all the same. Returns these AUCs.
    """
    (x, rows), allowed = train, set(allowed)
    later, judged = test or train
    y, came = labels(rows), labels(judged)
    found: dict[str, float] = {}
    for n, each in enumerate(inputs):
        found[each.feature] = max(_ranked(y, x[:, n]), float(roc_auc_score(came, _learned(x[:, n], y, later[:, n], texts=each.values is not None))))
        if found[each.feature] > TOO_GOOD and each.feature not in allowed:
            problem = (
                f"a leak? {each.feature!r} alone foretells the goal with an AUC of {found[each.feature]:.4f}: it is probably the outcome itself, or "
                f"dated after its decision. Leave it out (--without {each.feature}), or vouch for it (--allow {each.feature})"
            )
            raise LeakError(problem)
    return found


def check_whole(auc: float, alone: Mapping[str, float], *, allowed: Iterable[str] = ()) -> None:
    """Refuse a model that is never wrong on its test rows, unless the strongest of its features is vouched for. Raises LeakError."""
    strongest = max(alone, key=lambda name: alone[name])
    if auc >= NEVER_WRONG and strongest not in set(allowed):
        problem = (
            f"a leak? the model ranks the test rows with an AUC of {auc:.4f}: nobody foretells people so well, so a feature knows the "
            f"outcome. "
            f"The strongest alone is {strongest!r} ({alone[strongest]:.4f}): leave it out (--without {strongest}), or vouch for it "
            f"(--allow {strongest})"
        )
        raise LeakError(problem)


def _learned(column: Floats, y: npt.NDArray[np.int64], later: Floats, *, texts: bool) -> npt.NDArray[np.float64]:
    """How likely the goal is at these later values: of texts and of few numbers by the rate of each value, else by a small tree."""
    values = set(column[~np.isnan(column)].tolist())
    if not texts and len(values) > MOST_VALUES:
        tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=SMALLEST_LEAF, random_state=0)
        found: npt.NDArray[np.float64] = tree.fit(column.reshape(-1, 1), y).predict_proba(later.reshape(-1, 1))[:, 1]
        return found
    scores = np.full(len(later), y.mean())
    scores[np.isnan(later)] = y[np.isnan(column)].mean() if np.isnan(column).any() else y.mean()
    for value in values:
        scores[later == value] = y[column == value].mean()
    return scores


def _ranked(y: npt.NDArray[np.int64], column: Floats) -> float:
    """The AUC of the values as they stand, the unknown ones below or above all others."""
    return max(_auc(y, [unknown if math.isnan(value) else float(value) for value in column]) for unknown in (-math.inf, math.inf))


def _auc(y: Any, scores: list[float]) -> float:
    order = {value: rank for rank, value in enumerate(sorted(set(scores)))}  # infinities are no scores for scikit-learn
    auc = float(roc_auc_score(y, [order[score] for score in scores]))
    return max(auc, 1 - auc)
