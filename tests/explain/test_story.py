"""The whole path in words: each section says what the decision says, and uses a document only if it is the version that decided."""

from typing import Any

from services.control.listing import standing
from services.explain.context import Context
from services.explain.story import story
from tests.builders import HOUR, MONDAY, event
from tests.explain.telling import CAMPAIGN, Customer, entry
from udfs.core.policy.checks import CHANNEL_CHECKS
from udfs.core.values.chance import fraction, lot

TEN = MONDAY + 10 * HOUR
TWO = {
    **CAMPAIGN,
    "when": "user.hour < 12",
    "variants": {"a": {"weight": 1, "channel": "email", "content": {"body": "A"}}, "b": {"weight": 3, "channel": "push", "content": {"body": "B"}}},
}


def page(at: int, **fields: Any) -> Any:
    return event("page", at, **fields)


def test_the_variant_is_told_with_the_share_that_it_has_and_what_the_customer_draws() -> None:
    drawn = lot("hello", "ada")
    name, place = ("a", "0.0000 to 0.2500") if drawn < 0.25 else ("b", "0.2500 to 1.0000")
    share = "25.00%" if name == "a" else "75.00%"
    assert Customer(TWO).live(page(TEN)).told()["variant"] == [
        f"{name}, drawn with a chance of {share}: the hash of campaign and customer is {drawn:.4f}, and {name} has {place}"
    ]
    assert Customer().live(page(TEN)).told()["variant"] == ["mail, the only one"]
    assert Customer().live(page(TEN)).told(Context(held=None))["variant"] == ["mail"], "how many there are is not known"


def test_three_variants_of_unequal_weights_have_no_ranges() -> None:
    three = {**TWO, "variants": {name: {**TWO["variants"]["a"], "weight": weight} for name, weight in (("a", 1), ("b", 3), ("c", 2))}}
    assert " has " not in Customer(three).live(page(TEN)).told()["variant"][0]
    assert " has " in Customer({**three, "variants": dict.fromkeys("abc", TWO["variants"]["a"])}).live(page(TEN)).told()["variant"][0]


def test_a_document_that_was_replaced_is_not_leant_on() -> None:
    case = Customer(TWO).live(page(TEN))
    assert "still the published one" in case.told()["campaign"][0]
    assert "its condition held: user.hour < 12" in case.told()["trigger"]
    newer = Context.of(standing([entry("campaign/hello", {**TWO, "when": "user.hour < 13"})]))
    told = case.told(newer)
    assert "replaced since by" in told["campaign"][0]
    assert len(told["trigger"]) == 1
    assert "removed since" in case.told(Context.of([]))["campaign"][0]
    assert "not known here" in case.told(Context(held=None))["campaign"][0]


def test_a_step_of_a_journey_is_told_as_one() -> None:
    variants = {name: {"channel": "email", "content": {"body": name}} for name in ("first", "second")}
    journey = {**CAMPAIGN, "variants": variants, "steps": [{"send": "first"}, {"wait": "2d"}, {"send": "second"}]}
    told = Customer(journey).live(event("page", TEN, message_id="m0")).told()
    assert told["trigger"] == [
        "a step of the journey that began with event m0 (page, unless order_completed); first decided at 2026-01-07 10:00:00 UTC"
    ]
    assert told["variant"] == ["second, which this step of the journey sends"]


def test_filters_are_told_in_their_order_up_to_the_one_that_spoke() -> None:
    cap = {"id": "none", "channel": "email", "max": 0, "within": "24h", "then": "next_channel"}
    told = Customer(policy={"caps": [cap]}).live(page(TEN)).told()["filters"]
    assert told[0] == "as a whole: ✓ fresh, ✓ in time, ✓ switched on, ✓ of interest, ✓ not at rest"
    assert told[1] == "by email: ✓ deployed, ✓ switched on, ✓ consented, ✓ reachable, ✓ not at rest, ✗ CAP_REACHED none: 0 of 0 within 1d"
    assert told[2] == f"by push: {', '.join(f'✓ {word}' for word in (rule.passed for rule in CHANNEL_CHECKS))}"
    off = Customer(off="all").live(page(TEN)).told()["filters"]
    assert off == ["as a whole: ✓ fresh, ✓ in time, ✗ SWITCHED_OFF all: on fire"]


