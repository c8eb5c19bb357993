"""The form in which every metric is declared: its name in Prometheus, and what a person who sees it needs to know."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "level"]
"""A counter only grows, until its process starts again. A level goes up and down."""
Source = Literal["operator", "flink", "monitor", "heartbeat", "replay", "schedule", "interest", "held", "drift"]
"""Where it is exported: our operator, Flink itself, or one of the processes next to the job."""

OPERATOR = "flink_taskmanager_job_task_operator_"
"""What Flink's Prometheus reporter puts before the name of every operator's metric."""
GROUP = "kairos"
"""The metric group of our own metrics in the operator, so that their names never meet those of Flink."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric."""

    name: str
    """Its full name in Prometheus."""
    kind: Kind
    unit: str
    """What it counts or measures: events, records, seconds."""
    source: Source
    meaning: str
    """What the figure says, in a sentence."""
    action: str
    """What to do about it, and when."""
    labels: tuple[str, ...] = ()
    """Labels that we set. Flink adds its own: job_name, operator_name, subtask_index, tm_id and so on."""


def in_operator(name: str, unit: str, meaning: str, action: str, *, kind: Kind = "counter", labels: tuple[str, ...] = ()) -> Metric:
    """A metric of the operator. A label becomes a metric group of its own, and so a part of the name."""
    groups = "".join(f"{label}_" for label in labels)
    return Metric(name=f"{OPERATOR}{GROUP}_{groups}{name}", kind=kind, unit=unit, source="operator", meaning=meaning, action=action, labels=labels)
