"""The models that a campaign asks, from its document."""

from collections.abc import Iterator, Mapping
from typing import Any


def models_of(document: Mapping[str, Any]) -> Iterator[str]:
    """The name of each model under `score`: that of the only one, or of several."""
    score = document.get("score")
    if isinstance(score, Mapping):
        for each in (score, *score.values()):
            if isinstance(each, Mapping) and isinstance(each.get("model"), str):
                yield each["model"]
