"""The campaign language: every mistake is named where it is; what is not there yet is refused as such, never ignored."""

from typing import Any

import pytest

from tests.builders import campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.features.features import EMPTY


def variant(**changes: Any) -> dict[str, Any]:
    body = {"channel": "email", "content": {"body": "x"}, **changes}
    return {"variants": {"mail": {key: value for key, value in body.items() if value is not None}}}


MISTAKES: list[tuple[str, dict[str, Any], str, str]] = [
    ("an unknown key", {"tirgger": {}}, "tirgger", "did you mean 'trigger'"),
    ("a name in capitals", {"campaign": "Cart"}, "campaign", "lower-case"),
    ("no trigger", {"trigger": None}, "trigger", "what triggers it"),
    ("an empty trigger", {"trigger": {}}, "trigger", "event or idle"),
    ("two triggers at once", {"trigger": {"idle": "1h", "event": "page"}}, "trigger.event", "not both"),
    ("a silence of something unknown", {"trigger": {"idle": "1h", "of": "carts"}}, "trigger.of", "did you mean 'cart'"),
    ("a duration in words", {"trigger": {"idle": "half an hour"}}, "trigger.idle", "such as 30m"),
    ("an event in capitals", {"trigger": {"event": "Product Viewed"}, "when": None}, "trigger.event", "snake_case"),
    ("becomes with a silence", {"trigger": {"idle": "1h", "becomes": "cart.empty"}}, "trigger.becomes", "write the condition as when"),
    ("a misspelt name in a condition", {"when": "cart.valu > 99"}, "when", "did you mean 'cart.value'"),
    ("the event of a silence", {"when": "event.price > 9"}, "when", "there is no event here"),
    ("a score that is not declared", {"when": "score > 0.5"}, "when", "no score is declared"),
    ("a score without cold start", {"score": {"model": "m"}}, "score.cold_start", "cold_start is the number"),
    ("an entry that is not a mapping", {"entry": "once"}, "entry", "a mapping such as"),
    ("an unknown entry key", {"entry": {"once": "cart.id"}}, "entry.once", "did you mean 'once_per'"),
    ("a share without percent", {"control_group": 0.1}, "control_group", "such as 10%"),
    ("the old name of the control group", {"control": "10%"}, "control", "is now called control_group"),
    ("a share over 100 %", {"control_group": "110%"}, "control_group", "such as 10%"),
    ("no variants", {"variants": {}}, "variants", "what does it send"),
    ("a variant without channel", variant(channel=None), "variants.mail.channel", "by which channel"),
    ("no name of a channel", variant(channel="E-Mail"), "variants.mail.channel", "did you mean 'email'"),
    ("a channel of any name", variant(channel=["push", "any"]), "variants.mail.channel", "any means every channel"),
    ("a channel that is no topic", variant(channel="whats app"), "variants.mail.channel", "lower-case letters, digits"),
    ("too many channels", variant(channel=["push"] * 21), "variants.mail.channel", "at most 20 channels"),
    ("neither content nor template", variant(content=None), "variants.mail", "either content"),
    ("both content and template", variant(template="cart"), "variants.mail", "either content"),
    ("a template that is not there", variant(content=None, template="crat"), "variants.mail.template", "no template 'crat'"),
    ("a broken template", variant(content={"body": "{{ user.name "}), "variants.mail.content.body", ""),
    ("an unknown root in a template", variant(content={"body": "{{ usr.name }}"}), "variants.mail.content.body", "usr"),
    ("the event of a silence in a template", variant(content={"body": "{{ event.name }}"}), "variants.mail.content.body", "no event"),
    ("a weight that is none", variant(weight="half"), "variants.mail.weight", "a number"),
    ("a broken offer formula", variant(offer={"percent": "15 if scor < 0.1 else 5"}), "variants.mail.offer.percent", "did you mean 'score'"),
    ("a priority that is none", {"priority": "high"}, "priority", "whole number"),
    ("a bandit without a goal", {"choose": "bandit"}, "choose", "learns from a goal"),
    ("a model that chooses", {"choose": "model"}, "choose", "choose: uplift"),
    ("a rollout without a goal", {"rollout": ["5%"]}, "rollout", "add goal: {event:"),
    ("a cost", {"cost": 1}, "cost", "not yet"),
    ("a send time", {"send": {"at": "soon"}}, "send.at", "best"),
    ("a description that is none", {"description": {"for": "people"}}, "description", "is a text"),
    ("a purpose in capitals", {"purpose": "Newsletter"}, "purpose", "write newsletter"),
    ("a purpose with a sign of consent", {"purpose": "news=letter"}, "purpose", "is no purpose"),
    ("an offer of nothing", {"variants": {"mail": {"channel": "email", "content": {"body": "x"}, "offer": None}}}, "variants.mail.offer", "is empty"),
    ("concurrent left empty", {"entry": {"once_per": "cart.id", "concurrent": None}}, "entry.concurrent", "is empty"),
    ("a cold start without end", {"score": {"model": "m", "cold_start": 10**400}}, "score.cold_start", "is the number"),
]


@pytest.mark.parametrize(("changes", "path", "says"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_named_where_it_is(changes: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(CampaignError) as caught:
        compile_campaign(campaign(**changes), features=EMPTY)
    at_path = [problem for problem in caught.value.problems if ".".join(map(str, problem.path)) == path]
    assert at_path, [str(problem) for problem in caught.value.problems]
    assert any(says in str(problem) for problem in at_path), [str(problem) for problem in at_path]


def test_every_mistake_is_found_at_once() -> None:
    with pytest.raises(CampaignError) as caught:
        compile_campaign({"campaign": "X", "trigger": {}, "when": "nope", "variants": {}}, features=EMPTY)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("document", [None, [], "text", 7, {}])
def test_what_is_no_campaign_at_all_is_refused_too(document: object) -> None:
    with pytest.raises(CampaignError):
        compile_campaign(document, features=EMPTY)


def test_a_plain_word_is_a_literal_offer_and_a_formula_is_evaluated() -> None:
    made = compile_campaign(campaign(**variant(offer={"pool": "SPRING", "text": "10% off", "percent": "2 * 5", "flat": 5})), features=EMPTY)
    offer = made.variants[0].offer
    assert offer is not None
    assert (offer["pool"], offer["text"], offer["flat"]) == ("SPRING", "10% off", 5)
    assert offer["percent"].evaluate(None) == 10


@pytest.mark.parametrize("key", ["purpose", "score", "description"])
def test_a_key_without_a_value_is_left_out(key: str) -> None:
    with pytest.raises(CampaignError, match=f"{key}: is empty: leave it out or write"):
        compile_campaign({**campaign(), key: None}, features=EMPTY)
