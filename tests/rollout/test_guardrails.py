"""Guardrails end a rollout that does harm, and leave one that does none alone, however often they are asked."""

import random

import pytest

from services.control.rollouts import Plan, Rollout
from services.rollout.guardrails import by_chance, harm, stability, too_many
from services.rollout.judge import judge
from services.rollout.tally import Scores, Tally
from udfs.core.decision.scores import ModelReason

PLAN = Plan(steps=("shadow", 0.05, 1.0), hold_ms=60_000, sample=200, shadow_ms_per_s=20, errors=0.01, latency_ms=10, shift=0.5)
NEW = "churn:bbb"


def tally(*, new: list[float] = (), now: list[float] = (), **counts: int) -> Tally:  # type: ignore[assignment]
    made = Tally(NEW, PLAN.latency_ms, **counts)  # type: ignore[arg-type]
    for side, values in ((made.new, new), (made.now, now)):
        for number, value in enumerate(values):
            side.add(f"user-{number}", value)
    return made


def said(model: str, score: float | None, reason: ModelReason = ModelReason.SCORED, took_us: int | None = 40, **more: object) -> dict[str, object]:
    return {"model": model, "score": score, "reason": reason, "took_us": took_us, "role": "champion", "shadow": None, "instead_of": None, **more}


def test_two_failures_at_once_are_too_many_and_two_in_a_thousand_are_not() -> None:
    assert too_many(2, 2, 0.01)
    assert not too_many(2, 1_000, 0.01)
    assert not too_many(1, 1, 0.01)
    assert too_many(60, 1_000, 0.01)
    assert not too_many(5, 5, 1.0)


def test_what_is_allowed_raises_no_alarm_however_often_it_is_looked_at() -> None:
    alarms = 0
    for seed in range(300):
        drawn, failures = random.Random(seed), 0
        for number in range(1, 2_001):
            failures += drawn.random() < 0.01
            if failures and number % 5 == 0 and too_many(failures, number, 0.01):
                alarms += 1
                break
    assert alarms <= 3


def test_scores_of_the_same_kind_have_not_shifted_and_turned_ones_have() -> None:
    drawn = random.Random(1)
    now, new = ([drawn.betavariate(2, 8) for _ in range(500)] for _ in range(2))
    assert harm(tally(new=new, now=now), PLAN) == ""
    assert "have shifted" in harm(tally(new=[1 - value for value in new], now=now), PLAN)


def test_an_index_that_a_small_sample_has_by_chance_is_no_shift() -> None:
    for seed in range(200):
        drawn = random.Random(seed)
        sides = [[drawn.random() for _ in range(100)] for _ in range(2)]
        assert stability(*sides) <= PLAN.shift + by_chance(100, 100)
    assert by_chance(100, 100) > 10 * by_chance(2_000, 2_000)


def test_a_model_that_answers_everybody_alike_is_a_shift_and_breaks_nothing() -> None:
    spread = [number / 500 for number in range(500)]
    assert "have shifted" in harm(tally(new=[0.5] * 500, now=spread), PLAN)
    assert harm(tally(new=[0.5] * 500, now=[0.5] * 500), PLAN) == ""


def test_few_customers_say_nothing_about_a_shift() -> None:
    assert harm(tally(new=[0.9] * 99, now=[0.1] * 500), PLAN) == ""


def test_slow_answers_end_it() -> None:
    assert "took more than 10 ms" in harm(tally(timed=200, slow=60), PLAN)
    assert harm(tally(timed=200, slow=9), PLAN) == ""


def test_a_shadow_is_counted_beside_the_champion_for_the_same_customers() -> None:
    made = tally()
    for number in range(3):
        made.take(f"u{number}", said("churn:aaa", 0.2, shadow=said(NEW, 0.4, took_us=20_000)))
    made.take("u9", said("churn:aaa", 0.2, shadow=said(NEW, None, ModelReason.OVER_BUDGET, None)))
    made.take("u8", said("churn:aaa", 0.2, shadow=said(NEW, None, ModelReason.LOADING, None)))
    assert (made.new.values, made.now.values) == ([0.4] * 3, [0.2] * 3)
    assert (made.answers, made.failures, made.timed, made.slow, made.dropped) == (3, 0, 3, 3, 1)


def test_a_challenger_that_could_not_speak_has_failed_though_the_champion_spoke() -> None:
    made = tally()
    made.take("u1", said("churn:aaa", 0.2, role="challenger", instead_of=said(NEW, None, ModelReason.REFUSED, None)))
    made.take("u2", said(NEW, 0.3, role="challenger"))
    made.take("u3", said("churn:aaa", 0.1))
    made.take("u4", said("churn:cold_start", 0.5, ModelReason.PAUSED))
    made.take("u5", said("churn:old", 0.1, role="challenger", instead_of=said("churn:aaa", None, ModelReason.REFUSED)))
    assert (made.answers, made.failures, made.new.values, made.now.values) == (2, 1, [0.3], [0.1])


def test_one_customer_counts_once_however_many_decisions_there_are() -> None:
    made = Scores()
    for _ in range(10):
        made.add("ada", 0.1)
    assert made.values == [0.1]


@pytest.mark.parametrize(
    ("customers", "passed", "act", "why"),
    [
        (199, 90_000, "wait", "199 of 200 customers"),
        (200, 59_000, "wait", "1 s left of 1m"),
        (200, 60_000, "go on", "for 5 % of customers, after 200 customers in the shadow"),
    ],
)
def test_a_step_ends_when_it_has_lasted_and_enough_customers_were_answered(customers: int, passed: int, act: str, why: str) -> None:
    rollout = Rollout(version="bbb", step=0, since=1_000, began=1_000, plan=PLAN)
    found = judge(rollout, tally(new=[0.1] * customers, now=[0.1] * customers, answers=customers), now=1_000 + passed)
    assert (found.act, why in found.why) == (act, True), found


def test_no_step_ends_before_scores_could_be_compared_unless_nobody_is_left_to_compare_with() -> None:
    for step, act in ((0, "wait"), (1, "wait"), (2, "go on")):
        rollout = Rollout(version="bbb", step=step, since=0, began=0, plan=PLAN)
        assert judge(rollout, tally(new=[0.1] * 500, now=[0.1] * 99, answers=500), now=90_000).act == act


def test_harm_ends_it_before_any_gate() -> None:
    rollout = Rollout(version="bbb", step=1, since=1_000, began=1_000, plan=PLAN)
    found = judge(rollout, tally(answers=3, failures=3), now=1_001)
    assert found.act == "take back"
    assert "3 of 3 answers failed" in found.why
