"""The engine in the oracle's worlds: two clocks, lateness, redelivery, several carts. What must hold of any player holds of it."""

import random

import pytest

from tests.world_oracle.engine import Engine, engine
from tests.world_oracle.laws import (
    a_recall_speaks_of_a_message_that_went_out,
    nothing_is_sent_after_a_stop_was_read,
    play,
    redelivery_changes_nothing,
    timers_change_nothing,
)
from tests.world_oracle.worlds import World, world

SEEDS = range(150)


def test_timers_between_any_two_records_or_none_change_no_decision() -> None:
    assert [found for seed in SEEDS for found in timers_change_nothing(world(seed), engine)] == []


def test_timers_between_any_two_records_or_none_leave_the_same_bytes() -> None:
    for seed in SEEDS:
        story = world(seed)
        assert _lived(story, timers=True).profiles() == _lived(story, timers=False).profiles(), f"world {seed}"


def test_a_record_that_comes_again_changes_nothing() -> None:
    assert [found for seed in SEEDS for found in redelivery_changes_nothing(world(seed), engine)] == []


@pytest.mark.parametrize("law", [nothing_is_sent_after_a_stop_was_read, a_recall_speaks_of_a_message_that_went_out])
def test_a_law_holds_in_every_world(law: object) -> None:
    assert callable(law)
    assert [found for seed in SEEDS for found in law(play(world(seed), engine))] == []


def test_the_worlds_call_messages_back() -> None:
    assert sum(len(play(world(seed), engine).recalls) for seed in SEEDS) > 20


def _lived(story: World, *, timers: bool) -> Engine:
    """The whole story; where time is told, it is told at random instants before each record."""
    chance = random.Random(story.seed)
    player = engine(story)
    last = story.told[0].record.at if story.told else 0
    for told in story.told:
        moments = sorted(chance.randint(last, told.record.at) for _ in range(chance.randrange(4)))
        for at in moments if timers else ():
            player.time(at)
        player.record(told.record.key, told.record.value, told.record.at)
        last = told.record.at
    player.time(last)
    return player
