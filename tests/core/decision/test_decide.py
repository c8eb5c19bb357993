"""What a marketer is promised, campaign by campaign: each test is a sentence of the design."""

from collections import Counter
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, life, mail
from udfs.core.engine import Engine
from udfs.core.profile.bounds import MAX_DUE
from udfs.core.records import Event, Outcome, Reason

T = MONDAY + 10 * HOUR
IDLE = 30 * MINUTE


def test_a_cart_over_the_threshold_idle_for_half_an_hour_is_acted_on_at_that_moment() -> None:
    acted = life().live([add(T)]).wait()
    assert acted.acted_at == [T + IDLE]
    (decision,) = acted.decisions
    assert (decision.outcome, decision.reason, decision.trigger_event_id) == (Outcome.ACTED, Reason.ELIGIBLE, None)
    assert decision.decision_id == acted.actions[0].decision_id


def test_exactly_the_threshold_is_not_over_it() -> None:
    assert life().live([add(T, 99)]).wait().decisions == []
    assert life().live([add(T, 99.01)]).wait().acted_at == [T + IDLE]


def test_every_cart_event_begins_the_silence_anew() -> None:
    touched = [add(T), event("cart_viewed", T + 10 * MINUTE), event("checkout_started", T + 25 * MINUTE)]
    assert life().live(touched).wait().acted_at == [T + 55 * MINUTE]


def test_what_is_no_cart_event_does_not_break_the_silence() -> None:
    assert life().live([add(T), event("product_viewed", T + 29 * MINUTE), event("page", T + 29 * MINUTE)]).wait().acted_at == [T + IDLE]


def test_a_purchase_or_a_cleared_cart_cancels_at_once() -> None:
    for name in ("order_completed", "cart_cleared"):
        gone = life().live([add(T), event(name, T + MINUTE)])
        assert gone.due is None
        assert gone.wait().decisions == []


def test_at_the_due_time_itself_the_event_wins() -> None:
    assert life().live([add(T), event("order_completed", T + IDLE)]).wait().decisions == []
    assert life().live([add(T), event("order_completed", T + IDLE + 1)]).wait().acted_at == [T + IDLE]


def test_an_event_settles_what_was_due_before_it() -> None:
    """In a fast replay a user's next event overtakes her own timer."""
    overtaken = life().live([add(T), add(T + 2 * HOUR, product_id="peg")])
    assert overtaken.acted_at == [T + IDLE]
    assert overtaken.wait().acted_at == [T + IDLE], "once for a cart"


def test_a_cart_taken_empty_is_no_cart() -> None:
    assert life().live([add(T), event("product_removed", T + 1, product_id="tent", quantity=1)]).wait().decisions == []


def test_a_full_product_list_replaces_the_items() -> None:
    cheap = event("cart_viewed", T + 1, products=[{"product_id": "peg", "price": 3, "quantity": 2}])
    assert life().live([add(T), cheap]).wait().decisions == []
    dear = event("checkout_started", T + 1, products=[{"product_id": "tent", "price": 60, "quantity": 2}])
    assert life().live([add(T, 5), dear]).wait().acted_at == [T + 1 + IDLE]


def test_carts_with_ids_are_apart_and_an_order_closes_only_its_own() -> None:
    both = [add(T, cart_id="a"), add(T + MINUTE, cart_id="b"), event("order_completed", T + 2 * MINUTE, cart_id="a", order_id="1")]
    assert life().live(both).wait().acted_at == [T + MINUTE + IDLE]


def test_an_order_that_names_no_cart_is_about_the_one_whose_products_it_lists_or_else_about_all() -> None:
    both = [add(T, cart_id="a"), add(T + MINUTE, cart_id="b", product_id="peg")]
    assert life().live([*both, event("order_completed", T + 2 * MINUTE, order_id="1")]).wait().acted_at == []
    listed = event("order_completed", T + 2 * MINUTE, order_id="1", products=[{"product_id": "peg"}])
    assert life().live([*both, listed]).wait().acted_at == [T + IDLE]


def test_without_cart_ids_a_cart_is_born_at_the_first_add_after_empty() -> None:
    carts = life().live([add(T), event("order_completed", T + MINUTE, order_id="1"), add(T + 2 * MINUTE)]).wait()
    assert carts.acted_at == [T + 2 * MINUTE + IDLE]
    again = carts.live([event("order_completed", T + DAY, order_id="2"), add(T + 2 * DAY)]).wait()
    assert again.acted_at == [T + 2 * MINUTE + IDLE, T + 2 * DAY + IDLE], "a new cart is a new entry"


