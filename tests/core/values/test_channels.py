"""Channels that a deployment has, and those that it has not: any name may be one, and nothing is sent by one that is not deployed."""

import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, mail, switch, words
from udfs.core.campaigns.book import Book, BookError, Entry
from udfs.core.campaigns.compile_book import apply, unpack
from udfs.core.engine import Engine
from udfs.core.policy.consent import MAX_CONSENTS
from udfs.core.profile.bounds import MAX_TRAITS

T = MONDAY + 10 * HOUR
PUSH = mail(channel="push")
EITHER = mail(channel=["whatsapp", "email"])


def told(made: Book) -> list[tuple[str, str, str | None]]:
    ada = Life(Engine(made)).live([event("go", T)])
    assert len(ada.actions) == sum(decision.outcome == "acted" for decision in ada.decisions)
    return [(decision.reason.value, decision.channel or "", decision.detail) for decision in ada.decisions]


def test_by_a_channel_that_is_not_deployed_nothing_is_sent() -> None:
    assert told(book(PUSH).deployed_with(["sms", "email"])) == [("CHANNEL_NOT_DEPLOYED", "push", "push: deployed are email, sms")]
    assert told(book(PUSH).deployed_with([])) == [("CHANNEL_NOT_DEPLOYED", "push", "push: deployed are none")]
    assert told(book(PUSH).deployed_with(["push"])) == [("ELIGIBLE", "push", None)]


def test_the_next_channel_is_tried() -> None:
    ada = Life(Engine(book(EITHER).deployed_with(["email"]))).live([event("go", T)])
    assert [(action.channel) for action in ada.actions] == ["email"]
    assert [(each.channel, each.reason) for each in ada.decisions[0].against] == [("whatsapp", "CHANNEL_NOT_DEPLOYED")]


def test_it_is_asked_before_any_other_rule_of_the_channel() -> None:
    off = apply(book(PUSH).deployed_with(["email"]), switch("channel/push", offset=5))
    assert told(off)[0][0] == "CHANNEL_NOT_DEPLOYED"


def test_where_nothing_is_delivered_every_channel_is_deployed() -> None:
    assert told(book(mail(channel="whatsapp"))) == [("ELIGIBLE", "whatsapp", None)]


def test_what_is_deployed_holds_through_changes_of_the_book_and_restores() -> None:
    held = book(PUSH).deployed_with(["email"])
    changed = apply(apply(held, switch("all", offset=5)), switch("all", offset=6, status="on"))
    assert told(changed)[0][0] == "CHANNEL_NOT_DEPLOYED"
    restored = unpack(held.pack(), restored=changed.entries.values()).deployed_with(["email"])
    assert told(restored)[0][0] == "CHANNEL_NOT_DEPLOYED"


def test_what_waited_is_asked_when_it_falls_due() -> None:
    waiting = mail(variants={"mail": words("push", wait="2h")})
    ada = Life(Engine(book(waiting).deployed_with(["email"]))).live([event("go", T)]).wait()
    assert ada.told == [("withheld", "CHANNEL_NOT_DEPLOYED", T + 2 * HOUR)]


@pytest.mark.parametrize("key", ["deployment/trial", "deployment"])
def test_the_record_of_a_deployment_is_accepted_and_decides_nothing(key: str) -> None:
    value = b'{"kind": "deployment", "name": "trial", "version": "x", "document": {"channels": ["email"]}}'
    told_so = apply(book(PUSH), Entry(key, 5, value))
    assert told(told_so) == [("ELIGIBLE", "push", None)]
    assert key not in apply(told_so, Entry(key, 6, None)).refused
    with pytest.raises(BookError, match="not a control record"):
        apply(told_so, Entry(key, 7, b"nonsense"))


@pytest.mark.parametrize("channels", [None, ["whatsapp"]])
def test_what_is_said_about_a_channel_of_any_name_is_never_forgotten(channels: list[str] | None) -> None:
    campaign = mail(channel="whatsapp") if channels is None else mail()
    made_up = [event("unsubscribed", T + at, channel=f"made-up-{at}") for at in range(1, 3 * MAX_CONSENTS)]
    leaves = event("unsubscribed", T, channel="WhatsApp")
    ada = Life(Engine(book(campaign).deployed_with(channels))).live([leaves, *made_up])
    ada.engine.book = book(mail(channel="whatsapp")).deployed_with(["whatsapp"])
    assert ada.live([event("go", T + DAY)]).told == [("withheld", "UNSUBSCRIBED", T + DAY)]


def test_the_flag_of_a_channel_of_any_name_is_kept_among_many_traits() -> None:
    many = {f"trait{number}": number for number in range(MAX_TRAITS)}
    closed = event("identify", T + 1, type="identify", traits={"whatsapp_reachable": False, "nothing_reachable": False})
    ada = Life(Engine(book(mail(channel="whatsapp")))).live([event("identify", T, type="identify", traits=many), closed, event("go", T + 2)])
    assert ada.told == [("withheld", "UNREACHABLE", T + 2)]
    assert ada.engine.counts["traits_dropped"] == 1
