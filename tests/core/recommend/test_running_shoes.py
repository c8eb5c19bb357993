"""Three running shoes viewed, size 10 filtered, a review that says arch support read: the list changes before the next page."""

from typing import Any

import pytest

from tests.builders import HOUR, MINUTE, MONDAY, Life, book, event, mail
from tests.core.items.shelf import Shelf, Shop
from tests.core.recommend.learned import recommender
from udfs.core.engine import Engine
from udfs.core.items.item import Item
from udfs.core.profile.stored import decode
from udfs.core.profile.wanted import MAX_WANTED
from udfs.core.recommend.recommender import FixedStand
from udfs.core.recommended import Recommended
from udfs.core.records import Event

T = MONDAY + 12 * HOUR


def shoe(item_id: str, name: str, sizes: list[int], *tags: str) -> Item:
    return Item(id=item_id, name=name, category="Shoes > Running", price=100.0, currency="USD", in_stock=True, tags=tags, properties={"sizes": sizes})


SHOP = Shop(
    shoe("sprint", "Sprint", [9, 10]),
    shoe("trail", "Trail", [9, 10]),
    shoe("road", "Road", [9, 10]),
    shoe("racer", "Racer", [7, 8], "light"),
    shoe("cloud", "Cloud", [9, 10], "soft"),
    shoe("stable", "Stable", [9, 10, 11], "arch support"),
    shoe("sock", "Socks", []),
)
NEAR = {name: {"racer": 0.9, "cloud": 0.7, "stable": 0.5, "sock": 0.45} for name in ("sprint", "trail", "road")}
STAND = FixedStand(recommender(NEAR, popular=["sock"]))
PAGES = mail(
    trigger={"event": ["product_viewed", "product_list_filtered", "product_review_viewed", "products_searched"]},
    variants={"mail": {"channel": "onsite", "content": {"body": "{% for item in recommend(3) %}{{ item.name }} ({{ item.because }}) {% endfor %}"}}},
)
VIEWED = [event("product_viewed", T + number * MINUTE, product_id=name) for number, name in enumerate(("sprint", "trail", "road"))]
FILTERED = event("product_list_filtered", T + 3 * MINUTE, filters=[{"type": "size", "value": "10"}])
READ = event("product_review_viewed", T + 4 * MINUTE, product_id="road", text="At last a shoe with real arch support!")


def lists(*events: Event, document: dict[str, Any] = PAGES) -> list[Recommended]:
    """The list at each event."""
    life = Life(Engine(book(document), shelf=Shelf(SHOP), stand=STAND)).live(list(events))
    return [decision.recommended[0] for decision in life.decisions]


def ids(found: Recommended) -> list[str]:
    return [each.item for each in found.items]


def test_the_ranking_changes_at_every_step_of_the_session() -> None:
    viewed, filtered, read = (ids(each) for each in lists(*VIEWED, FILTERED, READ)[2:])
    assert viewed == ["racer", "cloud", "stable"]
    assert filtered == ["cloud", "stable", "racer"]  # the racer has no size 10
    assert read == ["stable", "cloud", "racer"]


def test_the_item_says_what_of_it_was_looked_for() -> None:
    life = Life(Engine(book(PAGES), shelf=Shelf(SHOP), stand=STAND)).live([*VIEWED, FILTERED, READ])
    assert life.actions[-1].content["body"].startswith("Stable (because it has what you look for: size 10, arch, support) Cloud")


def test_what_fits_is_a_list_of_the_catalogues_own_words() -> None:
    document = {**PAGES, "variants": {"mail": {"channel": "onsite", "content": {"body": "{{ recommend(1)[0].fits | join('+') }}"}}}}
    life = Life(Engine(book(document), shelf=Shelf(SHOP), stand=STAND)).live([*VIEWED, FILTERED, READ])
    assert [each.content["body"] for each in life.actions][-2:] == ["size 10", "size 10+arch+support"]


def test_the_decision_says_what_fits_and_nothing_else_that_was_typed() -> None:
    typed = event("products_searched", T + 5 * MINUTE, query="ada@example.com arch")
    assert lists(*VIEWED, FILTERED, READ, typed)[-1].wanted == ["size 10", "support", "arch"]


def test_the_next_visit_begins_anew() -> None:
    again = event("product_viewed", T + 2 * HOUR, product_id="road")
    found = lists(*VIEWED, FILTERED, READ, again)[-1]
    assert (ids(found), found.wanted) == (["racer", "cloud", "stable"], [])


def test_another_size_takes_the_place_of_the_one_before() -> None:
    other = event("product_list_filtered", T + 5 * MINUTE, filters={"size": 8})
    assert ids(lists(*VIEWED, FILTERED, other)[-1]) == ["racer", "cloud", "stable"]


def test_a_strategy_may_ask_for_more_of_it_or_for_nothing() -> None:
    deaf = {"recommendations": {"default": {"weights": {"together": 1}}}}
    engine = Engine(book(PAGES, deaf), shelf=Shelf(SHOP), stand=STAND)
    assert ids(Life(engine).live([*VIEWED, FILTERED, READ]).decisions[-1].recommended[0]) == ["racer", "cloud", "stable"]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"filters": None},
        {"filters": "size"},
        {"filters": [None, 3, {"type": 5, "value": 1}, {"type": "size"}, {"type": "size", "value": None}, {"type": "", "value": "x"}]},
        {"filters": {"size": {"a": 1}}},
    ],
)
def test_filters_that_say_nothing_are_nothing(properties: dict[str, Any]) -> None:
    assert lists(*VIEWED, event("product_list_filtered", T + 3 * MINUTE, **properties))[-1].wanted == []


def test_what_is_kept_is_bounded() -> None:
    events = [event("products_searched", T + number, query=" ".join(f"word{number}x{each}" * 50 for each in range(50))) for number in range(50)]
    events += [event("product_list_filtered", T + 100 + number, filters={f"f{number}{each}": "v" * 500 for each in range(90)}) for number in range(9)]
    events += [event("product_review_viewed", T + 300, product_id="road", text="x" * 100_000, topics=["y" * 9_000] * 500)]
    blob = Life(Engine(book(PAGES), shelf=Shelf(SHOP), stand=STAND)).live(events).blob
    kept = decode(blob or b"").wanted
    assert len(kept) <= MAX_WANTED and all(len(name) in {0, 8} and len(mark) == 8 for name, mark, _ in kept)


def test_what_was_typed_cannot_be_read_in_what_is_stored() -> None:
    life = Life(Engine(book(PAGES), shelf=Shelf(SHOP), stand=STAND)).live([event("products_searched", T, query="my name is Lovelace")])
    assert b"ovelace" not in (life.blob or b"")
