"""The policy as a table of sentences: engine and oracle alike must decide what policy_table.yaml says."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.oracles.play import Customer, World, as_verdict, by_oracle
from tests.oracles.stories import Expected, campaign, happening, told

TABLE: dict[str, list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(Path(__file__).with_name("policy_table.yaml"))
CASES = [pytest.param(case, id=f"{group}: {case['case']}") for group, cases in TABLE.items() for case in cases]
SHE = "u25572"
"""Her lot for releases is 0, for the holdout of epoch e1 0.138, for the control group of news 0.3599."""


def lived(case: dict[str, Any]) -> tuple[World, Customer]:
    """Play a case to the engine, line by line: what happens may refer to what was decided."""
    zone, user = case.get("zone", "UTC"), case.get("user", SHE)
    named = {"news": {}, **case.get("campaigns", {})}
    policy = case["policy"]
    if policy is not None:
        policy = {"consent": {"default": {"marketing": "grant"}}, **policy}
        policy = {rule: told for rule, told in policy.items() if told is not None}
    world = World(user=user, policy=policy, campaigns=tuple(campaign(campaign=name, **changes) for name, changes in named.items()))
    customer, happenings = Customer(world), []
    for number, line in enumerate(case["events"]):
        sent = [decision for decision in customer.decisions if decision.outcome == "acted"]
        happenings.append(
            happening(line, number=number, user=user, zone=zone, campaigns={n: {"campaign": n, **c} for n, c in named.items()}, sent=sent)
        )
        customer.meet(happenings[-1])
    customer.wait()
    return World(user=user, policy=policy, campaigns=world.campaigns, happenings=tuple(happenings)), customer


@pytest.mark.parametrize("case", CASES)
def test_what_the_policy_says_is_done(case: dict[str, Any]) -> None:
    zone = case.get("zone", "UTC")
    expected = [Expected.read(line, zone=zone) for line in case["expect"]]
    world, customer = lived(case)
    assert [told(decision, zone) for decision in customer.decisions] == [each.told(zone) for each in expected]
    assert len({(decision.decision_id, decision.attempt) for decision in customer.decisions}) == len(expected)
    for decision, each in zip(customer.decisions, expected, strict=True):
        assert each.channel in {None, decision.channel}
        assert each.rule is None or (decision.detail or "").startswith(f"{each.rule}:")
    if "throughput" not in (world.policy or {}):
        assert [told(verdict, zone) for verdict in by_oracle(world)] == [each.told(zone) for each in expected]
        assert by_oracle(world) == [as_verdict(decision) for decision in customer.decisions]


def test_no_two_cases_have_one_name() -> None:
    assert len({case.id for case in CASES}) == len(CASES) >= 60
