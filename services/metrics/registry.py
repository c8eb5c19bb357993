"""What a service exports, made from its declarations in udfs/metrics. The only place that makes metrics of prometheus_client."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest

from udfs.metrics.declared import BY_NAME
from udfs.metrics.metric import Metric

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, which nobody declared


class Exported:
    """The metrics of one process. A metric that is not declared raises KeyError, and so does a label that is not."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._registry = CollectorRegistry()
        self._made: dict[str, Counter | Gauge] = {}
        for metric in metrics:
            kind = Counter if BY_NAME[metric.name].kind == "counter" else Gauge
            self._made[metric.name] = kind(metric.name, metric.meaning, labelnames=metric.labels, registry=self._registry)

    def add(self, metric: Metric, more: float = 1, **labels: str) -> None:
        """Add to a counter."""
        made = self._labelled(metric, labels)
        assert isinstance(made, Counter)
        made.inc(more)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a level."""
        made = self._labelled(metric, labels)
        assert isinstance(made, Gauge)
        made.set(value)

    def clear(self, metric: Metric) -> None:
        """Forget all label values of a level, before it is set again: what is gone must not keep its last value."""
        self._made[metric.name].clear()

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def _labelled(self, metric: Metric, labels: dict[str, str]) -> Counter | Gauge:
        made = self._made[metric.name]
        return made.labels(**labels) if metric.labels else made
