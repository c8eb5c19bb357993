"""Why a score of a decision is what it is: what each feature that the decision recorded has added to it. Computed when somebody asks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from training.errors import TrainingError
from training.gate import ask, session_of
from udfs.core.features.features import EMPTY
from udfs.core.features.language.models import compile_model
from udfs.core.features.models import Model
from udfs.core.values.problems import DocumentError
from udfs.scoring.contributions import per_input
from udfs.scoring.files import ModelRefused, fetch
from udfs.scoring.trees import NoTrees, trees_of

SHOWN = 10
"""Features that are named; what the others add is summed up."""
SAME = 1e-4
"""A recorded score that differs by more was the answer to other features."""


class Added(msgspec.Struct, frozen=True):
    """What one feature has added."""

    feature: str
    value: Any
    adds: float


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One score of a decision. `base` and all of `features` add up to `sum`, from which the model makes `answer`."""

    model: str
    recorded: float
    answer: float | None = None
    """What the model answers to the recorded features; None: it could not be asked."""
    base: float = 0.0
    sum: float = 0.0
    features: list[Added] = []
    """Those that add most come first."""
    why_not: str = ""
    """Why it is not explained; empty: it is."""


def models_of(documents: Iterable[Mapping[str, Any]], *, named: bool = False) -> dict[str, Model]:
    """Every version of these documents of control, by its label. One that cannot be read has none; if somebody has `named` it, DocumentError."""
    found: dict[str, Model] = {}
    for each in documents:
        try:
            versions = compile_model(each, name=str(each.get("model")), features=EMPTY, paused=False).versions
        except DocumentError:
            if named:
                raise
            continue  # the job did not take it either, and so no decision names it
        found |= {model.label: model for model in versions}
    return found


def explained(decision: Mapping[str, Any], models: Mapping[str, Model]) -> dict[str, Explained]:
    """The scores of a decision by their names, without those that a cold start stood for."""
    scores: Mapping[str, Any] = decision.get("scores") or {}
    return {name: _explained(told, decision.get("features") or {}, models) for name, told in scores.items() if told["reason"] in {"SCORED", "CACHED"}}


def _explained(told: Mapping[str, Any], features: Mapping[str, Any], models: Mapping[str, Model]) -> Explained:
    label, recorded = str(told["model"]), float(told["score"])
    model = models.get(label)
    if model is None:
        return Explained(model=label, recorded=recorded, why_not="this version is not published any more: name its manifest with --model")
    try:
        content = fetch(model)
        row = np.array(model.row.of(features), dtype=np.float32)
        parts = trees_of(content).parts(row)
        answer = float(ask(session_of(content), row[None, :])[0, model.index])
    except (ModelRefused, NoTrees, TrainingError) as problem:
        return Explained(model=label, recorded=recorded, why_not=str(problem))
    added = [
        Added(each.feature, features.get(each.feature), float(adds))
        for each, adds in zip(model.inputs, per_input(parts.inputs, [each.width for each in model.inputs]), strict=True)
    ]
    return Explained(
        model=label,
        recorded=recorded,
        answer=answer,
        base=parts.base,
        sum=parts.sum,
        features=sorted(added, key=lambda each: (-abs(each.adds), each.feature)),
    )


def in_words(name: str, told: Explained) -> list[str]:
    """One score, in lines."""
    if told.why_not:
        return [f"{name} {told.recorded:g} by {told.model}: not explained, {told.why_not}"]
    lines = [f"{name} {told.answer:g} by {told.model}: its trees add up to {told.sum:+.2f}, and to {told.base:+.2f} where nothing is known"]
    if told.answer is not None and abs(told.answer - told.recorded) > SAME:
        lines.append(f"the decision used {told.recorded:g}, an answer from before; with its own features it is {told.answer:g}, explained here")
    moved = [each for each in told.features if round(each.adds, 2)]
    lines += [f"{each.feature} {_shown(each.value)}: {each.adds:+.2f}" for each in moved[:SHOWN]]
    others: Sequence[Added] = [each for each in told.features if each not in moved[:SHOWN]]
    return [*lines, f"{len(others)} others together: {sum(each.adds for each in others):+.2f}"] if others else lines


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
