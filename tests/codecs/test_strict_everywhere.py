"""`strict: true` on each entry of the catalogue, with each kind of fault: refused whole, but never what may say that something is over."""

import dataclasses
from typing import Any

import pytest

from tests.builders import campaign
from tests.codecs.builders import added, all_of
from tests.field.test_stops_by_odd_clocks_and_words import GRANT, said, sent
from udfs.codecs.catalogue import Catalogue, catalogue
from udfs.core.profile import carts
from udfs.core.profile.cart_items import ADDING

SHIPPED: Catalogue = catalogue()
RIGHT: dict[str, Any] = {
    "identifier": "x1",
    "number": 5,
    "amount": 5,
    "text": "x",
    "objects": [{"product_id": "tent", "price": 120}],
    "any": "x",
    "address": "x@y.z",
}
WRONG: dict[str, Any] = {
    "number": {"a": 1},
    "amount": "cheap",
    "count": "many",
    "identifier": {"a": 1},
    "text": {"a": 1},
    "objects": "n/a",
    "channels": {"a": 1},
    "currency": "thalers",
    "address": {"a": 1},
}
NOT_EVENTS = frozenset({"page", "screen", "identify", "alias", "group"})
CALLS = [name for name in SHIPPED.events if name not in NOT_EVENTS]


@pytest.fixture(autouse=True)
def _all_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    events = {name: dataclasses.replace(known, strict=True) for name, known in SHIPPED.events.items()}
    monkeypatch.setattr("udfs.codecs.checks.catalogue", lambda: dataclasses.replace(SHIPPED, events=events))


def whole(name: str) -> dict[str, Any]:
    """Properties with which nothing is wrong."""
    return {needed: RIGHT[SHIPPED.kind_names[needed]] for needed in SHIPPED.events[name].expects}


def told(name: str, **changes: Any) -> dict[str, Any]:
    kind = name if name in NOT_EVENTS else "track"
    return added(type=kind, event=name, properties=whole(name), previousId="p1", groupId="g1", **changes)


def faulty(name: str) -> dict[str, dict[str, Any]]:
    """One message for each thing that may be wrong with it."""
    fields = [(field, WRONG[kind]) for field, kind in SHIPPED.kind_names.items() if kind != "any"]
    found = {f"a wrong {field}": told(name) | {"properties": {**whole(name), field: wrong}} for field, wrong in fields}
    found |= {f"no {field}": told(name) | {"properties": {**whole(name), field: None}} for field in SHIPPED.events[name].needs}
    found["a product that is none"] = told(name) | {"properties": {**whole(name), "products": [{"product_id": "tent"}, 7]}}
    found["a price in a product"] = told(name) | {"properties": {**whole(name), "products": [{"product_id": "tent", "price": "cheap"}]}}
    found["a time"] = told(name, timestamp="soon")
    found["a zone"] = told(name, context={"timezone": "Mars"})
    if name in {"alias", "group"}:
        for fault in ("no", "a wrong"):
            del found[f"{fault} {SHIPPED.events[name].needs[0]}"]  # it stands at the top, and what the properties say is not read
    return found


def outcome(message: dict[str, Any]) -> str:
    events, reports = all_of(message)
    assert events or reports, "dropped silently"
    assert not (events and any(not each.accepted for each in reports))
    return "refused" if not events else "taken with a report" if reports else "taken"


@pytest.mark.parametrize("name", SHIPPED.events)
def test_an_event_without_a_fault_is_taken(name: str) -> None:
    assert outcome(told(name)) == "taken"


@pytest.mark.parametrize("name", SHIPPED.events)
def test_an_event_with_a_fault_is_refused_unless_it_may_say_that_something_is_over(name: str) -> None:
    expected = "taken with a report" if SHIPPED.events[name].stops else "refused"
    found = {fault: outcome(message) for fault, message in faulty(name).items()}
    assert {fault: each for fault, each in found.items() if each != expected} == {}


@pytest.mark.parametrize("name", CALLS)
def test_whatever_takes_something_out_of_a_cart_is_one_that_stops(name: str) -> None:
    mail = campaign(trigger={"idle": "30m", "of": "cart"}, when="true")
    before = said("product_added", 0, product_id="tent", price=120, quantity=1)
    gone = said(name, 5, product_id="tent", order_id="o1", decision_id="d1", query="x", products=[])
    if not sent(before, gone, documents=(mail, GRANT)):
        assert SHIPPED.events[name].stops
    assert (name not in carts.EVENTS - ADDING) or SHIPPED.events[name].stops


@pytest.mark.parametrize("fault", ["tax", "currency", "total"])
def test_a_cart_that_is_seen_to_be_empty_is_empty_whatever_else_is_wrong(fault: str) -> None:
    mail = campaign(trigger={"idle": "30m", "of": "cart"}, when="true")
    before = said("product_added", 0, product_id="tent", price=120, quantity=1)
    assert sent(before, said("cart_viewed", 5, products=[], **{fault: WRONG[SHIPPED.kind_names[fault]]}), documents=(mail, GRANT)) == []
