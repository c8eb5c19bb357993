"""Consent: the latest word counts, a channel's own before the general one, and what is denied is never lifted by accident."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, event, life, mail
from udfs.core.engine import Engine
from udfs.core.records import Event, Reason

T = MONDAY + 10 * HOUR
DENY = {"consent": {"default": {"marketing": "deny"}}}


def go(at: int = T + HOUR) -> Event:
    return event("go", at)


def reason(*before: Event, policy: dict[str, Any] | None = None, at: int = T + HOUR, **campaign: Any) -> Reason:
    documents = [mail(**campaign), *([DENY if policy is None else policy] if policy != {} else [])]
    (decision,) = life(*documents).live([*before, go(at)]).decisions
    return decision.reason


def given(at: int = T, **said: Any) -> Event:
    return event("consent_given", at, **said)


def withdrawn(at: int = T, **said: Any) -> Event:
    return event("consent_withdrawn", at, **said)


def test_marketing_needs_consent_where_there_is_a_policy_and_none_where_there_is_not() -> None:
    assert reason() is Reason.NO_CONSENT
    assert reason(policy={"caps": []}) is Reason.NO_CONSENT
    assert reason(policy={}) is Reason.ELIGIBLE
    assert reason(policy={"consent": {"default": {"marketing": "grant"}}}) is Reason.ELIGIBLE


def test_without_a_policy_an_unsubscription_holds_all_the_same() -> None:
    assert reason(event("unsubscribed", T), policy={}) is Reason.UNSUBSCRIBED
    assert reason(withdrawn(), policy={}) is Reason.NO_CONSENT


def test_transactional_needs_none() -> None:
    assert reason(withdrawn(), purpose="transactional") is Reason.ELIGIBLE
    assert reason(event("unsubscribed", T), purpose="transactional") is Reason.ELIGIBLE


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([given()], Reason.ELIGIBLE),
        ([given(purpose="marketing")], Reason.ELIGIBLE),
        ([given(purpose=["analytics", "marketing"], channel=["sms", "email"])], Reason.ELIGIBLE),
        ([given(purpose="analytics")], Reason.NO_CONSENT),
        ([given(channel="sms")], Reason.NO_CONSENT),
        ([given(channel="email")], Reason.ELIGIBLE),
        ([given(), withdrawn(T + 1)], Reason.NO_CONSENT),
        ([given(), withdrawn(T + 1, channel="sms")], Reason.ELIGIBLE),
        ([given(), withdrawn(T + 1, channel="email")], Reason.UNSUBSCRIBED),
        ([given(), event("unsubscribed", T + 1, channel="email")], Reason.UNSUBSCRIBED),
        ([given(), event("unsubscribed", T + 1, channel="sms")], Reason.ELIGIBLE),
        ([given(), event("unsubscribed", T + 1)], Reason.UNSUBSCRIBED),
        ([event("unsubscribed", T, channel="email"), given(T + 1)], Reason.UNSUBSCRIBED),  # a general word never lifts what was said of one channel
        ([event("unsubscribed", T, channel="email"), given(T + 1, channel="email")], Reason.ELIGIBLE),
        ([event("unsubscribed", T, channel="email"), event("subscribed", T + 1, channel="email")], Reason.ELIGIBLE),
        ([event("unsubscribed", T), event("subscribed", T + 1)], Reason.ELIGIBLE),
        ([given(channel="email"), withdrawn(T + 1)], Reason.NO_CONSENT),  # a later withdrawal for all withdraws the channel's, too
        ([withdrawn(T), given(T + 1, channel="email")], Reason.ELIGIBLE),
        ([given(), withdrawn(T)], Reason.NO_CONSENT),  # at one instant the denial
        ([withdrawn(T), given(T)], Reason.NO_CONSENT),
        ([given(T + 5 * MINUTE), withdrawn(T)], Reason.ELIGIBLE),  # late, and something later has been said
        ([given(T + 5 * MINUTE - 1), withdrawn(T)], Reason.NO_CONSENT),  # by less than two clocks may differ
        ([given(T), event("page", T + 3), withdrawn(T + 1)], Reason.NO_CONSENT),  # late, and nothing later has
    ],
)
def test_the_latest_word_counts(said: list[Event], expected: Reason) -> None:
    assert reason(*said) is expected


def test_a_consent_ends_when_it_says_and_a_broken_end_ends_it_at_once() -> None:
    assert reason(given(expires_in="1h"), at=T + HOUR - 1) is Reason.ELIGIBLE
    assert reason(given(expires_in="1h"), at=T + HOUR) is Reason.NO_CONSENT
    assert reason(given(expires_at="2026-01-05T11:00:00Z"), at=T + HOUR - 1) is Reason.ELIGIBLE
    assert reason(given(expires_at=T + HOUR), at=T + HOUR) is Reason.NO_CONSENT
    assert reason(given(expires_in="for ever")) is Reason.NO_CONSENT
    assert reason(given(expires_at={"in": "a year"})) is Reason.NO_CONSENT


SEGMENT = {"consent": {"categoryPreferences": {"Advertising": True, "Analytics": False}}}
RUDDER = {"consentManagement": {"allowedConsentIds": ["Advertising"], "deniedConsentIds": ["Analytics"]}}


@pytest.mark.parametrize("context", [SEGMENT, RUDDER])
def test_what_a_banner_says_comes_with_any_event(context: dict[str, Any]) -> None:
    assert reason(event("page", T, context=context)) is Reason.ELIGIBLE
    no = {"consent": {"categoryPreferences": {"Advertising": False}}}
    assert reason(event("page", T, context=context), event("page", T + 1, context=no)) is Reason.NO_CONSENT
    named = {"consent": {"categories": {"Ads": "marketing"}}}
    assert reason(event("page", T, context={"consent": {"categoryPreferences": {"ads": True}}}), policy=named) is Reason.ELIGIBLE


def test_a_banner_that_repeats_itself_is_no_new_word() -> None:
    no = {"consent": {"categoryPreferences": {"Advertising": False}}}
    said = [event("page", T, context=no), given(T + 1, channel="email"), event("page", T + 2, context=no)]
    assert reason(*said) is Reason.ELIGIBLE


@pytest.mark.parametrize(
    "context", [{"consent": 7}, {"consent": {"categoryPreferences": ["Advertising"]}}, {"consentManagement": {"allowedConsentIds": "Advertising"}}]
)
def test_a_banner_that_cannot_be_read_says_nothing(context: dict[str, Any]) -> None:
    assert reason(event("page", T, context=context)) is Reason.NO_CONSENT


def test_an_unsubscription_by_a_message_speaks_of_its_channel() -> None:
    ada = life(mail(channel="email"), mail("text", channel="sms", trigger={"event": "later"})).live([go()])
    (sent,) = ada.actions
    ada.live([event("unsubscribed", T + 2 * HOUR, decision_id=sent.decision_id), go(T + 3 * HOUR), event("later", T + 3 * HOUR)])
    assert [decision.reason for decision in ada.decisions[1:]] == [Reason.UNSUBSCRIBED, Reason.ELIGIBLE]


def test_the_next_channel_is_tried_and_the_decision_says_what_was_against_the_first() -> None:
    (decision,) = life(mail(channel=["email", "push"])).live([event("unsubscribed", T, channel="email"), go()]).decisions
    assert (decision.reason, decision.channel) == (Reason.ELIGIBLE, "push")
    assert [(against.channel, against.reason) for against in decision.against] == [("email", Reason.UNSUBSCRIBED)]


def test_a_variant_that_waits_asks_at_entry_and_again_when_it_acts() -> None:
    waiting = {"mail": {"channel": "email", "wait": "2h", "content": {"body": "x"}}}
    (refused,) = life(mail(variants=waiting), DENY).live([go()]).wait().decisions
    assert (refused.reason, refused.at) == (Reason.NO_CONSENT, T + HOUR)
    (late,) = life(mail(variants=waiting), DENY).live([given(), go(), withdrawn(T + 2 * HOUR)]).wait().decisions
    assert (late.reason, late.at) == (Reason.NO_CONSENT, T + 3 * HOUR)


def test_without_consent_to_storage_nothing_is_remembered_but_consent() -> None:
    ada = life(mail(), {"features": [{"name": "goes", "event": "go", "aggregate": "count", "window": "7d"}]})
    ada.live([event("identify", T, type="identify", traits={"email": "a@example.com"}), go(), withdrawn(T + 2 * HOUR, purpose="storage")])
    assert ada.blob is not None
    assert b"example" not in ada.blob
    assert len(ada.decisions) == 1
    ada.live([go(T + 3 * HOUR), event("identify", T + 3 * HOUR, type="identify", traits={"email": "a@example.com"})])
    assert b"example" not in ada.blob
    assert len(ada.decisions) == 1, "nothing is decided about somebody of whom nothing may be known"
    (again,) = ada.live([given(T + 4 * HOUR, purpose="storage"), go(T + 5 * HOUR)]).decisions[1:]
    assert again.features == {"goes": 1}


def test_a_feature_without_consent_to_its_purpose_is_unknown() -> None:
    features = {"features": [{"name": "goes", "event": "go", "aggregate": "count", "window": "7d", "purpose": "personalization"}]}
    engine = Engine(book(features, mail(), mail("if", when="goes > 0")))
    known = Life(engine).live([go()])
    assert [decision.features for decision in known.decisions] == [{"goes": 1}, {"goes": 1}]
    (unknown,) = Life(engine).live([withdrawn(purpose="personalization"), go()]).decisions
    assert (unknown.campaign, unknown.features) == ("news", {"goes": None})


def test_a_customer_who_says_much_is_not_remembered_without_end() -> None:
    many = [given(T + number, purpose=f"p{number}") for number in range(500)]
    ada = life(mail(), DENY).live([event("unsubscribed", T, channel="email"), *many, given(T + 600), go(T + DAY)])
    assert ada.decisions[0].reason is Reason.UNSUBSCRIBED, "a denial is never forgotten for a grant"
    assert ada.blob is not None
    assert len(ada.blob) < 8_000


def test_what_anybody_can_make_up_never_pushes_out_what_the_policy_speaks_of() -> None:
    vendors = {f"vendor-{number}": number % 2 == 0 for number in range(200)}
    banner = {"consent": {"categoryPreferences": {**vendors, "Advertising": True}}}
    denied = {"consentManagement": {"allowedConsentIds": ["Advertising"], "deniedConsentIds": list(vendors)}}
    left = event("unsubscribed", T, channel="email")
    assert reason(left, event("page", T + 1, context=denied), policy={}) is Reason.UNSUBSCRIBED
    repeated = [event("page", T, context=banner), withdrawn(T + 1, purpose="marketing"), event("page", T + 2, context=banner)]
    assert reason(*repeated) is Reason.NO_CONSENT, "what a banner repeats is no new word"
    assert reason(*[withdrawn(T + number, channel=f"c{number}") for number in range(200)], left, policy={}) is Reason.UNSUBSCRIBED


@pytest.mark.parametrize("purpose", ["-", "*", "marketing/email", "=marketing", "marketing~", "-/email"])
def test_no_name_that_an_event_brings_means_something_else_than_itself(purpose: str) -> None:
    ticked, unticked = ({"consent": {"categoryPreferences": {purpose: tick}}} for tick in (True, False))
    left = event("unsubscribed", T)
    assert reason(left, event("page", T + 1, context=ticked), policy={}) is Reason.UNSUBSCRIBED
    assert reason(left, given(T + 1, purpose=purpose), policy={}) is Reason.UNSUBSCRIBED
    denied = Reason.NO_CONSENT if purpose == "*" else Reason.ELIGIBLE  # it denies all, and any other denies nothing else
    assert reason(event("page", T, context=unticked), policy={}) is denied
    assert reason(withdrawn(channel="email"), event("page", T + 1, context=ticked)) is Reason.UNSUBSCRIBED
    assert reason(given(channel="email~")) is Reason.NO_CONSENT


@pytest.mark.parametrize("said", [{"purpose": []}, {"purpose": {"marketing": False}}, {"purpose": 7}, {"channel": []}, {"channel": {"email": True}}])
def test_consent_that_cannot_be_read_is_none_and_a_denial_that_cannot_be_read_is_of_all(said: dict[str, Any]) -> None:
    assert reason(given(**said)) is Reason.NO_CONSENT
    assert reason(withdrawn(**said), policy={}) is Reason.NO_CONSENT
    assert reason(event("unsubscribed", T, **said), policy={}) is Reason.UNSUBSCRIBED


def test_consent_to_storage_may_end_in_silence() -> None:
    rules = {"consent": {"default": {"storage": "deny", "marketing": "grant"}}, "quiet_hours": {"from": "22:00", "to": "08:00"}}
    night = MONDAY + 23 * HOUR
    said = given(T, purpose="storage", expires_at=night + HOUR)
    ada = life(mail(), rules).live([said, go(night)]).wait()
    assert [(each.outcome.value, each.reason) for each in ada.decisions] == [("deferred", Reason.QUIET_HOURS), ("withheld", Reason.NO_CONSENT)]
    quiet = mail("quiet", trigger={"idle": "30m", "of": "any"})
    assert life(quiet, rules).live([given(T, purpose="storage", expires_at=T + HOUR // 4), event("page", T + 1)]).wait().decisions == []
