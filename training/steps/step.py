"""What a step is, and what it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from training.config import Config
from training.steps.folder import RunFolder


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a training file: what the file says, and the folder of what the steps make."""

    config: Config
    folder: RunFolder
    at: int
    """When the run began, epoch milliseconds."""
    brokers: str | None = None
    """Kafka, if not the one of the file."""
    say: Callable[[str], None] = field(default=lambda _: None)
    """Tells people what a step has found."""


class Step(Protocol):
    """A module of this folder. `run` reads what earlier steps made, and writes what it makes."""

    READS: Sequence[str]
    """The keys of the training file on which the result depends."""

    def run(self, run: Run) -> str:
        """Do the step, and say in a few words what came out. Raises KairosError if the run must stop."""
