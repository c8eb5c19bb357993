"""For every reason that the engine gives: one sentence, with the figures of this customer, about what would have had to be different."""

from typing import Any

import msgspec
import pytest

from services.explain.context import Context
from services.explain.otherwise import SENTENCES, otherwise
from tests.builders import DAY, HOUR, MINUTE, MONDAY, event
from tests.explain.telling import CAMPAIGN, Customer
from udfs.core.policy.checks import CANDIDATE_CHECKS, CHANNEL_CHECKS
from udfs.core.records import Reason
from udfs.core.values.chance import lot

TEN = MONDAY + 10 * HOUR
BY_MAIL = {**CAMPAIGN, "variants": {"mail": {"channel": "email", "content": {"body": "Hi"}}}}
CAP = {"id": "one-a-day", "channel": "email", "max": 1, "within": "24h"}


def page(at: int, **fields: Any) -> Any:
    return event("page", at, **fields)


def first(case: Customer) -> str:
    return case.told()["otherwise"][0]


def test_every_reason_has_its_sentence() -> None:
    assert list(SENTENCES) == list(Reason)


def test_what_went_out_names_what_would_have_stopped_it() -> None:
    shopping = {**CAMPAIGN, "when": "user.hour < 12", "trigger": {"idle": "10m", "of": "any", "unless": ["order_completed"]}}
    assert (
        "It would not have gone out had order_completed come before 2026-01-05 10:10:00 UTC, had `user.hour < 12` not held, or had one of the filters"
    ) in first(Customer(shopping).live(page(TEN)))


def test_what_went_out_at_once_could_not_be_cancelled() -> None:
    case = Customer({**CAMPAIGN, "when": "user.hour < 12"}).live(event("order_completed", TEN - MINUTE), page(TEN))
    assert case.decisions[-1]["outcome"] == "acted", "an event that would cancel cancels nothing that comes after it"
    assert first(case).startswith("Nothing: it went out. It would not have gone out had `user.hour < 12` not held, or had one of")


def test_what_is_held_says_what_was_found_and_who_can_release_it() -> None:
    generous = {**BY_MAIL, "variants": {"mail": {"channel": "email", "content": {"body": "Hi"}, "offer": {"percent": "400 * 2"}}}}
    assert first(Customer(generous).live(page(TEN), drain=False)) == (
        "By email: The offer by email would have had to be as usual (percent is 800, at most 100 is expected), or released: "
        f"`kairos held release {CAMPAIGN['campaign']}`."
    )


def test_a_rolling_cap_counts_since_when() -> None:
    case = Customer(BY_MAIL, policy={"caps": [CAP]}).live(page(TEN), page(TEN + HOUR))
    assert first(case) == (
        "By email: One message less by email since 2026-01-04 11:00:00 UTC (cap one-a-day: 1 within 1d; the last was at 2026-01-05 10:00:00 UTC), "
        "or a max of 2."
    )


def test_a_calendar_cap_counts_since_the_period_began() -> None:
    rule = {"id": "week", "channel": "any", "max": 1, "per": "week"}
    assert "since the week began where ada lives (cap week: 1 per week;" in first(
        Customer(BY_MAIL, policy={"caps": [rule]}).live(page(TEN), page(TEN + HOUR))
    )


def test_a_cap_that_learns_says_what_its_limit_follows_from() -> None:
    told = first(Customer(BY_MAIL, policy={"caps": [{**CAP, "max": "learned", "between": [1, 2]}]}).live(page(TEN), page(TEN + HOUR)))
    assert "One message less by email since" in told
    assert told.endswith("or more answers: the limit of this cap is learned, and ada had answered 0 of the last 0 messages, where 0.0 are usual.")


def test_a_cap_of_nothing_has_no_one_message_less() -> None:
    assert "lets nothing through" in first(Customer(BY_MAIL, policy={"caps": [{**CAP, "max": 0}]}).live(page(TEN)))


