"""A model as the engine knows it: its versions, newest first, and which of them speaks. The file itself travels by URI and hash, never in state.

Each input goes with the hash of the feature's definition, so a model outlives every change of features that it does not read, and is
refused when one that it reads now means something else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from udfs.core.features.features import FeatureSet
from udfs.core.features.model_inputs import Input, Row
from udfs.core.values.chance import lot
from udfs.core.values.problems import did_you_mean

MAX_VERSIONS = 5
"""Versions of one model that are kept, and kept loaded: going back to one takes one message."""
OUT_OF_SCOPE = "out_of_scope"
"""The intent of a text that is about nothing that a model knows."""
MAX_MODEL_BYTES = 64 * 1024 * 1024
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class OfTexts:
    """How a model reads a text: `udfs.core.features.grams` with so many bits."""

    bits: int
    threshold: float
    """Below this probability, a text is out of scope."""


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
    """Events that end it earlier."""
    after: int
    """After so many events of the customer it ends as well; 0: after no number."""
    budget_ms: float
    """Longest time that one answer may take."""
    centres: tuple[tuple[float, ...], ...] = ()
    """Of a model of segments: for each class, the middle of it, a number an input on the scale that it was found on; else empty."""
    scale: tuple[tuple[float, float], ...] = ()
    """Of each input, the mean and the standard deviation of its logarithm."""
    text: OfTexts | None = None
    """Set where it reads a text instead of features: then it has no inputs."""
    because: Mapping[str, str | None] = field(default_factory=dict)
    """Feature -> what `{{ because }}` says of it; None: it is never mentioned, whatever a campaign says."""
    row: Row = field(init=False, compare=False, repr=False)
    """Its inputs, made ready to be read from a vector."""

    def __post_init__(self) -> None:
        """Make them ready."""
        object.__setattr__(self, "row", Row(self.inputs))

    @property
    def label(self) -> str:
        """How a decision names it."""
        return f"{self.name}:{self.version}"


@dataclass(frozen=True, slots=True)
class Challenger:
    """A version that counts for a share of the customers, in place of the current one."""

    model: Model
    share: float
    """Of all customers, above 0 and at most 1."""
    unfit: str = ""
    """As of a published model."""

    def speaks_for(self, user_id: str) -> bool:
        """Whether this customer is among its share. Who is stays so while the share grows; another version draws other customers."""
        return self.share >= 1 or lot(f"model:{self.model.label}", user_id) < self.share


@dataclass(frozen=True, slots=True)
class Shadow:
    """A version that is asked as well as the one in use. Its answers are logged, and used for nothing."""

    model: Model
    ms_per_s: float
    """Milliseconds of a second that its answers may take, in each task of the job. Beyond that it is not asked."""
    unfit: str = ""
    """As of a published model."""


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """What control holds under `model/<name>`, against the features in force."""

    current: Model
    """The champion."""
    versions: tuple[Model, ...]
    """All that stay loaded, newest first; `current` is one of them."""
    paused: bool
    unfit: str
    """Why the inputs of `current` are not what the features give; empty when they are."""
    fallback: tuple[Model, ...]
    """The other versions that the features fit and that are not on trial, newest first: who speaks while `current` is on its way."""
    challenger: Challenger | None = None
    shadow: Shadow | None = None

    def version(self, version: str) -> Model | None:
        """One of those that stay loaded."""
        return next((model for model in self.versions if model.version == version), None)

    @property
    def misfit(self) -> str:
        """Why one of the versions that are asked cannot be, champion, challenger or shadow; empty when all can."""
        return self.unfit or (self.challenger.unfit if self.challenger else "") or (self.shadow.unfit if self.shadow else "")

    def against(self, features: FeatureSet) -> "PublishedModel":
        """The same, against other features."""
        return against(self, features)


def against(published: PublishedModel, features: FeatureSet) -> PublishedModel:
    """A model and its versions, compared with these features."""
    current, challenger, shadow = published.current, published.challenger, published.shadow
    apart = {current.version, *(each.model.version for each in (challenger, shadow) if each)}
    return replace(
        published,
        unfit=_misfit(current, features),
        fallback=tuple(model for model in published.versions if model.version not in apart and not _misfit(model, features)),
        challenger=challenger and replace(challenger, unfit=_misfit(challenger.model, features)),
        shadow=shadow and replace(shadow, unfit=_misfit(shadow.model, features)),
    )


def _misfit(model: Model, features: FeatureSet) -> str:
    for each in model.inputs:
        feature = features.features.get(each.feature)
        if feature is None:
            hint = did_you_mean(each.feature, features.features)
            return f"{model.label} reads the feature {each.feature!r}, which is not declared{f': {hint}' if hint else ''}"
        if feature.definition != each.definition:
            return f"{model.label} was trained on another definition of {each.feature!r}: train it again, or publish the features that it knows"
    return ""
