"""What is exported of drift, as Prometheus reads it."""

from services.drift.counted import export
from services.metrics.registry import Exported
from tests.drift.shop import Shop
from udfs.metrics.drift import DRIFT_METRICS


def test_what_has_drifted_is_exported_and_forgotten_when_it_has_not_any_more() -> None:
    shop, exported = Shop(), Exported(DRIFT_METRICS)
    shop.week(0, truth=lambda p: 3 * p)
    shop.look()
    export(exported, shop.watch)
    text = exported.text().decode()
    assert 'kairos_drift_found{about="calibration",campaign="cart",model="propensity",version="aaaaaaaaaaaa"} 1.0' in text
    assert 'kairos_drift_calibration_bound_ratio{bound="low",campaign="all"' in text
    assert "kairos_drift_last_look_timestamp_seconds" in text
    shop.watch.rows = []
    export(exported, shop.watch)
    assert "kairos_drift_found{" not in exported.text().decode()
