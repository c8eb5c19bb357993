"""What a monitor has learned, in a file: so that a restart need not read weeks of decisions again, and counts none of them twice."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from services.kafka.followed import Places

log = logging.getLogger("memory")


class Tally(Protocol):
    """What was counted, and how it is written to a file."""

    VERSION: ClassVar[int]
    """Of what `packed` writes."""

    def packed(self) -> Mapping[str, Any]:
        """As values of JSON."""

    @classmethod
    def unpacked(cls, told: Any, /) -> Self:
        """Read what `packed` wrote. May raise ValueError, KeyError, TypeError or AttributeError."""


T = TypeVar("T", bound=Tally)


@dataclass
class Memory(Generic[T]):
    """The tally, and how far the topics were read for it."""

    tally: T
    places: Places = field(default_factory=dict)


def load(file: Path, kind: type[T]) -> Memory[T]:
    """What was saved of this kind. A file that is missing is as if nothing was known yet, and so is one that cannot be read, which is said."""
    try:
        told = json.loads(file.read_bytes())
        if told["version"] != kind.VERSION:
            message = f"version {told['version']}"
            raise ValueError(message)
        return Memory(kind.unpacked(told["tally"]), {str(place): int(offset) for place, offset in told["places"].items()})
    except FileNotFoundError:
        return Memory(kind())
    except (OSError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as problem:
        log.warning("%s cannot be read (%s), so decisions are read again", file, type(problem).__name__)
        return Memory(kind())


def save(file: Path, memory: Memory[T]) -> None:
    """Replace the file, whole or not at all. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.new")  # a single look may come while another process follows
    fresh.write_text(json.dumps({"version": memory.tally.VERSION, "places": memory.places, "tally": memory.tally.packed()}))
    fresh.replace(file)
