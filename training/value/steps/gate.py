"""Step 5 for values: what the model must reach. One that does not goes no further."""

from collections.abc import Iterator, Mapping

from training.steps.checks import Check
from training.steps.evaluate import EVALUATION
from training.steps.gate import judged
from training.steps.step import Run
from training.value.measures import Evaluation
from training.value.steps.evaluate import Evaluated

READS = ("gate",)
LOWER = frozenset({"mae"})
"""Figures of which less is better."""


def run(run: Run) -> str:
    """Check every condition. Raises GateError with all that are not met."""
    return judged(run, list(checked(run.config["gate"] or {}, run.folder.get(EVALUATION, Evaluated).figures)))


def checked(gate: Mapping[str, Mapping[str, float]], figures: Evaluation) -> Iterator[Check]:
    """The conditions, in the order of the file."""
    for name, bound in gate.get("at_least", {}).items():
        reached = figures.model[name].value
        yield Check(what=name, found=reached, bound=bound, passed=reached >= bound)
    for name, bound in gate.get("at_most", {}).items():
        found = _figure(figures, name)
        yield Check(at_most=True, what=name, found=found, bound=bound, passed=found is None or found <= bound)
    for name, bound in gate.get("over_baseline", {}).items():
        better = -figures.difference[name].high if name in LOWER else figures.difference[name].low
        yield Check(what=f"{name} over going on as before, low end of the interval", found=better, bound=bound, passed=better >= bound)
    for name, bound in gate.get("over_champion", {}).items():
        over = figures.over_champion.get(name)
        than = None if over is None else -over.value if name in LOWER else over.value
        yield Check(what=f"{name} over the champion", found=than, bound=bound, passed=than is None or than >= bound)


def _figure(figures: Evaluation, name: str) -> float | None:
    return abs(figures.bias) if name == "bias" else figures.orders_mae if name == "orders_mae" else figures.model[name].value
