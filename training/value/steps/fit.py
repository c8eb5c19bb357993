"""Step 3 for values: an estimator learns, and the model is written as ONNX at once."""

from training.steps.fit import ANSWERS, CANDIDATE, FITTED, FitFacts
from training.steps.material import saved
from training.steps.step import Run
from training.value.steps.material import material

READS = ("estimator", "seed")


def run(run: Run) -> str:
    """Fit, and keep the estimator's own answers for the test customers."""
    found = material(run)
    model = found.estimator.fit(found.train, found.test.x, inputs=found.inputs, weeks=found.weeks, seed=run.config["seed"])
    run.folder.write(CANDIDATE, model.onnx())
    saved(run, ANSWERS, model.answers(found.test.x))
    run.folder.put(FITTED, FitFacts(estimator=found.estimator.title, settings=str(model), trials={}))
    return f"{found.estimator.title}: {model}"
