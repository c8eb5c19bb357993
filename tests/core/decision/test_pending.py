"""What falls due: what events arm, move, postpone and cancel, and by what it is evaluated when its time comes."""

from typing import Any

import pytest

from tests.builders import HOUR, MINUTE, MONDAY, book, campaign, event, mail, words
from udfs.core.counts import ByCampaign
from udfs.core.decision import pending
from udfs.core.decision.scores import NoScorer
from udfs.core.decision.turn import Turn
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.bounds import MAX_DUE
from udfs.core.profile.cart_state import Cart, Item
from udfs.core.profile.carts import Change
from udfs.core.profile.due import Armed, Deferred, Due, Recheck, Step, Waiting
from udfs.core.profile.state import Profile

T = MONDAY + 12 * HOUR
CART = campaign()
SINCE = mail("since", trigger={"since": ["signed_up", "signed_in"], "wait": "5h", "unless": ["bought"]})
JOURNEY = mail("tour", variants={"hello": words()}, steps=[{"wait": "2d", "id": "pause", "leave_on": ["left"]}, {"send": "hello"}])


def cart(name: str, last: int = 0) -> Cart:
    return Cart(id=name, opened=last, last=last, currency=None, items=[Item("tent", 120, 1)])


def turn_of(*documents: dict[str, Any], carts: tuple[str, ...] = (), due: tuple[Due, ...] = (), now: int = T, **fields: Any) -> Turn:
    profile = Profile(born=T, now=T, carts={name: cart(name) for name in carts}, due=list(due), **fields)
    return Turn(user_id="ada", profile=profile, now=now, book=book(*documents), scorer=NoScorer(), throughput=Throughput(), counts=ByCampaign())


def waiting(name: str, at: int = T + HOUR, cart_id: str = "") -> Waiting:
    return Waiting(at=at, campaign=name, variant="mail", origin=T, since=T, cart_id=cart_id, start=T)


def deferred(name: str, at: int = T + HOUR, cart_id: str = "") -> Deferred:
    return Deferred(at, name, "mail", T, T, "", 1, ["QUIET_HOURS"], cart_id=cart_id, start=T)


def armed(name: str, at: int, cart_id: str = "", *, start: int) -> Armed:
    return Armed(at, name, cart_id, start=start)


def about(*names: str) -> Change:
    return Change(names[0] if names else None, frozenset(names))


def run(name: str = "tour", since: int = T) -> Step:
    return Step(at=T + 48 * HOUR, campaign=name, step="pause", origin=T, since=since)


def test_what_is_due_comes_in_batches_of_one_instant() -> None:
    profile = Profile(born=T, now=T, due=[Recheck(T + 2), Armed(T + 1, "a"), Armed(T + 2, "b")])
    assert pending.next_due(profile) == T + 1
    assert pending.take_due(profile, T + 1) == [Armed(T + 1, "a")]
    assert pending.next_due(profile) == T + 2
    assert pending.take_due(profile, T + 2) == [Recheck(T + 2), Armed(T + 2, "b")]
    assert pending.next_due(profile) is None


def test_activity_arms_the_silence_of_its_own_cart_and_moves_it() -> None:
    turn = turn_of(CART, carts=("c1", "c2"))
    for at, name in ((T, "c1"), (T + 1, "c2"), (T + MINUTE, "c1")):
        pending.arm(turn, event("product_added", at), cart_id=name)
    assert turn.profile.due == [
        armed("cart-abandonment", T + 1 + 30 * MINUTE, "c2", start=T + 1),
        armed("cart-abandonment", T + 31 * MINUTE, "c1", start=T + MINUTE),
    ]


def test_a_variant_that_waits_gives_way_to_a_new_silence_and_what_was_deferred_does_not() -> None:
    held = (waiting("cart-abandonment", cart_id="c1"), deferred("cart-abandonment", cart_id="c1"), run("cart-abandonment"), Recheck(T + 1))
    turn = turn_of(CART, carts=("c1",), due=held)
    pending.arm(turn, event("product_added", T), cart_id="c1")
    assert [type(due) for due in turn.profile.due] == [Deferred, Step, Recheck, Armed]


def test_passive_events_and_paused_campaigns_arm_nothing() -> None:
    turn = turn_of(mail("idle", trigger={"idle": "1h", "of": "any"}))
    pending.arm(turn, event("refund", T, passive=True), cart_id=None)
    assert turn.profile.due == []
    pending.arm(turn, event("page", T), cart_id=None)
    assert turn.profile.due == [armed("idle", T + HOUR, start=T)]


def test_a_time_since_an_event_is_counted_from_the_latest_of_them() -> None:
    turn = turn_of(SINCE)
    pending.arm(turn, event("signed_up", T), cart_id=None)
    pending.arm(turn, event("signed_in", T + HOUR), cart_id=None)
    turn.profile.seen["signed_in"] = T + HOUR
    pending.arm(turn, event("signed_up", T + MINUTE), cart_id=None)
    assert turn.profile.due == [armed("since", T + 6 * HOUR, start=T + HOUR)]


def test_what_was_triggered_by_an_event_that_arrived_too_late_is_stale() -> None:
    turn = turn_of(CART, {"trigger_max_age": "1h"}, carts=("c1",))
    pending.arm(turn, event("product_added", T, received=T + HOUR), cart_id="c1")
    pending.arm(turn, event("product_added", T, received=T + HOUR + 1), cart_id="c1")
    assert [due.stale for due in turn.profile.due if isinstance(due, Armed)] == [True]


