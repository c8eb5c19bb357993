"""Other ways to choose, as probabilities of each arm in each logged decision. They choose among what could be chosen then, and nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from services.documents import yaml12
from training.errors import TrainingError
from training.ope.log import ROUNDED, Floats, Log
from udfs.core.values.problems import did_you_mean

UNIFORM, LOGGED = "uniform", "table"
"""Words for: each with the same probability, and: as the log's own columns say."""
Weights = Mapping[str, float]


def target_of(log: Log, told: str) -> Floats:
    """What `--policy` names: `uniform`, `table`, one arm, weights such as `a=3,b=1`, or a YAML file with weights by context.

    Raises TrainingError where it names what the log does not have, or leaves a decision without anything to choose.
    """
    if told == UNIFORM:
        return normalised(log, np.ones((len(log), len(log.arms))))
    if told == LOGGED:
        if log.target is None:
            problem = "the log states no other policy: add a column target:NAME for each arm, or name a policy"
            raise TrainingError(problem)
        return normalised(log, log.target)
    if told.endswith((".yaml", ".yml")):
        return by_context(log, _read(Path(told)))
    return by_context(log, {"*": _weights(told)})


def by_context(log: Log, weights: Mapping[str, Weights]) -> Floats:
    """Weights of arms by context; `*` stands for every other context."""
    for context, each in weights.items():
        if context != "*" and context not in log.contexts:
            problem = f"the log has no context {context!r}{_hint(context, log.contexts)}"
            raise TrainingError(problem)
        for arm, weight in each.items():
            if arm not in log.arms:
                problem = f"the log has no arm {arm!r}{_hint(arm, log.arms)}"
                raise TrainingError(problem)
            if not (weight >= 0 and np.isfinite(weight)):
                problem = f"the weight of {arm!r} is a number, 0 or more, not {weight!r}"
                raise TrainingError(problem)
    rows = []
    for context in log.contexts:
        found = weights.get(context, weights.get("*"))
        if found is None:
            problem = f"the policy says nothing about context {context!r}: add it, or '*' for every other"
            raise TrainingError(problem)
        rows.append([found.get(arm, 0.0) for arm in log.arms])
    return normalised(log, np.array(rows, dtype=np.float64)[log.context])


def normalised(log: Log, weights: Floats) -> Floats:
    """Weights as probabilities of what could be chosen. Raises TrainingError where nothing of it could be."""
    kept = np.where(log.feasible, weights, 0.0)
    totals = kept.sum(axis=1, keepdims=True)
    empty = int((totals <= 0).sum())
    if empty:
        problem = (
            f"in {empty:,} of {len(log):,} decisions nothing that the policy chooses could be chosen: give every arm a weight above 0, "
            "however small, or say what it falls back on"
        )
        raise TrainingError(problem)
    probabilities: Floats = kept / totals
    return probabilities


def _weights(told: str) -> Weights:
    """`a=3,b=1`, or one arm alone."""
    found: dict[str, float] = {}
    for part in told.split(","):
        arm, sign, weight = part.strip().rpartition("=")
        try:
            found[arm.strip() if sign else part.strip()] = float(weight) if sign else 1.0
        except ValueError:
            problem = f"{part.strip()!r} is no weight: write {arm.strip()}=0.5, for one"
            raise TrainingError(problem) from None
    return found


def _read(path: Path) -> Mapping[str, Weights]:
    found: Any = yaml12.read(path).value
    if not isinstance(found, Mapping) or not all(
        isinstance(each, Mapping) and all(isinstance(weight, (int, float)) and not isinstance(weight, bool) for weight in each.values())
        for each in found.values()
    ):
        problem = f"{path}: a policy is weights by context, such as {{vip: {{points: 3, upsell: 1}}, '*': {{points: 1}}}}"
        raise TrainingError(problem)
    return {str(context): {str(arm): float(weight) for arm, weight in each.items()} for context, each in found.items()}


def _hint(name: str, known: tuple[str, ...]) -> str:
    hint = did_you_mean(name, known)
    return f": {hint}" if hint else f": it has {', '.join(known[:8])}{' …' if len(known) > 8 else ''}"


def is_normal(probabilities: Floats) -> bool:
    """Whether each row adds up to 1."""
    return bool(np.all(np.abs(probabilities.sum(axis=1) - 1) <= ROUNDED))