def test_quiet_hours_are_told_by_the_customers_clock() -> None:
    hours = {"from": "22:00", "to": "08:00", "then": "drop"}
    night = page(MONDAY + 2 * HOUR, context={"timezone": "America/New_York"}, traits={"timezone": "Europe/Berlin"}, type="identify")
    case = Customer(BY_MAIL, policy={"quiet_hours": hours}).live(night)
    assert first(case) == "By email: A decision outside 22:00 to 08:00 by the customer's clock: it was 03:00 in Europe/Berlin."
    unknown = Customer(BY_MAIL, policy={"quiet_hours": {**hours, "fallback": "strictest"}}).live(page(TEN))
    assert "A known time zone" in first(unknown)


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        (event("consent_withdrawn", TEN - HOUR), "No denial of marketing at 2026-01-05 09:00:00 UTC (consent_withdrawn), or a `consent_given`"),
        (event("unsubscribed", TEN - HOUR, channel="email"), "No `unsubscribed` at 2026-01-05 09:00:00 UTC, or a `subscribed` by email after that"),
        (event("message_bounced", TEN - HOUR, channel="email"), "No bounce or complaint at 2026-01-05 09:00:00 UTC, or after it a new address"),
        (event("identify", TEN - HOUR, type="identify", traits={"email_reachable": False}), "The trait email_reachable is false would"),
    ],
)
def test_what_the_customer_or_the_channel_said_is_told_with_its_time(before: Any, sentence: str) -> None:
    assert sentence in first(Customer(BY_MAIL, policy={}).live(before, page(TEN)))


def test_an_address_that_nobody_knows_is_asked_for_by_its_trait() -> None:
    told = first(Customer(BY_MAIL, policy={"addresses": "required"}).live(page(TEN)))
    assert told == "By email: An address: the trait `email`, by an `identify` event."


def test_the_policys_own_default_is_told_as_such() -> None:
    told = first(Customer(BY_MAIL, policy={"consent": {"default": {"marketing": "deny"}}}).live(page(TEN)))
    assert "A `consent_given` for marketing before 2026-01-05 10:00:00 UTC" in told


def test_a_rest_is_told_with_its_end() -> None:
    rule = {"after": "1 dismissed", "within": "15d", "rest": "30d", "scope": "campaign"}
    case = Customer(BY_MAIL, policy={"suppress": [rule]}).live(page(TEN))
    case.live(event("message_dismissed", TEN + MINUTE, decision_id=case.decisions[0]["decision_id"]), page(TEN + HOUR))
    assert first(case) == "One message dismissed less of hello (the rule rests after 1), or a decision at 2026-02-04 10:01:00 UTC or later."


def test_members_of_the_holdout_and_the_control_group_are_told_what_they_draw() -> None:
    held = Customer(policy={"holdout": {"share": "100%", "epoch": "a"}}).live(page(TEN))
    assert f"ada draws {lot('holdout:a', 'ada'):.4f} in epoch a, and who draws less than the share, 100%" in first(held)
    ghost = Customer({**CAMPAIGN, "control_group": "100%"}).live(page(TEN))
    assert f"ada draws {lot('control:hello', 'ada'):.4f}, and who draws less than the share, 100%, is in the control group of hello" in first(ghost)


def test_switches_are_told_with_who_can_tell() -> None:
    for off in ("all", "campaign/hello"):
        assert f"{off} would have had to be on (off for: on fire); `kairos audit switch/{off}`" in first(Customer(off=off).live(page(TEN)))
    assert "By email: channel/email would have had to be on" in first(Customer(BY_MAIL, off="channel/email").live(page(TEN)))


def test_a_second_channel_goes_out_and_the_first_is_told_too() -> None:
    told = Customer(off="channel/email").live(page(TEN)).told()["otherwise"]
    assert told[0].startswith("Nothing: it went out.")
    assert told[1].startswith("By email: channel/email would have had to be on")


def test_what_came_too_late_is_told_by_how_much() -> None:
    assert "within 72h after it happened" in first(Customer(policy={}).live(msgspec.structs.replace(page(TEN), received=TEN + 4 * DAY)))
    waiting = {**CAMPAIGN, "variants": {"mail": {**BY_MAIL["variants"]["mail"], "wait": "2h"}}, "send": {"expires": "30m"}}
    assert "A decision 1h 30m earlier: it came 2h after its trigger, and lives 30m." in first(Customer(waiting).live(page(TEN)))


def test_what_was_over_before_its_trigger_was_read_is_told() -> None:
    told = first(Customer(policy={}).live(event("order_completed", TEN + MINUTE), page(TEN)))
    assert told == "No order_completed that was read before its trigger and happened at the same time or later."


