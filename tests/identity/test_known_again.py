"""A login and an event of the other id come from two topic partitions, in either order: what is decided has one id, so a repeat is known."""

from typing import Any

import pytest

from services.local.job import LocalJob, Output
from services.replay.records import Record
from tests.builders import book, campaign
from tests.identity.test_in_one_process import TENT, alias, login, run, said
from udfs.core.records import Action, Decision

ENTRIES: list[dict[str, Any]] = [{"once_per": "cart.id"}, {"again": "1d"}]
LOOKED = {"campaign": "looked", "trigger": {"event": "product_viewed"}, "variants": {"mail": {"channel": "email", "content": {"body": "Look."}}}}
JOINED = {
    "campaign": "joined",
    "trigger": {"enters": "lookers"},
    "variants": {"mail": {"channel": "email", "content": {"body": "You look a lot."}}},
}
LOOKERS = {"segments": [{"segment": "lookers", "when": "views > 0"}]}
VIEWS = {"features": [{"name": "views", "event": "product_viewed", "aggregate": "count"}]}
LATER = {**LOOKED, "variants": {"mail": {"channel": "email", "wait": "20m", "content": {"body": "You looked."}}}}


def decided(outputs: list[Output]) -> list[tuple[str, str, str]]:
    return [(each.decision_id, each.campaign, each.outcome.value) for each in outputs if isinstance(each, Decision)]


def both_orders(documents: list[dict[str, Any]], first: Record, second: Record) -> tuple[list[Output], list[Output]]:
    return run(LocalJob(book(*documents)), first, second), run(LocalJob(book(*documents)), second, first)


@pytest.mark.parametrize("campaigns", [[LOOKED], [LATER], [JOINED, LOOKERS, VIEWS]], ids=["at once", "after a wait", "by a segment"])
def test_what_an_event_brings_about_has_one_id(campaigns: list[dict[str, Any]]) -> None:
    before, after = both_orders(campaigns, said(0, "product_viewed", web="web-1", product_id="tent"), login(0, "kim", "web-1"))
    assert len(decided(before)) == 1
    assert decided(before) == decided(after)


@pytest.mark.parametrize("entry", ENTRIES, ids=["once per cart", "again"])
def test_what_a_silence_brings_about_has_one_id(entry: dict[str, Any]) -> None:
    cart = campaign(when="cart.value > 40", entry=entry)
    before, after = both_orders([cart], said(0, "product_added", web="web-1", **TENT), login(0, "kim", "web-1"))
    assert len(decided(before)) == 1
    assert decided(before) == decided(after)


def test_a_cart_that_nobody_names_is_still_one_cart() -> None:
    """It is made by the browser after the login, and bought by the person."""
    story = [login(0, "kim", "web-1"), said(1, "product_added", web="web-1", **TENT), said(2, "product_added", user="kim", **TENT)]
    sent = [each for each in run(LocalJob(book(campaign(when="cart.value > 100"))), *story) if isinstance(each, Action)]
    assert [each.user_id for each in sent] == ["kim"]
    bought = [*story, said(3, "order_completed", user="kim", order_id="o-1")]
    assert decided(run(LocalJob(book(campaign(when="cart.value > 100"))), *bought)) == []


def test_what_still_comes_under_an_id_that_was_changed_has_one_id() -> None:
    view = said(0, "product_viewed", user="lee", product_id="tent")
    before, after = both_orders([LOOKED], view, alias(0, "kim", "lee"))
    assert len(decided(before)) == 1
    assert decided(before) == decided(after)


def test_the_persons_own_events_are_her_own() -> None:
    one = run(LocalJob(book(LOOKED)), said(0, "product_viewed", user="kim", web="web-1", product_id="tent"))
    other = run(LocalJob(book(LOOKED)), login(0, "kim", "web-1"), said(0, "product_viewed", user="kim", web="web-1", product_id="tent"))
    assert decided(one) == decided(other) != []
