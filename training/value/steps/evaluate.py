"""Step 4 for values: the model on what customers ordered after the split, against the rule that all go on as before, and the champion."""

import msgspec

from services.model_versions.place import opened
from training import options
from training.champion import champion
from training.steps.evaluate import EVALUATION
from training.steps.fit import ANSWERS
from training.steps.material import answers
from training.steps.step import Run
from training.value.measures import Evaluation, evaluate
from training.value.steps.material import material

READS = ("registry", "seed")


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """`evaluation.json`."""

    figures: Evaluation
    champion: str | None = None
    not_compared: str = ""


def run(run: Run) -> str:
    """Evaluate."""
    found, told = material(run), answers(run, ANSWERS)
    features = options.book(run.config.paths("campaigns"), run.config.path("features")).features
    held = champion(opened(run.config.registry), run.config.name, found.base.parts.test, features)
    scores = held.scores if held else None
    figures = evaluate(found.test, told, found.estimator.answers, weeks=found.weeks, champion=scores, seed=run.config["seed"])
    run.folder.put(EVALUATION, Evaluated(figures=figures, champion=held.version if held else None, not_compared=held.why if held else ""))
    if held and held.why:
        run.say(f"the champion {held.version} was not compared: {held.why}")
    orders = "" if figures.orders_mae is None else f", of orders {figures.orders_mae:.3f}"
    return (
        f"mean absolute error of the value {figures.model['mae'].brief()}{orders}; rank correlation {figures.model['rank'].brief()}; "
        f"all together {figures.bias:+.1%}; over going on as before: mae {figures.difference['mae'].brief()}"
    )
