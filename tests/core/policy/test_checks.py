"""The rules by their tables: each objects with its reason, its words and its facts, and none of them changes anything."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, book, mail
from udfs.core.policy.anomaly import Hold
from udfs.core.policy.case import Case, Closed
from udfs.core.policy.checks import CANDIDATE_CHECKS, CHANNEL_CHECKS, first_against
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.state import Consent, Message, Profile, Reaction
from udfs.core.profile.stored import encode
from udfs.core.records import Reason

NOON = MONDAY + 12 * HOUR
NIGHT = MONDAY + 23 * HOUR
GRANTED = {"consent": {"default": {"marketing": "grant"}}}
QUIET = {"quiet_hours": {"from": "22:00", "to": "08:00", "then": "defer"}}
CAP = {"caps": [{"id": "day", "channel": "email", "max": 1, "per": "day", "then": "defer"}]}
REST = {"suppress": [{"after": "1 dismissed", "within": "7d", "rest": "30d", "scope": "channel"}]}
SENT = Message(NOON - HOUR, "email", "news")


def case_of(policy: dict[str, Any] | None = None, *, messages: tuple[Message, ...] = (), purpose: str = "marketing", **changes: Any) -> Case:
    made = book(mail(purpose=purpose, send=changes.pop("send", None)), {**GRANTED, **(policy or {})})
    profile = Profile(born=NOON, now=NOON, **{key: changes.pop(key) for key in ("consents", "unreachable", "reactions", "traits") if key in changes})
    profile.messages = list(messages)
    given = {"now": NOON, "asked": NOON, "switches": {}, "deployed": None, "throughput": Throughput(), **changes}
    return Case(user_id="ada", profile=profile, campaign=made.campaigns["news"], policy=made.policy, **given)


def full() -> Throughput:
    """One of one taken at noon."""
    throughput = Throughput()
    throughput.take(throughput.first_free("email", book(mail(), SLOW).policy.throughput["email"], NOON), now=NOON, waiting=False)
    return throughput


SLOW = {**GRANTED, "throughput": {"email": "1 per minute"}}
OBJECTIONS: dict[str, tuple[dict[str, Any], Reason, dict[str, Any], str]] = {
    "not deployed": ({"deployed": frozenset({"sms"})}, Reason.CHANNEL_NOT_DEPLOYED, {"deployed": "sms"}, "next_channel"),
    "switched off": (
        {"switches": {"channel/email": "on fire"}},
        Reason.SWITCHED_OFF,
        {"switch": "channel/email", "why": "on fire"},
        "next_channel",
    ),
    "denied by default": ({"policy": {"consent": {"default": {"marketing": "deny"}}}}, Reason.NO_CONSENT, {"purpose": "marketing"}, "next_channel"),
    "withdrawn": (
        {"consents": {"marketing": Consent(False, 5, "consent_withdrawn")}},
        Reason.NO_CONSENT,
        {"purpose": "marketing", "denied_at": 5, "source": "consent_withdrawn"},
        "next_channel",
    ),
    "unsubscribed from the channel": (
        {"consents": {"-/email": Consent(False, 5, "unsubscribed")}},
        Reason.UNSUBSCRIBED,
        {"channel": "email", "denied_at": 5, "source": "unsubscribed"},
        "next_channel",
    ),
    "bounced": ({"unreachable": {"email": 7}}, Reason.UNREACHABLE, {"bounced_at": 7}, "next_channel"),
    "flagged": ({"traits": {"email_reachable": False}}, Reason.UNREACHABLE, {"trait": "email_reachable"}, "next_channel"),
    "at rest": (
        {"policy": REST, "reactions": [Reaction(NOON - DAY, "dismissed", "email", "other")]},
        Reason.SUPPRESSED,
        {"count": 1, "kind": "dismissed", "scope": "channel", "until": NOON + 29 * DAY},
        "next_channel",
    ),
    "capped": (
        {"policy": CAP, "messages": (SENT,)},
        Reason.CAP_REACHED,
        {"cap": "day", "counted": 1, "max": 1, "window": "per day", "within": None, "last": NOON - HOUR},
        "defer",
    ),
    "at night": ({"policy": QUIET, "now": NIGHT}, Reason.QUIET_HOURS, {"zone": "UTC"}, "defer"),
    "nobody knows whether it is night": (
        {"policy": {"quiet_hours": {"from": "22:00", "to": "08:00", "fallback": "strictest"}}},
        Reason.QUIET_HOURS,
        {"zone": None},
        "drop",
    ),
    "a better hour is ahead": (
        {"send": {"at": "best"}, "reactions": [Reaction(NOON - days * DAY + 7 * HOUR, "opened", "email", "other") for days in (3, 2, 1)]},
        Reason.SEND_TIME,
        {"hour": 19, "zone": "UTC", "opens": 3, "of": 3},
        "defer",
    ),
    "held": (
        {"hold": Hold(status="held", about="volume", version="v0", why="812 in 10m, 95 expected", at=NOON, found=812, expected=95)},
        Reason.ANOMALY_HELD,
        {"about": "volume", "found": 812, "expected": 95},
        "defer",
    ),
    "throttled": ({"policy": SLOW, "throughput": full()}, Reason.THROTTLED, {"channel": "email", "max": 1, "period": MINUTE}, "defer"),
}


@pytest.mark.parametrize("name", OBJECTIONS)
def test_each_rule_objects_with_its_reason_and_its_facts_and_changes_nothing(name: str) -> None:
    given, reason, facts, then = OBJECTIONS[name]
    case = case_of(**given)
    before = encode(case.profile), len(case.throughput)
    closed = first_against(CHANNEL_CHECKS, case, "email")
    assert closed is not None
    assert (closed.reason, closed.facts, closed.then) == (reason, (facts,), then)
    assert [rule.check(case, "email") for rule in CHANNEL_CHECKS if reason in rule.reasons] == [closed]
    assert (encode(case.profile), len(case.throughput)) == before


def test_every_reason_of_the_channel_table_is_tried_here() -> None:
    assert {reason for rule in CHANNEL_CHECKS for reason in rule.reasons} == {reason for _, reason, _, _ in OBJECTIONS.values()}


@pytest.mark.parametrize(
    ("given", "closed"),
    [
        ({"stale": True}, Closed(Reason.STALE_TRIGGER, "older than the policy's trigger_max_age when it arrived", then="drop")),
        (
            {"asked": NOON - 3 * DAY},
            Closed(Reason.EXPIRED, f"{3 * DAY} ms after its trigger, and it lives {DAY} ms", ({"age": 3 * DAY, "lives": DAY},), "drop"),
        ),
        ({"switches": {"all": ""}}, Closed(Reason.SWITCHED_OFF, "all", ({"switch": "all", "why": ""},))),
        (
            {"switches": {"campaign/news": "wrong"}},
            Closed(Reason.SWITCHED_OFF, "campaign/news: wrong", ({"switch": "campaign/news", "why": "wrong"},)),
        ),
        ({"switches": {"channel/email": "", "campaign/other": ""}}, None),
        ({}, None),
    ],
)
def test_the_rules_about_the_whole_candidate_have_the_same_shape(given: dict[str, Any], closed: Closed | None) -> None:
    assert first_against(CANDIDATE_CHECKS, case_of(**given), None) == closed


def test_of_several_objections_the_first_in_the_table_is_told() -> None:
    case = case_of({**QUIET, **CAP}, now=NIGHT, messages=(SENT,), unreachable={"email": 7})
    assert [rule.check(case, "email") is not None for rule in CHANNEL_CHECKS] == [False, False, False, True, False, True, True, False, False, False]
    closed = first_against(CHANNEL_CHECKS, case, "email")
    assert closed is not None and closed.reason is Reason.UNREACHABLE
    assert first_against(CHANNEL_CHECKS, case, "push") is not None, "it is night by every channel"


def test_what_is_transactional_passes_caps_suppression_quiet_hours_and_throughput() -> None:
    policy = {**SLOW, **QUIET, **CAP, **REST}
    given: dict[str, Any] = {
        "messages": (SENT,),
        "now": NIGHT,
        "reactions": [Reaction(NIGHT - DAY, "dismissed", "email", "other")],
        "throughput": full(),
    }
    assert first_against(CHANNEL_CHECKS, case_of(policy, **given), "email") is not None
    assert first_against(CHANNEL_CHECKS, case_of(policy, purpose="transactional", **given), "email") is None


def test_a_channel_without_a_place_while_the_message_is_of_use_is_dropped() -> None:
    closed = first_against(CHANNEL_CHECKS, case_of(SLOW, throughput=full(), asked=NOON - DAY + 1), "email")
    assert closed is not None
    assert (closed.then, closed.facts) == ("drop", ({"channel": "email", "max": 1, "period": MINUTE, "lives": DAY},))
