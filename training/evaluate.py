"""The evaluation of a model on rows later than its training rows: against chance, against the baseline, and its calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from training.inputs import labels
from training.measures import NAMES, Estimate, Ranking, bootstrap, estimate
from training.rows import Row
from training.slices import Slice, Tenth, lift, slices

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows with similar scores: the predicted and the observed rate."""

    rows: int
    low: float
    high: float
    predicted: float
    observed: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The figures of a model on its test rows. Higher is better for auc and ap, lower for brier."""

    rows: int
    users: int
    share: float
    """The share of rows that the goal followed: the average precision of chance."""
    model: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]
    """Model minus baseline, draw by draw."""
    bins: Sequence[Bin]
    calibration_error: float
    """Mean distance of predicted and observed over the bins."""
    lift: Sequence[Tenth] = ()
    """The lift chart, the highest scores first."""
    slices: Sequence[Slice] = ()
    champion: Mapping[str, Estimate] = field(default_factory=dict)
    """The figures of the champion on the same rows; empty if there is none to compare with."""
    over_champion: Mapping[str, Estimate] = field(default_factory=dict)
    """Model minus champion, draw by draw."""


def evaluate(
    rows: Sequence[Row],
    scores: npt.NDArray[np.float64],
    baseline: npt.NDArray[np.float64],
    *,
    champion: npt.NDArray[np.float64] | None = None,
    by: Sequence[str] = (),
    seed: int = 0,
) -> Evaluation:
    """Evaluate the scores of the test rows; compare them with the baseline's and the champion's; slice them by these features."""
    y = labels(rows)
    rankings = [Ranking(y, each) for each in (scores, baseline, champion) if each is not None]
    ours, theirs, *held = (ranking.figures() for ranking in rankings)
    draws = bootstrap(rankings, [row.user_id for row in rows], seed=seed)
    bins = calibration(y, scores)
    return Evaluation(
        rows=len(rows),
        users=len({row.user_id for row in rows}),
        share=float(y.mean()),
        model={name: estimate(ours[n], draws[:, 0, n]) for n, name in enumerate(NAMES)},
        baseline={name: estimate(theirs[n], draws[:, 1, n]) for n, name in enumerate(NAMES)},
        difference={name: estimate(ours[n] - theirs[n], draws[:, 0, n] - draws[:, 1, n]) for n, name in enumerate(NAMES)},
        bins=bins,
        calibration_error=sum(each.rows * abs(each.predicted - each.observed) for each in bins) / len(rows),
        lift=lift(y, scores),
        slices=slices(rows, scores, by, seed=seed),
        champion={name: estimate(held[0][n], draws[:, 2, n]) for n, name in enumerate(NAMES) if held},
        over_champion={name: estimate(ours[n] - held[0][n], draws[:, 0, n] - draws[:, 2, n]) for n, name in enumerate(NAMES) if held},
    )


def calibration(y: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], *, bins: int = BINS) -> list[Bin]:
    """Rows by score, in bins of similar size. Equal scores stay together: a cut between them moves to the nearer end."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    even = np.cumsum([len(part) for part in np.array_split(order, bins)])[:-1]
    cuts = {min(_ends(ordered, cut), key=lambda end: abs(end - cut)) for cut in even.tolist() if 0 < cut < len(order)}
    parts = [part for part in np.split(order, sorted(cuts)) if len(part)]
    return [
        Bin(
            rows=len(part),
            low=float(scores[part[0]]),
            high=float(scores[part[-1]]),
            predicted=float(scores[part].mean()),
            observed=float(y[part].mean()),
        )
        for part in parts
    ]


def _ends(ordered: npt.NDArray[np.float64], at: int) -> tuple[int, int]:
    """Where the scores equal to the one at `at` begin and end; (`at`, `at`) if they begin there."""
    begin, end = (int(np.searchsorted(ordered, ordered[at], side=side)) for side in ("left", "right"))
    return (begin, begin) if begin == at else (begin, end)
