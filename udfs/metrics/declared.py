"""Every metric of Kairos, once. `docs/metrics.md`, the registration, the alert rules, the dashboards and `kairos top` all use this list."""

from udfs.metrics.drift import DRIFT_METRICS
from udfs.metrics.engine import OPERATOR_METRICS
from udfs.metrics.flink import FLINK_METRICS
from udfs.metrics.held import HELD_METRICS
from udfs.metrics.interest import INTEREST_METRICS
from udfs.metrics.metric import Metric
from udfs.metrics.schedule import SCHEDULE_METRICS
from udfs.metrics.services import SERVICE_METRICS

DECLARED: tuple[Metric, ...] = (
    *OPERATOR_METRICS,
    *SERVICE_METRICS,
    *SCHEDULE_METRICS,
    *INTEREST_METRICS,
    *HELD_METRICS,
    *DRIFT_METRICS,
    *FLINK_METRICS,
)
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in DECLARED}
