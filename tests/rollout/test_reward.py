"""A version of a model that brings less is taken back by what follows its decisions, and one that does not is left alone, however outcomes come."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from services.control.rollouts import Plan, Rollout, begun, rollout_of
from services.rollout.guardrails import harm
from services.rollout.reward import ALARM, SETTLED_MS, Reward, meets_by_score
from services.rollout.tally import Tally
from services.rollout.watch import Watch
from tests.core.features.test_models import document, manifest
from tests.rollout.test_watch import FakeControl, FakeDecisions, T, challenged, decided
from udfs.core.values.durations import HOUR

PLAN = Plan(steps=(0.1, 0.5, 1.0), hold_ms=1_000, sample=200, shadow_ms_per_s=20, errors=0.01, latency_ms=10, shift=0.5)
AT = T + SETTLED_MS
SECOND = AT + HOUR
ROLE = {True: {"role": "challenger"}, False: {"role": "champion"}}


def decision(user: str, at: int = AT, *, outcome: str = "acted", reason: str = "ELIGIBLE") -> dict[str, Any]:
    return {"decision_id": f"{user}-{at}", "user_id": user, "decided_at": at, "outcome": outcome, "reason": reason}


def outcome(user: str, at: int = AT, *, reached: bool = True, value: float | None = None, status: str = "final", **more: Any) -> dict[str, Any]:
    return {"decision_id": f"{user}-{at}", "conversions": int(reached), "value": value, "status": status, "revision": 0, **more}


def seen(new: int, other: int, *, of: int, share: float = 0.5, loss: float = 0.0) -> Reward:
    """So many of each side reach the goal, of as many customers as the share says."""
    made = Reward([(T, share)], loss)
    sides = {True: (new, round(of * share)), False: (other, of - round(of * share))}
    for is_new, (reached, met) in sides.items():
        for number in range(met):
            made.take_decision(decision(f"{is_new}{number}"), ROLE[is_new])
            made.take_outcome(outcome(f"{is_new}{number}", reached=number < reached))
    return made


def test_a_goal_that_is_reached_less_ends_it_with_the_figures() -> None:
    found = seen(60, 120, of=2_000).harm()
    assert found == "the goal is reached less: 60 of 1,000 customers against 120 of 1,000 of the champion"
    assert harm(Tally("churn:bbb", 10, reward=seen(60, 120, of=2_000)), PLAN) == found


@pytest.mark.parametrize(("new", "other"), [(100, 100), (95, 105), (150, 80), (0, 3), (0, 0)])
def test_one_that_is_not_proven_worse_is_left_alone(new: int, other: int) -> None:
    assert seen(new, other, of=2_000).harm() == ""


def test_a_plan_may_allow_some_loss() -> None:
    assert seen(60, 120, of=2_000, loss=0.5).harm() == ""
    assert seen(20, 120, of=2_000, loss=0.5).harm().endswith("of the champion; 50 % less may be")
    assert seen(0, 200, of=2_000, loss=1.0).harm() == ""


def test_a_small_share_is_compared_by_its_share() -> None:
    assert seen(6, 114, of=2_400, share=0.05).harm() == ""
    assert "reached less" in seen(2, 238, of=4_800, share=0.05).harm()


def test_a_goal_counts_when_it_is_reached_and_once_whatever_comes_after_and_in_whatever_order() -> None:
    made = Reward([(T, 0.5)])
    made.take_decision(decision("ada"), ROLE[True])
    made.take_outcome(outcome("ada", status="provisional"))
    assert "1 of 1 customers" in made.words
    for more in ({"status": "final", "revision": 1}, {"status": "provisional"}, {"reached": False, "revision": 2}):
        made.take_outcome(outcome("ada", **more))
    assert "1 of 1 customers" in made.words


def test_an_outcome_of_a_decision_that_does_not_count_says_nothing() -> None:
    made = Reward([(T, 0.5)])
    made.take_outcome(outcome("nobody"))
    made.take_decision(decision("held", outcome="held_out", reason="GLOBAL_HOLDOUT"), ROLE[False])
    made.take_decision(decision("early", T - 1), ROLE[True])
    made.take_decision(decision("unsettled", T + 1), ROLE[True])
    for user, at in (("held", AT), ("early", T - 1), ("unsettled", T + 1)):
        made.take_outcome(outcome(user, at))
    assert made.lines() == ["the goal: no outcomes to compare"]


def test_sending_nothing_is_a_decision_as_well() -> None:
    made = Reward([(T, 0.5)])
    made.take_decision(decision("ada", outcome="withheld", reason="NOTHING_CHOSEN"), ROLE[True])
    made.take_outcome(outcome("ada"))
    assert "1 of 1 customers against 0 of 0" in made.words


def test_a_customer_counts_once_at_a_step_and_again_at_the_next_only_while_chance_still_draws() -> None:
    made = Reward([(T, 0.1), (SECOND - SETTLED_MS, 0.5)])
    for at in (AT, AT + 1, SECOND, SECOND + 1):
        made.take_decision(decision("new", at), ROLE[True])
        made.take_decision(decision("old", at), ROLE[False])
    assert made.words == "0 of 1 customers against 0 of 2 of the champion"
    assert {round(chance, 4) for chance, _ in made._sides} == {0.1, round((0.5 - 0.1) / 0.9, 4)}


def test_what_was_seen_at_earlier_steps_counts_and_growing_shares_are_no_harm() -> None:
    stopped = 0
    for seed in range(20):
        drawn = random.Random(seed)
        lots = [(drawn.random(), drawn.betavariate(1, 4)) for _ in range(2_000)]
        made = Reward([(T + step * HOUR, share) for step, share in enumerate((0.05, 0.2, 0.5))])
        for step, (began, share) in enumerate(made.shares):
            for number, (lot, reaches) in enumerate(lots):
                if drawn.random() < reaches:  # those who come often are those who buy
                    at = began + SETTLED_MS + step
                    made.take_decision(decision(f"{number}", at), ROLE[lot < share])
                    made.take_outcome(outcome(f"{number}", at, reached=drawn.random() < reaches, value=50.0 * drawn.random()))
        assert made.missing == ""
        stopped += made.harm() != ""
    assert stopped <= 2


@pytest.mark.parametrize(("worth", "loss", "stops"), [(40, 0.0, True), (90, 0.0, False), (140, 0.0, False), (40, 0.7, False)])
def test_a_goal_that_is_worth_less_ends_it_though_it_is_reached_as_often(*, worth: float, loss: float, stops: bool) -> None:
    made, drawn = Reward([(T, 0.5)], loss), random.Random(1)
    for number in range(8_000):
        is_new = drawn.random() < 0.5
        made.take_decision(decision(f"u{number}"), ROLE[is_new])
        if drawn.random() < 0.1:
            made.take_outcome(outcome(f"u{number}", value=(worth if is_new else 90) * drawn.random()))
    assert ("the goal is worth less: " in made.harm()) is stops


def test_enormous_orders_at_the_beginning_hide_nothing_that_follows() -> None:
    made, drawn = Reward([(T, 0.5)]), random.Random(1)
    for number in range(3_000):
        is_new = drawn.random() < 0.5
        made.take_decision(decision(f"u{number}"), ROLE[is_new])
        made.take_outcome(outcome(f"u{number}", value=1e12 if number in (3, 8, 40) else (30 if is_new else 90) * drawn.random()))
    assert made.harm().startswith("the goal is worth less: ")


def test_one_enormous_order_of_the_champion_decides_nothing() -> None:
    made = Reward([(T, 0.5)])
    for number in range(400):
        made.take_decision(decision(f"u{number}"), ROLE[number % 2 == 0])
        made.take_outcome(outcome(f"u{number}", value=1e9 if number in (101, 201, 301) else 20.0))
    assert made.harm() == ""


def test_when_customers_are_missing_from_one_group_nothing_is_compared_and_that_is_said() -> None:
    made = seen(10, 300, of=2_000)
    for number in range(400):
        made.take_decision(decision(f"more{number}"), ROLE[False])
    assert made.harm() == ""
    assert "1,000 customers met the new version, where 1,200 of 2,400 were due" in made.lines()[1]


def test_a_campaign_that_asks_the_model_whom_to_meet_is_found_and_one_that_only_offers_by_it_is_not() -> None:
    found: tuple[dict[str, Any], ...] = ({"when": "score < 0.2"}, {"when": "cart.value > 5 and score.churn > 0.5"}, {"value": "100 * score"})
    for told in found:
        assert meets_by_score(told), told
    steps = [{"if": "score > 0.5", "then": []}]
    assert meets_by_score({"steps": steps})
    found = ({"when": "event.score > 3"}, {"variants": {"a": {"offer": {"percent": "15 if score < 0.2 else 0"}}}}, {"when": "scored"}, {})
    for told in found:
        assert not meets_by_score(told), told


def started(control: FakeControl | None = None) -> tuple[FakeControl, FakeDecisions, FakeDecisions, Watch]:
    control = control or FakeControl(begun(document(manifest("a")), manifest("b"), PLAN, at=T))
    decisions, outcomes = FakeDecisions(), FakeDecisions()
    return control, decisions, outcomes, Watch(control, decisions, outcomes)


def follows(decisions: FakeDecisions, outcomes: FakeDecisions, *, new: float, other: float, at: int = AT) -> None:
    """A thousand customers, a tenth of them with the new version."""
    for number in range(1_000):
        is_new = number % 10 == 0
        decisions.all.append(challenged(f"u{number}", at) if is_new else decided(f"u{number}", at))
        if number // 10 % 100 < 100 * (new if is_new else other):
            outcomes.all.append(outcome(f"u{number}", at, status="provisional"))


def test_the_monitor_takes_it_back_with_the_reason_on_the_audit() -> None:
    control, decisions, outcomes, watch = started()
    follows(decisions, outcomes, new=0.0, other=0.3)
    watch.round(now=AT + 1)
    ((act, why),) = control.said
    assert act == "rolled_back"
    assert why == "the goal is reached less: 0 of 100 customers against 270 of 900 of the champion, for 10 % of customers"
    assert "challenger" not in control.document
    assert rollout_of(control.document) is None


def test_without_proof_it_goes_on_also_where_nothing_has_a_goal() -> None:
    control, decisions, outcomes, watch = started()
    follows(decisions, outcomes, new=0.0, other=0.0)
    decisions.all += [challenged(f"more{number}", AT) for number in range(200)]
    watch.round(now=AT + 2_000)
    assert [act for act, _ in control.said] == ["rolled_out"]


def test_after_a_restart_it_knows_what_was_seen_at_all_steps() -> None:
    control, decisions, outcomes, watch = started()
    follows(decisions, outcomes, new=0.0, other=0.05)
    decisions.all += [challenged(f"more{number}", T + 1) for number in range(200)]
    watch.round(now=AT + 2_000)
    assert [act for act, _ in control.said] == ["rolled_out"]
    found = rollout_of(control.document)
    assert found is not None
    assert found.shares == [(T, 0.1), (AT + 2_000, 0.5)]
    for each in (watch, Watch(control, decisions, outcomes)):
        each.round(now=AT + 2_001)
        assert each.running["propensity"].tally.reward.words == "0 of 100 customers against 45 of 900 of the champion"


def test_a_campaign_that_meets_customers_by_the_score_does_not_count_from_the_moment_it_is_published() -> None:
    control, decisions, outcomes, watch = started()
    control.campaign["when"] = "score > 0.5"
    follows(decisions, outcomes, new=0.0, other=0.3)
    watch.round(now=AT + 1)
    assert control.said == []
    assert watch.running["propensity"].tally.reward.lines()[1] == "not compared, since they ask a model whom to meet: news"


def test_a_rollout_that_began_before_any_of_this_was_kept_is_read_and_counts_its_step() -> None:
    control, *_ = started()
    held: dict[str, Any] = dict(control.document["rollout"])
    held.pop("begins")
    held["plan"].pop("reward")
    found = rollout_of({**control.document, "rollout": {**held, "step": 1, "since": AT}})
    assert isinstance(found, Rollout)
    assert (found.shares, found.plan.reward) == ([(AT, 0.5)], 0.0)


@pytest.mark.parametrize("broken", [{"conversions": "many"}, {"decision_id": 7}, {"value": "much"}, {}])
def test_a_record_that_is_no_outcome_stops_nothing(broken: Mapping[str, Any]) -> None:
    control, decisions, outcomes, watch = started()
    follows(decisions, outcomes, new=0.0, other=0.3)
    outcomes.all.insert(0, {**outcome("u0"), **broken} if broken else {})
    watch.round(now=AT + 1)
    assert len(control.said) == 1


@pytest.mark.slow
def test_of_rollouts_that_do_no_harm_at_most_one_in_twenty_is_stopped_however_often_it_is_looked_at() -> None:
    stopped = 0
    for seed in range(100):
        drawn, made = random.Random(seed), Reward([(T, 0.25)])
        for number in range(1_500):
            made.take_decision(decision(f"{number}"), ROLE[drawn.random() < 0.25])
            reached = drawn.random() < 0.08
            made.take_outcome(outcome(f"{number}", reached=reached, value=drawn.lognormvariate(3, 1) if reached else 0.0))
            if number % 50 == 0 and made.harm():
                stopped += 1
                break
    assert stopped <= 100 * ALARM
