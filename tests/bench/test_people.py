"""The evidence of people: what it draws is what it says, and it notices an engine without a part of identity."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from bench import linked_operator
from bench.evidence import people_model, people_running, people_variants
from bench.people_stories import Story, expected, stories
from bench.report import Claim


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people_model, "BATCH", 40)
    monkeypatch.setattr(people_variants, "BATCH", 60)


@pytest.mark.usefixtures("few")
def test_guests_agree_with_the_oracle_and_not_where_carts_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    lived, wrong, apart, decisions = people_model._told(0)
    assert (lived, wrong) == (40, 0)
    assert apart > 5
    assert decisions > 10
    monkeypatch.setattr("udfs.core.identity.carts.join", lambda *_, **__: {})
    assert people_model._told(0)[1] > 0


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("law", ["every feature is that of one history", "nothing goes to the old id after the link, and no cap is exceeded"])
def test_a_law_is_held_to_as_many_histories_as_it_says(law: str) -> None:
    assert people_model._lived((law, 3)) == (40, 0)


@pytest.mark.usefixtures("few")
def test_a_law_that_does_not_hold_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("udfs.core.identity.carts.join", lambda *_, **__: {})
    assert people_model._lived(("carts are those of one history", 3))[1] > 0


@pytest.mark.usefixtures("few")
def test_nobody_changes_variant_and_who_would_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    changed, would = people_variants._new(0)
    assert changed == 0
    assert would > 20
    lost, moved = people_variants._both(0)
    assert lost == 0
    assert moved > 20
    monkeypatch.setattr("udfs.core.decision.turn.drawn_by", lambda _, user, __="": user)
    monkeypatch.setattr("udfs.core.decision.assigned._held", lambda *_: None)
    assert people_variants._new(0)[0] > 10
    assert people_variants._both(0)[0] > 10


def test_the_operator_is_measured_with_people_who_are_linked_and_others_who_are_not() -> None:
    found = linked_operator.measure(events=60, users=6, rounds=1)
    assert found.on.second_states == 0
    assert found.on.state_bytes == found.off.state_bytes
    assert found.linked.second_states >= 6
    assert found.login_us > 0


def test_a_pointer_is_what_is_left_of_the_other_id() -> None:
    sizes = linked_operator.pointers(5)
    assert len(sizes) == 5
    assert all(0 < size < 200 for size in sizes)


@pytest.mark.parametrize("clock", ["replay", "live"])
def test_the_stories_of_the_running_job_hold_what_the_claims_are_about(clock: str, tmp_path: Path) -> None:
    told = stories(60, seed=2)
    alone = people_running._in_one_process(told, clock, tmp_path)
    assert {(outcome, reason) for _, _, outcome, reason in alone.decisions} == {("acted", "ELIGIBLE"), ("withheld", "CAP_REACHED")}
    assert {story.buys for story in told if story.looks} == {story.buys for story in told if not story.looks} == {True, False}
    assert all(sum("userId" not in ids for _, ids, _ in story.events) == 1 + story.looks for story in told)
    for story in told:
        known = alone.profiles[story.user]
        assert {name: known[name] for name in expected(story)} == expected(story)


def _wrong(claims: Iterable[Claim]) -> list[str]:
    return [each.claim.removeprefix("here: ") for each in claims if not each.holds]


def _decided(story: Story, campaign: str = "left-cart", name: str = "d-1") -> dict[str, Any]:
    return {"decision_id": name, "attempt": 0, "user_id": story.user, "campaign": campaign, "outcome": "acted", "reason": "ELIGIBLE"}


def test_decisions_too_many_missing_or_twice_are_noticed() -> None:
    (story,) = stories(1, seed=2)
    right = people_running.Alone(people_running.Told([(story.user, "left-cart", "acted", "ELIGIBLE")]), {})
    one = _decided(story)
    of = people_running._of_decisions
    assert _wrong(of("here", "exactly-once", [one], [story], right)) == []
    assert _wrong(of("here", "at-least-once", [one, one], [story], right)) == []
    assert _wrong(of("here", "exactly-once", [one, one], [story], right)) == ["decisions that are there twice"]
    other = "decisions that one process does not make, or that are missing"
    assert _wrong(of("here", "at-least-once", [], [story], right)) == [other]
    assert _wrong(of("here", "at-least-once", [one, {**one, "decision_id": "d-2", "user_id": story.ids[1]}], [story], right)) == [other]


def test_messages_to_two_sides_beyond_the_cap_or_to_who_bought_are_noticed() -> None:
    (story,) = stories(1, seed=2)
    assert story.buys
    guest = {**_decided(story, name="d-2"), "user_id": story.ids[1]}

    def of(*actions: dict[str, Any], repeated: int = 0, recalled: frozenset[str] = frozenset()) -> list[str]:
        sent = people_running.Sent({(each["decision_id"], 0): each for each in actions}, repeated, {*recalled})
        return _wrong(people_running._of_messages("here", "exactly-once", sent, [story]))

    assert of() == of(_decided(story, "looked")) == []
    assert of(repeated=1) == ["messages that went out twice"]
    reminded = "people who bought within a second of the login, and are reminded of the cart"
    late = "reminders to an id that had turned out to be somebody before they were due"
    again = "messages that went out again under another id, or to another id of the same person"
    assert of(guest) == [reminded, late]
    assert of(_decided(story), guest) == [again, "messages beyond the cap", reminded, late]
    assert of(guest, recalled=frozenset({"d-2"})) == []


def test_profiles_that_are_missing_wrong_or_not_linked_are_noticed() -> None:
    (story,) = stories(1, seed=2)
    right = people_running.Alone(people_running.Told(), {story.user: expected(story)})

    def of(found: dict[str, Any]) -> list[str]:
        return _wrong(people_running._of_profiles("here", found, [story], right))

    every = [
        "people of whom an id is not linked, or one too many",
        "profiles that are not what the person did",
        "profiles that differ from those of one process",
    ]
    assert of({story.user: expected(story)}) == []
    assert of({}) == every
    assert of({story.user: {**expected(story), "ids": []}}) == every
    assert of({story.user: {**expected(story), "features": {"adds": 2}}}) == every[1:]


def test_profiles_are_compared_by_what_two_runs_can_agree_on() -> None:
    told = {"carts": [{"items": [{"product_id": "tent", "price": 1, "quantity": 2, "after": 3}]}], "features": {"views": {"value": 1, "means": ""}}}
    same = {**told, "last_event": "another time"}
    other = json.loads(json.dumps(told).replace('"quantity": 2', '"quantity": 1'))
    parts = people_running._parts
    assert parts(json.dumps(told)) == parts(json.dumps(same)) != parts(json.dumps(other))
    assert parts(None) != parts(json.dumps(told))
