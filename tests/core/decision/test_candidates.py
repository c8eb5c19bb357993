"""Steps 7 to 10 of a decision: assignment, waits, control group, content, and how a candidate ends."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, life
from udfs.core.engine import Engine
from udfs.core.records import Event, Outcome, Reason, Score
from udfs.core.values.durations import parse_duration

T = MONDAY + 10 * HOUR
IDLE = 30 * MINUTE


def test_a_variant_that_waits_acts_later_and_can_still_be_cancelled() -> None:
    waiting = campaign(variants={"push": {"wait": "15m", "channel": "push", "content": {"body": "x"}}})
    decided = life(waiting).live([add(T)]).wait()
    assert decided.acted_at == [T + 45 * MINUTE]
    plain = life().live([add(T)]).wait()
    assert decided.decisions[0].decision_id == plain.decisions[0].decision_id, "made of the trigger's due time"
    assert life(waiting).live([add(T), event("order_completed", T + 40 * MINUTE)]).wait().decisions == []
    moved = life(waiting).live([add(T), event("cart_viewed", T + 40 * MINUTE)]).wait()
    assert moved.acted_at == [T + 85 * MINUTE], "the silence was broken: it begins again"


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


def test_a_customers_name_cannot_begin_another_header_of_the_email() -> None:
    words = {"subject": "{{ user.first_name }}, your cart", "body": "{{ user.first_name }}"}
    greeting = campaign(variants={"mail": {"channel": "email", "content": words}})
    named = event("identify", T, type="identify", traits={"first_name": "Ada\r\nBcc: all@example.com"})
    (action,) = life(greeting).live([named, add(T + 1)]).wait().actions
    assert action.content == {"subject": "Ada Bcc: all@example.com, your cart", "body": "Ada\r\nBcc: all@example.com"}


def test_what_waited_longer_than_its_send_lives_is_withheld_with_the_reason() -> None:
    slow = campaign(variants={"push": {"wait": "2h", "channel": "push", "content": {"body": "x"}}}, send={"expires": "1h"})
    (decision,) = life(slow).live([add(T)]).wait().decisions
    assert (decision.outcome, decision.reason) == (Outcome.WITHHELD, Reason.EXPIRED)


def test_the_control_group_goes_through_everything_but_the_action() -> None:
    document = campaign(control_group="50%", entry={"again": "7d"})
    outcomes = []
    for number in range(200):
        user = f"user-{number}"
        ghost = life(document, user=user).live([add_for(user, T), add_for(user, T + DAY)]).wait()
        assert len(ghost.decisions) == 1, "customers in the holdout have entries of their own"
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
    assert acted.decisions[0].scores == {"purchase_propensity": Score(score=0.03, model="purchase-propensity:cold_start", reason="NO_MODEL")}


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


def test_a_silence_is_decided_about_once_even_when_an_event_comes_late_to_the_very_millisecond() -> None:
    quiet = campaign(trigger={"idle": "2h", "of": "any"}, when=None, entry=None)
    ada = life(quiet).live([event("page", T)]).wait()
    ada.live([event("page", T)]).wait()
    assert ada.acted_at == [T + 2 * HOUR]
    ada.live([event("page", T + 1)]).wait()
    assert ada.acted_at == [T + 2 * HOUR, T + 2 * HOUR + 1]
    assert len({decision.decision_id for decision in ada.decisions}) == 2
