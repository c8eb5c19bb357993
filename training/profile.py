"""What the values of a feature are like over all rows: kind, range, and how many rows do not know it."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from training.rows import Row

Kind = Literal["number", "text", "truth", "several", "mixed", "never known"]
MAX_TEXTS = 200
"""The maximum number of texts that are listed."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One feature over all rows."""

    kind: Kind
    unknown: float
    """The share of rows that do not know it."""
    definition: str = ""
    least: float | None = None
    high: float | None = None
    """The 95th percentile of the known numbers."""
    most: float | None = None
    texts: int = 0
    """How many different texts."""
    values: list[str] = []
    """The texts, if they are few."""


def profiles(rows: Sequence[Row], definitions: dict[str, str]) -> dict[str, Profile]:
    """Every declared feature over these rows."""
    return {name: profile([row.features.get(name) for row in rows], definition) for name, definition in definitions.items()}


def profile(values: Sequence[Any], definition: str = "") -> Profile:
    """One feature's values. Numbers that are not finite count as unknown, as they do in a model's input."""
    known = [value for value in values if value is not None and not (isinstance(value, float) and not np.isfinite(value))]
    unknown = 1 - len(known) / len(values) if values else 0.0
    kinds = {_kind(value) for value in known}
    kind: Kind = "never known" if not kinds else next(iter(kinds)) if len(kinds) == 1 else "mixed"
    texts = _distinct(value for value in known if isinstance(value, str))
    numbers = [float(value) for value in known if _kind(value) == "number"]
    return Profile(
        kind=kind,
        unknown=unknown,
        definition=definition,
        least=min(numbers) if numbers else None,
        high=float(np.percentile(numbers, 95)) if numbers else None,
        most=max(numbers) if numbers else None,
        texts=len(texts),
        values=texts if len(texts) <= MAX_TEXTS else [],
    )


def _kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return "truth"
    return "text" if isinstance(value, str) else "number" if isinstance(value, int | float) else "several"


def _distinct(texts: Iterable[str]) -> list[str]:
    return sorted(set(texts))
