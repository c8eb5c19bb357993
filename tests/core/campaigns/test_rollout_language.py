"""What a rollout of a campaign may say, and what is said of each mistake."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, campaign
from udfs.core.campaigns.goal import GUARDS
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.rollout_shape import GUARDRAILS
from udfs.core.campaigns.rollout import Rollout
from udfs.core.features.features import EMPTY
from udfs.core.values.problems import DocumentError

GOAL = {"event": "order_completed", "within": "3d"}


def compiled(rollout: Any, **changes: Any) -> Rollout:
    made = compile_campaign(campaign(**{"rollout": rollout, "goal": GOAL, **changes}), features=EMPTY).rollout
    assert made is not None
    return made


def test_the_steps_alone_are_a_rollout_and_the_rest_has_a_usual_value() -> None:
    found = compiled(["5%", "25%", "100%"])
    assert (found.steps, found.hold, found.sample) == ((0.05, 0.25, 1.0), DAY, 500)
    assert found.guardrails.errors == 0.01
    assert found.guardrails.rates == {"unsubscribe_rate": 0.005, "complaint_rate": 0.002, "bounce_rate": 0.05}


def test_a_rollout_says_everything() -> None:
    told = {"steps": ["10%", "50.5 %"], "hold": "6h", "sample": 1_000, "guardrails": {"errors": "2%", "dismiss_rate": "10%", "bounce_rate": "0%"}}
    found = compiled(told)
    assert (found.steps, found.hold, found.sample) == ((0.1, 0.505), 6 * HOUR, 1_000)
    assert found.guardrails.errors == 0.02
    assert found.guardrails.rates == {"unsubscribe_rate": 0.005, "complaint_rate": 0.002, "bounce_rate": 0.0, "dismiss_rate": 0.1}


def test_every_rate_that_a_goal_may_guard_has_a_guardrail() -> None:
    assert set(GUARDRAILS["properties"]) == {"errors", *GUARDS}


MISTAKES: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("a share alone", "5%", {}, "rollout", "is the list of its steps"),
    ("yes", True, {}, "rollout", "is the list of its steps"),
    ("no goal", ["5%"], {"goal": None}, "rollout", "add goal: {event:"),
    ("no steps", [], {}, "rollout", "1 to 20 shares"),
    ("too many steps", [f"{n}%" for n in range(1, 23)], {}, "rollout", "1 to 20 shares"),
    ("a number", [5, 100], {}, "rollout.0", "write a percentage"),
    ("more than all", ["5%", "200%"], {}, "rollout.1", "write a percentage"),
    ("nobody", ["0%", "100%"], {}, "rollout.0", "write a share above 0%"),
    ("shares that shrink", ["25%", "5%"], {}, "rollout.1", "write a share above 25%"),
    ("the same twice", ["25%", "25%"], {}, "rollout.1", "write a share above 25%"),
    ("shares in a mapping that shrink", {"steps": ["25%", "5%"]}, {}, "rollout.steps.1", "write a share above 25%"),
    ("a misspelt key", {"step": ["25%"]}, {}, "rollout.step", "did you mean 'steps'"),
    ("an unknown guardrail", {"guardrails": {"unsubscribes": "1%"}}, {}, "rollout.guardrails.unsubscribes", "did you mean 'unsubscribe_rate'"),
    ("guardrails that are none", {"guardrails": "bounce_rate"}, {}, "rollout.guardrails", "guardrails are a mapping"),
    ("a guardrail without a value", {"guardrails": {"bounce_rate": None}}, {}, "rollout.guardrails.bounce_rate", "write a percentage"),
    ("too small a sample", {"sample": 10}, {}, "rollout.sample", "from 100 to 20000"),
    ("a hold that is none", {"hold": "soon"}, {}, "rollout.hold", "30m"),
]


@pytest.mark.parametrize(("rollout", "changes", "path", "says"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_named_where_it_is(rollout: Any, changes: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        compile_campaign(campaign(**{"rollout": rollout, "goal": GOAL, **changes}), features=EMPTY)
    at_path = [str(problem) for problem in caught.value.problems if ".".join(map(str, problem.path)) == path]
    assert any(says in problem for problem in at_path), [str(problem) for problem in caught.value.problems]


def test_a_winner_is_adopted_only_where_that_is_said_and_never_where_a_bandit_chooses() -> None:
    two = {"a": {"channel": "email", "content": {"body": "x"}}, "b": {"channel": "email", "content": {"body": "y"}}}
    experiment = {"hypothesis": "b brings more", "minimum_effect": "10%"}
    for told, expected in ((experiment, "never"), ({**experiment, "adopt": "winner"}, "winner")):
        made = compile_campaign(campaign(experiment=told, goal=GOAL, variants=two), features=EMPTY).experiment
        assert made is not None
        assert made.adopt == expected
    with pytest.raises(DocumentError, match="nothing to adopt"):
        compile_campaign(campaign(experiment={**experiment, "adopt": "winner"}, goal=GOAL, variants=two, choose="bandit"), features=EMPTY)
    with pytest.raises(DocumentError, match="did you mean 'winner'"):
        compile_campaign(campaign(experiment={**experiment, "adopt": "winer"}, goal=GOAL, variants=two), features=EMPTY)
