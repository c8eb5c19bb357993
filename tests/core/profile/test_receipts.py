"""Receipts: which message they are about, what they say of a channel, and what is kept of them."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MONDAY, event
from udfs.core.profile import receipts
from udfs.core.profile.state import Message, Profile, Reaction
from udfs.core.values.chance import fingerprint
from udfs.core.values.channels import CHANNELS

T = MONDAY + 12 * HOUR


def profile_with(*ids: str, **fields: Any) -> Profile:
    profile = Profile(born=T, now=T)
    profile.messages = [Message(T, "email", "news", ["promo"], "mail", fingerprint(each), **fields) for each in ids]
    return profile


@pytest.mark.parametrize("word", ["bounced", "complained"])
def test_a_receipt_of_a_message_that_nobody_knows_closes_what_it_may_be_about(word: str) -> None:
    one, none, told = profile_with("known"), profile_with(), profile_with()
    held_out = profile_with("of-nobody", in_holdout=True)
    take(held_out, word, decision_id="of-long-ago")
    assert set(held_out.unreachable) == set(CHANNELS), "what was held out went nowhere"
    take(one, word, decision_id="of-long-ago")
    take(none, word, decision_id="of-long-ago")
    take(told, word, decision_id="of-long-ago", email="a@b.c")
    assert set(one.unreachable) == set(told.unreachable) == {"email"}
    assert set(none.unreachable) == set(CHANNELS)


def test_a_bounce_that_says_nothing_of_who_was_never_written_to_closes_every_channel_that_there_is() -> None:
    profile = profile_with()
    receipts.take(profile, event("message_bounced", T + 1), frozenset({*CHANNELS, "whatsapp"}))
    assert set(profile.unreachable) == {*CHANNELS, "whatsapp"}


def take(profile: Profile, name: str, at: int = T + 1, **properties: Any) -> None:
    receipts.take(profile, event(f"message_{name}", at, **properties), frozenset(CHANNELS))


@pytest.mark.parametrize("word", list(receipts.OUTCOMES.values()))
def test_a_receipt_finds_its_message_and_counts_once_at_the_first_time(word: str) -> None:
    profile = profile_with("a", "b")
    take(profile, word, T + 1, decision_id="b")
    take(profile, word, T + 2, decision_id="b")
    assert [message.outcomes for message in profile.messages] == [{}, {word: T + 1}]


def test_a_receipt_of_an_unknown_message_is_kept_by_nobody() -> None:
    profile = profile_with("a")
    take(profile, "opened", decision_id="x")
    take(profile, "opened")
    assert [message.outcomes for message in profile.messages] == [{}]
    assert profile.reactions == []


def test_what_was_held_out_has_no_receipts() -> None:
    profile = profile_with("a", in_holdout=True)
    take(profile, "opened", decision_id="a")
    assert profile.messages[0].outcomes == {}


@pytest.mark.parametrize("word", ["bounced", "complained"])
def test_a_bounce_or_a_complaint_closes_the_channel_and_a_later_delivery_opens_it(word: str) -> None:
    profile = profile_with("a")
    take(profile, word, T + 5, decision_id="a")
    assert profile.unreachable == {"email": T + 5}
    take(profile, "delivered", T + 4, channel="email")
    assert profile.unreachable == {"email": T + 5}
    take(profile, "delivered", T + 6, channel=" Email ")
    assert profile.unreachable == {}


def test_a_hard_bounce_gives_the_place_under_a_cap_back_and_a_soft_one_says_nothing() -> None:
    profile = profile_with("a")
    take(profile, "bounced", decision_id="a", bounce_type="Soft")
    assert (profile.messages[0].failed, profile.unreachable) == (False, {})
    take(profile, "bounced", decision_id="a")
    assert profile.messages[0].failed


def test_a_reaction_is_kept_with_what_suppression_asks_for() -> None:
    profile = profile_with("a")
    take(profile, "dismissed", decision_id="a")
    take(profile, "sent", decision_id="a")
    assert profile.reactions == [Reaction(T + 1, "dismissed", "email", "news", ["promo"])]


def test_of_each_kind_of_reaction_a_bounded_number_is_kept_and_none_for_ever() -> None:
    ids = [f"m{number}" for number in range(receipts.MAX_REACTIONS + 10)]
    profile = profile_with(*ids)
    take(profile, "dismissed", T + 1, decision_id=ids[0])
    for number, each in enumerate(ids):
        take(profile, "opened", T + 2 + number, decision_id=each)
    kinds = [reaction.kind for reaction in profile.reactions]
    assert (kinds.count("dismissed"), kinds.count("opened")) == (1, receipts.MAX_REACTIONS)
    profile.messages = [*profile.messages, Message(T, "email", "news", [], "mail", fingerprint("z"))]
    take(profile, "opened", T + receipts.REACTIONS_FOR + DAY, decision_id="z")
    assert len(profile.reactions) == 1
