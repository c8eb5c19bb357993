"""Addresses in texts are found in the forms in which they are sent; what only looks a little like one stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.core.values.contacts import event_name, without_contacts, without_query


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ada@example.com", "[email]"),
        ("Ada <Ada.Lovelace+shop@mail.example.co.uk>, twice: ada@example.com", "Ada <[email]>, twice: [email]"),
        ("https://x.example/?to=ada%40example.com&u=1", "https://x.example/?to=[email]&u=1"),
        ("call +44 20 7946 0958 today", "call [number] today"),
        ("+49(0)30-901820", "[number]"),
        ("from 192.168.7.9 via 2001:db8:0:0:0:0:0:1", "from [number] via [number]"),
    ],
)
def test_addresses_are_replaced(text: str, left: str) -> None:
    assert without_contacts(text) == left


@pytest.mark.parametrize(
    "text", ["", "Tent", "2 + 3 people", "+10 %", "@home", "9.9", "1.2.3", "10:30", "50 @ 3", "a@b", "size 10.5.2", "https://shop.example/a:b"]
)
def test_what_is_no_address_stays(text: str) -> None:
    assert without_contacts(text) == text


@given(st.text())
def test_any_text_can_be_looked_through_and_twice_is_as_once(text: str) -> None:
    once = without_contacts(text)
    assert without_contacts(once) == once
    assert without_query(without_query(text)) == without_query(text)


def test_an_event_is_not_named_after_each_person() -> None:
    assert {event_name(f"Wrote to {name}@example.com") for name in ("ada", "bob.b")} == {"wrote_to_email"}
    assert event_name("Product Added") == "product_added"
    assert event_name("ada@example.com") == "email"