def test_a_late_event_moves_a_silence_that_it_broke_and_one_that_is_older_moves_nothing() -> None:
    turn = turn_of(CART, carts=("c1",), due=(armed("cart-abandonment", T + 30 * MINUTE, "c1", start=T),))
    turn.profile.carts["c1"].last = T + MINUTE
    pending.arm(turn, event("product_added", T + MINUTE), cart_id="c1")
    pending.arm(turn, event("product_added", T - MINUTE), cart_id="c1")
    pending.arm(turn, event("product_added", T + HOUR), cart_id="c2")
    assert turn.profile.due == [armed("cart-abandonment", T + 31 * MINUTE, "c1", start=T + MINUTE)]


def test_a_silence_that_was_over_when_its_event_came_waits_for_the_rest_of_the_story() -> None:
    turn = turn_of(CART, carts=("c1",), now=T + 2 * HOUR)
    pending.arm(turn, event("product_added", T), cart_id="c1")
    assert turn.profile.due == [armed("cart-abandonment", T + 2 * HOUR + MINUTE, "c1", start=T)]


@pytest.mark.parametrize(("late", "due"), [(MINUTE, T + 30 * MINUTE), (MINUTE + 1, T + 40 * MINUTE), (2 * HOUR, T + 40 * MINUTE)])
def test_what_is_told_late_lets_silences_wait_for_more(late: int, due: int) -> None:
    now = T + 39 * MINUTE
    turn = turn_of(CART, carts=("c1",), due=(armed("cart-abandonment", T + 30 * MINUTE, "c1", start=T),), now=now)
    pending.extend(turn, event("page", now - late))
    assert [each.at for each in turn.profile.due] == [due]


def test_what_an_exit_ended_before_it_was_told_does_not_begin() -> None:
    turn = turn_of(SINCE, seen={"bought": T + MINUTE})
    pending.arm(turn, event("signed_up", T), cart_id=None)
    assert turn.profile.due == []
    pending.arm(turn, event("signed_up", T + MINUTE), cart_id=None)
    assert turn.profile.due == [], "of two at one instant nobody knows the order"
    pending.arm(turn, event("signed_up", T + MINUTE + 1), cart_id=None)
    assert len(turn.profile.due) == 1


def test_an_order_cancels_what_waits_for_its_own_cart() -> None:
    turn = turn_of(CART, carts=("c1", "c2"), due=(Armed(T + 1, "cart-abandonment", "c1"), waiting("cart-abandonment", cart_id="c2")))
    assert pending.leave(turn, event("order_completed", T), about("c1")) == []
    assert turn.profile.due == [waiting("cart-abandonment", cart_id="c2")]
    assert turn.counts["pending_cancelled"] == 1


def test_what_was_deferred_and_is_cancelled_is_returned_for_its_decision() -> None:
    turn = turn_of(SINCE, due=(deferred("since"), Recheck(T + 1)))
    assert pending.leave(turn, event("bought", T), about()) == [deferred("since")]
    assert turn.profile.due == [Recheck(T + 1)]


@pytest.mark.parametrize(("at", "left"), [(T - 1, 1), (T, 0), (T + 1, 0)])
def test_an_exit_of_a_journeys_wait_ends_a_run_that_had_begun_by_then(at: int, left: int) -> None:
    turn = turn_of(JOURNEY, due=(run(),))
    pending.leave(turn, event("left", at), about())
    assert len(turn.profile.due) == left


def test_a_date_itself_is_not_called_off_and_what_waits_after_it_is() -> None:
    birthday = mail("birthday", trigger={"date": "user.birthday", "unless": ["bought"]})
    turn = turn_of(birthday, due=(Armed(T + HOUR, "birthday"), waiting("birthday")))
    pending.leave(turn, event("bought", T), about())
    assert turn.profile.due == [Armed(T + HOUR, "birthday")]


def test_a_silence_that_was_decided_about_does_not_begin_again_at_its_own_millisecond() -> None:
    turn = turn_of(CART, carts=("c1",))
    pending.settled(turn.profile, armed("cart-abandonment", T + 30 * MINUTE, "c1", start=T))
    pending.arm(turn, event("product_added", T), cart_id="c1")
    assert turn.profile.due == []
    pending.arm(turn, event("product_added", T + 1), cart_id="c1")
    assert len(turn.profile.due) == 1


def test_a_silence_that_has_become_longer_since_is_waited_for_on() -> None:
    turn = turn_of(campaign(trigger={"idle": "1h", "of": "cart"}), carts=("c1",))
    turn.profile.carts["c1"].last = T
    assert pending.current(turn, Armed(T + 30 * MINUTE, "cart-abandonment", "c1")) is None
    assert turn.profile.due == [Armed(T + HOUR, "cart-abandonment", "c1")]
    assert pending.current(turn, Armed(T + HOUR, "cart-abandonment", "c1")) is turn.book.campaigns["cart-abandonment"]


@pytest.mark.parametrize(
    "due",
    [Armed(T, "gone"), Armed(T, "cart-abandonment", "no such cart"), Armed(T, "cart-abandonment"), waiting("gone"), deferred("gone"), run("gone")],
)
def test_what_has_lost_its_campaign_or_its_cart_is_dropped_and_counted(due: Due) -> None:
    turn = turn_of(CART)
    assert pending.current(turn, due) is None
    assert turn.counts["pending_dropped"] == 1
    assert turn.profile.due == []


def test_nobody_has_more_pending_than_the_bound() -> None:
    profile = Profile(born=T, now=T)
    for number in range(MAX_DUE):
        assert not pending.is_full(profile)
        pending.put(profile, Armed(T + number, "a"))
    assert pending.is_full(profile)
