"""A model whose answers can be divided among its inputs, for messages that say why they are sent.

The trees say what adds up before the answer becomes a probability. That a larger sum is a larger score is tried when the file is read, on rows from
both sides of its own thresholds: of a file from elsewhere nobody knows what follows its trees.
"""

from collections.abc import Sequence

import numpy as np

from udfs.core.because_said import Why
from udfs.core.features.models import Model
from udfs.scoring.contributions import Numbers, Trees, per_input
from udfs.scoring.session import Session
from udfs.scoring.trees import NoTrees, TooLargeTrees, trees_of

MAX_WORK = 600_000
"""Of one row: about 2 ms, and less than 5 ms in 99 of 100 cases. Boosted trees have 1,500 to 110,000; a forest of a long history has more."""
ROWS = 32
NEAR = 1e-3
"""Sums that differ by less than this share of their range are not compared: a float32 may not know which is larger."""


class NotDivided(Exception):
    """The answers of a model are not divided among its inputs: why, for records and for people."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why = why


class DividedModel:
    """The trees of one version."""

    def __init__(self, model: Model, content: bytes, session: Session) -> None:
        """`session`: the same model, as it is asked. Raises NotDivided."""
        try:
            self._trees = trees_of(content)
        except NoTrees as problem:
            raise NotDivided(Why.TOO_LARGE if isinstance(problem, TooLargeTrees) else Why.NOT_TREES, problem.message) from problem
        if self._trees.work > MAX_WORK:
            problem_size = f"its trees have {len(self._trees.feature):,} places: dividing one answer would take more than 5 ms"
            raise NotDivided(Why.TOO_LARGE, problem_size)
        self._widths = [each.width for each in model.inputs]
        self._sign = _direction(self._trees, model, session)

    def adds(self, row: Sequence[float]) -> list[float]:
        """What each input adds to the score, in the order of the model's inputs."""
        found: list[float] = (per_input(self._trees.parts(np.array(row, dtype=np.float32)).inputs, self._widths) * self._sign).tolist()
        return found


def _direction(trees: Trees, model: Model, session: Session) -> int:
    """1 where the score rises with what the trees add up to, -1 where it falls. Raises NotDivided where it does neither."""
    rows = _rows(trees)
    sums = np.array([trees.parts(row).sum for row in rows])
    answers = np.array([session.apart(row.tolist())[model.index] for row in rows])
    apart = np.subtract.outer(sums, sums)
    compared = np.sign(np.subtract.outer(answers, answers))[apart > NEAR * np.ptp(sums)] if np.ptp(sums) > 0 else np.zeros(0)
    if len(compared) == 0 or ((compared >= 0).all() and compared.any()):
        return 1
    if (compared <= 0).all() and compared.any():
        return -1
    raise NotDivided(Why.NOT_TREES, "its score neither rises nor falls with what its trees add up to")


def _rows(trees: Trees) -> Numbers:
    """Rows on all sides of the thresholds, always the same ones."""
    random = np.random.default_rng(0)
    rows = np.zeros((ROWS, trees.width), dtype=np.float32)
    bounds = np.concatenate([trees.above, trees.at_most])
    feature = np.concatenate([trees.feature, trees.feature])
    known = np.isfinite(bounds)
    bounds, feature = bounds[known], feature[known]
    for each in np.unique(feature):
        levels = np.unique(bounds[feature == each])
        rows[:, each] = random.choice(np.concatenate([levels, levels - 1, levels + 1]), ROWS)
    if trees.sets is not None:
        for each in np.unique(trees.sets.feature):
            rows[:, each] = random.choice(trees.sets.values, ROWS)
    return rows.astype(np.float64)
