"""What one id had done before the login counts for what the other has pending, under way and measured, as if both had been one id."""

from typing import Any

import pytest

from services.local.job import LocalJob, Output
from services.replay.records import Record
from tests.builders import book, mail, words
from tests.core.policy.test_caps import GRANT
from tests.identity.test_in_one_process import login, run, said, told
from udfs.core.goal_outcome import GoalOutcome, OutcomeStatus
from udfs.core.records import Action, Decision, Recall

NIGHT = {**GRANT, "quiet_hours": {"from": "00:00", "to": "08:00", "zone": "UTC", "spread": "0m"}}
BOTH_WAYS = pytest.mark.parametrize("first", ["web-1", "kim"])
LATER = {"mail": words(wait="2h")}


def by(who: str) -> dict[str, str]:
    return {"web": who} if who.startswith("web") else {"user": who}


def other(who: str) -> dict[str, str]:
    return by("kim" if who.startswith("web") else "web-1")


def story(first: str, name: str, exit_: str | None, /, at: float = 5, **fields: Any) -> list[Record]:
    """One id begins something, the other does what ends it, and then they turn out to be one."""
    begun = [said(0, name, **by(first), **fields)]
    return [*begun, *([said(at, exit_, **other(first), **fields)] if exit_ else []), login(9, "kim", "web-1")]


def sent(outputs: list[Output]) -> list[str]:
    return [each.campaign for each in outputs if isinstance(each, Action)]


@BOTH_WAYS
@pytest.mark.parametrize(
    "changes",
    [
        {"trigger": {"event": "go", "unless": ["paid"]}, "variants": LATER},
        {"trigger": {"event": "go", "unless": [{"event": "paid", "same": "plan"}]}, "variants": LATER},
        {"trigger": {"since": "go", "wait": "1h", "unless": ["paid"]}},
        {"trigger": {"event": "go"}, "variants": {"mail": words()}, "steps": [{"wait": "1h", "leave_on": ["paid"]}, {"send": "mail"}]},
        {"trigger": {"event": "go", "unless": ["paid"]}, "variants": {"mail": words()}, "steps": [{"wait": "1h"}, {"send": "mail"}]},
    ],
    ids=["waits", "the same", "time since", "leave_on", "journey"],
)
def test_an_exit_under_one_id_ends_what_the_other_waits_for(first: str, changes: dict[str, Any]) -> None:
    rules = book(mail(**changes), GRANT)
    assert sent(run(LocalJob(rules), *story(first, "go", None, plan="gold"))) == ["news"]
    assert sent(run(LocalJob(rules), *story(first, "go", "paid", plan="gold"))) == []


@BOTH_WAYS
def test_an_exit_of_before_it_began_or_about_something_else_ends_nothing(first: str) -> None:
    rules = book(mail(trigger={"event": "go", "unless": [{"event": "paid", "same": "plan"}]}, variants=LATER), GRANT)
    before = [said(0, "paid", **other(first), plan="gold"), said(1, "go", **by(first), plan="gold"), login(9, "kim", "web-1")]
    assert sent(run(LocalJob(rules), *before)) == ["news"]
    elsewhere = [said(0, "go", **by(first), plan="gold"), said(1, "paid", **other(first), plan="silver"), login(9, "kim", "web-1")]
    assert sent(run(LocalJob(rules), *elsewhere)) == ["news"]


@BOTH_WAYS
def test_what_was_deferred_is_ended_too_and_says_so(first: str) -> None:
    rules = book(mail(trigger={"event": "go", "unless": ["paid"]}), NIGHT)
    decided = [each for each in run(LocalJob(rules), *story(first, "go", "paid")) if isinstance(each, Decision)]
    assert [(each.outcome.value, each.reason.value, each.attempt) for each in decided] == [("deferred", "QUIET_HOURS", 0), ("withheld", "EXITED", 1)]
    assert len({each.decision_id for each in decided}) == 1


@BOTH_WAYS
def test_two_things_that_may_happen_as_often_as_they_are_triggered_are_both_sent(first: str) -> None:
    rules = book(mail(), NIGHT)
    outputs = run(LocalJob(rules), said(0, "go", **by(first)), said(1, "go", **other(first)), login(9, "kim", "web-1"))
    assert sent(outputs) == ["news", "news"]
    once = book(mail(entry={"once_per": "event.plan"}), NIGHT)
    twice = [said(0, "go", **by(first), plan="gold"), said(1, "go", **other(first), plan="gold"), login(9, "kim", "web-1")]
    assert sent(run(LocalJob(once), *twice)) == ["news"]


