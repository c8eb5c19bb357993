"""Step 5: what the model must reach. One that does not goes no further."""

from collections.abc import Iterator, Mapping

from training.errors import GateError
from training.evaluate import Evaluation
from training.fairness import checks, compared, table
from training.steps.checks import Check
from training.steps.evaluate import EVALUATION, Evaluated
from training.steps.fit import ANSWERS
from training.steps.material import answers, material
from training.steps.step import Run

READS = ("gate", "fairness")
GATE, FAIRNESS = "gate.json", "fairness.json"
LEAST_OF_A_SLICE = 200
"""Smaller slices are shown, but stop nothing: their figures are mostly chance."""


def run(run: Run) -> str:
    """Check every condition. Raises GateError with all that are not met."""
    evaluated = run.folder.get(EVALUATION, Evaluated)
    return judged(run, [*checked(run.config["gate"] or {}, evaluated.figures), *_fair(run)])


def _fair(run: Run) -> list[Check]:
    """Whether groups are treated alike, where the file names some. The table is kept, also of a version that goes no further."""
    told = run.config.fairness
    if told is None:
        return []
    found = compared(told, material(run).parts.test, answers(run, ANSWERS)[:, 1])
    run.folder.put(FAIRNESS, found)
    run.folder.write("fairness.md", "\n".join(table(found, told)).encode())
    asked = list(checks(found, least=told.least))
    if few := sum(each.found is None for each in asked):
        run.say(f"fairness: {few} of {len(asked)} comparisons have too few people: they stop nothing")
    return asked


def judged(run: Run, checks: list[Check]) -> str:
    """Keep these checks, and say how they went. Raises GateError with all that are not met."""
    run.folder.put(GATE, checks)
    if failed := [each for each in checks if not each.passed]:
        told = "; ".join(map(_sentence, failed))
        problem = f"the model stays behind the gate: {told}"
        raise GateError(problem)
    skipped = sum(each.found is None for each in checks)
    return f"{len(checks) - skipped} conditions met" + (f", {skipped} without anything to compare with" if skipped else "")


def _sentence(check: Check) -> str:
    return f"{check.what} is {check.found:.4f}, and must be at {'most' if check.at_most else 'least'} {check.bound:g}"


def checked(gate: Mapping[str, Mapping[str, float]], figures: Evaluation) -> Iterator[Check]:
    """The conditions, in the order of the file."""
    for name, bound in gate.get("at_least", {}).items():
        found = _figure(figures, name)
        yield Check(what=name, found=found, bound=bound, passed=found >= bound)
    for name, bound in gate.get("at_most", {}).items():
        found = _figure(figures, name)
        yield Check(at_most=True, what=name, found=found, bound=bound, passed=found <= bound)
    for name, bound in gate.get("over_baseline", {}).items():
        estimate = figures.difference[name]
        found = -estimate.high if name == "brier" else estimate.low
        yield Check(what=f"{name} over the baseline, low end of the interval", found=found, bound=bound, passed=found >= bound)
    for name, bound in gate.get("over_champion", {}).items():
        over = figures.over_champion.get(name)
        better = None if over is None else -over.value if name == "brier" else over.value
        yield Check(what=f"{name} over the champion", found=better, bound=bound, passed=better is None or better >= bound)
    for name, bound in gate.get("slices", {}).items():
        for each in figures.slices:
            if each.rows >= LEAST_OF_A_SLICE and name in each.figures:
                found = each.figures[name].value
                yield Check(what=f"{name} where {each.feature} is {each.value}", found=found, bound=bound, passed=found >= bound)


def _figure(figures: Evaluation, name: str) -> float:
    if name == "calibration_error":
        return figures.calibration_error
    return figures.lift[0].lift if name == "lift" else figures.model[name].value
