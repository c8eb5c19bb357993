"""What has drifted is named with its campaign, and what has not is left alone, whatever the topics hold."""

import logging
import math
from pathlib import Path
from typing import Any

import pytest

from services.drift.cells import AN_HOUR, KEPT_WEEKS, WEEK
from services.drift.judge import CALIBRATION, SCORES, TOLERATED, drifted
from services.drift.table import any_drifted, as_data, table
from services.drift.tally import AHEAD, Tally
from services.drift.watch import DriftWatch
from services.memory_file import Memory, load, save
from tests.builders import HOUR
from tests.core.features.test_models import manifest
from tests.drift.shop import BEGIN, LABEL, NEW, PREDICTS, Shop, asking

BETTER: dict[str, Any] = {"score": lambda chance: chance.betavariate(6, 14)}
"""Another audience."""


def test_a_goal_that_is_reached_more_often_than_predicted_is_found_with_its_bounds() -> None:
    shop = Shop()
    for week in range(3):
        shop.week(week, truth=lambda p: 1.8 * p)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert row.calibration.low > TOLERATED
    assert row.calibration.low < row.calibration.ratio < row.calibration.high
    assert "1,800 customers" in row.drifted[CALIBRATION] or "of 600 customers" in row.drifted[CALIBRATION]
    assert "reached the goal" in row.drifted[CALIBRATION]


@pytest.mark.slow
def test_one_that_is_reached_less_often_is_found_too_and_one_as_predicted_is_not() -> None:
    shop = Shop()
    for week in range(4):
        shop.week(week)
        shop.week(week, name="news", truth=lambda p: p / 2)
    found = shop.look()
    assert not found["cart"].drifted
    assert set(found["news"].drifted) == {CALIBRATION}
    assert found["news"].calibration is not None
    assert found["news"].calibration.high < 1 / TOLERATED


@pytest.mark.slow
def test_a_change_of_the_last_weeks_is_not_lost_among_the_good_ones_before() -> None:
    shop = Shop()
    for week in range(6):
        shop.week(week, truth=lambda p: p)
    for week in (6, 7):
        shop.week(week, truth=lambda p: 2 * p)
    row = shop.look()["cart"]
    assert set(row.drifted) == {CALIBRATION}
    assert row.since >= BEGIN + 6 * WEEK


@pytest.mark.slow
def test_one_campaign_with_a_new_audience_is_named_and_the_others_are_not() -> None:
    shop = Shop(asking("cart"), asking("news"), asking("fair"))
    for week in range(3):
        for name in ("cart", "news", "fair"):
            shop.week(week, name=name, **(BETTER if name == "fair" and week == 2 else {}))
    found = shop.look()
    assert set(found["fair"].drifted) == {SCORES}
    assert not found["cart"].drifted
    assert not found["news"].drifted
    assert "its scores have drifted: index" in found["fair"].drifted[SCORES]


@pytest.mark.slow
def test_an_audience_for_whom_predictions_do_not_hold_is_named_though_its_scores_are_the_same() -> None:
    shop = Shop(asking("cart"), asking("fair"))
    for week in range(3):
        shop.week(week, customers=800)
        shop.week(week, name="fair", customers=400, truth=(2.0 if week == 2 else 1.0).__mul__)
    assert [(row.campaign, about) for row, about, _ in drifted(shop.look().values()) if row.campaign] == [("fair", CALIBRATION)]


def test_few_customers_say_nothing_about_scores_and_none_about_calibration() -> None:
    shop = Shop()
    shop.week(0, customers=300)
    shop.week(1, customers=100, **BETTER)
    row = shop.look()["cart"]
    assert (row.shift, row.drifted) == (None, {})
    assert Shop().look() == {}


def test_a_customer_counts_once_a_week_and_an_hour_has_its_limit() -> None:
    shop = Shop()
    for number in range(50):
        shop.decide(BEGIN + number, 0.1, user="ada", reached=True)
    for number in range(100):
        shop.decide(BEGIN + number, 0.1, reached=False)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert (row.calibration.cases, row.calibration.happened) == (AN_HOUR, 1)


def test_early_successes_wait_for_the_end_and_what_was_cut_is_left_out() -> None:
    shop = Shop()
    early, cut, done = (shop.decide(BEGIN + number, 0.5) for number in range(3))
    shop.follow(early, reached=True, status="provisional")
    shop.follow(cut, reached=False, status="cut")
    shop.follow(done, reached=False)
    shop.follow(done, reached=True)
    shop.follow("of nobody", reached=True)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert (row.calibration.cases, row.calibration.happened) == (1, 0)
    shop.follow(early, reached=True)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert (row.calibration.cases, row.calibration.happened) == (2, 1)


