"""What a run is asked for. Nothing is imported here that learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.recommend.interactions import EVENTS

TOGETHER = "item-to-item"
"""The strategy that the job makes most of a list of."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be learned, and from what."""

    protocol: str
    events: Sequence[str] = EVENTS
    names: Sequence[str] = ()
    """Strategies; none: all without a network."""
    catalogue: Path | None = None
    folder: Path | None = None
    """Where it is exported to; None: it is only evaluated."""
    segments: Path | None = None
    decisions: Sequence[Path] = ()
    seed: int = 0