def test_a_channel_that_is_not_deployed_is_told_first_with_the_cure() -> None:
    told = Customer(deployed=["sms"]).live(page(TEN)).told()
    assert told["filters"][1:] == [f"by {name}: ✗ CHANNEL_NOT_DEPLOYED {name}: deployed are sms" for name in ("email", "push")]
    assert told["otherwise"][0].startswith("By email: The job would have had to be submitted for email")
    assert "`kairos submit --channels …,email`" in told["otherwise"][0]


def test_an_unsubscription_is_told_where_consent_is_asked() -> None:
    case = Customer(policy={}).live(event("unsubscribed", TEN - HOUR), page(TEN))
    assert case.told()["filters"][1].startswith("by email: ✓ deployed, ✓ switched on, ✗ UNSUBSCRIBED")


def test_of_a_variant_that_waits_nothing_is_said_of_filters_that_perhaps_were_not_asked() -> None:
    waiting = {**CAMPAIGN, "variants": {"mail": {**CAMPAIGN["variants"]["mail"], "wait": "2h"}}}
    denied = Customer(waiting, policy={"consent": {"default": {"marketing": "deny"}}}).live(page(TEN)).told()["filters"]
    assert denied[0].startswith("the variant waits: consent is checked before the wait")
    assert denied[1].startswith("by email: ✗ NO_CONSENT")


def test_a_deferral_is_told_with_its_attempts_and_what_was_judged_last() -> None:
    case = Customer(policy={"quiet_hours": {"from": "09:00", "to": "20:00", "spread": "1s"}}).live(page(TEN))
    attempts = case.told()["attempts"]
    assert [line.split(" UTC ")[0] for line in attempts] == ["0: 2026-01-05 10:00:00", attempts[1].split(" UTC ")[0]]
    assert "deferred until 2026-01-05 20:00:00" in attempts[0]
    assert attempts[1].startswith("1: 2026-01-05 20:00:00")
    assert attempts[1].endswith("acted, ELIGIBLE")


def test_scores_and_figures_are_told_with_where_they_come_from() -> None:
    decision = {
        **Customer(TWO).live(page(TEN)).decisions[0],
        "scores": {
            "churn": {
                "score": 0.25,
                "model": "churn:abc",
                "reason": "CACHED",
                "role": "challenger",
                "instead_of": {"model": "churn:def", "score": None, "reason": "REFUSED"},
                "shadow": {"model": "churn:ghi", "score": 0.5, "reason": "SCORED"},
            },
            "intent": {"score": 0.5, "model": "intent:cold_start", "reason": "NO_MODEL", "role": "champion"},
        },
        "features": {"hour": 10, "mean": 1.5, "returning": True, "spend": None},
    }
    told = story([decision], action=None, context=Customer(TWO).context)
    assert told["score"] == [
        "churn 0.25 by churn:abc: the model's recent answer, from the cache; the customer belongs to the challenger",
        "churn:def was to speak and did not: the model was refused",
        "in the shadow churn:ghi: 0.5, which was not used",
        "intent 0.5 by intent:cold_start: cold start: no such model is published",
    ]
    assert told["features"] == ["read by the condition: hour 10", "mean 1.5, returning true", "unknown: spend"]


def test_what_was_read_of_products_is_told_item_by_item_with_the_reasons() -> None:
    used = {"version": "v", "items": {"tent": {"price": 129.0, "in_stock": True, "name": "Dome"}}, "unknown": {"kayak": "UNKNOWN_ITEM", "": "NO_ID"}}
    customer = Customer().live(page(TEN))
    decision = {**customer.decisions[-1], "catalogue": used}
    assert story([decision], action=None, context=customer.context)["catalogue"] == [
        "version v",
        "tent: price 129, in_stock true, name Dome",
        "kayak: unknown, UNKNOWN_ITEM",
        "without an id: unknown, NO_ID",
    ]
    assert "catalogue" not in customer.told()


