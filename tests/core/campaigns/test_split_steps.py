"""Splits inside journeys: the language, and which way chance draws."""

from typing import Any

import pytest

from tests.core.campaigns.test_steps_language import journey, problems, program
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.steps import Program, Send, Split
from udfs.core.expressions.moment import Moment
from udfs.core.features.features import EMPTY
from udfs.core.profile.identity import Identity
from udfs.core.profile.state import Profile

SPLIT: dict[str, Any] = {"split": {"mail": {"then": [{"send": "offer"}]}, "text": {"weight": 3, "then": [{"send": "sms"}]}}, "id": "how"}
STEPS: list[Any] = [{"send": "hello"}, SPLIT, {"send": "bye"}]


def stops(made: Program, user: str, *, identity: Identity | None = None) -> str:
    profile = Profile(born=1, now=1)
    profile.identity = identity
    moment = Moment(user_id=user, profile=profile, now=1, cart=None, properties={})
    stop = made.reach("how", moment)
    assert isinstance(stop, Send)
    return stop.message


def test_ways_are_drawn_by_weight_and_lead_on_to_the_step_below() -> None:
    made = program(STEPS)
    split = made.steps["how"]
    assert isinstance(split, Split)
    assert (split.names, split.shares) == (("mail", "text"), (0.25, 0.75))
    drawn = [stops(made, f"u{number}") for number in range(2_000)]
    assert 1_420 < drawn.count("sms") < 1_580
    assert [made.steps[way].then for way in split.ways if way] == ["2", "2"]  # type: ignore[union-attr]


def test_a_customer_draws_the_same_way_whenever_she_comes_and_under_whatever_id() -> None:
    made = program(STEPS)
    for number in range(50):
        assert stops(made, "ada", identity=Identity(lot=f"web-{number}")) == stops(made, f"web-{number}")
    assert len({stops(made, "ada") for _ in range(20)}) == 1


def test_a_changed_weight_moves_people_only_into_the_way_that_grows() -> None:
    more: list[Any] = [{"send": "hello"}, {**SPLIT, "split": {**SPLIT["split"], "text": {"weight": 9, "then": [{"send": "sms"}]}}}, {"send": "bye"}]
    before, after = program(STEPS), program(more)
    moved = {(stops(before, f"u{number}"), stops(after, f"u{number}")) for number in range(1_000)}
    assert moved == {("offer", "offer"), ("sms", "sms"), ("offer", "sms")}


def test_steps_that_are_added_above_move_nobody() -> None:
    longer = program([{"send": "hello"}, {"wait": "1h"}, SPLIT, {"send": "bye"}])
    assert [stops(longer, f"u{number}") for number in range(200)] == [stops(program(STEPS), f"u{number}") for number in range(200)]


def test_two_splits_are_drawn_apart() -> None:
    two = program([{"send": "hello"}, SPLIT, {"send": "bye"}])
    other = compile_campaign(journey([{"send": "hello"}, {**SPLIT, "id": "how"}, {"send": "bye"}], campaign="another"), features=EMPTY).steps
    assert other is not None
    pairs = {(stops(two, f"u{number}"), stops(other, f"u{number}")) for number in range(400)}
    assert len(pairs) == 4


def test_a_way_without_steps_goes_on_below() -> None:
    made = program(
        [
            {"send": "hello"},
            {"split": {"nothing": {"weight": 9}, "mail": {"then": [{"send": "offer"}]}}, "id": "how"},
            {"send": "sms"},
            {"send": "bye"},
        ]
    )
    assert {stops(made, f"u{number}") for number in range(100)} == {"sms", "offer"}


WAYS = {"a": {"then": [{"send": "offer"}]}, "b": {"then": [{"send": "sms"}]}}
MISTAKES: list[tuple[str, Any, str, str]] = [
    ("no id", {"split": WAYS}, "steps.1", "a split has an id"),
    ("one way", {"split": {"a": {}}, "id": "how"}, "steps.1.split", "two ways or more"),
    ("a list", {"split": [{"send": "offer"}], "id": "how"}, "steps.1.split", "two ways or more"),
    ("a name that is none", {"split": {**WAYS, "Way 1": {}}, "id": "how"}, "steps.1.split.Way 1", "no name of a way"),
    ("steps at once", {"split": {**WAYS, "c": [{"send": "offer"}]}, "id": "how"}, "steps.1.split.c", "such as {weight: 1, then:"),
    ("a slip", {"split": {**WAYS, "c": {"wieght": 2}}, "id": "how"}, "steps.1.split.c.wieght", "did you mean 'weight'?"),
    ("a share", {"split": {**WAYS, "c": {"weight": "50%"}}, "id": "how"}, "steps.1.split.c.weight", "write 50"),
    (
        "no weight at all",
        {"split": {name: {**way, "weight": 0} for name, way in WAYS.items()}, "id": "how"},
        "steps.1.split",
        "no way has any weight",
    ),
]


@pytest.mark.parametrize(("step", "path", "told"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES])
def test_each_mistake_is_told_where_it_is(step: Any, path: str, told: str) -> None:
    sends: list[Any] = [{"send": "hello"}, step, {"send": "bye"}, {"send": "offer"}, {"send": "sms"}]
    found = problems(journey(sends))
    assert list(found) == [path]
    assert told in found[path]
