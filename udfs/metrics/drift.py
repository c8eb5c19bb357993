"""The metrics of `kairos models drift --follow`."""

from udfs.metrics.metric import Metric

_OF = ("model", "version", "campaign")


def _of(name: str, unit: str, meaning: str, action: str, *, labels: tuple[str, ...] = _OF) -> Metric:
    return Metric(name=f"kairos_drift_{name}", kind="level", unit=unit, source="drift", meaning=meaning, action=action, labels=labels)


DRIFT_FOUND = _of(
    "found",
    "yes (1)",
    "A version of a model that has drifted in a campaign: its scores, or its calibration.",
    "See the alert ModelDrifted.",
    labels=(*_OF, "about"),
)
DRIFT_SCORES = _of(
    "scores_index",
    "index",
    "How far the scores of this week are from the first ones of the version (population stability index).",
    "Rising in one campaign: look at whom it meets now.",
)
DRIFT_CALIBRATION = _of(
    "calibration_ratio",
    "ratio",
    "How many times as often as predicted the goal was reached.",
    "Far from 1: see its bounds; train again before conditions compare the score with a number.",
)
DRIFT_CALIBRATION_BOUND = _of(
    "calibration_bound_ratio",
    "ratio",
    "The low and the high bound of that ratio: the true one is hardly ever outside, however often somebody looks.",
    "Both above 1.25, or below 0.8: the calibration has drifted.",
    labels=(*_OF, "bound"),
)
DRIFT_LOOKED = _of(
    "last_look_timestamp_seconds",
    "seconds since 1970",
    "When the monitor of drift last read everything.",
    "Hours ago: see the log of `kairos models drift --follow`.",
    labels=(),
)

DRIFT_METRICS = (DRIFT_FOUND, DRIFT_SCORES, DRIFT_CALIBRATION, DRIFT_CALIBRATION_BOUND, DRIFT_LOOKED)
"""All of them."""
