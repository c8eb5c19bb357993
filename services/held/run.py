"""The loop of the monitor of anomalies."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from services.held.counts import KEPT_DAYS
from services.held.tally import Tally
from services.held.topics import HoldsOnKafka, action_topics
from services.held.watch import HeldWatch
from services.kafka.followed import Followed
from services.memory_file import load, save
from services.rollout.watch import PERIOD_S
from services.rollout.watch import run as look_forever
from udfs.core.values.durations import DAY

SAVED_S = 60.0
"""So often what was learned is saved: after a crash as much is read again."""


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Where things are read, and where holds are written."""

    control: str = "control"
    decisions: str = "decisions"
    actions: str = "actions."
    """What the names of the topics of actions begin with."""


def run(brokers: str, topics: Topics, file: Path, *, period_s: float = PERIOD_S, told: Callable[[HeldWatch], None] = lambda watched: None) -> None:
    """Look forever. At the first start it reads what the topics hold of the last weeks. Raises NotFound for a topic that is missing."""
    memory = load(file, Tally)
    since = int(time.time() * 1000) - KEPT_DAYS * DAY
    with closing(Followed(brokers, [topics.decisions])) as decisions, closing(Followed(brokers, action_topics(brokers, topics.actions))) as actions:
        decisions.begin(memory.places, since=since)
        actions.begin(memory.places, since=since)
        watch = HeldWatch(HoldsOnKafka(brokers, topics.control), decisions, actions, memory.tally)
        saved = time.monotonic()

        def keep() -> None:
            memory.places = {**decisions.places(), **actions.places()}
            save(file, memory)

        def looked(watched: HeldWatch) -> None:
            nonlocal saved
            told(watched)
            if time.monotonic() - saved >= SAVED_S:
                keep()
                saved = time.monotonic()

        try:
            look_forever(watch, period_s=period_s, told=looked)
        finally:
            keep()
