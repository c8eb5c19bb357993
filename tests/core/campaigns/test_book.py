"""The book: the higher offset wins, tombstones included, in whatever order entries are read; a broken one leaves the last good one."""

import itertools
from typing import Any

import msgspec
import pytest

from tests.builders import campaign, control
from udfs.core.campaigns.book import Book, BookError, ControlValue, Entry
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.compile_book import apply, compile_book, unpack
from udfs.core.campaigns.language.campaign import compile_campaign

FEATURES = {"features": [{"name": "views_7d", "event": "product_viewed", "aggregate": "count", "window": "7d"}]}


def tombstone(name: str, offset: int) -> Entry:
    return Entry(f"campaign/{name}", offset, None)


def test_an_empty_book_is_valid() -> None:
    assert compile_book([]).campaigns == {}
    assert unpack(compile_book([]).pack()).campaigns == {}


def test_campaigns_are_indexed_by_what_happens() -> None:
    views = campaign("views", trigger={"event": ["product_viewed", "page"]}, when=None)
    book = compile_book([control(campaign()), control(views, offset=1)])
    assert [c.name for c in book.by_event["page"]] == ["views"]
    assert [c.name for c in book.by_silence["cart"]] == ["cart-abandonment"]
    assert [c.name for c in book.by_exit["order_completed"]] == ["cart-abandonment"]


def test_the_higher_offset_wins_in_whatever_order_entries_arrive() -> None:
    entries = [
        control(campaign(when="cart.value > 1"), offset=1),
        tombstone("cart-abandonment", 2),
        control(campaign(when="cart.value > 3"), offset=3),
    ]
    for order in itertools.permutations(entries):
        book = Book()
        for entry in order:
            book = apply(book, entry)
        assert book.campaigns["cart-abandonment"].version == "v3"
    for order in itertools.permutations(entries[:2]):
        book = Book()
        for entry in order:
            book = apply(book, entry)
        assert book.campaigns == {}


def test_a_broken_one_is_refused_and_the_last_good_one_stays() -> None:
    book = compile_book([control(campaign(), offset=1)])
    for broken in (
        Entry("campaign/cart-abandonment", 2, b"not json"),
        control(campaign(when="cart.vlue > 1"), offset=2),
        control({**campaign(), "campaign": "cart-abandonment", "steps": []}, offset=2),
        Entry("campaign/other", 2, control(campaign()).value),
        Entry("nonsense", 2, b"{}"),
    ):
        with pytest.raises(BookError) as caught:
            apply(book, broken)
        assert caught.value.message
        assert book.campaigns["cart-abandonment"].version == "v1"


def test_of_many_entries_a_broken_newer_one_leaves_the_good_older_one_and_is_named() -> None:
    book = compile_book([control(campaign(), offset=1), control(campaign(when="nonsense >"), offset=2)])
    assert book.campaigns["cart-abandonment"].version == "v1"
    assert "campaign/cart-abandonment" in book.refused


def test_a_book_survives_its_bytes() -> None:
    book = compile_book([control(FEATURES, offset=0), control(campaign(when="views_7d > 1"), offset=1), tombstone("gone", 2)], end=3)
    again = unpack(book.pack())
    assert (again.entries, again.end, list(again.campaigns)) == (book.entries, 3, ["cart-abandonment"])


def test_restored_state_meets_the_baked_book() -> None:
    baked = compile_book([control(campaign("kept"), offset=5), tombstone("removed", 6)], end=10)
    restored = [
        control(campaign("kept"), offset=4),  # older: the baked one wins
        control(campaign("removed"), offset=3),  # removed since, the tombstone is still there
        control(campaign("compacted"), offset=2),  # removed while the job was down, the tombstone compacted away
        control(campaign("newer"), offset=11),  # arrived after the book was read
    ]
    merged = unpack(baked.pack(), restored=restored)
    assert sorted(merged.campaigns) == ["kept", "newer"]
    assert merged.campaigns["kept"].version == "v5"


