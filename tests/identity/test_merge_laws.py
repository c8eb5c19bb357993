"""Two histories that are merged are one history in order of time, field by field, wherever that is defined."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import HOUR, MINUTE
from tests.identity import histories
from tests.identity.histories import (
    ADDS,
    BOUGHT,
    CANCELLED,
    CLEARED,
    IN_ONE,
    LISTING,
    LISTS,
    OF_ONE,
    ORDERS,
    REFUNDED,
    REMOVED,
    VIEWS,
    WORDS,
    Told,
    as_one,
    basket,
    figures,
    ledger,
    merged,
    told,
)

MOMENTS = st.integers(min_value=0, max_value=12)
often = settings(max_examples=100, deadline=None, derandomize=True)


@often
@given(history=told(VIEWS, ADDS), moment=MOMENTS)
def test_every_feature_is_that_of_one_history(history: list[Told], moment: int) -> None:
    assert figures(merged(history, moment)) == figures(as_one(history))


@often
@given(history=told(ORDERS, CANCELLED, REFUNDED), moment=MOMENTS)
def test_orders_and_what_they_come_to_are_those_of_one_history(history: list[Told], moment: int) -> None:
    found, right = merged(history, moment), as_one(history)
    assert ledger(found) == ledger(right)
    assert figures(found) == figures(right)


@often
@given(history=told(ADDS, ADDS, BOUGHT, CLEARED, LISTS), moment=MOMENTS)
def test_carts_are_those_of_one_history(history: list[Told], moment: int) -> None:
    assert basket(merged(history, moment)) == basket(as_one(history))


@often
@given(history=told(ADDS, ADDS, REMOVED, LISTS), moment=MOMENTS)
def test_what_is_taken_out_under_one_id_is_out_of_what_was_put_in_under_the_other(history: list[Told], moment: int) -> None:
    assert basket(merged(history, moment)) == basket(as_one(history))


@often
@given(history=told(IN_ONE, OF_ONE), moment=MOMENTS)
def test_a_cart_of_one_name_is_one_cart(history: list[Told], moment: int) -> None:
    assert basket(merged(history, moment)) == basket(as_one(history))


@often
@given(history=told(ADDS, ADDS, LISTING), moment=MOMENTS)
def test_an_order_takes_what_it_lists_out_of_both(history: list[Told], moment: int) -> None:
    assert basket(merged(history, moment)) == basket(as_one(history))


@often
@given(history=told(WORDS, VIEWS), moment=MOMENTS)
def test_consents_are_those_of_one_history(history: list[Told], moment: int) -> None:
    spoken = [{key: (word.granted, word.at) for key, word in each(history).consents.items()} for each in (lambda told: merged(told, moment), as_one)]
    assert spoken[0] == spoken[1]


@often
@given(history=told(VIEWS, ADDS, WORDS), moment=MOMENTS)
def test_times_and_names_are_those_of_one_history(history: list[Told], moment: int) -> None:
    found, right = merged(history, moment), as_one(history)
    for name in ("born", "now", "clock", "active", "browsed", "seen", "viewed"):
        assert getattr(found, name) == getattr(right, name), name


@often
@given(history=told(VIEWS, ADDS))
def test_visits_that_do_not_alternate_are_those_of_one_history(history: list[Told]) -> None:
    half = len(history) // 2
    first = [each._replace(is_anonymous=number < half, gap=max(each.gap, HOUR if number == half else 0)) for number, each in enumerate(history)]
    assert merged(first, len(first)).session == as_one(first).session


@often
@given(history=told(VIEWS, ADDS, ORDERS, WORDS), moment=MOMENTS)
def test_what_is_repeated_after_the_merge_is_known(history: list[Told], moment: int) -> None:
    life = histories.Life()
    events = histories.events_of([each._replace(gap=MINUTE) for each in history])  # within the time for which ids are remembered
    for number, (is_anonymous, happened) in enumerate(events):
        if number == moment:
            life.link(happened.at)
        life.take(happened, histories.WEB if is_anonymous and number < moment else histories.KIM)
    if moment >= len(events):
        life.link(events[-1][1].at + 1)
    before = life.engine.counts["duplicates"]
    for _, happened in events:
        life.take(happened, histories.KIM)
    assert life.engine.counts["duplicates"] - before >= sum(happened.name not in {"unsubscribed", "consent_withdrawn"} for _, happened in events)
