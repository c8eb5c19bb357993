"""A model as the engine knows it: its versions, newest first, and which of them speaks. The file itself travels by URI and hash, never in state.

Each input goes with the hash of the feature's definition, so a model outlives every change of features that it does not read, and is
refused when one that it reads now means something else.
"""

import re
from dataclasses import dataclass

from udfs.core.features.features import FeatureSet
from udfs.core.features.model_inputs import Input
from udfs.core.values.problems import did_you_mean

MAX_VERSIONS = 3
"""Versions of one model that are kept, and kept loaded: going back to one takes one message."""
MAX_MODEL_BYTES = 64 * 1024 * 1024
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Model:
    """One version of a model, ready to be asked."""

    name: str
    version: str
    uri: str
    sha256: str
    size: int
    """Bytes of the file."""
    task: str
    classes: tuple[str, ...]
    inputs: tuple[Input, ...]
    input_name: str
    output_name: str
    index: int
    """Position of the score in the answer, unless a campaign asks for a class."""
    ttl: int
    """Milliseconds of event time that an answer about a customer may be used again; 0: never."""
    until: frozenset[str]
    budget_ms: float
    """Longest time that one answer may take."""

    @property
    def label(self) -> str:
        """How a decision names it."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """What control holds under `model/<name>`, against the features in force."""

    current: Model
    versions: tuple[Model, ...]
    """All that stay loaded, newest first; `current` is one of them."""
    paused: bool
    unfit: str
    """Why the inputs of `current` are not what the features give; empty when they are."""
    fallback: tuple[Model, ...]
    """The other versions that the features fit, newest first: who speaks while `current` is on its way."""

    def against(self, features: FeatureSet) -> "PublishedModel":
        """The same, against other features."""
        return against(self.current, self.versions, paused=self.paused, features=features)


def against(current: Model, versions: tuple[Model, ...], *, paused: bool, features: FeatureSet) -> PublishedModel:
    """A model and its versions, compared with these features."""
    fallback = tuple(model for model in versions if model is not current and not _misfit(model, features))
    return PublishedModel(current, versions, paused, _misfit(current, features), fallback)


def _misfit(model: Model, features: FeatureSet) -> str:
    for each in model.inputs:
        feature = features.features.get(each.feature)
        if feature is None:
            hint = did_you_mean(each.feature, features.features)
            return f"{model.label} reads the feature {each.feature!r}, which is not declared{f': {hint}' if hint else ''}"
        if feature.definition != each.definition:
            return f"{model.label} was trained on another definition of {each.feature!r}: train it again, or publish the features that it knows"
    return ""
