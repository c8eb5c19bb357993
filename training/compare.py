"""Estimators compared on the same rows: each is fitted, exported, and its ONNX file scores rows that it did not learn from."""

import time
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime
from sklearn.model_selection import StratifiedGroupKFold

from services.documents.training_shape import READ_STEPS
from training.evaluate import calibration
from training.fit import fit
from training.gate import ask, parity, session_of
from training.inputs import Floats, labels, matrix
from training.measures import NAMES, Estimate, Ranking, bootstrap, estimate
from training.rows import Row
from training.slices import lift
from training.split import Split
from udfs.core.features.model_inputs import Input

Part = tuple[Sequence[Row], Sequence[Row]]
"""Rows to learn from, and rows to score."""
TIMED = 2_000
"""How many single rows are scored to measure the time of one."""
DRAWS = 300


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One estimator's figures over all scored rows."""

    estimator: str
    settings: str
    """Of the last fold."""
    rows: int
    figures: dict[str, Estimate]
    by_fold: dict[str, float]
    """The mean over the folds; the same as the figures if there is one."""
    calibration_error: float
    lift: float
    fit_s: float
    """Seconds to choose settings and fit, per fold."""
    bytes: int
    row_us: float
    """Microseconds for one row, scored alone, as the job does: the median, since the machine has other work, too."""
    parity: float
    """The largest difference between ONNX and the estimator."""


def parts_of(rows: Sequence[Row], parts: Split[Row], *, folds: int | None, seed: int) -> list[Part]:
    """What each estimator learns from and scores: the split by time, or folds with nobody in two of them."""
    if folds is None:
        return [(parts.train, parts.test)]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    users = [row.user_id for row in rows]
    found = splitter.split(np.zeros((len(rows), 1)), labels(rows), users)
    return [([rows[n] for n in train], [rows[n] for n in test]) for train, test in found]


def compare(estimators: Sequence[str], parts: Sequence[Part], inputs: Sequence[Input], *, within: int, seed: int) -> Iterator[Compared]:
    """The figures of each estimator, as soon as it is done. Raises HistoryError or ParityError."""
    scored = [row for _, test in parts for row in test]
    for name in estimators:
        scores, settings, seconds, size, alone, far = [], "", 0.0, 0, 0.0, 0.0
        read = inputs if name in READ_STEPS else [each for each in inputs if not each.steps]
        for train, test in parts:
            x, begun = matrix(read, test), time.perf_counter()
            fitted = fit(train, read, within=within, seed=seed, estimator=name)
            seconds += time.perf_counter() - begun
            exported = fitted.model.onnx()
            far = max(far, parity(exported, fitted.model.probabilities(x), x, test).max_abs_difference)
            session = session_of(exported)
            scores.append(ask(session, x)[:, 1])
            alone = float(np.median([_seconds(session, x[n : n + 1]) for n in range(min(TIMED, len(x)))])) * 1e6
            size, settings = len(exported), str(fitted.settings)
        yield _figures(
            scored, scores, parts, estimator=name, settings=settings, fit_s=seconds / len(parts), bytes=size, row_us=alone, parity=far, seed=seed
        )


def _seconds(session: onnxruntime.InferenceSession, row: Floats) -> float:
    begun = time.perf_counter()
    ask(session, row)
    return time.perf_counter() - begun


def _figures(
    scored: Sequence[Row],
    scores: Sequence[npt.NDArray[np.float64]],
    parts: Sequence[Part],
    *,
    estimator: str,
    settings: str,
    fit_s: float,
    bytes: int,  # noqa: A002  the field's name
    row_us: float,
    parity: float,
    seed: int,
) -> Compared:
    y, together = labels(scored), np.concatenate(scores)
    ranking = Ranking(y, together)
    values, draws = ranking.figures(), bootstrap([ranking], [row.user_id for row in scored], draws=DRAWS, seed=seed)
    folds = np.array([Ranking(labels(test), found).figures() for (_, test), found in zip(parts, scores, strict=True)])
    bins = calibration(y, together)
    return Compared(
        estimator=estimator,
        settings=settings,
        rows=len(scored),
        figures={name: estimate(values[n], draws[:, 0, n]) for n, name in enumerate(NAMES)},
        by_fold={name: float(np.nanmean(folds[:, n])) for n, name in enumerate(NAMES)},
        calibration_error=sum(each.rows * abs(each.predicted - each.observed) for each in bins) / len(scored),
        lift=lift(y, together)[0].lift,
        fit_s=round(fit_s, 3),
        bytes=bytes,
        row_us=round(row_us, 1),
        parity=parity,
    )
