"""The evidence of people: what it draws is what it says, and it notices an engine without a part of identity."""

import pytest

from bench import linked_operator
from bench.evidence import people_model, people_variants


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