def test_a_price_that_is_not_known_makes_the_value_unknown() -> None:
    assert life().live([event("product_added", T, product_id="tent"), add(T + 1, 500, product_id="peg")]).wait().decisions == []


def test_currencies_are_not_added_up_without_a_table() -> None:
    assert life().live([add(T, currency="EUR"), add(T, currency="USD", product_id="peg")]).wait().decisions == []


def test_a_duplicate_changes_nothing() -> None:
    first = event("product_added", T, message_id="x", product_id="tent", price=60, quantity=1)
    twice = life().live([first, first])
    assert twice.engine.counts["duplicates"] == 1
    assert twice.wait().decisions == [], "one tent of 60, not two"


def test_a_late_event_begins_the_silence_of_its_cart() -> None:
    late = life().live([event("page", T), add(T - HOUR)])
    assert late.engine.counts["late_events"] == 1
    assert late.due == T + MINUTE, "it was over when it arrived: now the rest of the story is waited for"
    assert late.live([event("cart_viewed", T + 1)]).wait().acted_at == [T + 1 + IDLE]


@pytest.mark.parametrize(("late", "acts"), [(0, 1), (5 * MINUTE, 1), (5 * MINUTE + 1, 0)])
def test_an_event_that_is_late_by_more_than_clocks_differ_triggers_nothing(late: int, acts: int) -> None:
    lived = Life(Engine(book(mail()))).live([event("page", T), event("go", T - late)])
    assert len(lived.actions) == acts


def test_a_late_purchase_still_cancels_and_a_late_cart_event_still_postpones() -> None:
    assert life().live([add(T), event("page", T + MINUTE), event("order_completed", T + 30_000)]).wait().decisions == []
    later = life().live([add(T), event("page", T + MINUTE), event("cart_viewed", T + 30_000)]).wait()
    assert later.acted_at == [T + 30_000 + IDLE]


def test_a_purchase_from_before_the_cart_does_not_cancel_it() -> None:
    assert life().live([add(T), event("order_completed", T - HOUR, order_id="old")]).wait().acted_at == [T + IDLE]


def views(number: int, start: int = T, step: int = MINUTE) -> list[Event]:
    return [event("product_viewed", start + i * step, product_id=f"p{i}") for i in range(number)]


def considering(**changes: Any) -> dict[str, Any]:
    return campaign(
        "consideration",
        trigger={"event": "product_viewed", "becomes": "session.product_views >= 5 and cart.empty"},
        when=None,
        entry=None,
        **changes,
    )


def test_becomes_means_the_moment_it_becomes_so() -> None:
    seven = life(considering()).live(views(7))
    assert seven.acted_at == [T + 4 * MINUTE]
    assert seven.decisions[0].trigger_event_id is not None


def test_a_new_session_begins_after_a_gap_of_more_than_half_an_hour() -> None:
    assert life(considering()).live([*views(4), *views(4, T + 2 * HOUR)]).actions == []
    assert len(life(considering()).live([*views(5), *views(5, T + 2 * HOUR)]).actions) == 2
    edge = [*views(4), *views(1, T + 3 * MINUTE + IDLE)]
    assert len(life(considering()).live(edge).actions) == 1, "a gap of exactly 30 minutes is within the session"


def test_a_cart_blocks_the_consideration_campaign() -> None:
    assert life(considering()).live([add(T - 1), *views(6)]).actions == []


def test_browsing_in_silence_and_its_exits() -> None:
    quiet = campaign(
        "browse", trigger={"idle": "2h", "of": "browsing", "unless": ["product_added"]}, when="session.product_views >= 2", entry={"again": "7d"}
    )
    assert life(quiet).live(views(3)).wait().acted_at == [T + 2 * MINUTE + 2 * HOUR], "the latest session stands until the next one begins"
    assert life(quiet).live([*views(3), add(T + HOUR)]).wait().actions == []
    twice = life(quiet).live([*views(3), *views(3, T + DAY), *views(3, T + 8 * DAY)]).wait()
    assert twice.acted_at == [T + 2 * MINUTE + 2 * HOUR, T + 8 * DAY + 2 * MINUTE + 2 * HOUR], "not again within seven days"


