"""State out of golden savepoints: the code of today reads in its bytes what the version that wrote them meant, and writes it without a loss."""

import pytest

from tests.golden import parts, states
from tests.golden.kept import State, versions
from tests.golden.kept import states as kept_states

KEPT = [pytest.param(version, id=version) for version in versions()]


def test_at_least_one_golden_savepoint_is_kept() -> None:
    assert versions()


@pytest.mark.parametrize("version", KEPT)
def test_what_is_stored_of_each_key_is_read_as_it_was_meant(version: str) -> None:
    found = {each.key: [*parts.missing(each.means, states.meaning(each.kind, each.value))] for each in kept_states(version)}
    assert {key: lost for key, lost in found.items() if lost} == {}


@pytest.mark.parametrize("version", KEPT)
def test_what_is_written_again_means_the_same(version: str) -> None:
    for each in kept_states(version):
        meant = states.meaning(each.kind, each.value)
        assert states.meaning(each.kind, states.written_again(each.kind, each.value)) == meant, f"{each.kind} of {each.key}"


@pytest.mark.parametrize("version", KEPT)
def test_every_kind_of_state_is_among_them(version: str) -> None:
    found = kept_states(version)
    assert {each.kind for each in found} == {states.USER, states.TIES, states.KEPT_IDS}
    kinds = {type(held).__name__ for each in found for held in states.held(each.kind, each.value)}
    assert kinds == {kind.__name__ for kind in parts.ROOTS}


# The checks themselves: each has to find what it is for.


def profile(version: str) -> State:
    return max((each for each in kept_states(version) if each.kind == states.USER), key=lambda each: len(each.stored))


@pytest.mark.parametrize("version", KEPT)
def test_a_field_that_is_read_at_another_place_is_found(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    each = profile(version)
    told = states.meaning(each.kind, each.value)
    told["customer"][0]["born"], told["customer"][0]["now"] = told["customer"][0]["now"], told["customer"][0]["born"]
    assert len([*parts.missing(each.means, told)]) == 2


def test_what_is_gone_or_other_or_shorter_is_missing_and_what_is_new_is_not() -> None:
    assert [*parts.missing({"a": 1}, {"a": 1, "b": 2})] == []
    assert [*parts.missing({"a": 1, "b": [1]}, {"b": [1, 2]})] == [".a is gone: it was 1", ".b was [1], and is [1, 2]"]
    assert [*parts.missing([{"a": 1.5}], [{"a": 2}])] == ["[0].a was 1.5, and is 2"]
