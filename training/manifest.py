"""The manifest, which is published on `control` instead of the model itself: the file's address and hash, the inputs, and the training."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from training.reference import Bins
from udfs.core.features.model_inputs import Input

BUDGET_MS = 20


class ManifestInput(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input: a feature, the hash of its definition, and for texts the values; the number of a text is its position."""

    feature: str
    definition: str
    values: list[str] | None = None
    steps: int | None = None
    """Of a feature that keeps the steps of a visit: how many the model reads, the latest ones."""


class Score(msgspec.Struct, frozen=True):
    """Which number of the model's answer is the score."""

    index: int


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """The training data. Times are epoch milliseconds: of the first and last decision among the training rows, and of the training itself."""

    from_: int = msgspec.field(name="from")
    to: int
    rows: int
    positives: int
    at: int


class AgreedParity(msgspec.Struct, frozen=True, kw_only=True):
    """The largest difference between file and estimator, and the number of rows compared."""

    rows: int
    max_abs_difference: float


class Cache(msgspec.Struct, frozen=True, omit_defaults=True):
    """How long a score may be reused, which events end that, and after how many events of the customer it ends."""

    ttl: str
    until: list[str]
    events: int | None = None


class Centres(msgspec.Struct, frozen=True):
    """Of a model of segments: the scale of each input, and the middle of each class on it. From these follows why somebody is in a segment."""

    means: list[float]
    spreads: list[float]
    centres: list[list[float]]


class OfTexts(msgspec.Struct, frozen=True, kw_only=True):
    """How a model of texts reads them (`udfs.core.features.grams`), and below which probability a text is out of scope."""

    bits: int
    threshold: float


class Predicted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The goal that a model predicts: what follows its scores can be compared with them where a campaign has the same. Times are milliseconds."""

    events: list[str]
    within_ms: int
    absent: bool = False
    """The goal is that none of the events follows: churn."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a model. `version` is the first twelve hex digits of the file's `sha256`."""

    model: str
    version: str
    uri: str
    sha256: str
    bytes: int
    task: str
    classes: list[Any]
    inputs: list[ManifestInput]
    input: str
    output: str
    score: Score
    feature_version: str
    trained: Trained
    metrics: dict[str, Any]
    parity: AgreedParity
    cache: Cache | None = None
    text: OfTexts | None = None
    """Set where it reads a text; then it has no inputs."""
    reference: dict[str, Bins] = {}
    """Feature -> how it was distributed among the training rows; empty for versions from before it was kept."""
    segments: Centres | None = None
    goal: Predicted | None = None
    """Of a model whose score is the probability of a goal."""
    because: dict[str, str | None] = {}
    """Feature -> what messages say of it where it counts for a score; None: never."""
    budget_ms: int = BUDGET_MS
    """How long the job may take for a score."""

    def document(self) -> dict[str, Any]:
        """The manifest as plain JSON values, always with the budget."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {**plain, "budget_ms": self.budget_ms}


def manifest_of(document: Mapping[str, Any]) -> Manifest:
    """Read a manifest from plain values. Raises msgspec.ValidationError if they are not a manifest."""
    return msgspec.convert(document, Manifest)


def written(inputs: Sequence[Input]) -> list[ManifestInput]:
    """Inputs in the form of a manifest."""
    return [
        ManifestInput(each.feature, each.definition, None if each.values is None else _in_order(each.values), each.steps or None) for each in inputs
    ]


def read(inputs: Sequence[ManifestInput]) -> list[Input]:
    """Inputs in the form that `encode` expects."""
    return [
        Input(each.feature, each.definition, None if each.values is None else {text: n for n, text in enumerate(each.values)}, each.steps or 0)
        for each in inputs
    ]


def _in_order(values: Mapping[str, int]) -> list[str]:
    return sorted(values, key=lambda text: values[text])
