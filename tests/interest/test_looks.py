"""What the interest job reads of events, whatever they look like."""

import json
from typing import Any

import pytest

from udfs.core.items.categories import category_key
from udfs.interest.looks import Look, looks

AT = 1_772_000_000_000


def event(name: str, user: str = "ada", **properties: Any) -> bytes:
    return json.dumps({"type": "track", "event": name, "userId": user, "messageId": "m", "properties": properties}).encode()


def rows(value: bytes | None, key: bytes | None = b"ada") -> list[Look]:
    return list(looks(key, value, AT))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Product Viewed", "viewed"),
        ("product_added", "carted"),
        ("Product Removed", "uncarted"),
        ("Product Added to Wishlist", "wished"),
        ("Product Removed from Wishlist", "unwished"),
        ("not_interested", "ended"),
    ],
)
def test_each_kind(name: str, kind: str) -> None:
    assert rows(event(name, product_id=" tent ")) == [Look("ada", 0, kind, "tent", None, AT)]


def test_an_order_ends_the_interest_in_all_that_is_in_it() -> None:
    value = event("Order Completed", order_id="o", total=5, products=[{"product_id": "tent"}, {"product_id": "stove"}, {"name": "no id"}, "odd"])
    assert [(each.kind, each.product_id) for each in rows(value)] == [("ended", "tent"), ("ended", "stove")]


def test_a_category_is_named_by_the_last_part_of_its_path() -> None:
    assert rows(event("Product Viewed", product_id="tent", category="Outdoor > Tents"))[0].category == "tents"
    assert rows(event("Product List Viewed", category="TENTS ")) == [Look("ada", 0, "looked", None, "tents", AT)]
    assert rows(event("Product Added", product_id="tent", category="Tents"))[0].category is None, "only looking around counts"
    assert [category_key(each) for each in (None, 5, "", " > ", "A/B", "a  b >", "x" * 300)] == [None, None, None, None, "b", "a b", "x" * 200]


def test_browsers_are_told_apart_from_people() -> None:
    value = json.dumps({"type": "track", "event": "Product Viewed", "anonymousId": "b1", "properties": {"product_id": "tent"}}).encode()
    assert rows(value, b"b1") == [Look("b1", 1, "viewed", "tent", None, AT)]


def test_a_batch_is_as_many_events() -> None:
    inside = [json.loads(event("Product Viewed", product_id=each)) | {"messageId": each} for each in ("tent", "stove")]
    assert [each.product_id for each in rows(json.dumps({"batch": inside}).encode())] == ["tent", "stove"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"heartbeat",
        b"\x00\x01",
        b"{",
        b"[" * 5_000,
        event("Product Viewed"),
        event("Product Viewed", product_id=""),
        event("Product Viewed", product_id="x" * 300),
        event("Product Viewed", product_id={"a": 1}),
        event("Order Completed", order_id="o", products="none"),
        event("Something Else", product_id="tent"),
    ],
)
def test_what_says_nothing_has_no_rows(value: bytes | None) -> None:
    assert rows(value) == []
    assert rows(value, b"") == []
    assert rows(value, None) == []
