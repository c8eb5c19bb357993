"""What every uplift learner offers. One file each, and one suite of laws for all: tests/training/uplift/test_learners.py."""

from typing import Any, Protocol

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from training.errors import HistoryError
from training.inputs import Floats
from training.uplift.table import NOTHING, Numbers, Table

MIN_ROWS = 100
"""Of each arm. With fewer no tree can make two leaves."""
TREES: dict[str, Any] = {
    "max_iter": 100,
    "learning_rate": 0.05,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 200,
    "early_stopping": False,  # it would hold out rows at random
    "l2_regularization": 1.0,
}
"""Few, small trees: the effect of a message is much smaller than what people differ by anyway, and larger trees learn the latter."""


class Uplift(Protocol):
    """A fitted model of uplift."""

    def uplift(self, x: Floats) -> Numbers:
        """For each row and each arm but nothing: by how much sending it changes the expected outcome."""

    def onnx(self) -> bytes:
        """The same for the job: from `input` to `uplift`. The same model always gives the same bytes."""


class Learner(Protocol):
    """A way to learn uplift."""

    @property
    def title(self) -> str:
        """Its name for people."""

    def fit(self, table: Table, *, seed: int) -> Uplift:
        """Fit these rows. Call `fit_with`, which checks them first."""


def fit_with(learner: Learner, table: Table, *, seed: int = 0) -> Uplift:
    """Fit a model. Raises HistoryError if an arm has too few rows that can be compared with nothing, or nothing differs between outcomes."""
    for arm, name in enumerate(("nothing", *table.names)):
        if (rows := int((table.arm == arm).sum())) < MIN_ROWS:
            problem = (
                f"too little to learn from: {rows:,} decisions of {name!r}, and each arm needs at least {MIN_ROWS}. "
                "Sending nothing is an arm, too: a control group, or `explore`, gives its rows"
            )
            raise HistoryError(problem)
    for arm, name in enumerate(table.names, 1):
        rows, _ = propensity(table, arm)
        of_arm = int((table.arm[rows] == arm).sum())
        if (least := min(of_arm, len(rows) - of_arm)) < MIN_ROWS:
            problem = (
                f"too little to learn from: {name!r} and nothing are compared where chance could have drawn either. That is in {least:,} decisions "
                f"of one of them, and each needs at least {MIN_ROWS}. `explore` draws so, and `choice` of a decision has the probabilities"
            )
            raise HistoryError(problem)
    if len(np.unique(table.y)) < 2:
        problem = f"nothing to learn: the outcome of all {len(table):,} decisions is {table.y[0]:g}"
        raise HistoryError(problem)
    return learner.fit(table, seed=seed)


def outcome_model(x: Floats, y: Numbers, *, rate: bool, seed: int, trees: int = TREES["max_iter"]) -> Any:
    """Trees for an outcome: a probability, or an amount. One thread, so that the same rows give the same bytes. A lone value needs no trees."""
    kind = HistGradientBoostingClassifier if rate and len(np.unique(y)) == 2 else HistGradientBoostingRegressor
    few = min(TREES["min_samples_leaf"], max(20, len(x) // 20))
    with threadpool_limits(limits=1):
        return kind(**{**TREES, "max_iter": trees, "min_samples_leaf": few}, random_state=seed).fit(known(x), y)


def known(x: Floats) -> Floats:
    """The rows without columns that are never known, which trees cannot bin."""
    return np.where(np.isnan(x).all(axis=0), np.float32(0), x).astype(np.float32)


def expected(model: Any, x: Floats) -> Numbers:
    """What a model of an outcome expects."""
    with threadpool_limits(limits=1):
        found = model.predict_proba(x)[:, 1] if hasattr(model, "predict_proba") else model.predict(x)
    return np.asarray(found, dtype=np.float64)


def propensity(table: Table, arm: int) -> tuple[Any, Numbers]:
    """Which rows are of this arm or of nothing, and the probability of the arm among the two."""
    rows = (table.arm == arm) | (table.arm == NOTHING)
    both = table.probabilities[rows][:, [NOTHING, arm]]
    rows = np.flatnonzero(rows)[(both > 0).all(axis=1)]  # where one of them could not be, nothing is learned of their difference
    both = table.probabilities[rows][:, [NOTHING, arm]]
    return rows, both[:, 1] / both.sum(axis=1)
