"""Step 4: the model on rows later than those it learned from, against chance, the baseline and the champion."""

import msgspec

from services.model_versions.place import opened
from training import options
from training.alone import check_whole
from training.baseline import baseline
from training.champion import champion
from training.evaluate import Evaluation, evaluate
from training.inputs import require_declared
from training.steps.fit import ANSWERS
from training.steps.material import answers, material
from training.steps.step import Run

READS = ("slices", "registry", "allow", "seed")
EVALUATION = "evaluation.json"


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """`evaluation.json`."""

    figures: Evaluation
    champion: str | None = None
    """The version it was compared with."""
    not_compared: str = ""
    """Why the champion could not score these rows."""


def run(run: Run) -> str:
    """Evaluate. Raises LeakError if the model is never wrong."""
    found, scores = material(run), answers(run, ANSWERS)[:, 1]
    features = options.book(run.config.paths("campaigns"), run.config.path("features")).features
    by = run.config["slices"] or ()
    require_declared(by, features, to="slice by")
    held = champion(opened(run.config.registry), run.config.name, found.parts.test, features)
    figures = evaluate(
        found.parts.test,
        scores,
        baseline(found.parts.train, found.parts.test),
        champion=held.scores if held else None,
        by=by,
        seed=run.config["seed"],
    )
    run.folder.put(EVALUATION, Evaluated(figures=figures, champion=held.version if held else None, not_compared=held.why if held else ""))
    check_whole(figures.model["auc"].value, found.facts.alone, allowed=run.config["allow"] or ())
    if held and held.why:
        run.say(f"the champion {held.version} was not compared: {held.why}")
    told = ", ".join(f"{name} {figures.model[name].brief()}" for name in figures.model)
    against = f"; over the champion {held.version}: auc {figures.over_champion['auc'].brief()}" if held and figures.over_champion else ""
    return f"{told}; lift {figures.lift[0].lift:.1f}{against}"
