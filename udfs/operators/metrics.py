"""The operator's figures as Flink metrics. The only place that registers one, and it registers what udfs/metrics declares.

Counters, not gauges: a gauge would have Flink's metric threads call into the interpreter while the operator runs in it. A level, which goes
up and down, is a counter that is changed by the difference.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from udfs.core.counts import Counts
from udfs.core.decision.scores import CHALLENGER, ModelReason
from udfs.core.records import Action, Decision, Reason
from udfs.metrics.engine import (
    CAMPAIGN_ACTIONS,
    CAMPAIGN_DECISIONS,
    CHALLENGER_ANSWERS,
    CONTROL_REFUSED,
    ENGINE,
    ENGINE_ERRORS,
    HISTORIES_DROPPED,
    HISTORIES_OVERDUE,
    IDS_LINKED,
    LINKS_REFUSED,
    MODEL_DECISIONS,
    MODELS_REFUSED,
    MODELS_USABLE,
    REASON_DECISIONS,
    RECORDS_PARKED,
    RECORDS_PASSED_ON,
    REJECTION_ALERTS,
    SHADOW_ANSWERS,
)
from udfs.metrics.metric import GROUP, OPERATOR, Metric
from udfs.operators.alarm import Alarm

PERIOD_S = 1.0

MODEL_METRICS = (MODEL_DECISIONS, CHALLENGER_ANSWERS, SHADOW_ANSWERS)
LABELLED = {metric.name: metric for metric in (CAMPAIGN_DECISIONS, CAMPAIGN_ACTIONS, REASON_DECISIONS, *MODEL_METRICS)}
"""The metrics with a label, by name."""

Own = Literal[
    "control_refused",
    "engine_errors",
    "rejection_alerts",
    "ids_linked",
    "links_refused",
    "records_parked",
    "records_passed_on",
    "histories_overdue",
    "histories_dropped",
]
OWN: Mapping[Own, Metric] = {
    "control_refused": CONTROL_REFUSED,
    "engine_errors": ENGINE_ERRORS,
    "rejection_alerts": REJECTION_ALERTS,
    "ids_linked": IDS_LINKED,
    "links_refused": LINKS_REFUSED,
    "records_parked": RECORDS_PARKED,
    "records_passed_on": RECORDS_PASSED_ON,
    "histories_overdue": HISTORIES_OVERDUE,
    "histories_dropped": HISTORIES_DROPPED,
}
"""What the operator itself counts."""


class Published:
    """Publishes what was counted since the last time, at most once a second: every call into Java costs microseconds."""

    def __init__(self, group: Any, *, alarm: Alarm | None = None) -> None:
        """`group` is the metric group of the operator. All but those by campaign are registered now, at 0: an increase from nothing to 1 shows.

        `alarm` looks at what is published.
        """
        self.own: dict[Own, int] = dict.fromkeys(OWN, 0)
        """What the operator itself counts; add to it."""
        self._alarm = alarm
        self._group = group.add_group(GROUP)
        self._registered: dict[tuple[str, str], _Metric] = {}
        self._labelled: Counter[tuple[str, str]] = Counter()
        """What was decided, by the name of a metric and the value of its label."""
        self._changed: set[tuple[str, str]] = set()
        """Those that changed since the last time."""
        self._next = 0.0
        for metric in (*ENGINE.values(), *OWN.values(), MODELS_USABLE, MODELS_REFUSED):
            self._of(metric)
        for metric, values in ((REASON_DECISIONS, Reason), *((metric, ModelReason) for metric in MODEL_METRICS)):
            for value in values:
                self._of(metric, value)

    def decided(self, records: Sequence[Any]) -> None:
        """Count decisions and actions by campaign and reason. Most events have none, and then nobody calls this."""
        for record in records:
            if record.__class__ is Decision:
                self._count(CAMPAIGN_DECISIONS, record.campaign)
                self._count(REASON_DECISIONS, record.reason)
                for score in record.scores.values():
                    self._count(MODEL_DECISIONS, score.reason)
                    if score.shadow is not None:
                        self._count(SHADOW_ANSWERS, score.shadow.reason)
                    if score.role == CHALLENGER:
                        self._count(CHALLENGER_ANSWERS, score.instead_of.reason if score.instead_of else score.reason)
            elif record.__class__ is Action:
                self._count(CAMPAIGN_ACTIONS, record.campaign)

    def is_due(self) -> bool:
        """Whether a second has passed; ask as often as you like."""
        return time.monotonic() >= self._next

    def publish(self, counts: Counts, *, models: tuple[int, int]) -> None:
        """Publish the engine's counts, and how many models can be used and are refused."""
        self._next = time.monotonic() + PERIOD_S
        for name, count in counts.items():
            self._of(ENGINE[name]).set(count)
        if self._alarm is not None and self._alarm.rings(counts, errors=self.own["engine_errors"]):
            self.own["rejection_alerts"] += 1
        for which, metric in OWN.items():
            self._of(metric).set(self.own[which])
        for metric, level in zip((MODELS_USABLE, MODELS_REFUSED), models, strict=True):
            self._of(metric).set(level)
        while self._changed:
            key = self._changed.pop()
            self._of(LABELLED[key[0]], key[1]).set(self._labelled[key])

    def _count(self, metric: Metric, value: str) -> None:
        key = (metric.name, value)
        self._labelled[key] += 1
        self._changed.add(key)

    def _of(self, metric: Metric, value: str = "") -> "_Metric":
        """The registered metric; `value` is that of its label."""
        key = (metric.name, value)
        if (found := self._registered.get(key)) is None:
            group, name = self._group, metric.name.removeprefix(f"{OPERATOR}{GROUP}_")
            for label in metric.labels:  # Java knows str, but not Python's enumerations
                group, name = group.add_group(label, str(value)), name.removeprefix(f"{label}_")
            found = self._registered[key] = _Metric(group.counter(name))
        return found


class _Metric:
    """A counter of Flink, and what it stands at, so that Java is only called for a change."""

    __slots__ = ("_counter", "_told")

    def __init__(self, counter: Any) -> None:
        self._counter, self._told = counter, 0

    def set(self, value: int) -> None:
        if more := value - self._told:
            self._counter.inc(more)
            self._told = value
