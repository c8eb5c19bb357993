"""The customers of a history against the segments that a model found before: how many are in each."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np

from training.errors import HistoryError, TrainingError
from training.gate import ask, session_of
from training.inputs import Floats
from training.manifest import Manifest, manifest_of, read
from training.segments.customers import Customers
from udfs.core.features.features import EMPTY, FeatureSet
from udfs.core.features.language.models import compile_model
from udfs.core.features.model_inputs import encode
from udfs.core.features.models import Model
from udfs.core.values.problems import DocumentError
from udfs.scoring.files import fetch


def manifest_from(file: Path) -> tuple[Manifest, Model]:
    """The manifest of a model of segments, for people and as the job reads it. Raises TrainingError."""
    try:
        found = manifest_of(msgspec.json.decode(file.read_bytes()))
        document = {"model": found.model, "current": found.version, "versions": [found.document()]}
        model = compile_model(document, name=found.model, features=EMPTY, paused=False).current
    except OSError as error:
        problem = f"{file} cannot be read: {error.strerror or error}"
        raise TrainingError(problem) from error
    except (msgspec.MsgspecError, DocumentError) as error:
        problem = f"{file} is no manifest ({error}): training writes it as manifest.json, next to the model"
        raise TrainingError(problem) from error
    if found.segments is None or not isinstance(found.metrics.get("segments"), Mapping):
        problem = f"{found.model} {found.version} finds no segments: name the manifest that `python -m training segments` has written"
        raise TrainingError(problem)
    return found, model


def require_same_features(manifest: Manifest, features: FeatureSet) -> None:
    """Refuse features that are not those by which the segments were found. Raises TrainingError."""
    for each in manifest.inputs:
        now = features.features.get(each.feature)
        if now is None or now.definition != each.definition:
            how = "is not declared" if now is None else "has another definition"
            problem = f"{each.feature} {how} in these features, and {manifest.model} {manifest.version} reads it: name the file by --features"
            raise TrainingError(problem)


def counted(manifest: Manifest, model: Model, people: Customers) -> dict[str, int]:
    """Segment -> customers who are in it now, by the most probable class. Raises ModelRefused if its file cannot be had, and HistoryError if a
    feature that it reads is known of nobody: all would count as average in it."""
    inputs = read(manifest.inputs)
    if lost := [each.feature for each in inputs if all(vector.get(each.feature) is None for vector in people.vectors)]:
        problem = f"{', '.join(lost)}: known of none of {len(people.ids):,} customers, so nothing is said of their segments: is it still sent?"
        raise HistoryError(problem)
    x: Floats = np.array([encode(inputs, vector) for vector in people.vectors], dtype=np.float32).reshape(len(people.ids), -1)
    places = ask(session_of(fetch(model)), x).argmax(axis=1)
    return dict(Counter(model.classes[place] for place in places.tolist()))
