"""The exported model must answer like the fitted one, text by text, as the job asks it."""

from collections.abc import Sequence

import numpy as np
import onnxruntime

from training.errors import ParityError
from training.export import OUTPUT
from training.gate import TOLERANCE, Parity, session_of
from training.intent.measures import Probabilities
from udfs.core.features.grams import grams
from udfs.scoring.texts import PLACES, WEIGHTS


def ask(session: onnxruntime.InferenceSession, texts: Sequence[str], *, bits: int) -> Probabilities:
    """The model's answers, one text at a time."""
    rows = []
    for text in texts:
        places, weights = grams(text, bits)
        feed = {PLACES: np.array(places, dtype=np.int64), WEIGHTS: np.array(weights, dtype=np.float32)}
        rows.append(session.run([OUTPUT], feed)[0][0])
    return np.array(rows, dtype=np.float64)


def parity(exported: bytes, theirs: Probabilities, texts: Sequence[str], *, bits: int) -> Parity:
    """Compare every answer. Raises ParityError if one differs by more than 0.0001. No text is repeated in the message."""
    found = ask(session_of(exported, inputs=(PLACES, WEIGHTS), output=OUTPUT), texts, bits=bits)
    if found.shape != theirs.shape:
        problem = f"the exported model gives {found.shape[1:]} numbers a text, the fitted one {theirs.shape[1:]}: it must not be published"
        raise ParityError(problem)
    difference = np.abs(found - theirs).max(axis=1)
    difference = np.where(np.isnan(difference), np.inf, difference)
    worst = int(difference.argmax())
    if difference[worst] > TOLERANCE:
        many = int((difference > TOLERANCE).sum())
        problem = f"export refused: the ONNX model and the fitted one differ by more than {TOLERANCE:g} on {many:,} of {len(texts):,} texts"
        raise ParityError(problem)
    return Parity(rows=len(texts), max_abs_difference=float(difference[worst]))
