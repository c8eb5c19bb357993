"""The metrics of the monitor of drift."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.drift.judge import drifted
from services.drift.watch import DriftWatch
from udfs.metrics.drift import DRIFT_CALIBRATION, DRIFT_CALIBRATION_BOUND, DRIFT_FOUND, DRIFT_LOOKED, DRIFT_METRICS, DRIFT_SCORES

if TYPE_CHECKING:
    from services.metrics.registry import Exported


@contextmanager
def counted(port: int | None) -> Iterator[Callable[[DriftWatch], None]]:
    """Export during the block what the given function is called with. Without a port nothing is imported: the extra may be missing.

    Raises InvalidInput as services.metrics.serve does.
    """
    if port is None:
        yield lambda watched: None
        return
    from services.metrics.registry import Exported
    from services.metrics.serve import serving

    exported = Exported(DRIFT_METRICS)
    with serving(exported.text, port=port):
        yield lambda watched: export(exported, watched)


def export(exported: "Exported", watched: DriftWatch) -> None:
    """What this round has found."""
    for metric in DRIFT_METRICS:
        if metric.labels:
            exported.clear(metric)
    for row in watched.rows:
        model, _, version = row.label.rpartition(":")
        labels = {"model": model, "version": version, "campaign": row.campaign or "all"}
        if row.shift is not None:
            exported.set(DRIFT_SCORES, row.shift.index, **labels)
        if row.calibration is not None and math.isfinite(row.calibration.ratio):
            exported.set(DRIFT_CALIBRATION, row.calibration.ratio, **labels)
            exported.set(DRIFT_CALIBRATION_BOUND, row.calibration.low, bound="low", **labels)
            exported.set(DRIFT_CALIBRATION_BOUND, row.calibration.high, bound="high", **labels)
    for row, about, _ in drifted(watched.rows):
        model, _, version = row.label.rpartition(":")
        exported.set(DRIFT_FOUND, 1, model=model, version=version, campaign=row.campaign or "all", about=about)
    exported.set(DRIFT_LOOKED, time.time())
