"""What a goal may say, and what is said of each mistake."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, campaign
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.goal import Goal
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.features import EMPTY
from udfs.core.values.problems import DocumentError


def compiled(goal: Any, **changes: Any) -> Campaign:
    return compile_campaign(campaign(goal=goal, **changes), features=EMPTY)


def goal_of(goal: Any, **changes: Any) -> Goal:
    made = compiled(goal, **changes).goal
    assert made is not None
    return made


def test_a_goal_needs_an_event_and_the_rest_has_a_usual_value() -> None:
    goal = goal_of({"event": "order_completed"})
    assert (goal.events, goal.within, goal.basis, goal.half_life) == (("order_completed",), 3 * DAY, "decision", 7 * DAY)
    assert not goal.of_revenue
    assert goal.value is None


def test_a_goal_says_everything() -> None:
    goal = goal_of(
        {
            "event": ["order_completed", "signed_up"],
            "within": "12h",
            "value": "revenue",
            "when": "event.total > 20",
            "guard": ["unsubscribe_rate", "bounce_rate"],
            "basis": "clicked",
            "half_life": "1d",
        }
    )
    assert (goal.events, goal.within, goal.guards) == (("order_completed", "signed_up"), 12 * HOUR, ("unsubscribe_rate", "bounce_rate"))
    assert (goal.of_revenue, goal.basis, goal.half_life) == (True, "clicked", DAY)


@pytest.mark.parametrize("value", ["event.total - event.shipping", 5, 0.1])
def test_a_value_may_be_an_expression_or_a_number(value: object) -> None:
    goal = goal_of({"event": "order_completed", "value": value})
    assert goal.value is not None
    assert not goal.of_revenue


def test_the_event_of_a_goal_may_be_asked_although_a_silence_has_none() -> None:
    assert goal_of({"event": "order_completed", "when": "event.total > 20"}).when is not None


def test_what_a_goal_asks_is_not_carried_along_with_the_event_of_the_trigger() -> None:
    made = compiled({"event": "order_completed", "when": 'event.coupon == "A"'}, trigger={"event": "go"}, when=None, entry=None)
    assert "coupon" not in made.event_names


MISTAKES: list[tuple[str, Any, str, str]] = [
    ("only an event", "order_completed", "goal", "goal: {event: order_completed}"),
    ("a list", ["order_completed"], "goal", "goal is a mapping"),
    ("no event", {"within": "3d"}, "goal", "needs the event"),
    ("an event as it is shown", {"event": "Order Completed"}, "goal.event", "write order_completed"),
    ("an event twice", {"event": ["page", "page"]}, "goal.event", "write it once"),
    ("words for a time", {"event": "page", "within": "3 days"}, "goal.within", "write 3d"),
    ("too long a time", {"event": "page", "within": "91d"}, "goal.within", "write 90d or less"),
    ("too long a half-life", {"event": "page", "half_life": "91d"}, "goal.half_life", "write 90d or less"),
    ("a property alone", {"event": "page", "value": "total"}, "goal.value", "write value: revenue, or value: event.total"),
    ("an unknown name", {"event": "page", "value": "evnt.total"}, "goal.value", "evnt"),
    ("a truth value", {"event": "page", "value": True}, "goal.value", "what one conversion is worth"),
    ("the cart of an order", {"event": "page", "value": "cart.value"}, "goal.value", "an order closes its cart"),
    ("the cart in a condition", {"event": "page", "when": "cart.value > 9"}, "goal.when", "ask the event itself"),
    ("a score", {"event": "page", "when": "score > 0.5"}, "goal.when", "score"),
    ("an unknown rate", {"event": "page", "guard": "unsubscribes"}, "goal.guard", "unsubscribe_rate"),
    ("an unknown basis", {"event": "page", "basis": "open"}, "goal.basis", "did you mean 'opened'"),
    ("an unknown key", {"event": "page", "window": "3d"}, "goal.window", "unknown key"),
]


@pytest.mark.parametrize(("goal", "place", "words"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_says_what_to_write_instead(goal: Any, place: str, words: str) -> None:
    with pytest.raises(DocumentError) as refused:
        compiled(goal)
    told = {".".join(map(str, problem.path)): f"{problem.message} ({problem.suggestion})" for problem in refused.value.problems}
    assert place in told, told
    assert words in told[place]
