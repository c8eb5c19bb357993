"""The language of journeys: what is wrong is named where it is, and the program goes where the steps say."""

from typing import Any

import pytest

from tests.builders import campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.campaigns.steps import Branch, Program, Send, Wait
from udfs.core.expressions.moment import Moment
from udfs.core.features.features import EMPTY
from udfs.core.profile.state import Profile
from udfs.core.values.durations import DAY

MAIL = {"channel": "email", "content": {"body": "x"}}
STEPS: list[Any] = [
    {"send": "hello"},
    {"wait": "2d", "leave_on": ["order_completed"], "id": "patience"},
    {"branch": {"when": 'opened("hello")', "then": [{"send": "offer"}], "else": [{"wait": "1d"}, {"send": "sms"}]}},
    {"send": "bye"},
]


def journey(steps: Any = STEPS, **changes: Any) -> dict[str, Any]:
    variants = dict.fromkeys(("hello", "offer", "sms", "bye"), MAIL)
    given = {"trigger": {"event": "signed_up"}, "when": None, "entry": None, "variants": variants, "steps": steps, **changes}
    return campaign("welcome", **given)


def program(steps: Any = STEPS) -> Program:
    made = compile_campaign(journey(steps), features=EMPTY).steps
    assert made is not None
    return made


def problems(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(CampaignError) as caught:
        compile_campaign(document, features=EMPTY)
    return {".".join(map(str, problem.path)): str(problem) for problem in caught.value.problems}


def test_a_place_is_the_steps_id_or_its_number_and_each_knows_what_follows() -> None:
    steps = program().steps
    assert set(steps) == {"0", "patience", "2", "2.then.0", "2.else.0", "2.else.1", "3"}
    assert steps["0"] == Send(place="0", message="hello", then="patience")
    assert steps["patience"] == Wait(place="patience", lasts=2 * DAY, leave_on={"order_completed": ()}, then="2")
    branch = steps["2"]
    assert isinstance(branch, Branch)
    assert (branch.yes, branch.no) == ("2.then.0", "2.else.0")
    assert steps["2.then.0"] == Send(place="2.then.0", message="offer", then="3")
    assert steps["2.else.1"] == Send(place="2.else.1", message="sms", then="3")
    assert steps["3"] == Send(place="3", message="bye", then=None)


def test_a_missing_way_of_a_branch_leads_on_to_what_follows_it() -> None:
    steps = program([{"branch": {"when": "user.vip", "else": [{"send": "sms"}]}}, *({"send": name} for name in ("hello", "offer", "bye"))])
    assert steps.steps["0"] == Branch(place="0", when=steps.steps["0"].when, yes="1", no="0.else.0")  # type: ignore[union-attr]


def test_branches_are_taken_as_the_moment_finds_them_until_a_send_or_a_wait_or_the_end() -> None:
    steps = program(
        [
            {
                "branch": {
                    "when": "user.plan == 'gold'",
                    "then": [{"branch": {"when": "user.old", "then": [{"send": "hello"}]}}],
                    "else": [{"wait": "1d"}],
                }
            },
            {"branch": {"when": "user.plan == 'none'", "else": [*({"send": name} for name in ("offer", "sms", "bye"))]}},
        ]
    )

    def reached(**traits: Any) -> str | None:
        stop = steps.reach(steps.start, Moment(user_id="u", profile=Profile(born=0, now=0, traits=traits), now=0, cart=None))
        return stop.place if stop else None

    assert reached(plan="gold", old=True) == "0.then.0.then.0"
    assert reached(plan="gold", old=False) == "1.else.0"
    assert reached() == "0.else.0", "unknown is not met"
    nothing = Moment(user_id="u", profile=Profile(born=0, now=0, traits={"plan": "none"}), now=0, cart=None)
    assert steps.reach("1", nothing) is None


def test_the_first_messages_are_those_before_which_no_other_is_sent() -> None:
    assert program().first == {"hello"}
    later: list[Any] = [
        {"wait": "1d"},
        {"branch": {"when": "user.a", "then": [{"send": "offer"}]}},
        {"send": "hello"},
        {"send": "sms"},
        {"send": "bye"},
    ]
    assert program(later).first == {"offer", "hello"}


def test_its_exits_are_those_of_all_its_waits() -> None:
    assert program().exits == {"order_completed"}


def deep(levels: int) -> Any:
    block: Any = [{"send": "hello"}]
    for _ in range(levels):
        block = [{"branch": {"when": "user.a", "then": block}}]
    return [*block, *({"send": name} for name in ("offer", "sms", "bye"))]


MISTAKES: list[tuple[str, Any, str, str]] = [
    ("no list", "hello", "steps", "steps are a list"),
    ("an empty list", [], "steps", "steps are a list"),
    ("a step of no kind", [{"snd": "hello"}], "steps.0", "did you mean 'send'"),
    ("a step of two kinds", [{"send": "hello", "wait": "1d"}], "steps.0", "a step is one of"),
    ("an unknown key", [{"send": "hello", "leave_on": ["page"]}], "steps.0.leave_on", "unknown key"),
    ("a message that is not there", [{"send": "helo"}], "steps.0.send", "did you mean 'hello'"),
    ("a wait without end", [{"wait": "401d"}], "steps.0.wait", "at most 400d"),
    ("a time by the twelve-hour clock", [{"wait_until": "Tuesday 10am"}], "steps.0.wait_until", 'write "tuesday 10:00"'),
    ("noon by it", [{"wait_until": "12:30 pm"}], "steps.0.wait_until", 'write "12:30"'),
    ("a wait in words", [{"wait": "two days"}], "steps.0.wait", "not a duration"),
    ("an exit in capitals", [{"wait": "1d", "leave_on": "Order Completed"}], "steps.0.leave_on", "snake_case"),
    ("a branch without a way", [{"branch": {"when": "user.a"}}], "steps.0.branch", "a condition and a way"),
    ("a branch without a condition", [{"branch": {"then": [{"send": "hello"}]}}], "steps.0.branch", "a condition and a way"),
    ("a broken condition", [{"branch": {"when": "cart.valu > 1", "then": [{"send": "hello"}]}}], "steps.0.branch.when", "did you mean 'cart.value'"),
    ("a way that is none", [{"branch": {"when": "user.a", "then": {"send": "hello"}}}], "steps.0.branch.then", "steps are a list"),
    ("branches four deep", deep(4), "steps.0.branch.then.0.branch.then.0.branch.then.0.branch", "at most 3 deep"),
    ("too many steps", [{"wait": "1d"}] * 51, "steps", "at most 50 steps, this one 51"),
    ("two steps of one id", [{"wait": "1d", "id": "a"}, {"wait": "2d", "id": "a"}], "steps.0.id", "two steps are called 'a'"),
    ("an id that is a number", [{"wait": "1d", "id": "2"}], "steps.0.id", "no id of a step"),
    ("a loop", [{"repeat": 3}], "steps.0", "a step is one of"),
    ("a message that nobody sends", [{"send": "hello"}, {"send": "offer"}, {"send": "sms"}], "variants.bye", "no step sends 'bye'"),
    ("a misspelt message in a condition", [{"branch": {"when": 'opened("helo")', "then": [{"send": "hello"}]}}], "steps.0.branch.when", "'hello'"),
]


@pytest.mark.parametrize(("steps", "path", "says"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_named_where_it_is(steps: Any, path: str, says: str) -> None:
    found = problems(journey(steps))
    assert path in found, found
    assert says in found[path]


def test_three_deep_and_fifty_are_allowed() -> None:
    assert program(deep(3)).steps
    sends = [{"send": name} for name in ("hello", "offer", "sms", "bye")]
    assert len(program([*sends, *[{"wait": "1d"}] * 46]).steps) == 50


def test_weight_and_wait_of_a_variant_have_no_meaning_in_a_journey() -> None:
    variants = {name: {**MAIL, "weight": 2, "wait": "1h"} for name in ("hello", "offer", "sms", "bye")}
    found = problems(journey(variants=variants))
    assert "use a branch" in found["variants.hello.weight"]
    assert "a step before it" in found["variants.hello.wait"]


def test_concurrent_goes_with_steps_and_a_key() -> None:
    keyed = {"once_per": "event.plan", "concurrent": 3}
    assert compile_campaign(journey(entry=keyed), features=EMPTY).entry.concurrent == 3
    assert "goes with steps and once_per" in problems(journey(entry={"concurrent": 3}))["entry.concurrent"]
    assert "whole number" in problems(journey(entry={**keyed, "concurrent": 0}))["entry.concurrent"]
    assert "goes with steps" in problems(campaign(entry={"once_per": "cart.id", "concurrent": 2}))["entry.concurrent"]


def test_what_later_steps_and_messages_read_of_the_event_is_carried() -> None:
    steps = [{"send": "hello"}, {"branch": {"when": "event.plan == 'gold'", "then": [{"send": "offer"}], "else": [{"send": "sms"}]}}, {"send": "bye"}]
    assert compile_campaign(journey(steps), features=EMPTY).event_names == {"plan"}
