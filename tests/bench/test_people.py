"""The evidence of people: what it draws is what it says, and it notices an engine without a part of identity."""

import json
from pathlib import Path

import pytest

from bench import linked_operator
from bench.evidence import people_model, people_running, people_variants
from bench.people_stories import CAP, book, records, stories
from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import DAY, MONDAY
from udfs.core.records import Action, Decision


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
    start = MONDAY if clock == "replay" else None
    job = LocalJob(book(clock, tmp_path / "shop"))
    outputs = [each for found in job.run((Record(MONDAY + at, key, value) for at, key, value in records(told, start)), drain=DAY) for each in found]
    reasons = {each.reason.value for each in outputs if isinstance(each, Decision)}
    assert {"ELIGIBLE", "CAP_REACHED"} <= reasons
    sent = [each.user_id for each in outputs if isinstance(each, Action)]
    buyers = {story.user for story in told if story.buys}
    assert buyers
    assert not buyers.intersection(each.user_id for each in outputs if isinstance(each, Action) and each.campaign == "left-cart")
    assert CAP == 1
    assert len(sent) == len(set(sent))


def test_profiles_are_compared_by_what_two_runs_can_agree_on() -> None:
    told = {"carts": [{"items": [{"product_id": "tent", "price": 1, "quantity": 2, "after": 3}]}], "features": {"views": {"value": 1, "means": ""}}}
    same = {**told, "last_event": "another time"}
    other = json.loads(json.dumps(told).replace('"quantity": 2', '"quantity": 1'))
    parts = people_running._parts
    assert parts(json.dumps(told)) == parts(json.dumps(same)) != parts(json.dumps(other))
    assert parts(None) != parts(json.dumps(told))
