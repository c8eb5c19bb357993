"""Anybody can write to a topic. A record that no job has written stops no monitor: of models, of campaigns, of drift, of anomalies."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from services.control.rollouts import begun
from services.drift.tally import Tally as Drift
from services.held.tally import Tally as Held
from services.kafka import objects as reading
from services.memory_file import load
from services.rollout.watch import Watch
from tests.builders import DAY, HOUR
from tests.core.features.test_models import document, manifest
from tests.drift.shop import BEGIN as WEEKS_BEGIN
from tests.drift.shop import Shop as DriftShop
from tests.held.stand import BEGIN, Stand, decision
from tests.rollout.campaigns import T
from tests.rollout.test_campaign_stops import failing
from tests.rollout.test_watch import PLAN, FakeControl, FakeDecisions, decided

HUGE = 10**400
"""JSON takes it, and it is no float."""


def said(**changes: Any) -> dict[str, Any]:
    return {"scores": {"score": {"score": 0.3, "model": "propensity:aaaaaaaaaaaa", "reason": "SCORED", **changes}}}


ODD: list[dict[str, Any]] = [
    {"at": HUGE},
    {"at": -HUGE},
    {"at": None},
    {"decided_at": HUGE},
    {"decided_at": -HUGE},
    {"attempt": HUGE},
    {"user_id": None},
    {"user_id": []},
    {"campaign": {"a": 1}},
    {"decision_id": HUGE},
    {"scores": []},
    {"scores": {"score": []}},
    said(score=HUGE),
    said(score=1.7e308),
    said(score=5e-324),
    said(score="0.3"),
    said(score=None),
    said(model=None),
    said(took_us=HUGE),
    said(shadow=[1]),
    {"outcome": "deferred", "reason": "ANOMALY_HELD", "facts": [{"about": "offer", "field": "percent", "found": HUGE, "expected": 1}]},
    {"outcome": "deferred", "reason": "ANOMALY_HELD", "facts": [None]},
]
ids = [json.dumps(each).replace(str(HUGE), "HUGE") for each in ODD]


@pytest.mark.parametrize("odd", ODD, ids=ids)
def test_it_stops_no_monitor_of_anomalies(odd: dict[str, Any]) -> None:
    stand = Stand()
    stand.live(range(9 * 24))
    now = BEGIN + 9 * DAY
    stand.decisions.waiting.append({**decision(now, number=0, decided_at=now), **odd})
    stand.look(now + 1_000)
    stand.watch.tally = Held.unpacked(json.loads(json.dumps(stand.watch.tally.packed())))
    stand.decide(now + 2_000, 80, over=30_000)
    assert [name for name, _ in stand.look(now + 40_000)] == ["news"]


@pytest.mark.parametrize("offer", [{"percent": HUGE}, {"percent": 5e-324}, {"percent": 1.7e308}, {"percent": None}, [1], "80", HUGE])
@pytest.mark.parametrize("at", [BEGIN, -HUGE, None, "now"])
def test_an_offer_of_any_size_stops_none_either(offer: Any, at: Any) -> None:
    stand = Stand()
    stand.actions.waiting = [
        {"kind": "action", "campaign": "news", "at": at, "offer": offer},
        {"kind": "action", "campaign": "other", "at": BEGIN, "offer": {"percent": 8}},
    ]
    stand.look(BEGIN + HOUR)
    assert stand.control.read()[0].usual.offers["other"] == {"percent": 8.0}
    assert Held.unpacked(json.loads(json.dumps(stand.watch.tally.packed()))).packed() == stand.watch.tally.packed()


@pytest.mark.parametrize("odd", ODD, ids=ids)
def test_it_stops_no_monitor_of_drift(odd: dict[str, Any]) -> None:
    shop = DriftShop()
    shop.decide(WEEKS_BEGIN, 0.5)
    shop.decisions.waiting[0] = {**shop.decisions.waiting[0], **odd}
    shop.outcomes.waiting.append({"decision_id": odd.get("decision_id", "d1"), "status": "final", "conversions": HUGE, "value": HUGE})
    shop.outcomes.waiting.append({"decision_id": "d1", "status": "final", "conversions": None})
    shop.decide(WEEKS_BEGIN, 0.5, reached=True)
    row = shop.look()["cart"]
    assert row.calibration is not None and row.calibration.happened >= 1
    assert Drift.unpacked(json.loads(json.dumps(shop.tally.packed()))).packed() == shop.tally.packed()


@pytest.mark.parametrize("odd", ODD, ids=ids)
def test_it_stops_no_rollout_of_a_campaign(odd: dict[str, Any]) -> None:
    shop = failing()
    odd = {"campaign": "news", **odd}
    shop.decisions.all.insert(0, {**decision(T, number=1, decided_at=T + 1), "campaign_version": shop.control.value["version"], **odd})
    shop.outcomes.all.insert(0, {"decision_id": "d1", "revision": HUGE, "value": HUGE, "status": "final", "conversions": HUGE, **odd})
    assert [act for act, _ in shop.look(T + 2)] == ["rolled_back"]


@pytest.mark.parametrize("odd", ODD, ids=ids)
def test_it_stops_no_rollout_of_a_model(odd: dict[str, Any]) -> None:
    control = FakeControl(begun(document(manifest("a")), manifest("b"), PLAN, at=T))
    decisions, outcomes = FakeDecisions(), FakeDecisions()
    watch = Watch(control, decisions, outcomes)
    decisions.all = [{**decided("odd", T), **odd}, decided("u1", T, score=0.4)]
    outcomes.all = [{"decision_id": "d", "value": HUGE, "conversions": HUGE, "status": "final", **odd}]
    watch.round(now=T + 1)
    assert watch.running["propensity"].verdict is not None


DEEP = b'{"a":' * 5_000 + b"1" + b"}" * 5_000


@pytest.mark.parametrize(
    "value", [None, b"", b"[]", b"{", b"\xff", b'{"a": 1e999}', b'{"a": NaN}', b'{"a": ' + b"9" * 5_000 + b"}", b"[" * 5_000, DEEP]
)
def test_what_is_no_object_is_passed_over(value: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [SimpleNamespace(value=value), SimpleNamespace(value=b'{"a": 1}')]
    monkeypatch.setattr(reading, "read_to_end", lambda reader: [batch])
    assert list(reading.objects(None)) == [{"a": 1}]


@pytest.mark.parametrize(
    "tally", ['{"campaigns": {}, "shop": {"minutes": {}, "hours": {}, "newest": 1e999, "closed": 0, "first": null}}', "[" * 5_000, "7"]
)
def test_a_memory_that_nobody_has_saved_is_as_if_there_was_none(tally: str, tmp_path: Any) -> None:
    (tmp_path / "held.json").write_text(f'{{"version": 1, "places": {{}}, "tally": {tally}}}')
    assert load(tmp_path / "held.json", Held).tally.packed() == Held().packed()
