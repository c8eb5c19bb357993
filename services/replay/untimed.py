"""Lines of a file whose time cannot be read: which they are, and which time was used instead."""

from collections.abc import Sequence
from datetime import UTC, datetime

from udfs.codecs.decode import decode_all
from udfs.core.records import Event
from udfs.core.values.instants import EARLIEST

MAX_SHOWN = 5
"""Lines that are named."""


def is_event(key: bytes, line: bytes) -> bool:
    """Whether a line is accepted at all: of one that is rejected nobody asks when it was."""
    return any(isinstance(each, Event) for each in decode_all(key, line.strip(), EARLIEST))


def note_of(borrowed: Sequence[tuple[int, int]]) -> str:
    """A note about these lines, each with its number and the time that was used for it, in epoch milliseconds."""
    shown = ", ".join(f"line {number}: {_clock(at)}" for number, at in borrowed[:MAX_SHOWN])
    more = f" and {len(borrowed) - MAX_SHOWN:,} more" if len(borrowed) > MAX_SHOWN else ""
    lines = "1 line has" if len(borrowed) == 1 else f"{len(borrowed):,} lines have"
    return f"{lines} no time that can be read: the time of the line before was used, or the first time of the file ({shown}{more})"


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
