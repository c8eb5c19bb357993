"""Holdout and control: drawn by hash for good, and treated like everybody else but for the action."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail
from udfs.core.engine import Engine
from udfs.core.records import Outcome
from udfs.core.values.chance import lot

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}
PEOPLE = [f"u{number}" for number in range(400)]


def outcomes(document: dict[str, Any], policy: dict[str, Any]) -> dict[str, Outcome]:
    engine = Engine(book(document, policy))
    return {user: Life(engine, user).live([event("go", T, user=user)]).decisions[0].outcome for user in PEOPLE}


def held(share: float, epoch: str = "q4") -> set[str]:
    return {user for user in PEOPLE if lot(f"holdout:{epoch}", user) < share}


@pytest.mark.slow
def test_the_share_that_the_policy_names_is_held_out_and_a_larger_share_keeps_everybody() -> None:
    for share in (5, 15):
        found = outcomes(mail(), {**GRANT, "holdout": {"share": f"{share}%", "epoch": "q4"}})
        assert {user for user, outcome in found.items() if outcome is Outcome.HELD_OUT} == held(share / 100)
        assert {outcome for user, outcome in found.items() if user not in held(share / 100)} == {Outcome.ACTED}
    assert held(0.05) < held(0.15)
    assert held(0.15, "q1") != held(0.15)


def test_transactional_is_exempt_unless_the_policy_says_otherwise() -> None:
    everybody = {"share": "100%", "epoch": "q4"}
    for campaign, more, expected in (
        (mail(purpose="transactional"), {}, Outcome.ACTED),
        (mail(purpose="transactional"), {"exempt": []}, Outcome.HELD_OUT),
        (mail(tags=["legal"]), {"exempt": ["legal"]}, Outcome.ACTED),
    ):
        assert set(outcomes(campaign, {**GRANT, "holdout": {**everybody, **more}}).values()) == {expected}


def test_who_is_in_both_groups_is_held_out() -> None:
    assert set(outcomes(mail(control_group="100%"), {**GRANT, "holdout": {"share": "100%", "epoch": "q4"}}).values()) == {Outcome.HELD_OUT}


def test_a_ghost_lives_through_the_same_caps_entries_and_deferrals() -> None:
    rules = {
        **GRANT,
        "caps": [{"id": "c", "channel": "any", "max": 2, "within": "24h", "then": "defer"}],
        "quiet_hours": {"from": "22:00", "to": "08:00"},
    }
    times = [T, T + HOUR, T + 2 * HOUR, T + 13 * HOUR, T + 30 * HOUR]
    told = []
    for policy in (rules, {**rules, "holdout": {"share": "100%", "epoch": "q4"}}):
        ada = Life(Engine(book(mail(entry={"again": "30m"}, send={"expires": "7d"}), policy))).live(
            [event("go", at, message_id=str(at)) for at in times]
        )
        told.append([(each.decision_id, each.attempt, each.at, each.outcome, each.deferred_until) for each in ada.wait(T + 7 * DAY).decisions])
    treated, ghost = told
    assert [(*each[:3], Outcome.HELD_OUT if each[3] is Outcome.ACTED else each[3], each[4]) for each in treated] == ghost
    assert Outcome.HELD_OUT in {each[3] for each in ghost}


def test_what_really_goes_out_counts_no_ghosts() -> None:
    policy = {**GRANT, "caps": [{"id": "c", "channel": "any", "max": 1, "within": "24h"}]}
    controlled = mail("tested", control_group="100%", trigger={"event": "first"})
    ada = Life(Engine(book(controlled, mail(), policy))).live([event("first", T), event("go", T + 1), event("first", T + 2)])
    assert [decision.outcome for decision in ada.decisions] == [Outcome.CONTROL, Outcome.ACTED, Outcome.WITHHELD]