def test_a_ghost_is_told_as_one() -> None:
    assert (
        "in the campaign's control group: every step was done except the send"
        in Customer({**CAMPAIGN, "control_group": "100%"}).live(page(TEN)).told()["variant"][-1]
    )
    assert "no policy: none is published" in Customer().live(page(TEN)).told()["versions"][1]


def test_what_a_bandit_drew_is_told_with_what_it_could_choose_from_and_had_learned() -> None:
    bandit = {
        **TWO,
        "choose": "bandit",
        "goal": {"event": "order_completed"},
        "variants": {name: {"channel": name, "content": {"body": name}} for name in ("email", "push")},
    }
    customer = Customer(bandit).live(page(TEN))
    (decision,) = customer.decisions
    assert customer.told()["variant"] == [
        f"{decision['variant']}, drawn by a bandit among those that could be sent (email 50.00%, push 50.00%), by nothing that it had learned yet: "
        f"the hash of the decision is {fraction('bandit:hello', decision['decision_id']):.4f}"
    ]


def test_of_a_linear_bandit_it_is_told_what_it_saw() -> None:
    bandit = {
        **TWO,
        "choose": {"bandit": "linear", "by": ["user.hour >= 9", "event.price"]},
        "goal": {"event": "order_completed"},
        "variants": {name: {"channel": name, "content": {"body": name}} for name in ("email", "push")},
    }
    customer = Customer(bandit).live(page(TEN))
    assert customer.told()["variant"][1:] == ["what it saw, on its own scale: user.hour >= 9 1, event.price 0"]
    assert customer.told(Context(held=None))["variant"][1:] == ["what it saw, on its own scale: feature 1 1, feature 2 0"], (
        "its document is not known"
    )
    assert "linear-" not in customer.told()["variant"][0]


def test_what_uplift_drew_is_told_with_the_chance_of_sending_nothing() -> None:
    uplift = {
        **TWO,
        "choose": {"uplift": {"explore": "100%"}},
        "goal": {"event": "order_completed"},
        "score": {name: {"model": "moved", "cold_start": 0} for name in ("email", "push")},
        "variants": {name: {"channel": name, "content": {"body": name}} for name in ("email", "push")},
    }
    customer = Customer(uplift).live(page(TEN))
    (decision,) = customer.decisions
    assert customer.told()["variant"] == [
        f"{decision['variant'] or 'nothing'}, drawn by uplift among what could be sent and nothing (email 33.33%, push 33.33%, nothing 33.33%): "
        f"the hash of the decision is {fraction('uplift:hello', decision['decision_id']):.4f}"
    ]


def test_of_a_way_that_a_bandit_drew_it_is_told_at_the_first_message_behind_it() -> None:
    journey = {
        **TWO,
        "choose": "bandit",
        "goal": {"event": "order_completed"},
        "variants": {name: {"channel": "email", "content": {"body": name}} for name in ("a", "b")},
        "steps": [
            {
                "split": {"ab": {"then": [{"send": "a"}]}, "ba": {"then": [{"send": "b"}]}},
                "id": "order",
                "choose": "bandit",
            }
        ],
    }
    customer = Customer(journey).live(page(TEN))
    (decision,) = customer.decisions
    told, way = customer.told(), decision["choice"]["way"]
    assert told["variant"] == [
        f"{decision['variant']}, which this step of the journey sends",
        f"the run goes the way {way} of order, drawn by a bandit (ab 50.00%, ba 50.00%), by nothing that it had learned yet; "
        "this is its first message there, by which the way is counted",
    ]
    assert told["journey"] == [f"the bandit drew {way} of order → send {decision['variant']}"]
