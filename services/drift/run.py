"""The monitor of drift on Kafka: once, or again and again, with a memory in a file."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.drift.cells import KEPT_WEEKS, WEEK
from services.drift.tally import Tally
from services.drift.watch import DriftWatch
from services.kafka.followed import Followed
from services.memory_file import load, save
from services.rollout.campaign_watch import CampaignsOnKafka
from services.rollout.watch import run as look_forever

SAVED_S = 300.0
"""So often what is known is saved: after a crash as much is read again."""

log = logging.getLogger("drift")


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Where things are read."""

    control: str = "control"
    decisions: str = "decisions"
    outcomes: str = "outcomes"


def once(brokers: str, topics: Topics, file: Path) -> DriftWatch:
    """Read what has come since the last time, and look. Raises NotFound for a topic that is missing, and OSError."""
    with _opened(brokers, topics, file) as (watch, keep):
        watch.round(now=_now())
        keep()
        return watch


def run(brokers: str, topics: Topics, file: Path, *, period_s: float, told: Callable[[DriftWatch], None]) -> None:
    """Look forever. At the first start it reads what the topics hold of the last weeks. Raises NotFound for a topic that is missing."""
    with _opened(brokers, topics, file) as (watch, keep):
        saved = time.monotonic()

        def looked(watched: DriftWatch) -> None:
            nonlocal saved
            told(watched)
            for line in watched.newly:
                log.warning("%s", line)
            if time.monotonic() - saved >= SAVED_S:
                keep()
                saved = time.monotonic()

        try:
            look_forever(watch, period_s=period_s, told=looked)
        finally:
            keep()


@contextmanager
def _opened(brokers: str, topics: Topics, file: Path) -> Iterator[tuple[DriftWatch, Callable[[], None]]]:
    """The monitor where it stood, and what saves it."""
    memory = load(file, Tally)
    since = _now() - KEPT_WEEKS * WEEK
    with closing(Followed(brokers, [topics.decisions])) as decisions, closing(Followed(brokers, [topics.outcomes])) as outcomes:
        for each in (decisions, outcomes):
            each.begin(memory.places, since=since)

        def keep() -> None:
            memory.places = {**decisions.places(), **outcomes.places()}
            save(file, memory)

        yield DriftWatch(CampaignsOnKafka(brokers, topics.control), decisions, outcomes, memory.tally), keep


def _now() -> int:
    return int(time.time() * 1000)
