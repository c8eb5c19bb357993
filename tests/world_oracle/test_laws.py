"""The oracle keeps every law in random worlds, and whoever forgets a rule is caught."""

from collections.abc import Callable

import pytest

from tests.world_oracle import carts, consents, duel, people
from tests.world_oracle.carts import Carts
from tests.world_oracle.deciding import Deciding
from tests.world_oracle.duel import first_broken_law, first_difference, oracle
from tests.world_oracle.laws import broken_by
from tests.world_oracle.oracle import Oracle
from tests.world_oracle.orders import Ledger, Order
from tests.world_oracle.people import Person
from tests.world_oracle.shrink import shrink
from tests.world_oracle.told import Exit
from tests.world_oracle.worlds import World, world

SEEDS = range(60)


@pytest.mark.slow
def test_the_oracle_keeps_every_law() -> None:
    assert first_broken_law(SEEDS, oracle) is None


def test_a_world_is_its_seed() -> None:
    assert [world(seed) for seed in range(20)] == [world(seed) for seed in range(20)]


def test_worlds_hold_what_they_promise() -> None:
    told = [one for seed in range(200) for one in world(seed).told]
    assert {"order_completed", "product_added", "unsubscribed", "cart_cleared", "identify", "order_refunded", "noise"} <= {one.fact for one in told}
    assert any(one.again for one in told)
    assert any(one.record.at - one.happened > 3_000_000 for one in told)


def forgetful_of_redelivery(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(people, "REMEMBERED_FOR", 0)
    patch.setattr(people, "REMEMBERED_OTHERS", 1)
    return "redelivery_changes_nothing"


def deaf_to_stops(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(consents.Consents, "hear", lambda *_: None)
    return "nothing_is_sent_after_a_stop_was_read"


def strict_about_named_carts(patch: pytest.MonkeyPatch) -> str:
    close = Carts.close

    def only_the_named(self: Carts, exit_: Exit) -> list[carts.Cart]:
        return close(self, exit_) if exit_.name is None or self.named(exit_.name) else []

    patch.setattr(Carts, "close", only_the_named)
    return "no_cart_is_spoken_of_after_its_purchase_was_read"


def strict_about_clocks(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(carts, "TOLERANCE", 0)
    return "no_cart_is_spoken_of_after_its_purchase_was_read"


def careless_of_entries(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(Deciding, "is_blocked", lambda *_: False)
    return "a_cart_is_spoken_of_once"


def counting_messages_for_orders(patch: pytest.MonkeyPatch) -> str:
    def tell(self: Ledger, id_: str, time: int, amount: object) -> tuple[Order, bool]:
        del amount
        order = self.orders[f"{id_} {len(self.orders)}"] = Order(id_, time, None)
        return order, False

    patch.setattr(Ledger, "tell", tell)
    return "each_order_is_counted_once"


def sending_without_recall(patch: pytest.MonkeyPatch) -> str:
    patch.setattr(Deciding, "recall", lambda *_: None)
    return "a_cart_mail_is_recalled_when_the_purchase_arrives_in_time"


def settling_too_early(patch: pytest.MonkeyPatch) -> str:
    settle = Oracle.settle

    def early(self: Oracle, person: Person, before: int) -> None:
        settle(self, person, before + 60_000)

    def time(self: Oracle, at: int) -> None:
        for person in self.people.values():
            early(self, person, at)

    patch.setattr(Oracle, "time", time)
    return "timers_change_nothing"


@pytest.mark.slow
@pytest.mark.parametrize(
    "forget",
    [
        forgetful_of_redelivery,
        deaf_to_stops,
        strict_about_named_carts,
        strict_about_clocks,
        careless_of_entries,
        counting_messages_for_orders,
        sending_without_recall,
        settling_too_early,
    ],
)
def test_whoever_forgets_a_rule_breaks_its_law(forget: Callable[[pytest.MonkeyPatch], str], monkeypatch: pytest.MonkeyPatch) -> None:
    law = forget(monkeypatch)
    assert any(law in broken_by(world(seed), oracle) for seed in range(400))


def test_a_difference_is_told_by_a_story_of_few_lines() -> None:
    def deaf(story: World) -> Oracle:
        player = Oracle(duel.CAMPAIGNS, story.rules)
        player.consents = lambda *_: None  # type: ignore[method-assign]  # a player without this rule
        return player

    told = first_difference(range(400), deaf)
    assert told is not None
    assert len(told.splitlines()) < 12


def test_shrinking_refuses_what_does_not_fail() -> None:
    with pytest.raises(AssertionError):
        shrink(world(1), lambda _: False)