@BOTH_WAYS
def test_a_run_goes_on_when_the_other_had_done_what_it_waits_for(first: str) -> None:
    steps = [{"wait_for": ["paid"], "at_most": "1d", "then": [{"send": "thanks"}], "else": [{"send": "reminder"}]}]
    rules = book(mail(variants={"thanks": words(), "reminder": words("push")}, steps=steps), GRANT)
    outputs = run(LocalJob(rules), *story(first, "go", "paid"))
    assert [(each.variant, each.user_id) for each in outputs if isinstance(each, Action)] == [("thanks", "kim")]
    assert [each.variant for each in run(LocalJob(rules), *story(first, "go", None)) if isinstance(each, Action)] == ["reminder"]


@BOTH_WAYS
@pytest.mark.parametrize(
    ("said_there", "reason"),
    [
        ({"name": "paid"}, "EXITED"),
        ({"name": "not_interested", "campaign": "news"}, "NOT_INTERESTED"),
        ({"name": "not_interested", "topic": "sale"}, "NOT_INTERESTED"),
        ({"name": "unsubscribed"}, "UNSUBSCRIBED"),
        ({"name": "consent_withdrawn", "purpose": "marketing"}, "NO_CONSENT"),
    ],
    ids=["exit", "campaign", "topic", "unsubscribed", "consent"],
)
def test_what_is_under_way_against_what_the_other_said_is_recalled(first: str, said_there: dict[str, Any], reason: str) -> None:
    rules = book(mail(trigger={"event": "go", "unless": ["paid"]}, tags=["sale"]), GRANT)
    name = said_there["name"]
    fields = {key: value for key, value in said_there.items() if key != "name"}
    outputs = run(LocalJob(rules), said(0, "go", **by(first)), said(5, name, **other(first), **fields), login(9, "kim", "web-1"))
    assert [each.reason.value for each in outputs if isinstance(each, Recall)] == [reason]


@BOTH_WAYS
def test_a_variant_that_is_still_to_act_is_the_variant_from_then_on(first: str) -> None:
    rules = book(mail(variants={name: words(wait="30m") for name in ("a", "b", "c", "d")}), GRANT)
    for number in range(40):
        web, kim = f"web-{number}", f"kim-{number}"
        begun = said(1, "go", **({"web": web} if first == "web-1" else {"user": kim}))
        known = said(0, "page", **({"user": kim} if first == "web-1" else {"web": web}))
        outputs = run(LocalJob(rules), known, begun, login(9, kim, web), said(90, "go", user=kim))
        variants = [each.variant for each in outputs if isinstance(each, Decision)]
        assert len(variants) == 2
        assert variants[0] == variants[1], number


GOAL = mail(goal={"event": "order_completed", "within": "1d", "value": "revenue"})


def outcomes(*records: Record, rules: dict[str, Any] = GOAL) -> list[tuple[str, int, int, float | None]]:
    found = [each for each in run(LocalJob(book(rules, GRANT)), *records) if isinstance(each, GoalOutcome)]
    return [(each.status.value, each.revision, each.conversions, each.value) for each in found]


@BOTH_WAYS
def test_an_order_under_one_id_is_what_followed_the_message_to_the_other(first: str) -> None:
    bought = [said(0, "go", **by(first)), said(5, "order_completed", **other(first), order_id="o1", revenue=60), login(9, "kim", "web-1")]
    assert outcomes(*bought) == [("provisional", 0, 1, 60.0), ("final", 1, 1, 60.0)]
    before = [said(0, "order_completed", **other(first), order_id="o1", revenue=60), said(5, "go", **by(first)), login(9, "kim", "web-1")]
    assert outcomes(*before) == [("final", 0, 0, 0.0)]


@BOTH_WAYS
def test_an_order_that_both_ids_report_counts_once_and_what_is_paid_back_later_is_less(first: str) -> None:
    both = [said(at, "order_completed", **who, order_id="o1", revenue=60) for at, who in ((4, by(first)), (5, other(first)))]
    paid_back = said(20, "order_refunded", user="kim", order_id="o1", total=20)
    assert outcomes(said(0, "go", **by(first)), *both, login(9, "kim", "web-1"), paid_back)[-1] == ("final", 2, 1, 40.0)
    assert outcomes(said(0, "go", **by(first)), both[1], login(9, "kim", "web-1"), paid_back)[-1] == ("final", 2, 1, 40.0)


