"""The gate before publishing: an exported model must give the estimator's answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime

from training.errors import ParityError
from training.estimators.estimator import Probabilities
from training.export import INPUT, OUTPUT
from training.inputs import Floats
from training.rows import Row

TOLERANCE = 1e-4
SINGLE = 32
"""How many rows are also scored one by one, as the job does."""


@dataclass(frozen=True, kw_only=True)
class Parity:
    """The largest difference, and the number of rows compared."""

    rows: int
    max_abs_difference: float


def parity(exported: bytes, theirs: Probabilities, x: Floats, rows: Sequence[Row], *, tolerance: float = TOLERANCE) -> Parity:
    """Compare the exported model with the estimator's own answers, `theirs`, on every row.

    Raises ParityError if any row differs by more than `tolerance`.
    """
    session = session_of(exported)
    ours = ask(session, x)
    if ours.shape != theirs.shape:
        problem = f"the exported model gives {ours.shape[1:]} numbers per row, the estimator {theirs.shape[1:]}: it must not be published"
        raise ParityError(problem)
    difference = np.abs(ours - theirs).max(axis=1)
    for n in range(min(SINGLE, len(x))):
        difference[n] = np.maximum(difference[n], np.abs(ask(session, x[n : n + 1])[0] - theirs[n]).max())
    difference = np.where(np.isnan(difference), np.inf, difference)
    worst = int(np.argmax(difference))
    if difference[worst] > tolerance:
        row, many = rows[worst], int((difference > tolerance).sum())
        problem = (
            f"export refused: the ONNX model and the estimator differ by more than {tolerance:g} on {many:,} of {len(x):,} rows, most on "
            f"decision {row.decision_id} of user {row.user_id}: {ours[worst, -1]:.6f} against {theirs[worst, -1]:.6f}. The conversion "
            "is not faithful: use another estimator, or one without categorical features or isotonic calibration"
        )
        raise ParityError(problem)
    return Parity(rows=len(x), max_abs_difference=float(difference[worst]))


def parity_of(exported: bytes, theirs: Probabilities, x: Floats, *, output: str, tolerance: float = TOLERANCE) -> Parity:
    """The same for answers of any size: each may differ by `tolerance` of itself, or of 1 where it is less. Raises ParityError."""
    session = session_of(exported, output=output)
    ours = ask(session, x, output=output)
    if ours.shape != theirs.shape:
        problem = f"the exported model gives {ours.shape[1:]} numbers per row, the estimator {theirs.shape[1:]}: it must not be published"
        raise ParityError(problem)
    singles = [ask(session, x[n : n + 1], output=output) for n in range(min(SINGLE, len(x)))]
    difference = np.abs(ours - theirs)
    for n, single in enumerate(singles):
        difference[n] = np.maximum(difference[n], np.abs(single[0] - theirs[n]))
    relative = difference / np.maximum(1.0, np.abs(theirs))
    relative = np.where(np.isfinite(relative), relative, np.inf)
    if (worst := float(relative.max())) > tolerance:
        at = int(relative.max(axis=1).argmax())
        problem = (
            f"export refused: the ONNX model and the estimator differ by {worst:.1e} of the answer, more than {tolerance:g}, on row {at}: "
            f"{ours[at].tolist()} against {theirs[at].tolist()}"
        )
        raise ParityError(problem)
    return Parity(rows=len(x), max_abs_difference=float(difference.max()))


def session_of(exported: bytes, *, inputs: Sequence[str] = (INPUT,), output: str = OUTPUT) -> onnxruntime.InferenceSession:
    """A session of one thread. Raises ParityError if the model cannot be loaded, or has other inputs and outputs."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(exported, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        problem = f"the exported model cannot be loaded: {error}"
        raise ParityError(problem) from error
    names = ([each.name for each in session.get_inputs()], [each.name for each in session.get_outputs()])
    if not set(inputs) <= set(names[0]) or output not in names[1]:
        problem = f"the exported model has inputs {names[0]} and outputs {names[1]}, not {', '.join(inputs)} and {output}"
        raise ParityError(problem)
    return session


def ask(session: onnxruntime.InferenceSession, x: Floats, *, output: str = OUTPUT) -> Probabilities:
    """The model's answers for these rows."""
    return np.asarray(session.run([output], {INPUT: x})[0], dtype=np.float64)
