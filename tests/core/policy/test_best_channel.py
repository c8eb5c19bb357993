"""`channel: best`: whose answers set the order, what they are blended with, what does not count, and what a decision says of it."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, event, life, mail
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.features.features import EMPTY
from udfs.core.policy.language.policy import compile_policy
from udfs.core.values.problems import DocumentError

GRANT = {"consent": {"default": {"marketing": "grant"}}}
START = MONDAY + 28 * DAY
WORDS = {"body": "x"}
BEST = {"mail": {"channel": {"best": ["email", "push"]}, "content": WORDS}}


def ada(policy: dict[str, Any] | None = None, *, answers: str = "", by: str = "push", word: str = "opened", **receipt: Any) -> Life:
    """Ada, who got a message by one channel for each letter: on `a` she answered it."""
    one = mail("other", channel=by, trigger={"event": "other"})
    her = life(mail(variants=BEST), one, {**GRANT, **(policy or {})})
    for place, letter in enumerate(answers):
        at = START - (len(answers) - place) * 2 * DAY - 12 * HOUR
        her.live([event("other", at)])
        if letter == "a":
            her.live([event(f"message_{word}", at + HOUR, decision_id=her.actions[-1].decision_id, passive=True, **receipt)])
    her.records.clear()
    return her


def chosen(her: Life) -> str:
    (action,) = her.live([event("go", START)]).actions
    return action.channel


def test_the_channel_that_she_answers_goes_first_and_the_decision_says_why() -> None:
    her = ada(answers="aan")
    assert chosen(her) == "push"
    (decision,) = her.decisions
    assert (decision.reason, decision.probability) == ("ELIGIBLE", 1.0)
    assert decision.detail == "likeliest answered: push 38 % (2 of 3), email 20 % (0 of 0)"
    assert decision.facts == (
        {"channel": "push", "answered": 2, "of": 3, "likely": "0.375"},
        {"channel": "email", "answered": 0, "of": 0, "likely": "0.200"},
    )
    assert decision.against == []


@pytest.mark.parametrize("answers", ["", "annnn"])
def test_of_equally_likely_channels_the_one_that_is_named_first_is_chosen(answers: str) -> None:
    assert chosen(ada(answers=answers)) == "email"


def test_a_channel_that_she_leaves_unanswered_gives_way_to_one_that_nobody_has_tried() -> None:
    assert chosen(ada(answers="nn", by="email")) == "push"


def test_what_customers_usually_answer_decides_for_whom_nothing_is_known_of() -> None:
    figures = {"answered": {"email": "10%", "push": "30%"}}
    assert chosen(ada(figures)) == "push"
    assert chosen(ada(figures, answers="aaaa", by="email")) == "email"  # (4 + 0.5) of 9


@pytest.mark.parametrize(("receipt", "channel"), [({}, "push"), ({"machine": False}, "push"), ({"machine": True}, "email")])
def test_what_a_machine_opened_is_no_answer(receipt: dict[str, Any], channel: str) -> None:
    assert chosen(ada(answers="aaa", **receipt)) == channel


def test_clicks_are_answers_and_dismissals_are_none() -> None:
    assert chosen(ada(answers="a", word="clicked")) == "push"
    assert chosen(ada(answers="a", by="email", word="dismissed")) == "push"


def test_a_message_has_a_day_to_be_answered() -> None:
    her = ada().live([event("go", START)])
    assert [action.channel for action in her.live([event("go", START + DAY - MINUTE)]).actions] == ["email", "email"]
    assert her.live([event("go", START + DAY)]).actions[-1].channel == "push"


def test_what_was_sent_more_than_32_days_ago_is_forgotten() -> None:
    her = ada(answers="nn", by="email")
    assert her.live([event("go", START + 40 * DAY)]).actions[-1].channel == "email"


def test_receipts_and_passwords_say_nothing() -> None:
    receipt = mail("receipt", channel="push", trigger={"event": "bought"}, purpose="transactional")
    her = life(mail(variants=BEST), receipt, GRANT).live([event("bought", START - DAY)])
    her.live([event("message_opened", START - DAY + HOUR, decision_id=her.actions[0].decision_id, passive=True)])
    her.records.clear()
    assert chosen(her) == "email"


@pytest.mark.parametrize(("by", "goal_event"), [("push", "order_completed"), ("email", "visit")])
def test_a_conversion_is_an_answer_where_nobody_sees_opens(by: str, goal_event: str) -> None:
    goal = {"event": "order_completed", "within": "3d"}
    other = mail("other", channel="push", trigger={"event": "other"}, goal=goal)
    her = life(mail(variants=BEST), other, GRANT).live([event("other", START - 3 * DAY), event(goal_event, START - 2 * DAY, order_id="o1", total=20)])
    her.records.clear()
    assert chosen(her) == by


def test_a_conversion_that_is_taken_back_is_no_answer_any_more() -> None:
    goal = {"event": "order_completed", "within": "3d"}
    her = life(mail(variants=BEST), mail("other", channel="push", trigger={"event": "other"}, goal=goal), GRANT)
    her.live([event("other", START - 3 * DAY), event("order_completed", START - 2 * DAY, order_id="o1", total=20)])
    her.live([event("order_cancelled", START - DAY, order_id="o1")])
    her.records.clear()
    assert chosen(her) == "email"


def test_a_conversion_that_nothing_was_sent_for_is_nobodys() -> None:
    her = life(mail(variants=BEST), GRANT).live([event("order_completed", START - DAY, order_id="o1", total=20)])
    assert chosen(her) == "email"


def test_consent_addresses_and_caps_hold_and_the_next_likeliest_is_tried() -> None:
    her = ada(answers="aaa").live([event("unsubscribed", START - HOUR, channel="push")])
    assert chosen(her) == "email"
    assert [(each.channel, each.reason) for each in her.decisions[0].against] == [("push", "UNSUBSCRIBED")]
    assert her.decisions[0].detail is not None
    assert her.decisions[0].detail.startswith("likeliest answered: push 50 %")
    full = {"caps": [{"id": "pushes", "channel": "push", "max": 3, "within": "7d", "then": "next_channel"}]}
    assert chosen(ada(full, answers="aaa")) == "email"
    her = ada({"addresses": "required"}, answers="").live([event("identify", START - HOUR, traits={"email": "a@shop.example"})])
    assert chosen(her) == "email"


def test_quiet_hours_of_the_best_channel_do_what_their_then_says() -> None:
    night = {"from": "00:00", "to": "06:00", "channels": ["push"]}
    (decision,) = ada({"quiet_hours": night}, answers="aaa").live([event("go", START)]).decisions
    assert (decision.outcome, decision.reason, decision.channel) == ("deferred", "QUIET_HOURS", "push")
    assert chosen(ada({"quiet_hours": {**night, "then": "next_channel"}}, answers="aaa")) == "email"


def test_where_no_channel_is_open_the_reason_is_that_of_the_likeliest() -> None:
    her = ada(answers="aaa").live([event("unsubscribed", START - HOUR, channel="push"), event("message_bounced", START - HOUR, channel="email")])
    (decision,) = her.live([event("go", START)]).decisions
    assert (decision.outcome, decision.reason) == ("withheld", "UNSUBSCRIBED")
    assert [each.channel for each in decision.against] == ["push", "email"]


def test_who_is_held_out_has_no_answers_and_goes_by_all_customers() -> None:
    policy = {**GRANT, "answered": {"push": "30%"}, "holdout": {"share": "100%", "epoch": "a"}}
    her = life(mail(variants=BEST), policy).live([event("go", START), event("go", START + 3 * DAY)])
    assert [(each.outcome, each.channel) for each in her.decisions] == [("held_out", "push")] * 2


TEMPLATES = {"tip": {"push": {"title": "x"}, "email": {"subject": "x", "body": "x"}}}


def test_best_alone_means_the_channels_of_which_the_template_has_words() -> None:
    made = compile_campaign(mail(variants={"mail": {"channel": "best", "template": "tip"}}, templates=TEMPLATES), features=EMPTY)
    assert (made.variants[0].channels, made.variants[0].best, set(made.variants[0].content)) == (("push", "email"), True, {"push", "email"})
    her = life(mail(variants={"mail": {"channel": "best", "template": "tip"}}, templates=TEMPLATES), GRANT)
    assert her.live([event("go", START)]).actions[-1].content == {"title": "x"}


@pytest.mark.parametrize(
    ("variant", "says"),
    [
        ({"channel": "best", "content": WORDS}, "best of which channels?"),
        ({"channel": "best", "template": "nowhere"}, "there is no template"),
        ({"channel": {"best": ["email", "sms"]}, "template": "tip"}, "no section for channel sms"),
        ({"channel": {"best": []}, "content": WORDS}, "best of which channels?"),
        ({"channel": {"best": None}, "content": WORDS}, "best of which channels?"),
        ({"channel": {"best": "email"}, "content": WORDS}, "best of which channels?"),
        ({"channel": {"best": ["email"]}, "content": WORDS}, "two channels or more"),
        ({"channel": {"best": ["email", "email"]}, "content": WORDS}, "two channels or more"),
        ({"channel": {"best": ["email", 5]}, "content": WORDS}, "no name of a channel"),
        ({"channel": {"best": ["email", ["push"]]}, "content": WORDS}, "no name of a channel"),
        ({"channel": {"worst": ["email", "push"]}, "content": WORDS}, "worst"),
        ({"channel": ["best", "email"], "content": WORDS}, "best is no channel of a list"),
        ({"channel": {"best": ["best", "email"]}, "content": WORDS}, "best is no channel of a list"),
        ({"channel": {}, "content": WORDS}, "best of which channels?"),
    ],
)
def test_what_is_no_choice_among_channels_is_refused(variant: dict[str, Any], says: str) -> None:
    with pytest.raises(CampaignError) as refused:
        compile_campaign(mail(variants={"mail": variant}, templates=TEMPLATES), features=EMPTY)
    assert any(says in problem.message for problem in refused.value.problems), refused.value.problems


@pytest.mark.parametrize(
    ("told", "says"),
    [({}, "names no channel"), ([], "mapping"), ({"email": 0.2}, "not a share"), ({"email": "120%"}, "not a share"), ({"Mail": "5%"}, "no name of")],
)
def test_shares_that_are_none_are_refused(told: Any, says: str) -> None:
    with pytest.raises(DocumentError) as refused:
        compile_policy({"answered": told})
    assert any(says in problem.message for problem in refused.value.problems), refused.value.problems


def test_a_share_of_nothing_never_goes_first() -> None:
    assert chosen(ada({"answered": {"email": "0%"}})) == "push"
