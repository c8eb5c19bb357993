"""The whole programme against the holdout."""

from typing import Any

import numpy as np
import pytest

from services.lift.measure import measure
from services.lift.people import People
from services.lift.programme import NoHoldout, programme
from services.lift.records import Order
from tests.lift.builders import DAY, START, Records


def at(day: float, value: float = 40.0) -> Order:
    return Order(at=START + int(day * DAY), value=value)


def whole(records: Records, orders: dict[str, list[Order]], **asked: Any) -> People:
    records.log.orders = orders
    return programme(records.log, **asked)


def test_a_person_counts_from_the_first_message_of_any_campaign_for_the_whole_time() -> None:
    records = Records()
    records.decided("ada", day=2, campaign="cart")
    records.decided("ada", day=0, campaign="browse")
    records.decided("bob", "held_out", day=1, campaign="browse")
    records.decided("cy", "control", day=1, campaign="cart")
    people = whole(records, {"ada": [at(0), at(1), at(27), at(29)], "bob": [at(20)]}, stops=("cart",))
    assert people.treated.tolist() == [True, False, True]
    assert [each.values.tolist() for each in people.metrics] == [[1.0, 1.0, 0.0], [2.0, 1.0, 0.0], [80.0, 40.0, 0.0]]


def test_orders_under_another_id_of_the_same_person_are_hers() -> None:
    records = Records()
    records.decided("web-1", day=0)
    records.decided("bob", "held_out", day=0)
    records.log.same.append(("web-1", "ada"))
    people = whole(records, {"ada": [at(3)], "web-1": [at(4)]})
    assert people.metrics[1].values[people.treated].tolist() == [2.0]


def test_who_came_too_late_to_be_watched_is_waited_for() -> None:
    records = Records(until=30)
    records.decided("ada", day=5)
    records.decided("bob", "held_out", day=0)
    people = whole(records, {})
    assert people.treated.tolist() == [False]
    assert people.left.immature == 1


def test_past_orders_end_with_the_epoch_for_all_also_for_who_comes_much_later() -> None:
    """graze-social/personalization#58: figures from the time of the messages themselves are no longer from before."""
    records = Records(until=90)
    records.decided("ada", day=0)
    records.decided("bob", "held_out", day=40)
    orders = {"ada": [at(-3), at(-40)], "bob": [at(-3), at(35)]}
    figures = whole(records, orders).figures
    assert figures is not None
    assert figures.tolist() == [[1.0, 40.0], [1.0, 40.0]]
    later = whole(records, orders, since=START + 20 * DAY).figures
    assert later is not None
    assert later.tolist() == [[1.0, 40.0]]
    earlier = whole(records, orders, epoch=START - 10 * DAY).figures
    assert earlier is not None
    assert earlier.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_costs_are_those_of_all_campaigns_and_only_of_messages_that_went_out() -> None:
    records = Records()
    for group, user in (("acted", "ada"), ("held_out", "bob")):
        for campaign, day in (("cart", 0), ("browse", 5), ("cart", 40)):
            records.decided(user, group, day=day, campaign=campaign, channel="sms")
    net = whole(records, {"ada": [at(1)]}, costs={"sms": 0.5}, margin=0.5).metric("net")
    assert net is not None
    assert net.values.tolist() == [0.5 * 40 - 2 * 0.5, 0.0]


def test_past_orders_make_the_interval_narrower() -> None:
    chance = np.random.default_rng(3)
    records, orders = Records(until=60), {}
    for number in range(1_500):
        eager = chance.random() < 0.5
        records.decided(f"u{number}", "acted" if chance.random() < 0.9 else "held_out", day=number / 100)
        orders[f"u{number}"] = [at(-5)] * int(eager) + [at(16)] * int(chance.random() < (0.8 if eager else 0.1))
    effect = measure(whole(records, orders)).effect("reached")
    assert effect.explained > 0.3
    assert effect.best.error is not None
    assert effect.plain.error is not None
    assert effect.best.error < 0.85 * effect.plain.error


def test_without_a_holdout_or_without_events_there_is_nothing_to_compare() -> None:
    records = Records()
    records.decided("ada")
    with pytest.raises(NoHoldout, match="no events were read"):
        programme(records.log)
    with pytest.raises(NoHoldout, match="nobody was held out"):
        whole(records, {})
