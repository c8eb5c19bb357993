"""Step 3: an estimator learns from the training rows. The model is written as ONNX at once, so no pickle is ever read."""

from typing import Any

import msgspec

from training.fit import fit, require_difference
from training.steps.material import material, saved
from training.steps.step import Run

READS = ("estimator", "seed")
CANDIDATE, ANSWERS, FITTED = "candidate.onnx", "answers.json", "fit.json"


class FitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`fit.json`: what was fitted, and the Brier score of each setting on the validation rows."""

    estimator: str
    settings: str
    trials: dict[str, Any]


def run(run: Run) -> str:
    """Fit, and keep the estimator's own answers for the test rows: the exported model is compared with them."""
    found = material(run)
    estimator = run.config["estimator"]
    fitted = fit(found.parts.train, found.chosen.inputs, within=found.facts.within, seed=run.config["seed"], estimator=estimator)
    theirs = fitted.model.probabilities(found.test())
    require_difference(theirs[:, 1])
    run.folder.write(CANDIDATE, fitted.model.onnx())
    saved(run, ANSWERS, theirs)
    run.folder.put(FITTED, FitFacts(estimator=fitted.title, settings=str(fitted.settings), trials=dict(fitted.trials)))
    return f"{fitted.title}, {fitted.settings}; best of {max(1, len(fitted.trials))} settings"
