"""Choose a model's features from the training rows alone, and turn rows into numbers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.documents.training_shape import READ_STEPS
from training.errors import TrainingError
from training.rows import Row
from udfs.core.features.features import FeatureSet
from udfs.core.features.model_inputs import Input, columns
from udfs.core.features.model_inputs import Row as ModelRow
from udfs.core.features.steps import LENGTH, Steps
from udfs.core.values.contacts import without_contacts
from udfs.core.values.problems import did_you_mean, short

MAX_VALUES = 24
"""The maximum number of text values per feature; any other value counts as unknown."""
COVERED = 0.95
"""The share of rows that these values must cover. Otherwise the feature is free text, and is left out."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The inputs in order, and why the other features are not used."""

    inputs: Sequence[Input]
    left_out: Mapping[str, str] = field(default_factory=dict)


def require_declared(names: Iterable[str], features: FeatureSet, *, to: str) -> None:
    """Refuse a name that is not a declared feature. Raises TrainingError."""
    for name in names:
        if name not in features.features:
            known = did_you_mean(name, features.features) or "declared are " + ", ".join(features.features)
            problem = f"there is no feature {name!r} to {to}: {known}"
            raise TrainingError(problem)


def choose(rows: Sequence[Row], features: FeatureSet, *, without: Iterable[str] = (), steps: bool = False) -> Chosen:
    """Every declared feature that varies over these rows, except those in `without`. Raises TrainingError for an unknown name.

    `steps`: also features that keep the steps of a visit. They stand last.
    """
    without = set(without)
    require_declared(without, features, to="leave out")
    inputs: list[Input] = []
    sequences: list[Input] = []
    left_out: dict[str, str] = {}
    for name, feature in features.features.items():
        if isinstance(features.aggregates.get(feature.state or ""), Steps):
            if name in without:
                left_out[name] = "left out on request"
            elif not steps:
                left_out[name] = f"the steps of a visit, which only {' and '.join(READ_STEPS)} read"
            elif not any(row.features.get(name) for row in rows):
                left_out[name] = "never known"
            else:
                sequences.append(Input(name, feature.definition, steps=LENGTH))
            continue
        if any(isinstance(row.features.get(name), list | dict) for row in rows):
            left_out[name] = "several values, which no model here takes"
            continue
        found = Counter(value for row in rows if (value := row.features.get(name)) is not None)
        texts = Counter({value: number for value, number in found.items() if isinstance(value, str)})
        if name in without:
            left_out[name] = "left out on request"
        elif not found:
            left_out[name] = "never known"
        elif len(found) == 1 and found.total() == len(rows):
            left_out[name] = f"always {next(iter(found))}"
        elif any(without_contacts(text) != text for text in texts):
            left_out[name] = "holds addresses of people"
        elif not texts:
            inputs.append(Input(name, feature.definition))
        else:
            kept = sorted(texts, key=lambda text: (-texts[text], text))[:MAX_VALUES]
            if sum(texts[text] for text in kept) < COVERED * texts.total():
                left_out[name] = f"free text ({len(texts):,} values)"
            else:
                inputs.append(Input(name, feature.definition, {text: n for n, text in enumerate(sorted(kept))}))
    if not inputs and not sequences:
        problem = "no feature varies over these rows: " + short("; ".join(f"{name} is {why}" for name, why in left_out.items()), 500)
        raise TrainingError(problem)
    return Chosen(inputs=[*inputs, *sequences], left_out=left_out)


def matrix(inputs: Sequence[Input], rows: Sequence[Row]) -> Floats:
    """The rows as the model reads them: float32, as in the job."""
    read = ModelRow(inputs)
    return np.array([read.of(row.features) for row in rows], dtype=np.float32).reshape(len(rows), read.width)


def plain(inputs: Sequence[Input], x: Floats) -> Iterator[tuple[Input, Floats]]:
    """The inputs that are one number each, with their numbers."""
    for each, place in zip(inputs, columns(inputs).values(), strict=True):
        if not each.steps:
            yield each, x[:, place.start]


def labels(rows: Sequence[Row]) -> npt.NDArray[np.int64]:
    """1 where the goal came."""
    return np.array([row.label for row in rows], dtype=np.int64)
