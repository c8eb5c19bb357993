"""The engine's counts as Flink metrics, one counter for each name.

Counters, not gauges: a gauge would have Flink's metric threads call into the interpreter while the operator runs in it.
"""

import time
from typing import Any

from udfs.core.counts import Counts

PERIOD_S = 1.0


class Published:
    """Publishes what was counted since the last time, at most once a second: every call into Java costs microseconds."""

    def __init__(self, group: Any) -> None:
        """`group` is the metric group of the operator."""
        self._group = group
        self._counters: dict[str, Any] = {}
        self._told: dict[str, int] = {}
        self._next = 0.0

    def publish(self, counts: Counts) -> None:
        """Call it as often as you like."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PERIOD_S
        for name, count in counts.items():
            if name not in self._counters:
                self._counters[name] = self._group.counter(name)
            if more := count - self._told.get(name, 0):
                self._counters[name].inc(more)
                self._told[name] = count
