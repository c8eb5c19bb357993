"""What is known of the drift of models, in a file: so that a restart need not read weeks of decisions again, and counts none of them twice."""

import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.drift.tally import Tally
from services.kafka.followed import Places

VERSION = 1

log = logging.getLogger("drift")


@dataclass
class Memory:
    """The tally, and how far the topics were read for it."""

    tally: Tally = field(default_factory=Tally)
    places: Places = field(default_factory=dict)


def load(file: Path) -> Memory:
    """What was saved. A file that is missing is as if nothing was known yet, and so is one that cannot be read, which is said."""
    try:
        told = json.loads(file.read_bytes())
        return _unpacked(told)
    except FileNotFoundError:
        return Memory()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        log.warning("%s cannot be read (%s), so decisions are read again", file, type(problem).__name__)
        return Memory()


def save(file: Path, memory: Memory) -> None:
    """Replace the file, whole or not at all. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.new")  # a single look may come while another process follows
    fresh.write_text(json.dumps({"version": VERSION, "places": memory.places, "tally": memory.tally.packed()}))
    fresh.replace(file)


def _unpacked(told: Any) -> Memory:
    if told["version"] != VERSION:
        message = f"version {told['version']}"
        raise ValueError(message)
    return Memory(tally=Tally.unpacked(told["tally"]), places={str(place): int(offset) for place, offset in told["places"].items()})
