"""Step 3 for intents: the model learns."""

import msgspec
import numpy as np

from training.intent.estimator import TITLE, Settings, fit
from training.intent.steps.dataset import texts
from training.steps.fit import ANSWERS, CANDIDATE
from training.steps.step import Run

READS = ("estimator", "threshold", "seed")
FITTED = "fit.json"


class FitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`fit.json`."""

    estimator: str
    settings: str
    bits: int
    classes: list[str]
    threshold: float


def run(run: Run) -> str:
    """Fit, and keep the model's own answers for the test texts."""
    train, test = texts(run.folder)
    settings, threshold = Settings(), float(run.config["threshold"])
    model = fit(train, settings)
    run.folder.write(CANDIDATE, model.onnx())
    answers = model.probabilities([each.text for each in test])
    run.folder.write(ANSWERS, np.ascontiguousarray(answers).tobytes())
    facts = FitFacts(estimator=TITLE, settings=str(settings), bits=settings.bits, classes=list(model.classes), threshold=threshold)
    run.folder.put(FITTED, facts)
    return f"{TITLE}, {settings}; out of scope below {threshold:.2f}"