def test_what_ended_while_it_was_deferred_is_told() -> None:
    night = {"quiet_hours": {"from": "09:00", "to": "20:00", "spread": "1m"}}
    bought = Customer(policy=night).live(page(TEN), event("order_completed", TEN + HOUR))
    assert first(bought) == "No order_completed at 2026-01-05 11:00:00 UTC, while it was deferred."
    assert first(Customer({**CAMPAIGN, "when": "user.hour < 12"}, policy=night).live(page(TEN))).endswith(
        "`user.hour < 12` would have had to hold still."
    )
    twice = Customer({**CAMPAIGN, "entry": {"again": "7d"}}, policy=night).live(page(TEN), page(TEN + MINUTE))
    assert "the entry was used up (again: 7d)" in first(twice)


def test_words_that_fail_and_engines_that_fail_are_told() -> None:
    decision = Customer().live(page(TEN)).decisions[0]
    for reason, words in (("RENDER_FAILED", "The content or the offer of hello"), ("ENGINE_FAILED", "a bug in Kairos itself (KeyError: 'x')")):
        assert words in otherwise({**decision, "reason": reason, "detail": "KeyError: 'x'"}, Customer().context)[0]
    assert "not known to this version" in otherwise({**decision, "reason": "NEW"}, Customer().context)[0]


def test_throughput_is_told_with_its_rate() -> None:
    decision = {**Customer().live(page(TEN)).decisions[0], "reason": "THROTTLED", "detail": "email: 1000 per 60000 ms"}
    assert "email: 1000 per 1m" in otherwise(decision, Customer().context)[0]


def test_each_of_several_full_caps_is_told() -> None:
    decision = {**Customer(BY_MAIL, policy={"caps": [CAP]}).live(page(TEN)).decisions[0], "reason": "CAP_REACHED", "at": TEN}
    facts = [
        {"cap": name, "counted": counted, "max": most, "window": f"within {hours}h", "within": hours * HOUR, "last": TEN - HOUR}
        for name, counted, most, hours in (("a", 1, 1, 2), ("b", 3, 2, 5))
    ]
    assert otherwise({**decision, "facts": facts}, Context(held=None)) == [
        "Room in all 2 caps. "
        "One message less since 2026-01-05 08:00:00 UTC (cap a: 1 within 2h; the last was at 2026-01-05 09:00:00 UTC), or a max of 2. "
        "2 messages less since 2026-01-05 05:00:00 UTC (cap b: 2 within 5h; the last was at 2026-01-05 09:00:00 UTC), or a max of 4."
    ]


def test_a_cap_over_any_channel_is_not_told_as_one_of_a_channel() -> None:
    rule = {**CAP, "channel": "any"}
    assert "One message less since 2026-01-04 11:00:00 UTC" in first(Customer(BY_MAIL, policy={"caps": [rule]}).live(page(TEN), page(TEN + HOUR)))
    tagged = {**BY_MAIL, "tags": ["promo"]}
    rule = {"id": "promo", "tag": "promo", "max": 1, "within": "24h"}
    assert "One message less with the tag promo since" in first(Customer(tagged, policy={"caps": [rule]}).live(page(TEN), page(TEN + HOUR)))


@pytest.mark.parametrize("reason", list(Reason))
def test_a_decision_of_a_version_that_wrote_no_facts_is_told_by_its_detail(reason: str) -> None:
    """No sentence needs facts, and none is missing without them."""
    decision = {**Customer(BY_MAIL).live(page(TEN)).decisions[0], "reason": str(reason), "detail": f"something at {TEN}", "against": []}
    decision.pop("facts")
    (told,) = otherwise(decision, Context(held=None))
    assert told.endswith((".", ")."))


def test_every_rule_has_a_reason_of_its_own_in_its_table() -> None:
    for table in (CANDIDATE_CHECKS, CHANNEL_CHECKS):
        reasons = [reason for rule in table for reason in rule.reasons]
        assert len(reasons) == len(set(reasons))
        assert set(reasons) <= set(SENTENCES)


def test_a_recalled_message_did_not_just_go_out() -> None:
    case = Customer({**CAMPAIGN}).live(page(TEN), event("order_completed", TEN + MINUTE, order_id="o"))
    (last,) = case.decisions
    recall = {"reason": "EXITED", "detail": "order_completed", "at": TEN + MINUTE}
    (line,) = otherwise(last, Context(held=None), recall)
    assert line == "No order_completed at 2026-01-05 10:01:00 UTC, or a receipt before it: the message was recalled then."
