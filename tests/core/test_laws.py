"""Laws over random histories: when timers fire does not matter, idle due times are what a naive oracle says, state survives its bytes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import MINUTE, MONDAY, Life, book, campaign, event
from tests.oracles.carts import Carts
from udfs.core.engine import Engine
from udfs.core.profile.stored import decode, encode
from udfs.core.records import Event

NAMES = ("product_added", "product_removed", "cart_viewed", "checkout_started", "order_completed", "cart_cleared", "product_viewed", "page")
IDLE = 30 * MINUTE

steps = st.tuples(
    st.sampled_from((0, 1, 5 * MINUTE, 29 * MINUTE, IDLE - 1, IDLE, IDLE + 1, 45 * MINUTE, 3 * 60 * MINUTE)),
    st.sampled_from(NAMES),
    st.sampled_from(("tent", "peg")),
    st.sampled_from((40, 60, 120)),
    st.sampled_from((None, "a", "b")),
)
histories = st.lists(steps, min_size=1, max_size=14)


def events_of(history: list[tuple[int, str, str, int, str | None]]) -> list[Event]:
    made, at = [], MONDAY
    for number, (gap, name, product, price, cart) in enumerate(history):
        at += gap
        fields: dict[str, Any] = {"product_id": product, "price": price, "quantity": 1}
        if cart:
            fields["cart_id"] = cart
        made.append(event(name, at, message_id=f"h{number}", **fields))
    return made


def naive_due_times(history: list[Event]) -> list[int]:
    """Slow and plain: at every instant, replay the past of every cart, and see whether its silence has just become 30 minutes long."""
    due: set[tuple[int, str]] = set()
    carts = Carts("ada")
    fired: set[str] = set()

    def silence_until(limit: float) -> None:
        for at, key, worth in sorted((cart.last + IDLE, cart.key, cart.worth()) for cart in carts.open if cart.last + IDLE < limit):
            if (at, key) not in due and key not in fired and worth > 99:
                due.add((at, key))
                fired.add(key)

    for happened in history:
        silence_until(happened.at)
        carts.hear(happened, late=False)
    silence_until(float("inf"))
    return sorted(at for at, _ in due)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(history=histories)
def test_idle_due_times_are_what_the_naive_oracle_says(history: list[tuple[int, str, str, int, str | None]]) -> None:
    events = events_of(history)
    assert sorted(Life(Engine(book(campaign()))).live(events).wait().acted_at) == naive_due_times(events)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(history=histories, firing=st.lists(st.booleans(), min_size=14, max_size=14))
def test_it_does_not_matter_when_timers_fire(history: list[tuple[int, str, str, int, str | None]], firing: list[bool]) -> None:
    """A timer that Flink fires in time, or one that an event overtakes: the same decisions, byte for byte, and the same profile."""
    waits = campaign("waits", variants={"push": {"wait": "10m", "channel": "push", "content": {"body": "{{ cart.value }}"}}}, entry=None)
    browse = campaign("browse", trigger={"idle": "20m", "of": "browsing"}, when=None, entry={"again": "1h"})
    whole = book(campaign(), waits, browse)
    events = events_of(history)
    overtaken = Life(Engine(whole)).live(events).wait()
    timed = Life(Engine(whole))
    for happened, fire in zip(events, firing, strict=False):
        if fire:
            timed.wait(happened.at - 1)
        timed.live([happened])
    timed.wait()
    assert timed.records == overtaken.records
    assert timed.blob == overtaken.blob


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(history=histories)
def test_every_candidate_has_one_decision_and_every_action_one_acted_decision(history: list[tuple[int, str, str, int, str | None]]) -> None:
    lived = Life(Engine(book(campaign(), campaign("any", trigger={"event": list(NAMES)}, when=None, entry=None)))).live(events_of(history)).wait()
    ids = [(decision.decision_id, decision.attempt) for decision in lived.decisions]
    assert len(ids) == len(set(ids))
    assert {a.decision_id for a in lived.actions} == {d.decision_id for d in lived.decisions if d.outcome == "acted"}


@settings(max_examples=100, deadline=None)
@given(history=histories)
def test_a_profile_is_the_same_after_its_bytes(history: list[tuple[int, str, str, int, str | None]]) -> None:
    blob = Life(Engine(book(campaign()))).live(events_of(history)).blob
    assert blob is not None
    assert encode(decode(blob)) == blob
