"""The scores of the champion on the rows of a challenger, so that the two are compared on the same decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.model_versions.versions import RegistryError, Version, Versions
from training.gate import ask, session_of
from training.inputs import matrix
from training.manifest import manifest_of, read
from training.rows import Row
from udfs.core.features.features import FeatureSet

FILE = "model.onnx"


@dataclass(frozen=True, kw_only=True)
class Champion:
    """The champion, and its scores; or why it cannot score these rows."""

    version: str
    scores: npt.NDArray[np.float64] | None = None
    why: str = ""


def champion(registry: Versions, model: str, rows: Sequence[Row], features: FeatureSet) -> Champion | None:
    """Score the rows with the model's champion. None if there is none."""
    found = registry.holder(model, "champion")
    return None if found is None else score(found, rows, features)


def score(version: Version, rows: Sequence[Row], features: FeatureSet) -> Champion:
    """Score rows with a registered version. One that reads a feature as it was defined once cannot score what is computed now."""
    manifest = manifest_of(version.manifest)
    for each in manifest.inputs:
        now = features.features.get(each.feature)
        if now is None or now.definition != each.definition:
            changed = "is no longer declared" if now is None else "has another definition now"
            return Champion(version=version.version, why=f"its feature {each.feature} {changed}")
    content = version.read(FILE)
    if content is None:
        problem = f"{version.place} has no {FILE}: it is damaged; retire that version, or promote another one"
        raise RegistryError(problem)
    answers = ask(session_of(content, output=manifest.output), matrix(read(manifest.inputs), rows), output=manifest.output)
    return Champion(version=version.version, scores=answers[:, manifest.score.index])
