"""What a marketer is promised, campaign by campaign: each test is a sentence of the design."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, campaign, event
from udfs.core.durations import parse_duration
from udfs.core.engine import Engine
from udfs.core.records import Event, Outcome, Reason

T = MONDAY + 10 * HOUR
IDLE = 30 * MINUTE


def life(*documents: dict[str, Any], user: str = "ada") -> Life:
    return Life(Engine(book(*(documents or (campaign(),)))), user)


def add(at: int, price: float = 120, **fields: Any) -> Event:
    return event("product_added", at, product_id=fields.pop("product_id", "tent"), price=price, quantity=1, **fields)


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


def test_an_order_without_a_cart_id_closes_the_current_cart() -> None:
    both = [add(T, cart_id="a"), add(T + MINUTE, cart_id="b"), event("order_completed", T + 2 * MINUTE, order_id="1")]
    assert life().live(both).wait().acted_at == [T + IDLE]


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


def test_a_late_event_is_remembered_and_triggers_nothing() -> None:
    late = life().live([event("page", T), add(T - HOUR)])
    assert late.engine.counts["late_events"] == 1
    assert late.due is None
    assert late.live([event("cart_viewed", T + 1)]).wait().acted_at == [T + 1 + IDLE], "but the cart is there"


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


def test_what_the_person_did_not_do_neither_prolongs_a_session_nor_ends_a_silence() -> None:
    quiet = campaign("quiet", trigger={"idle": "1h", "of": "any"}, when="session.events == 1", entry=None)
    receipt = event("message_delivered", T + 50 * MINUTE, passive=True)
    assert life(quiet).live([event("page", T), receipt]).wait().acted_at == [T + HOUR]
    assert life(quiet).live([event("page", T), event("page", T + 50 * MINUTE)]).wait().acted_at == [T + HOUR + 50 * MINUTE]


def test_an_event_of_no_known_name_is_counted() -> None:
    counted = life().live([event("quiz_finished", T, known=False)])
    assert counted.engine.counts["unknown_events"] == 1


def test_a_variant_that_waits_acts_later_and_can_still_be_cancelled() -> None:
    waiting = campaign(variants={"push": {"wait": "15m", "channel": "push", "content": {"body": "x"}}})
    decided = life(waiting).live([add(T)]).wait()
    assert decided.acted_at == [T + 45 * MINUTE]
    plain = life().live([add(T)]).wait()
    assert decided.decisions[0].decision_id == plain.decisions[0].decision_id, "made of the trigger's due time"
    assert life(waiting).live([add(T), event("order_completed", T + 40 * MINUTE)]).wait().decisions == []
    moved = life(waiting).live([add(T), event("cart_viewed", T + 40 * MINUTE)]).wait()
    assert moved.acted_at == [T + 85 * MINUTE], "the silence was broken: it begins anew"


def test_a_waiting_variant_carries_what_it_reads_of_its_event() -> None:
    carrying = campaign(
        "view",
        trigger={"event": "product_viewed"},
        when="event.price > 10",
        entry=None,
        variants={"push": {"wait": "5m", "channel": "push", "content": {"body": "{{ event.name }} is still there"}}},
    )
    seen = event("product_viewed", T, name="Tent", price=20, secret="x" * 5000)
    waited = life(carrying).live([seen])
    assert waited.blob is not None
    assert b"xxxx" not in waited.blob
    assert waited.wait().actions[0].content == {"body": "Tent is still there"}


def test_what_waited_longer_than_its_send_lives_is_withheld_with_the_reason() -> None:
    slow = campaign(variants={"push": {"wait": "2h", "channel": "push", "content": {"body": "x"}}}, send={"expires": "1h"})
    (decision,) = life(slow).live([add(T)]).wait().decisions
    assert (decision.outcome, decision.reason) == (Outcome.WITHHELD, Reason.EXPIRED)


def test_the_control_group_goes_through_everything_but_the_action() -> None:
    document = campaign(control="50%", entry={"again": "7d"})
    outcomes = []
    for number in range(200):
        user = f"user-{number}"
        ghost = life(document, user=user).live([add_for(user, T), add_for(user, T + DAY)]).wait()
        assert len(ghost.decisions) == 1, "ghosts have entries of their own"
        assert len(ghost.actions) == (ghost.decisions[0].outcome is Outcome.ACTED)
        outcomes.append(ghost.decisions[0].outcome)
    assert 70 < outcomes.count(Outcome.CONTROL) < 130


def add_for(user: str, at: int) -> Event:
    return event("product_added", at, user=user, product_id="tent", price=120, quantity=1)


def test_variants_are_split_by_weight_and_the_probability_is_on_record() -> None:
    document = campaign(
        variants={
            "a": {"weight": 3, "channel": "email", "content": {"body": "a"}},
            "b": {"weight": 1, "channel": ["push", "sms"], "content": {"body": "b"}},
        }
    )
    taken = []
    for number in range(400):
        (decision,) = life(document, user=f"u{number}").live([add_for(f"u{number}", T)]).wait().decisions
        assert (decision.variant, decision.probability, decision.channel) in {("a", 0.75, "email"), ("b", 0.25, "push")}
        taken.append(decision.variant)
    assert 260 < taken.count("a") < 340


def test_offers_scores_and_content_are_made_at_the_moment_of_decision() -> None:
    document = campaign(
        score={"model": "purchase-propensity", "cold_start": 0.03},
        variants={
            "mail": {
                "channel": "email",
                "content": {"subject": "{{ user.first_name | default('Hello') }}", "body": "{{ offer.percent }}% off {{ cart.items[0].name }}"},
                "offer": {"percent": "15 if score < 0.1 else 5", "pool": "SPRING", "cap": 20},
            }
        },
    )
    happened = [event("identify", T - 1, type="identify", traits={"first_name": "Ada"}), add(T, name="Tent")]
    acted = life(document).live(happened).wait()
    assert acted.actions[0].content == {"subject": "Ada", "body": "15% off Tent"}
    assert acted.actions[0].offer == {"percent": 15, "pool": "SPRING", "cap": 20}
    assert acted.actions[0].expires_at == T + IDLE + DAY
    assert (acted.decisions[0].score, acted.decisions[0].model) == (0.03, "purchase-propensity:cold_start")


def test_candidates_of_one_instant_go_on_by_priority() -> None:
    low, high = (
        campaign(name, trigger={"event": "page"}, when=None, entry=None, priority=priority) for name, priority in (("a-low", 1), ("z-high", 2))
    )
    assert [d.campaign for d in life(low, high).live([event("page", T)]).decisions] == ["z-high", "a-low"]


def test_an_event_that_is_known_to_nobody_can_trigger_a_campaign() -> None:
    document = campaign("quiz", trigger={"event": "quiz_finished"}, when="event.points >= 8", entry={"once_per": "event.quiz"})
    passed = [event("quiz_finished", T, points=9, quiz="stars"), event("quiz_finished", T + 1, points=8, quiz="stars")]
    assert life(document).live(passed).acted_at == [T]
    assert life(document).live([event("quiz_finished", T, points=7, quiz="stars")]).decisions == []
    assert life(document).live([event("quiz_finished", T, points=9)]).decisions == [], "an entry key that is unknown lets nobody in"


def test_a_paused_or_removed_campaign_lets_what_is_pending_fall_silent() -> None:
    engine = Engine(book(campaign()))
    waiting = Life(engine).live([add(T)])
    engine.book = book(campaign("other"))
    assert waiting.wait().decisions == []
    assert engine.counts["pending_dropped"] == 1


def test_a_longer_silence_published_meanwhile_is_waited_for() -> None:
    engine = Engine(book(campaign()))
    waiting = Life(engine).live([add(T)])
    engine.book = book(campaign(trigger={"idle": "2h", "of": "cart"}))
    assert waiting.wait().acted_at == [T + parse_duration("2h")]


def test_a_candidate_on_which_the_engine_fails_is_withheld_in_the_open_and_nothing_else_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else something due could never be settled, and would reject every later event of its user."""
    broken, sound = campaign("broken", priority=9), campaign("sound")
    whole = life(broken, sound)
    of_broken = whole.engine.book.campaigns["broken"]

    def boom(*_: object) -> None:
        message = "boom"
        raise RuntimeError(message)

    monkeypatch.setattr(type(of_broken.when), "met", lambda self, moment: boom() if self is of_broken.when else True)
    settled = whole.live([add(T), event("page", T + HOUR)])
    assert [(d.campaign, d.outcome, d.reason) for d in settled.decisions] == [
        ("broken", Outcome.WITHHELD, Reason.ENGINE_FAILED),
        ("sound", Outcome.ACTED, Reason.ELIGIBLE),
    ]
    assert settled.decisions[0].detail == "RuntimeError: boom"
    assert settled.live([event("page", T + 2 * HOUR)]).due is None


@pytest.mark.parametrize("bad", [{"price": float("1e308"), "quantity": 1e308}, {"price": -5}, {"product_id": None}])
def test_odd_numbers_do_not_break_a_cart(bad: dict[str, Any]) -> None:
    life().live([add(T), event("product_added", T + 1, **{"product_id": "odd", **bad})]).wait()
