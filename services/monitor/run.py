"""The monitor's loop: read Kafka and control every few seconds, and export what was found with what Flink pushes."""

import logging
import time
from collections.abc import Callable, Sequence

from kafka.errors import KafkaError

from services.metrics.pushed import Pushed
from services.metrics.registry import Exported
from services.metrics.text import merged
from services.monitor.control import ControlFigures
from services.monitor.topics import TopicFigures
from services.monitor.watched import Watched
from udfs.core.values.errors import KairosError
from udfs.metrics.services import MONITOR_FAILURES, MONITORED, PUSHING, SERVICE_METRICS, WATCHED

PERIOD_S = 2.0

log = logging.getLogger("monitor")


class Monitor:
    """What it exports, and one round of reading."""

    def __init__(self, brokers: str, *, topics: TopicFigures | None = None, control: ControlFigures | None = None) -> None:
        self.exported = Exported(metric for metric in SERVICE_METRICS if metric.source == "monitor")
        self.pushed = Pushed()
        self._topics = topics or TopicFigures(brokers, self.exported)
        self._control = control or ControlFigures(brokers, self.exported)
        self._failed: dict[str, str] = {}
        for source in ("kafka", "control"):
            self.exported.add(MONITOR_FAILURES, 0, source=source)

    def text(self) -> bytes:
        """Everything, for Prometheus."""
        texts = self.pushed.texts()
        self.exported.set(PUSHING, len(texts))
        return merged([self.exported.text(), *texts])

    def read(self, watched: Sequence[Watched]) -> None:
        """One round. A failure is counted, logged when it is a new one, and tried again the next time."""
        ends: dict[str, int] = {}
        self.exported.clear(WATCHED)
        for job in watched:
            self.exported.set(WATCHED, 1, job_name=job.name)

        def control() -> None:
            self._control.read(ends)

        def kafka() -> None:
            ends.update(self._topics.read(watched))

        if self._tried("kafka", kafka):
            self._tried("control", control)

    def _tried(self, source: str, what: Callable[[], None]) -> bool:
        try:
            what()
        except (KafkaError, KairosError) as problem:
            message = f"{type(problem).__name__}: {problem}"
            self.exported.add(MONITOR_FAILURES, source=source)
            if self._failed.get(source) != message:
                log.warning("%s cannot be read: %s", source, message)
            self._failed[source] = message
            return False
        if self._failed.pop(source, None) is not None:
            log.warning("%s can be read again", source)
        self.exported.set(MONITORED, time.time(), source=source)
        return True


def run(
    monitor: Monitor, watched: Callable[[], Sequence[Watched]], *, period_s: float = PERIOD_S, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Read forever."""
    while True:
        monitor.read(watched())
        sleep(period_s)
