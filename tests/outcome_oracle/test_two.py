"""Engine and oracle over random histories of somebody who has two ids until she logs in."""

import random

import pytest

from tests.outcome_oracle.two import again_of_two, differences_of_two, outcomes_by_decision, world_of_two
from udfs.core.decision import goals_of_both, outcomes, reached
from udfs.core.profile import windows

pytestmark = pytest.mark.slow

HISTORIES = 300


def test_engine_and_oracle_write_the_same_outcomes_of_two_histories_that_become_one() -> None:
    for seed in range(HISTORIES):
        found = differences_of_two(world_of_two(seed))
        assert not found, f"history {seed}: {found}"


def test_it_does_not_matter_when_timers_fire() -> None:
    for seed in range(HISTORIES // 3):
        made, chance = world_of_two(seed), random.Random(seed)
        never, in_time = again_of_two(made, lambda _: False), again_of_two(made, lambda _: True)
        now_and_then = again_of_two(made, lambda _, chance=chance: chance.random() < 0.5)  # type: ignore[misc]
        told = outcomes_by_decision(made)
        for each in (never, in_time, now_and_then):
            assert outcomes_by_decision(each.world) == told, seed
        assert never.blob == in_time.blob == now_and_then.blob, seed


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (goals_of_both, "count", lambda *_: None),
        (reached, "REVISED_FOR", 10**15),
        (goals_of_both, "_any_order", lambda _: {}),
        (goals_of_both, "_deny", lambda *_: None),
        (goals_of_both, "_worth", lambda *_: None),
        (windows, "merged", lambda ours, _: ours),
        (reached, "recalled", lambda *_: None),
        (outcomes, "before_link", lambda *_: {}),
    ],
)
def test_an_engine_without_a_rule_is_caught(monkeypatch: pytest.MonkeyPatch, module: object, name: str, broken: object) -> None:
    monkeypatch.setattr(module, name, broken)
    assert any(differences_of_two(world_of_two(seed)) for seed in range(HISTORIES))
