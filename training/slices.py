"""Parts of the test rows: by the values of a feature, and by tenths of the score."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from training.inputs import labels
from training.measures import NAMES, Estimate, Ranking, bootstrap, estimate
from training.rows import Row

MAX_TEXTS = 12
"""The maximum number of slices of a text; the rarer values are one slice."""
UNKNOWN, OTHER = "unknown", "other"
DRAWS = 200
"""Fewer than for the whole: there are many slices."""
TENTHS = 10


@dataclass(frozen=True, kw_only=True)
class Tenth:
    """The rows from one tenth of the ranking to the next, the highest scores first."""

    rows: int
    share: float
    """Of these rows, how many reach the goal."""
    lift: float
    """How many times the share of all rows."""
    captured: float
    """Of all rows that reach the goal, the share in this tenth and those before."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """The figures of rows with one value of a feature."""

    feature: str
    value: str
    rows: int
    share: float
    predicted: float
    figures: Mapping[str, Estimate] = field(default_factory=dict)
    """Of NAMES; without auc and ap if all rows are of one class."""


def lift(y: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]) -> list[Tenth]:
    """The lift chart. Rows of one score share its mean, so their order changes nothing."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    _, group = np.unique(-ranked, return_inverse=True)
    smooth = (np.bincount(group, weights=y[order]) / np.bincount(group))[group]
    total, so_far = max(float(y.sum()), 1.0), 0.0
    tenths = []
    for part in np.array_split(smooth, TENTHS):
        if not len(part):
            continue
        so_far += float(part.sum())
        share = float(part.mean())
        tenths.append(Tenth(rows=len(part), share=share, lift=share / max(float(y.mean()), 1e-12), captured=so_far / total))
    return tenths


def slices(rows: Sequence[Row], scores: npt.NDArray[np.float64], features: Sequence[str], *, seed: int = 0) -> list[Slice]:
    """The rows by the values of each of these features. Numbers are in two halves, at the median."""
    y = labels(rows)
    found = []
    for feature in features:
        named = np.array(_named([row.features.get(feature) for row in rows]))
        for value in sorted(set(named.tolist()), key=lambda each: (each in {UNKNOWN, OTHER}, each)):
            inside = np.flatnonzero(named == value)
            found.append(_slice(feature, value, y[inside], scores[inside], [rows[n].user_id for n in inside], seed=seed))
    return found


def _slice(feature: str, value: str, y: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], users: Sequence[str], *, seed: int) -> Slice:
    ranking = Ranking(y, scores)
    values, draws = ranking.figures(), bootstrap([ranking], users, draws=DRAWS, seed=seed)
    figures = {name: estimate(values[n], draws[:, 0, n]) for n, name in enumerate(NAMES) if not np.isnan(values[n])}
    return Slice(feature=feature, value=value, rows=len(y), share=float(y.mean()), predicted=float(scores.mean()), figures=figures)


def _named(values: Sequence[Any]) -> list[str]:
    """Each value as the name of its slice."""
    if any(isinstance(value, str | bool) for value in values):
        texts = [UNKNOWN if value is None else str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        kept = {text for text, _ in Counter(texts).most_common(MAX_TEXTS)}
        return [text if text in kept else OTHER for text in texts]
    known = sorted(value for value in values if isinstance(value, int | float))
    if not known:
        return [UNKNOWN] * len(values)
    middle = known[len(known) // 2]
    halves = (f"less than {middle:g}", f"{middle:g} or more")
    return [UNKNOWN if not isinstance(value, int | float) else halves[value >= middle] for value in values]
