"""Learn uplift: fit on earlier decisions, evaluate on later ones, compare the exported model with the learner on every one of these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.errors import HistoryError, ParityError
from training.export import INPUT
from training.inputs import Floats
from training.uplift.graph import UPLIFT
from training.uplift.learners.all import learner
from training.uplift.learners.learner import Uplift, fit_with
from training.uplift.measures import Value, overall, qini, value
from training.uplift.table import Numbers, Table

TOLERANCE = 1e-4
"""Of an uplift in outcomes of 1; of money, relative to the largest."""
PERMUTED = 200
"""Random orders that a Qini is compared with."""


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A model of uplift with its evaluation."""

    title: str
    arms: Sequence[str]
    train: Table
    test: Table
    uplift: Numbers
    """Of the test rows, a column an arm."""
    qini: float
    chance: float
    """The 95th percentile of the Qini of random orders: a model below it has learned nothing."""
    compared: Mapping[str, float]
    """Learner -> its Qini on the rows that the best was chosen by, which are among those of `train`; empty where there was no choice."""
    chosen_by: int
    """How many rows these are."""
    value: Value
    exported: bytes
    difference: float


def learn(table: Table, names: Sequence[str], *, test_share: float, costs: Sequence[float], worth: float, seed: int) -> Learned:
    """Fit and compare learners, and keep the best. Rows are in order of time. Raises HistoryError, ParityError.

    The rows of the evaluation choose nothing: of several learners, the best is the one that does best on the last of the others.
    """
    train, test = split(table, test_share)
    earlier, choosing = split(train, test_share) if len(names) > 1 else (train, None)
    compared = {} if choosing is None else {name: _qini_of(fit_with(learner(name), earlier, seed=seed), choosing) for name in names}
    best = max(names, key=lambda name: compared.get(name, 0.0))
    fitted = fit_with(learner(best), train, seed=seed)
    exported, found = fitted.onnx(), fitted.uplift(test.x)
    random = np.random.default_rng(seed)
    by_chance = [qini(test, random.random(len(test))) for _ in range(PERMUTED)]
    return Learned(
        title=learner(best).title,
        arms=table.names,
        train=train,
        test=test,
        uplift=found,
        qini=qini(test, overall(test, found)),
        chance=float(np.quantile(by_chance, 0.95)),
        compared={learner(name).title: found for name, found in compared.items()},
        chosen_by=0 if choosing is None else len(choosing),
        value=value(test, found, costs=costs, worth=worth),
        exported=exported,
        difference=parity(exported, found, test),
    )


def _qini_of(fitted: Uplift, test: Table) -> float:
    return qini(test, overall(test, fitted.uplift(test.x)))


def split(table: Table, test_share: float) -> tuple[Table, Table]:
    """Earlier and later rows, with nobody in both: whoever is in the earlier ones is left out of the later."""
    cut = int(len(table) * (1 - test_share))
    known = set(table.people[:cut])
    later = [row for row in range(cut, len(table)) if table.people[row] not in known]
    if not later:
        problem = "all later decisions are about people of the earlier ones: nobody is left to evaluate on. Use a longer log"
        raise HistoryError(problem)
    return table.take(np.arange(cut)), table.take(np.array(later, dtype=np.int64))


def parity(exported: bytes, theirs: Numbers, table: Table) -> float:
    """The largest difference over all rows. Raises ParityError where one differs by more than the tolerance."""
    ours = answers(exported, table.x)
    difference = float(np.abs(ours - theirs).max())
    if not difference <= TOLERANCE * max(1.0, float(np.abs(theirs).max())):
        problem = f"export refused: the ONNX model and the learner differ by {difference:g}: the conversion is not faithful"
        raise ParityError(problem)
    return difference


def answers(exported: bytes, x: Floats) -> Numbers:
    """The exported model's answers to rows of inputs."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run([UPLIFT], {INPUT: x})[0], dtype=np.float64)
