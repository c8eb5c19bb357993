"""An action carries the address that it goes to, where one is known and the policy lets it; what is shown of an action never does."""

import base64
import json
from typing import Any

import pytest

from tests.builders import HOUR, MONDAY, event, life, mail
from udfs.codecs.encode import encode
from udfs.codecs.topics import Topics
from udfs.core.policy.language.policy import compile_policy
from udfs.core.records import Action, Event
from udfs.core.values.problems import DocumentError

T = MONDAY + 10 * HOUR
ADDRESS = "ann@example.com"
GRANT = {"consent": {"default": {"marketing": "grant"}}}


def known(**traits: Any) -> Event:
    return event("identify", T, type="identify", traits=traits)


def action(*before: Event, channel: str = "email", policy: dict[str, Any] | None = None) -> Action:
    documents = [mail(channel=channel), *([GRANT | policy] if policy else [])]
    (made,) = life(*documents).live([*before, event("go", T + HOUR)]).actions
    return made


@pytest.mark.parametrize(
    ("channel", "traits", "to"),
    [
        ("email", {"email": ADDRESS}, ADDRESS),
        ("email", {"email": " Ann@Example.com "}, "Ann@Example.com"),
        ("sms", {"phone": "+44 20 7946 0000"}, "+44 20 7946 0000"),
        ("sms", {"phone": 442079460000}, "442079460000"),
        ("push", {"push_token": "t-1"}, "t-1"),
    ],
)
def test_an_action_carries_the_address_of_its_channel(channel: str, traits: dict[str, Any], to: str) -> None:
    assert action(known(**traits), channel=channel).to == to


def test_the_token_that_an_app_tells_is_an_address() -> None:
    assert action(event("go_on", T, context={"device": {"token": "t-2"}}), channel="push").to == "t-2"


@pytest.mark.slow
@pytest.mark.parametrize(
    "email",
    [
        "undefined",
        "",
        "  ",
        None,
        ["a@example.com"],
        {"work": "a@example.com"},
        True,
        "a@example.com\r\nBcc: all@example.com",
        "a@example.com\x00",
        "a" * 600 + "@example.com",
    ],
)
def test_what_is_no_address_is_not_carried(email: Any) -> None:
    assert action(known(email=email), policy={"addresses": {"push": "elsewhere"}}).to is None


def test_nothing_known_is_null() -> None:
    assert action().to is None
    assert action(known(email=ADDRESS), channel="webhook").to is None


def test_the_newest_address_counts_and_one_that_was_taken_back_is_gone() -> None:
    assert action(known(email="old@example.com"), known(email=ADDRESS)).to == ADDRESS
    assert action(known(email=ADDRESS), known(email=None)).to is None


def test_the_address_in_a_receipt_is_not_taken_for_the_newest() -> None:
    receipt = event("message_opened", T + 1, traits={"email": "old@example.com"})
    assert action(known(email=ADDRESS), receipt).to == ADDRESS
    assert action(receipt).to == "old@example.com", "it is, where no other is known"


@pytest.mark.parametrize("policy", [{"addresses_in_actions": False}, {"addresses": "elsewhere"}, {"addresses": {"email": "elsewhere"}}])
def test_the_policy_may_leave_it_out(policy: dict[str, Any]) -> None:
    assert action(known(email=ADDRESS), policy=policy).to is None


@pytest.mark.parametrize("policy", [{"addresses_in_actions": True}, {"addresses": {"push": "elsewhere"}}, {"addresses": "required"}])
def test_other_policies_leave_it_in(policy: dict[str, Any]) -> None:
    assert action(known(email=ADDRESS), policy=policy).to == ADDRESS


@pytest.mark.parametrize("word", ["no", "false", 0, None, [], {}])
def test_whether_to_carry_it_is_true_or_false(word: Any) -> None:
    with pytest.raises(DocumentError, match="addresses_in_actions is true or false"):
        compile_policy({"addresses_in_actions": word})


def test_what_is_shown_of_an_action_does_not_hold_the_address() -> None:
    made = action(known(email=ADDRESS))
    for shown in (repr(made), str(made), f"{made}", repr([made]), f"{(made,)}"):
        assert ADDRESS not in shown
        assert "to='…'" in shown
    assert "to=None" in repr(action())


def test_an_action_that_cannot_be_sent_is_rejected_without_the_address() -> None:
    topic, _, value = encode(action(known(email=ADDRESS)), decided_at=T, topics=Topics(channels=("sms",)))
    assert topic == "rejected"
    said = json.loads(value)
    assert ADDRESS not in json.dumps(said)
    assert ADDRESS not in base64.b64decode(said["original"]).decode()
