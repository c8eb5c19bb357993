"""Events with the times at which they arrived, so that lateness can be tried: line n of one file says when line n of the other came."""

import gzip
import sys
from collections.abc import Iterator
from pathlib import Path

from services.replay.records import History, Record, ReplayError
from services.replay.segment import key_of
from udfs.core.values.instants import BadInstant, parse_instant


def arriving(events: Path, arrivals: Path) -> History:
    """The events in the order of their lines, each at its arrival (record time).

    Raises ReplayError if a time cannot be read or goes back, or if there are not as many times as events.
    """
    times = list(_times(arrivals))
    lines = [(number, line) for number, line in enumerate(_lines(events), start=1) if line.strip()]
    if len(times) != len(lines):
        message = f"{arrivals} has {len(times):,} times for the {len(lines):,} events of {events}: line n says when line n of the events arrived"
        raise ReplayError(message)
    return History(events=len(lines), records=(Record(at, key_of(line), line, n) for at, (n, line) in zip(times, lines, strict=True)))


def _times(path: Path) -> Iterator[int]:
    last = 0
    for number, line in enumerate(_lines(path), start=1):
        text = line.decode("utf-8", "replace").strip()
        if not text:
            continue
        try:
            at = parse_instant(text)
        except BadInstant as error:
            message = f"{path}:{number}: {error}"
            raise ReplayError(message) from error
        if at < last:
            message = f"{path}:{number}: {text} lies before the line above it: what arrived first stands first, in both files"
            raise ReplayError(message)
        last = at
        yield at


def _lines(path: Path) -> list[bytes]:
    if str(path) == "-":
        return sys.stdin.buffer.read().splitlines()
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
    except (OSError, EOFError) as error:
        message = f"{path} cannot be read: {error}"
        raise ReplayError(message) from error
