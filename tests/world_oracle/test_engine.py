"""The engine in the oracle's worlds: two clocks, lateness, redelivery, several carts. What must hold of any player holds of it."""

import pytest

from bench.evidence.world_law import profiles
from tests.world_oracle.alike import alike
from tests.world_oracle.behind import behind
from tests.world_oracle.duel import differences
from tests.world_oracle.engine import engine
from tests.world_oracle.laws import (
    a_cart_mail_is_recalled_when_the_purchase_arrives_in_time,
    a_recall_speaks_of_a_message_that_went_out,
    broken_by,
    nothing_is_sent_after_a_stop_was_read,
    play,
    redelivery_changes_nothing,
    timers_change_nothing,
)
from tests.world_oracle.worlds import world

SEEDS = range(150)
ONCE_IN_DISPUTE: tuple[int, ...] = (1542, 2567, 2772, 2833, 2939, 3112, 3184, 3435, 3739, 4142, 4167, 4229, 4367, 4480, 4570, 4592, 4638, 4641)
ONCE_IN_DISPUTE += (5052, 5993, 50432, 50545, 50597, 50638, 50860, 53153, 53610)
ONCE_IN_DISPUTE += (11455, 11727, 13473, 14770, 100486, 101349, 101435, 105058, 105548, 110810, 112040, 113279, 113557, 114202, 120011, 120938)
ONCE_IN_DISPUTE += (121514, 122832, 124347, 126585, 127088, 131760, 133877, 143381, 143524, 147694, 152763, 159010, 173510, 175760, 175997)
ONCE_IN_DISPUTE += (177946, 200396, 210081, 214834, 214898, 505666, 506533, 507601, 515950)
ONCE_IN_DISPUTE += (304, 906, 3431, 23263, 41473, 60754, 37759, 38213, 39041, 41915, 41965, 76336, 78239, 98679)


@pytest.mark.slow
def test_timers_between_any_two_records_or_none_change_no_decision() -> None:
    assert [found for seed in SEEDS for found in timers_change_nothing(world(seed), engine)] == []


@pytest.mark.slow
def test_timers_between_any_two_records_or_none_leave_the_same_bytes() -> None:
    for seed in SEEDS:
        story = world(seed)
        assert profiles(story, timers=True) == profiles(story, timers=False), f"world {seed}"


@pytest.mark.slow
def test_a_record_that_comes_again_changes_nothing() -> None:
    assert [found for seed in SEEDS for found in redelivery_changes_nothing(world(seed), engine)] == []


@pytest.mark.slow
@pytest.mark.parametrize("law", [nothing_is_sent_after_a_stop_was_read, a_recall_speaks_of_a_message_that_went_out])
def test_a_law_holds_in_every_world(law: object) -> None:
    assert callable(law)
    assert [found for seed in SEEDS for found in law(play(world(seed), engine))] == []


def test_the_worlds_call_messages_back() -> None:
    assert sum(len(play(world(seed), engine).recalls) for seed in SEEDS) > 20


@pytest.mark.parametrize("seed", [*range(20), *ONCE_IN_DISPUTE])
def test_the_engine_and_the_oracle_agree(seed: int) -> None:
    assert differences(world(seed), engine) == []


@pytest.mark.parametrize("seed", [*range(40), 192])
def test_the_engine_and_the_oracle_agree_on_a_shop_that_calls_every_cart_alike(seed: int) -> None:
    told = alike(world(seed))
    assert (differences(told, engine), broken_by(told, engine)) == ([], {})


@pytest.mark.parametrize("seed", range(40))
def test_the_engine_and_the_oracle_agree_on_a_shop_whose_orders_are_told_by_a_clock_that_is_hours_behind(seed: int) -> None:
    told = behind(world(seed))
    assert (differences(told, engine), broken_by(told, engine)) == ([], {})


@pytest.mark.parametrize("seed", [10999, 12056, 37457, 43621, 46196, 70924, 103066, 105193])
def test_no_law_is_broken_in_worlds_in_which_one_once_was(seed: int) -> None:
    assert broken_by(world(seed), engine) == {}


@pytest.mark.parametrize("seed", [3739, 4367, 50432])
def test_a_cart_mail_is_recalled_in_worlds_in_which_it_once_was_not(seed: int) -> None:
    assert a_cart_mail_is_recalled_when_the_purchase_arrives_in_time(play(world(seed), engine)) == []
