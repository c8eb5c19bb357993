"""Sources of history: a file of events, the Online Retail file, the lake, or the topic `events` up to its end. A source can be read repeatedly."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.replay.online_retail import online_retail
from services.replay.records import History, ReplayError
from services.replay.segment import segment_spec
from training import lake
from training.errors import HistoryError
from training.spool import spool

KINDS = ("jsonl", "online-retail")
LINKED = ("off", "on")
"""Whether ids that turn out to be one person are one, as `--link-ids` of the job says it."""


@dataclass(frozen=True, kw_only=True)
class HistorySource:
    """A named history. `read` starts from the beginning each time, because the leak check needs a second pass."""

    name: str
    """The name of the file or topic, without its location, for the model card."""
    read: Callable[[], History]
    links_ids: bool = False
    """Whether ids that turn out to be one person are one, as in a job with `--link-ids on`."""


def from_file(path: Path, kind: str) -> HistorySource:
    """The events of a file: `jsonl` (one Segment-spec event per line) or `online-retail`. Raises HistoryError if there is no such file."""
    if not path.is_file():
        problem = f"no history at {path}: name a file of events with --history (see docs/examples for the format)"
        raise HistoryError(problem)

    def read() -> History:
        try:
            return online_retail(path) if kind == "online-retail" else segment_spec(path)
        except ReplayError as error:
            raise HistoryError(str(error)) from error
        except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
            problem = f"{path} cannot be read: {error}"
            raise HistoryError(problem) from error

    return HistorySource(name=path.name, read=read)


def from_lake(place: str) -> HistorySource:
    """The events of a lake: a folder, or s3://bucket/lake."""
    return HistorySource(name=f"lake {place.rstrip('/').rsplit('/', 1)[-1]}", read=lambda: lake.read(place))


def from_topic(brokers: str, topic: str) -> HistorySource:
    """Every event that a topic holds now. It is read once, into a temporary file that lasts as long as the run."""
    spooled = spool(brokers, topic)
    return HistorySource(name=f"topic {topic}", read=spooled.read)


def is_linked(link_ids: str) -> bool:
    """What one of `LINKED` means."""
    return link_ids == "on"