def test_a_removed_campaign_stays_removed_when_an_old_book_is_restored_after_a_failover() -> None:
    baked = compile_book([control(campaign(), offset=1)], end=2)
    assert unpack(baked.pack(), restored=[tombstone("cart-abandonment", 7)]).campaigns == {}


def test_the_last_good_one_stays_when_only_a_broken_newer_one_is_left_on_the_topic() -> None:
    baked = compile_book([control(campaign(when="nonsense >"), offset=9)], end=10)
    assert baked.refused
    for book in (baked, unpack(baked.pack())):
        restored = unpack(book.pack(), restored=[control(campaign(), offset=4)])
        assert restored.campaigns["cart-abandonment"].version == "v4"
        assert "campaign/cart-abandonment" in restored.refused


def test_features_that_a_campaign_needs_cannot_be_taken_away() -> None:
    book = compile_book([control(FEATURES, offset=0), control(campaign(when="views_7d > 1"), offset=1)])
    with pytest.raises(BookError, match="needs what these features no longer have"):
        apply(book, control({"features": []}, offset=2))


def test_a_paused_campaign_is_known_but_does_not_run() -> None:
    assert compile_book([control(campaign(), status="paused")]).campaigns["cart-abandonment"].paused


def test_unknown_fields_of_a_control_record_are_no_reason_to_refuse_it() -> None:
    value = msgspec.json.decode(msgspec.json.encode(ControlValue(kind="campaign", name="cart-abandonment", version="x", document=campaign())))
    assert apply(Book(), Entry("campaign/cart-abandonment", 0, msgspec.json.encode({**value, "reviewed_by": "bo"}))).campaigns


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of campaigns, in the order in which they are compiled."""
    names: list[str] = []

    def counting(document: Any, **against: Any) -> Campaign:
        names.append(document["campaign"])
        return compile_campaign(document, **against)

    monkeypatch.setattr("udfs.core.campaigns.control_values.compile_campaign", counting)
    return names


def test_at_a_start_each_campaign_is_compiled_once(compiled: list[str]) -> None:
    older = [control(campaign("a"), offset=1), control(campaign("b"), offset=2)]
    baked = compile_book([*older, control(FEATURES, offset=3), control(campaign("a"), offset=4)], end=5).pack()
    assert sorted(compiled) == ["a", "b"]
    compiled.clear()
    book = unpack(baked, restored=[*older, control(campaign("c"), offset=9)])
    assert sorted(compiled) == ["a", "b", "c"]
    assert book.campaigns["a"].version == "v4"


def test_an_entry_compiles_itself_and_what_is_written_against_it(compiled: list[str]) -> None:
    book = compile_book([control(FEATURES, offset=0), control(campaign("a"), offset=1), control(campaign("b"), offset=2)])
    compiled.clear()
    book = apply(book, control(campaign("b"), offset=3))
    assert compiled == ["b"]
    same = apply(book, control(FEATURES, offset=4))
    assert (compiled, same.entries["features"].offset) == (["b"], 4)
    apply(same, control({"features": [{**FEATURES["features"][0], "window": "30d"}]}, offset=5))
    assert compiled == ["b", "a", "b"]


def test_a_book_is_the_same_from_all_its_entries_at_once_and_one_after_the_other() -> None:
    segments = {"segments": [{"segment": "vip", "when": "views_7d > 3"}]}
    entries = [
        control(FEATURES, offset=0),
        control(segments, offset=1),
        control(campaign("a", when="views_7d > 1"), offset=2),
        control(campaign("b"), offset=3),
        tombstone("b", 4),
        control(campaign("c"), offset=5, status="paused"),
    ]
    at_once, in_turn = compile_book(entries), apply(Book(), *entries)
    assert at_once.entries == in_turn.entries
    assert list(at_once.campaigns) == list(in_turn.campaigns) == ["a", "c"]
    assert {word: [each.name for each in found] for word, found in at_once.by_silence.items()} == {
        word: [each.name for each in found] for word, found in in_turn.by_silence.items()
    }
