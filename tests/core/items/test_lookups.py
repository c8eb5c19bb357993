"""What a decision reads from the catalogue: noted as it was used, unknown with a reason, and bounded."""

from typing import Any

import pytest

from tests.core.items.shelf import STOVE, TENT, Shop
from udfs.core.items.item import FIELDS, Absent, Item, ItemReason, NoField, as_document, field_of
from udfs.core.items.lookups import MAX_ITEMS, MAX_NOTED, Lookups
from udfs.core.values.money import Currency

DOLLARS = Currency(base="USD", rates={"EUR": 1.1})


def lookups(*items: Item, currency: Currency = DOLLARS) -> Lookups:
    return Lookups(Shop(*items), currency)


def test_what_was_read_is_noted_and_nothing_else() -> None:
    looked = lookups()
    assert looked.used() is None
    assert (looked.in_base("tent", "price"), looked.as_told("tent", "name")) == (129.0, "Dome <2>")
    used = looked.used()
    assert used is not None
    assert (used.version, used.items, used.unknown) == ("v1", {"tent": {"price": 129.0, "name": "Dome <2>"}}, {})


def test_a_condition_compares_in_the_currency_of_the_shop_and_a_message_says_the_items_own() -> None:
    looked = lookups()
    assert looked.in_base("stove", "price") == 55.0
    assert looked.as_told("stove", "price") == 50.0
    used = looked.used()
    assert used is not None
    assert used.items == {"stove": {"price_in_base": 55.0, "price": 50.0}}


@pytest.mark.parametrize(("currency", "told"), [(DOLLARS, "USD"), (Currency(), None)])
def test_a_price_without_a_currency_is_told_in_that_of_the_shop(currency: Currency, told: str | None) -> None:
    looked = lookups(Item(id="mug", price=9.0), Item(id="lamp"), currency=currency)
    assert (looked.as_told("mug", "currency"), looked.as_told("lamp", "currency")) == (told, None)


def test_a_price_without_a_rate_is_unknown_for_a_condition() -> None:
    assert lookups(currency=Currency(base="USD")).in_base("stove", "price") is None


def test_without_a_base_a_price_stays_as_it_is() -> None:
    assert lookups(currency=Currency()).in_base("stove", "price") == 50.0


@pytest.mark.parametrize("key", [None, "", "   ", True, [], {"a": 1}, float("nan"), float("inf"), "x" * 257])
def test_what_is_no_id_is_unknown_with_the_reason(key: Any) -> None:
    looked = lookups()
    assert looked.in_base(key, "price") is None
    used = looked.used()
    assert used is not None
    assert used.unknown == {"": "NO_ID"}


@pytest.mark.parametrize("key", [441, 441.0, "441", " 441 "])
def test_a_number_and_blanks_around_an_id_are_the_same_id(key: Any) -> None:
    assert lookups(Item(id="441", price=1.0)).in_base(key, "price") == 1.0


def test_an_unknown_item_is_null_with_the_reason() -> None:
    looked = lookups()
    assert looked.in_base("kayak", "price") is None
    used = looked.used()
    assert used is not None
    assert (used.items, used.unknown) == ({}, {"kayak": "UNKNOWN_ITEM"})


@pytest.mark.parametrize("reason", [ItemReason.NO_CATALOGUE, ItemReason.LOADING, ItemReason.REFUSED])
def test_without_a_catalogue_the_reason_says_why(reason: ItemReason) -> None:
    looked = Lookups(Absent(reason), DOLLARS)
    assert looked.as_told("tent", "name") is None
    used = looked.used()
    assert used is not None
    assert (used.version, used.unknown) == (None, {"tent": reason.value})


def test_an_item_is_asked_for_once() -> None:
    shop = Shop()
    looked = Lookups(shop, DOLLARS)
    for field in FIELDS[:5]:
        looked.in_base("tent", field)
        looked.in_base("kayak", field)
    assert shop.asked == ["tent", "kayak"]


def test_too_many_items_are_unknown_and_the_record_says_so() -> None:
    shop = Shop(*(Item(id=f"i{number}", price=1.0) for number in range(MAX_ITEMS + 5)))
    looked = Lookups(shop, DOLLARS)
    found = [looked.in_base(f"i{number}", "price") for number in range(MAX_ITEMS + 5)]
    assert found == [1.0] * MAX_ITEMS + [None] * 5
    used = looked.used()
    assert used is not None
    assert (len(used.items), used.unknown, len(shop.asked)) == (MAX_ITEMS, {"": "TOO_MANY"}, MAX_ITEMS)


def test_a_record_never_grows_beyond_its_room_and_what_is_used_always_stands_in_it() -> None:
    texts = {f"p{number}": "x" * 5_000 for number in range(400)}
    looked = lookups(Item(id="big", properties=texts))
    found = {name: looked.as_told("big", f"properties.{name}") for name in texts}
    used = looked.used()
    assert used is not None
    noted = {f"properties.{name}": value for name, value in found.items() if value is not None}
    assert used.items == {"big": noted}
    assert sum(len(value) for value in noted.values()) <= MAX_NOTED
    assert used.unknown == {"": "TOO_MANY"}


@pytest.mark.parametrize(
    ("steps", "field"),
    [(["price"], "price"), (["properties", "colour"], "properties.colour"), (["properties", "Frame Size"], "properties.frame_size")],
)
def test_a_field_is_named(steps: list[str], field: str) -> None:
    assert field_of(steps, "item(x)") == field


@pytest.mark.parametrize(
    ("steps", "hint"),
    [
        ([], "write item(x).name"),
        (["prize"], "did you mean 'price'"),
        (["colour"], "item(x).properties.colour"),
        (["embedding"], "item(x).properties.embedding"),
        (["properties"], "such as item(x).properties.colour"),
        (["properties", "a", "b"], "such as item(x).properties.colour"),
        (["price", "amount"], "write item(x).price"),
    ],
)
def test_a_misspelt_field_is_refused_with_what_was_meant(steps: list[str], hint: str) -> None:
    with pytest.raises(NoField) as caught:
        field_of(steps, "item(x)")
    assert hint in str(caught.value.hint)


def test_an_item_as_json_has_what_is_known_of_it() -> None:
    assert as_document(STOVE) == {"id": "stove", "name": "Stove", "price": 50.0, "currency": "EUR"}
    assert as_document(TENT)["tags"] == ["sale", "summer"]
