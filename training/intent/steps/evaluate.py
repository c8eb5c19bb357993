"""Step 4 for intents: how many of the test texts are understood, and how many that are about something else are found to be so."""

import msgspec
import numpy as np

from services.model_versions.place import opened
from services.model_versions.versions import Version
from training.champion import manifest_in, model_in
from training.gate import session_of
from training.intent.measures import Measured, Probabilities, Threshold, measured, thresholds
from training.intent.parity import ask
from training.intent.steps.dataset import texts
from training.intent.steps.fit import FITTED, FitFacts
from training.intent.texts import Text
from training.steps.evaluate import EVALUATION
from training.steps.fit import ANSWERS
from training.steps.folder import RunFolder
from training.steps.step import Run
from udfs.scoring.texts import PLACES, WEIGHTS

READS = ("registry",)


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """`evaluation.json`."""

    figures: Measured
    thresholds: list[Threshold]
    """What others would do."""
    champion: str | None = None
    of_champion: Measured | None = None
    """The figures of the champion on the same texts."""


def run(run: Run) -> str:
    """Evaluate."""
    _, test = texts(run.folder)
    facts = run.folder.get(FITTED, FitFacts)
    told = answers(run.folder, len(facts.classes))
    figures = measured(test, told, facts.classes, threshold=facts.threshold)
    held = opened(run.config.registry).holder(run.config.name, "champion")
    theirs = _of_champion(held, test) if held else None
    others = thresholds(test, told, facts.classes)
    run.folder.put(EVALUATION, Evaluated(figures=figures, thresholds=others, champion=held.version if held else None, of_champion=theirs))
    outside = "" if figures.out_of_scope is None else f"; of {figures.outside:,} out of scope {figures.out_of_scope:.1%} are found to be so"
    against = f"; the champion {held.version if held else ''} has {theirs.accuracy:.4f}" if theirs else ""
    return f"accuracy {figures.accuracy:.4f} [{figures.low:.4f}, {figures.high:.4f}] of {figures.texts:,} texts in scope{outside}{against}"


def answers(folder: RunFolder, classes: int) -> Probabilities:
    """The model's own answers, as the fit step has kept them."""
    return np.frombuffer(folder.read(ANSWERS), dtype=np.float64).reshape(-1, classes)


def _of_champion(held: Version, test: list[Text]) -> Measured | None:
    manifest = manifest_in(held)
    if manifest.text is None or manifest.input != PLACES:
        return None
    session = session_of(model_in(held), inputs=(PLACES, WEIGHTS), output=manifest.output)
    found = ask(session, [each.text for each in test], bits=manifest.text.bits)
    return measured(test, found, [str(each) for each in manifest.classes], threshold=manifest.text.threshold)
