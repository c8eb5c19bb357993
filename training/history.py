"""Where history comes from: a file of events, the Online Retail file, or the topic `events` up to its end. A source can be read again and again."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.replay.online_retail import online_retail
from services.replay.records import History, ReplayError
from services.replay.segment import segment
from training.errors import HistoryError
from training.spool import spool

KINDS = ("jsonl", "online-retail")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A history by name. `read` begins it anew each time: what is learned is checked against a second reading."""

    name: str
    """A file's or topic's name, without its place: it stands in the model card."""
    read: Callable[[], History]


def from_file(path: Path, kind: str) -> Source:
    """The events of a file: `jsonl` (Segment events, one a line) or `online-retail`. Raises HistoryError where there is none."""
    if not path.is_file():
        problem = f"no history at {path}: name a file of events with --history (`kairos sort` and docs/examples show how one looks)"
        raise HistoryError(problem)

    def read() -> History:
        try:
            return online_retail(path) if kind == "online-retail" else segment(path)
        except ReplayError as error:
            raise HistoryError(str(error)) from error
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            problem = f"{path} cannot be read: {error}"
            raise HistoryError(problem) from error

    return Source(name=path.name, read=read)


def from_topic(brokers: str, topic: str) -> Source:
    """Every event that a topic holds now; it is read once, and kept in a temporary file for the time of the run."""
    spooled = spool(brokers, topic)
    return Source(name=f"topic {topic}", read=spooled.read)