@BOTH_WAYS
def test_a_window_that_has_ended_is_told_again_for_as_long_as_late_news_count(first: str) -> None:
    rules = {**GOAL, "goal": {**GOAL["goal"], "within": "1h"}}
    bought = said(5, "order_completed", **other(first), order_id="o1", revenue=60)
    assert outcomes(said(0, "go", **by(first)), bought, login(120, "kim", "web-1"), rules=rules) == [("final", 0, 0, 0.0), ("final", 1, 1, 60.0)]
    assert outcomes(said(0, "go", **by(first)), bought, login(5_000, "kim", "web-1"), rules=rules) == [("final", 0, 0, 0.0)]


def test_a_goal_with_a_condition_counts_where_the_other_had_it_counted() -> None:
    rules = {**GOAL, "goal": {"event": "signed", "within": "1d", "when": "event.plan == 'gold'"}}
    both = [said(0, "go", web="web-1"), said(1, "go", user="kim"), said(5, "signed", user="kim", plan="gold"), login(9, "kim", "web-1")]
    assert [each for each in outcomes(*both, rules=rules) if each[0] == "final"] == [("final", 1, 1, None)] * 2


@BOTH_WAYS
def test_a_denial_under_one_id_is_an_unsubscription_after_the_message_to_the_other(first: str) -> None:
    records = [said(0, "go", **by(first)), said(5, "unsubscribed", **other(first)), login(9, "kim", "web-1")]
    final = [each for each in run(LocalJob(book(GOAL, GRANT)), *records) if isinstance(each, GoalOutcome) and each.status is OutcomeStatus.FINAL]
    assert [{"unsubscribed", "recalled"} <= {*each.engagement} for each in final] == [True]


@pytest.mark.slow
def test_the_story_of_two_ids_is_that_of_one_where_nothing_was_decided_before_the_login() -> None:
    """Told under two ids and under one: what is decided afterwards is the same."""
    rules = book(
        mail("waits", trigger={"event": "go", "unless": ["paid"]}, variants=LATER),
        mail("silent", trigger={"idle": "1h", "of": "browsing", "unless": ["product_added"]}),
        mail(
            "journey",
            trigger={"event": "go"},
            entry={"once_per": "event.number"},
            variants={"mail": words()},
            steps=[{"wait": "3h", "leave_on": ["left"]}, {"send": "mail"}],
        ),
        {**GRANT, "caps": [{"id": "daily", "channel": "any", "max": 2, "within": "24h"}]},
    )
    names = ["go", "paid", "product_viewed", "product_added", "left", "go", "product_viewed"]
    compared = 0
    for number in range(600):
        picked = [names[(number * 7 + place * (3 + number % 5) + number // 11) % len(names)] for place in range(4)]
        sides = [(number >> place) & 1 for place in range(4)]
        told_by = [by("web-1" if side else "kim") for side in sides]
        two = [said(place * 7, name, **who, product_id="tent", number=place) for place, (name, who) in enumerate(zip(picked, told_by, strict=True))]
        one = [said(place * 7, name, user="kim", product_id="tent", number=place) for place, name in enumerate(picked)]
        ends = [login(29, "kim", "web-1")]
        mine = [each[1:] for each in told(run(LocalJob(rules), *two, *ends))]
        assert mine == [each[1:] for each in told(run(LocalJob(rules), *one, *ends))], (picked, sides)
        compared += bool(mine)
    assert compared > 200


@pytest.mark.parametrize("first", ["web", "kim"])
def test_of_two_that_were_assigned_both_the_older_keeps_group_and_variant_whichever_it_is(first: str) -> None:
    rules = book(
        mail(variants={name: words() for name in ("a", "b", "c")}, control_group="30%"),
        {**GRANT, "holdout": {"share": "30%", "epoch": "2026"}},
    )
    decided = 0
    for number in range(80):
        web, kim = f"web-{number}", f"kim-{number}"
        ids = ({"web": web}, {"user": kim}) if first == "web" else ({"user": kim}, {"web": web})
        story = [said(0, "go", **ids[0]), said(1, "go", **ids[1]), login(2, kim, web), said(3, "go", user=kim)]
        older, younger, after = ((each.outcome, each.variant) for each in run(LocalJob(rules), *story) if isinstance(each, Decision))
        assert after == older, number
        decided += older != younger
    assert decided > 40  # the rule had something to decide
