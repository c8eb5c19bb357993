"""Step 5 for intents: what the model must reach."""

from collections.abc import Iterator, Mapping

from training.intent.steps.evaluate import Evaluated
from training.steps.checks import Check
from training.steps.evaluate import EVALUATION
from training.steps.gate import judged
from training.steps.step import Run

READS = ("gate",)


def run(run: Run) -> str:
    """Check every condition. Raises GateError with all that are not met."""
    return judged(run, list(checked(run.config["gate"] or {}, run.folder.get(EVALUATION, Evaluated))))


def checked(gate: Mapping[str, Mapping[str, float]], found: Evaluated) -> Iterator[Check]:
    """The conditions, in the order of the file."""
    figures = {"accuracy": found.figures.accuracy, "out_of_scope": found.figures.out_of_scope}
    for name, bound in gate.get("at_least", {}).items():
        reached = figures[name]
        yield Check(what=name, found=reached, bound=bound, passed=reached is None or reached >= bound)
    theirs = found.of_champion
    champion = {} if theirs is None else {"accuracy": theirs.accuracy, "out_of_scope": theirs.out_of_scope}
    for name, bound in gate.get("over_champion", {}).items():
        ours, before = figures[name], champion.get(name)
        better = None if ours is None or before is None else ours - before
        yield Check(what=f"{name} over the champion", found=better, bound=bound, passed=better is None or better >= bound)
