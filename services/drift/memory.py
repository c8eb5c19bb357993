"""What is known of the drift of models, in a file: so that a restart need not read weeks of decisions again, and counts none of them twice."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services import memory_file
from services.drift.tally import Tally
from services.kafka.followed import Places

VERSION = 1


@dataclass
class Memory:
    """The tally, and how far the topics were read for it."""

    tally: Tally = field(default_factory=Tally)
    places: Places = field(default_factory=dict)


def load(file: Path) -> Memory:
    """What was saved. A file that is missing is as if nothing was known yet, and so is one that cannot be read, which is said."""
    return memory_file.load(file, _unpacked) or Memory()


def save(file: Path, memory: Memory) -> None:
    """Replace the file, whole or not at all. Raises OSError."""
    memory_file.save(file, {"version": VERSION, "places": memory.places, "tally": memory.tally.packed()})


def _unpacked(told: Any) -> Memory:
    if told["version"] != VERSION:
        message = f"version {told['version']}"
        raise ValueError(message)
    return Memory(tally=Tally.unpacked(told["tally"]), places={str(place): int(offset) for place, offset in told["places"].items()})
