"""What travels on `control` in place of a model: where its file is, what it must hash to, what it reads, and how it was made."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from udfs.core.features.model_inputs import Input

BUDGET_MS = 20


class ManifestInput(msgspec.Struct, frozen=True, omit_defaults=True):
    """One input: a feature, the hash of its definition, and for texts the values in the order of the numbers that stand for them."""

    feature: str
    definition: str
    values: list[str] | None = None


class Score(msgspec.Struct, frozen=True):
    """Which number of an answer is the score."""

    index: int


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """What it learned from. Times are epoch milliseconds: of the first and last decision among the training rows, and of the training."""

    from_: int = msgspec.field(name="from")
    to: int
    rows: int
    positives: int
    at: int


class AgreedParity(msgspec.Struct, frozen=True, kw_only=True):
    """How far file and estimator differ at most, over how many rows."""

    rows: int
    max_abs_difference: float


class Cache(msgspec.Struct, frozen=True):
    """How long a score may be used again, and which events end that."""

    ttl: str
    until: list[str]


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
    budget_ms: int = BUDGET_MS
    """How long the job may take over a score."""

    def document(self) -> dict[str, Any]:
        """As plain JSON values; the budget always stands there."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return {**plain, "budget_ms": self.budget_ms}


def manifest_of(document: Mapping[str, Any]) -> Manifest:
    """A manifest from plain values. Raises msgspec.ValidationError when they are none."""
    return msgspec.convert(document, Manifest)


def written(inputs: Sequence[Input]) -> list[ManifestInput]:
    """Inputs as a manifest names them."""
    return [ManifestInput(each.feature, each.definition, None if each.values is None else _in_order(each.values)) for each in inputs]


def read(inputs: Sequence[ManifestInput]) -> list[Input]:
    """Inputs as `encode` takes them."""
    return [Input(each.feature, each.definition, None if each.values is None else {text: n for n, text in enumerate(each.values)}) for each in inputs]


def _in_order(values: Mapping[str, int]) -> list[str]:
    return sorted(values, key=lambda text: values[text])
