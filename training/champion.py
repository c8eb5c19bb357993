"""The scores of the champion on the rows of a challenger, so that the two are compared on the same decisions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from services.model_versions.versions import MANIFEST, RegistryError, Version, Versions
from training.gate import ask, session_of
from training.inputs import matrix
from training.manifest import Manifest, manifest_of, read
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
    manifest = manifest_in(version)
    for each in manifest.inputs:
        now = features.features.get(each.feature)
        if now is None or now.definition != each.definition:
            changed = "is no longer declared" if now is None else "has another definition now"
            return Champion(version=version.version, why=f"its feature {each.feature} {changed}")
    answers = ask(session_of(model_in(version), output=manifest.output), matrix(read(manifest.inputs), rows), output=manifest.output)
    return Champion(version=version.version, scores=answers[:, manifest.score.index])


def manifest_in(version: Version) -> Manifest:
    """The manifest of a registered version. Raises RegistryError if it is damaged."""
    try:
        return manifest_of(version.manifest)
    except msgspec.ValidationError as error:
        problem = f"{MANIFEST} in {version.place} is damaged ({error}): restore it, or promote another version"
        raise RegistryError(problem) from error


def model_in(version: Version) -> bytes:
    """The file of a registered version, which is what its manifest says. Raises RegistryError if it is gone or damaged."""
    content, manifest = version.read(FILE), manifest_in(version)
    if content is None or hashlib.sha256(content).hexdigest() != manifest.sha256:
        what = "is not in" if content is None else "is damaged in"
        problem = f"{FILE} {what} {version.place}: put it there from {manifest.uri}, or promote another version"
        raise RegistryError(problem)
    return content
