"""What stops a rollout cannot be kept from it: not by a record of another shape, and not by another campaign that fails."""

from typing import Any

import pytest

from services.rollout import campaign_watch
from services.rollout.campaign_judge import Case, judge
from services.rollout.judge import Verdict
from tests.rollout.campaigns import Shop, T
from tests.rollout.test_campaign_watch import first


def failing() -> Shop:
    shop = first()
    shop.meet(30, outcome="withheld", reason="RENDER_FAILED")
    return shop


ODD: list[dict[str, Any]] = [
    {"decided_at": "yesterday"},
    {"decided_at": None},
    {"decided_at": {}},
    {"reason": ["RENDER_FAILED"]},
    {"user_id": {"id": 1}},
    {"decision_id": ["d"]},
    {"at": "now"},
    {"campaign_version": 7},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_record_of_another_shape_stops_no_guardrail(odd: dict[str, Any]) -> None:
    shop = failing()
    whole = {"campaign": "news", "campaign_version": shop.control.value["version"], "decided_at": T + 1, "outcome": "acted", "user_id": "x"}
    shop.decisions.all.insert(0, {**whole, "decision_id": "odd", **odd})
    shop.outcomes.all.insert(0, {"campaign": "news", "decision_id": "odd", "revision": 0, **odd})
    assert [act for act, _ in shop.look(T + 2)] == ["rolled_back"]


def test_a_campaign_of_which_nothing_can_be_said_waits_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(case: Case, *, now: int) -> Verdict:
        raise ZeroDivisionError(str(case.standing.step))

    shop = failing()
    monkeypatch.setattr(campaign_watch, "judge", broken)
    assert shop.look(T + 2) == []
    assert shop.waits == "nothing can be said of it: 0"
    monkeypatch.setattr(campaign_watch, "judge", judge)
    assert [act for act, _ in shop.look(T + 3)] == ["rolled_back"]
