"""The way of a run to its send is explained in full: waits with the events that would have ended them, branches with the side that it went."""

from typing import Any

from services.explain.context import Context
from services.explain.story import story
from tests.builders import DAY, HOUR, MONDAY, event
from tests.explain.telling import CAMPAIGN, Customer

TEN = MONDAY + 10 * HOUR
WAIT = {"wait": "1h", "leave_on": ["left"]}


def journey(*steps: dict[str, Any], names: str = "ab", **fields: Any) -> dict[str, Any]:
    variants = {name: {"channel": "email", "content": {"body": name}} for name in names}
    return {**CAMPAIGN, "variants": variants, "steps": list(steps), **fields}


def told(document: dict[str, Any]) -> dict[str, list[str]]:
    return Customer(document).live(event("page", TEN, message_id="m0", k=1)).told()


def test_waits_and_branches_stand_on_the_way_and_in_what_would_have_stopped_it() -> None:
    document = journey({"send": "a"}, WAIT, {"branch": {"when": 'not opened("a")', "then": [{"send": "b"}]}})
    said = told(document)
    assert said["journey"] == ['send a → wait 1h (left would have ended it there) → `not opened("a")` held → send b']
    assert said["otherwise"] == [
        "Nothing: it went out. It would not have gone out had order_completed come before 2026-01-05 11:00:00 UTC, had left come while it waited 1h, "
        'had `not opened("a")` not held at that branch, or had one of the filters above stopped it.'
    ]
    other = told(journey({"send": "a"}, {"branch": {"when": 'opened("a")', "else": [{"send": "b"}]}}))
    assert other["journey"] == ['send a → `opened("a")` did not hold → send b']
    assert 'had `opened("a")` held at that branch' in other["otherwise"][0]


def test_a_branch_that_lies_behind_is_told_with_both_sides() -> None:
    branch = {"branch": {"when": 'opened("a")', "then": [WAIT], "else": [{"wait": "2h"}]}}
    said = told(journey({"send": "a"}, branch, {"send": "b"}))
    sides = 'if `opened("a")` held: wait 1h (left would have ended it there); if `opened("a")` did not hold: wait 2h'
    assert said["journey"] == [f"send a → either way of a branch ({sides}) → send b"]
    assert 'had left come while it waited 1h (if `opened("a")` held)' in said["otherwise"][0]


def test_of_several_places_the_decisions_id_tells_which_or_it_may_be_any() -> None:
    steps: tuple[dict[str, Any], ...] = (
        {"send": "a"},
        WAIT,
        {"branch": {"when": 'opened("a")', "then": [{"send": "b"}], "else": [{"send": "b", "id": "again"}]}},
    )
    assert told(journey(*steps))["journey"] == ['send a → wait 1h (left would have ended it there) → `opened("a")` did not hold → send b']
    unsure = told(journey(*steps, entry={"once_per": "event.k"}))
    assert unsure["journey"][0] == "b is sent in 2 places, and this may be any of them"
    assert [line.split(":")[0] for line in unsure["journey"][1:]] == ["at 2.then.0", "at again"]
    assert "had its run taken none of the ways above" in unsure["otherwise"][0]


def test_what_a_journey_asked_at_its_entry_is_told_of_its_entry() -> None:
    document = journey({"send": "a"}, {"wait": "2d"}, {"send": "b"}, when="user.hour < 12")
    case = Customer(document).live(event("page", TEN))
    said = story([{**case.decisions[-1], "features": {"hour": 10, "orders": 2}}], action=None, context=case.context)
    assert said["trigger"][1] == "its condition held: user.hour < 12, when the journey was entered"
    assert "had `user.hour < 12` not held when the journey was entered" in said["otherwise"][0]
    assert said["features"] == ["of those that the condition read when the journey was entered, as they are now: hour 10", "orders 2"]


def test_without_the_document_only_the_name_of_the_message_is_told() -> None:
    case = Customer(journey({"send": "a"}, {"wait": "1h"}, {"send": "b"})).live(event("page", TEN))
    said = case.told(Context(held=None))
    assert said["variant"] == ["b"]
    assert "journey" not in said


def test_a_sends_life_is_told_from_its_step_on() -> None:
    night = {"quiet_hours": {"from": "11:00", "to": "09:00", "spread": "1m"}}
    document = journey({"wait": "2h"}, {"send": "a"}, names="a", send={"expires": "1h"})
    case = Customer(document, policy=night).live(event("page", TEN), event("page", TEN + 3 * DAY))
    expired = next(each for each in case.decisions if each["reason"] == "EXPIRED")
    assert "after its step was reached, and lives 1h" in case.told_of(expired["decision_id"])["otherwise"][0]


def test_a_split_says_which_way_chance_drew() -> None:
    ways = {"soon": {"then": [{"send": "a"}]}, "late": {"then": [WAIT, {"send": "b"}]}}
    said = told(journey({"split": ways, "id": "when"}))
    assert said["journey"] in (
        ["chance drew soon of when → send a"],
        ["chance drew late of when → wait 1h (left would have ended it there) → send b"],
    )
    assert "chance had drawn another way of when" in said["otherwise"][0]


def test_a_split_that_lies_behind_is_told_with_every_way() -> None:
    split = {"split": {"nothing": {}, "late": {"then": [WAIT]}}, "id": "when"}
    said = told(journey({"send": "a"}, split, {"send": "b"}))
    ways = "if chance drew nothing: nothing; if chance drew late: wait 1h (left would have ended it there)"
    assert said["journey"] == [f"send a → any way of when ({ways}) → send b"]