OTHER: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no goal": ({"goal": None}, {}, "the campaign has no goal"),
    "another time": ({"goal": {"event": "order_completed", "within": "1d"}}, {}, "it predicts order_completed within 3d"),
    "another event": ({"goal": {"event": "signed_up", "within": "3d"}}, {}, "the campaign is for signed_up within 3d"),
    "a condition": ({"goal": {"event": "order_completed", "within": "3d", "when": "event.total > 20"}}, {}, "under a condition"),
    "an old manifest": ({}, {"goal": None}, "its manifest does not say which goal it predicts"),
    "a broken manifest": ({}, {"goal": {"events": 7}}, "its manifest does not say which goal it predicts"),
    "a regression": ({}, {"task": "regression", "classes": []}, "its score is not a probability"),
    "a class": ({"score": {"model": "propensity", "cold_start": 0.1, "class": "yes"}}, {}, "asks for a class of its own choice"),
    "a long goal": (
        {"goal": {"event": "order_completed", "within": "60d"}},
        {"goal": {"events": ["order_completed"], "within_ms": 60 * 24 * HOUR}},
        "its goal takes longer",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", OTHER)
def test_what_cannot_be_compared_is_not_and_the_reason_is_told(case: str) -> None:
    changes, told, why = OTHER[case]
    shop = Shop(asking("cart", **changes), versions=[manifest("a", **{"goal": PREDICTS, **told})])
    shop.week(0, truth=lambda p: 5 * p)
    row = shop.look()["cart"]
    assert row.calibration is None
    assert not row.drifted
    assert why in row.why_not
    assert any(why in line for line in table(list(shop.watch.rows)))


def test_of_churn_the_goal_is_that_nothing_follows() -> None:
    shop = Shop(asking("cart"), versions=[manifest("a", goal={**PREDICTS, "absent": True})])
    for week in range(2):
        shop.week(week, truth=lambda p: 1 - p)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert not row.drifted
    assert 0.8 < row.calibration.ratio < 1.25


@pytest.mark.parametrize("score", [-0.5, 1.5, math.nan, math.inf, None])
def test_a_score_that_is_no_probability_is_not_compared_with_what_follows(score: Any) -> None:
    shop = Shop()
    shop.decide(BEGIN, score, reached=True)
    shop.decide(BEGIN, 0.5, reached=True)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert row.calibration.cases == 1


def test_a_shadow_is_a_version_of_its_own_and_a_cold_start_is_none() -> None:
    shop = Shop(versions=[manifest("a", goal=PREDICTS), manifest("b", goal=PREDICTS)])
    shadow = {"model": f"propensity:{NEW}", "score": 0.9, "reason": "SCORED"}
    for number in range(50):
        at = BEGIN + number * HOUR
        shop.decide(at, 0.1, reached=number % 10 == 0, said={"shadow": shadow})
        shop.decide(at, 0.1, reached=True, said={"model": "propensity:cold_start", "reason": "NO_MODEL"})
    shop.look()
    rows = {(row.label, row.campaign): row for row in shop.watch.rows}
    assert set(rows) == {(LABEL, ""), (LABEL, "cart"), (f"propensity:{NEW}", ""), (f"propensity:{NEW}", "cart")}
    assert not rows[LABEL, "cart"].drifted
    assert set(rows[f"propensity:{NEW}", "cart"].drifted) == {CALIBRATION}


def test_only_decisions_that_have_an_outcome_count_whoever_was_held_out_among_them() -> None:
    shop = Shop()
    for outcome, reason in (
        ("withheld", "CAP_REACHED"),
        ("deferred", "QUIET_HOURS"),
        ("withheld", "NOTHING_CHOSEN"),
        ("control", "EXPERIMENT_CONTROL"),
    ):
        shop.decide(BEGIN, 0.5, reached=False, outcome=outcome, reason=reason)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert row.calibration.cases == 2


def test_a_clock_that_is_ahead_ends_no_weeks_and_old_weeks_are_forgotten() -> None:
    shop, now = Shop(), BEGIN + WEEK
    shop.decide(now + AHEAD + 1, 0.5)
    shop.look(now)
    assert shop.tally.cells == {}
    shop.decide(BEGIN, 0.5, reached=True)
    shop.decide(BEGIN + KEPT_WEEKS * WEEK, 0.5, reached=True)
    shop.decide(BEGIN + 1, 0.5, reached=True)
    row = shop.look(BEGIN + 50 * WEEK)["cart"]
    assert row.calibration is not None
    assert row.calibration.cases == 1


@pytest.mark.parametrize(
    "broken", [{}, {"outcome": None}, {"scores": {"score": 7}}, {"at": "soon"}, {"scores": {"score": {"score": "x", "reason": "SCORED"}}}]
)
def test_a_record_of_another_shape_stops_nothing(broken: dict[str, Any]) -> None:
    shop = Shop()
    shop.decide(BEGIN, 0.5, reached=True)
    shop.decisions.waiting[0] = {**shop.decisions.waiting[0], **broken} if broken else {}
    shop.outcomes.waiting.append({"status": "final", "decision_id": 7})
    shop.decide(BEGIN, 0.5, reached=True)
    row = shop.look()["cart"]
    assert row.calibration is not None
    assert row.calibration.cases == 1


@pytest.mark.slow
def test_partitions_may_be_read_one_after_the_other() -> None:
    one, other = Shop(seed=2), Shop(seed=2)
    for shop in (one, other):
        for week in range(3):
            shop.week(week)
    other.decisions.waiting = [*other.decisions.waiting[1::2], *other.decisions.waiting[::2]]
    assert [row.calibration for row in one.look().values()] == [row.calibration for row in other.look().values()]


def test_predictions_wait_within_bounds_and_it_is_said_when_there_is_no_room(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("services.drift.tally.MAX_OPEN", 5)
    shop = Shop()
    for number in range(8):
        shop.decide(BEGIN + number, 0.5)
    with caplog.at_level(logging.WARNING):
        shop.look()
    assert "3 predictions are not followed" in caplog.text


def test_a_restart_counts_nothing_twice_and_forgets_nothing(tmp_path: Path) -> None:
    shop = Shop()
    for week in range(3):
        shop.week(week)
    waiting = shop.decide(BEGIN + 3 * WEEK, 0.7)
    before = shop.look()
    save(tmp_path / "deep" / "drift.json", Memory(tally=shop.tally, places={"decisions/0": 9}))
    found = load(tmp_path / "deep" / "drift.json", Tally)
    assert found.places == {"decisions/0": 9}
    assert found.tally.packed() == shop.tally.packed()
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["drift.json"]
    shop.tally = found.tally
    shop.watch = DriftWatch(shop.control, shop.decisions, shop.outcomes, found.tally)
    assert shop.look() == before
    shop.follow(waiting, reached=True)
    after = shop.look()["cart"].calibration
    assert after is not None
    assert before["cart"].calibration is not None
    assert after.happened == before["cart"].calibration.happened + 1


UNREADABLE = ('{"version": 9}', '{"version": 1, "places": {}, "tally": {"cells": [[1]], "newest": 0, "open": {}}}')


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", "{}", *UNREADABLE])
def test_a_memory_that_cannot_be_read_is_said_and_passed_over(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "drift.json").write_text(text)
    with caplog.at_level(logging.WARNING):
        assert load(tmp_path / "drift.json", Tally).tally.packed() == Tally().packed()
    assert "decisions are read again" in caplog.text


def test_what_has_drifted_is_told_once_and_again_if_it_comes_back() -> None:
    shop = Shop()
    shop.week(0, truth=lambda p: 3 * p)
    shop.look()
    assert [line.partition(":")[0] for line in shop.watch.newly] == ["propensity", "propensity"]
    assert any(" in cart: of 600 customers" in line for line in shop.watch.newly)
    shop.look()
    assert shop.watch.newly == []


def test_the_table_and_the_data_say_the_same() -> None:
    shop = Shop()
    for week in range(2):
        shop.week(week, truth=lambda p: 2 * p)
    shop.look()
    lines, data = list(table(shop.watch.rows)), [as_data(row) for row in shop.watch.rows]
    assert lines[0].split() == ["model", "campaign", "scores", "predicted", "reached", "times", "as", "many"]
    assert "drifted: calibration" in lines[1]
    assert any_drifted(shop.watch.rows)
    assert [(each["campaign"], each["version"]) for each in data] == [(None, "a" * 12), ("cart", "a" * 12)]
    assert data[1]["calibration"]["low"] > TOLERATED
    assert data[1]["scores"]["customers"] >= 200