def test_a_variant_that_waits_gives_way_to_a_new_silence_with_a_cart_and_without() -> None:
    waits = {"mail": {"channel": "email", "wait": "1h", "content": {"body": "Hello."}}}
    quiet = campaign("browse", trigger={"idle": "30m", "of": "browsing"}, when=None, entry=None, variants=waits)
    for before in ([], [add(T - MINUTE)]):
        lived = life(quiet).live([*before, *views(1), *views(1, T + HOUR)]).wait()
        assert lived.acted_at == [T + HOUR + IDLE + HOUR], f"once, after the second silence, with {len(before)} carts"
    both = life(campaign(variants=waits)).live([add(T, cart_id="a"), add(T + MINUTE, cart_id="b"), event("cart_viewed", T + HOUR, cart_id="b")])
    assert both.wait().acted_at == [T + IDLE + HOUR, T + HOUR + IDLE + HOUR], "the silence of one cart leaves the other alone"


def test_what_the_person_did_not_do_neither_prolongs_a_session_nor_ends_a_silence() -> None:
    quiet = campaign("quiet", trigger={"idle": "1h", "of": "any"}, when="session.events == 1", entry=None)
    receipt = event("message_delivered", T + 50 * MINUTE, passive=True)
    assert life(quiet).live([event("page", T), receipt]).wait().acted_at == [T + HOUR]
    assert life(quiet).live([event("page", T), event("page", T + 50 * MINUTE)]).wait().acted_at == [T + HOUR + 50 * MINUTE]


def test_an_event_of_no_known_name_is_counted() -> None:
    counted = life().live([event("quiz_finished", T, known=False)])
    assert counted.engine.counts["unknown_events"] == 1


def test_the_hour_is_that_of_the_trait_before_that_of_the_browser() -> None:
    evening = campaign("evening", trigger={"event": "page"}, when="user.hour == 19", entry=None)
    at_home = event("identify", T, type="identify", traits={"timezone": "Asia/Tokyo"}, context={"timezone": "Europe/Berlin"})
    assert life(evening).live([at_home, event("page", T + 1)]).acted_at == [T + 1]


def test_a_condition_that_becomes_so_by_a_segment_is_seen_at_that_event() -> None:
    orders = {"features": [{"name": "orders", "event": "order_completed", "aggregate": "count", "window": "90d"}]}
    bought = campaign("bought", trigger={"event": "order_completed", "becomes": 'in_segment("buyers")'}, when=None, entry=None)
    ada = life(orders, {"segments": [{"segment": "buyers", "when": "orders >= 1"}]}, bought)
    assert ada.live([event("order_completed", T), event("order_completed", T + HOUR)]).acted_at == [T]


def test_one_id_of_two_sources_is_two_events_and_two_decisions() -> None:
    pages = campaign("pages", trigger={"event": "page"}, when=None, entry=None)
    ada = life(pages).live([event("page", T, message_id="1", source="web"), event("page", T + 1, message_id="1", source="app")])
    assert len({decision.decision_id for decision in ada.decisions}) == 2
    assert [decision.trigger_event_id for decision in ada.decisions] == ["1", "1"]


def test_a_key_may_be_empty_and_one_is_one_however_it_is_written() -> None:
    once = campaign("once", trigger={"event": "page"}, when=None, entry={"once_per": "event.k"})
    assert life(once).live([event("page", T, k=""), event("page", T + 1, k="")]).acted_at == [T]
    assert life(once).live([event("page", T, k=1), event("page", T + 1, k=1.0)]).acted_at == [T]


@pytest.mark.slow
def test_who_has_as_much_pending_as_may_be_enters_nothing_more_and_loses_nothing() -> None:
    night = MONDAY + 23 * HOUR
    rules = {"consent": {"default": {"marketing": "grant"}}, "quiet_hours": {"from": "22:00", "to": "08:00"}}
    ada = life(campaign("pages", trigger={"event": "page"}, when=None, entry=None), rules)
    ada.live([event("page", night + number * 1000) for number in range(MAX_DUE + 50)]).wait()
    ends = Counter((each.outcome.value, each.attempt) for each in ada.decisions)
    assert ends == {("deferred", 0): MAX_DUE, ("acted", 1): MAX_DUE, ("withheld", 0): 50}
    assert "as much is pending" in (ada.decisions[MAX_DUE].detail or "")
    waits = {"only": {"channel": "email", "wait": "1h", "content": {"body": "x"}}}
    later = life(campaign("pages", trigger={"event": "page"}, when=None, entry=None, variants=waits))
    assert len(later.live([event("page", T + number) for number in range(MAX_DUE + 50)]).wait().actions) == MAX_DUE
