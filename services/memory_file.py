"""What a process has learned, in a file: so that a restart need not read weeks of a topic again, and counts nothing twice."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

log = logging.getLogger("memory")
T = TypeVar("T")


def load(file: Path, read: Callable[[Any], T]) -> T | None:
    """What was saved, read by `read`, which may raise ValueError, KeyError, TypeError or AttributeError.

    None: the file is missing, or cannot be read, which is said.
    """
    try:
        return read(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        log.warning("%s cannot be read (%s), so decisions are read again", file, type(problem).__name__)
        return None


def save(file: Path, told: Mapping[str, Any]) -> None:
    """Replace the file, whole or not at all. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.new")  # a single look may come while another process follows
    fresh.write_text(json.dumps(told))
    fresh.replace(file)
