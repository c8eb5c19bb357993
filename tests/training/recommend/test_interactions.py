"""Histories as they come: what cannot be used is counted, and nothing of it stops the run."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.builders import HOUR, MINUTE, MONDAY
from tests.training.recommend.worlds import viewed, write
from training.errors import HistoryError
from training.history import from_file
from training.recommend.interactions import Interactions, interactions


def read(path: Path, *events: Any, names: tuple[str, ...] = ("product_viewed", "order_completed")) -> Interactions:
    return interactions(from_file(write(path / "events.jsonl", events), "jsonl"), names)


def taken(found: Interactions) -> dict[str, list[str]]:
    """Person -> items."""
    rows = found.sequences
    return {who: [found.items[item] for item in rows.items[rows.starts[n] : rows.starts[n + 1]]] for n, who in enumerate(found.people)}


def order(user: str, products: Any, at: int, number: int, **more: Any) -> dict[str, Any]:
    event = viewed(user, None, at, number)
    return event | {"event": "Order Completed", "properties": {"products": products, **more}}


def test_views_and_every_product_of_an_order_are_taken_in_the_order_of_time(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        order("ada", [{"product_id": "b"}, {"product_id": "a"}], MONDAY + HOUR, 1, order_id="o1"),
        viewed("ada", "c", MONDAY, 2),
        viewed("bob", "a", MONDAY + MINUTE, 3),
    )
    assert taken(found) == {"ada": ["c", "b", "a"], "bob": ["a"]}
    assert found.items == ["a", "b", "c"]
    assert found.told.used == 4


def test_the_same_message_counts_once_and_so_does_an_item_of_an_order_that_is_told_again(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        viewed("ada", "c", MONDAY, 1),
        viewed("ada", "c", MONDAY, 1),
        viewed("bob", "c", MONDAY, 1),  # message ids are of a person
        order("ada", [{"product_id": "a"}], MONDAY + 1, 2, order_id="O-1"),
        order("ada", [{"product_id": "a"}, {"product_id": "b"}], MONDAY + 2, 3, order_id=" o-1 "),
        order("ada", [{"product_id": "a"}], MONDAY + 3, 4, order_id="o-2"),
    )
    assert taken(found) == {"ada": ["c", "a", "b", "a"], "bob": ["c"]}
    assert found.told.again == 2


def test_views_that_say_neither_which_they_are_nor_when_are_not_taken_for_the_same(tmp_path: Path) -> None:
    bare = [{name: value for name, value in viewed("ada", item, MONDAY).items() if name != "timestamp"} for item in "aba"]
    assert taken(read(tmp_path, *bare)) == {"ada": ["a", "b", "a"]}


def test_equal_times_stay_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, *(viewed("ada", item, MONDAY, n) for n, item in enumerate("hgfedcba")))
    assert taken(found)["ada"] == list("hgfedcba")


@pytest.mark.parametrize("item", [None, "", "   ", [], {}])
def test_an_event_without_an_id_is_left_out_and_counted(tmp_path: Path, item: Any) -> None:
    found = read(tmp_path, viewed("ada", item, MONDAY, 1), viewed("ada", "a", MONDAY + 1, 2))
    assert taken(found) == {"ada": ["a"]}
    assert found.told.without_product + found.told.rejected == 1


def test_lines_of_an_order_without_an_id_are_left_out_and_the_others_are_taken(tmp_path: Path) -> None:
    products = [{"product_id": "a"}, {"price": 3}, None, "b", {"sku": "s"}, {"product_id": 7}]
    found = read(tmp_path, order("ada", products, MONDAY, 1, order_id="o"), viewed("ada", "c", MONDAY + 1, 2))
    assert taken(found)["ada"][0] == "a" and taken(found)["ada"][-1] == "c"
    assert {"s", "7"} <= set(taken(found)["ada"])
    assert found.told.without_product + found.told.set_aside >= 1


def test_an_order_without_products_is_counted(tmp_path: Path) -> None:
    empty = order("ada", [], MONDAY, 1, order_id="o")
    bare = order("ada", [], MONDAY, 2, order_id="p")
    del bare["properties"]["products"]
    found = read(tmp_path, empty, bare, viewed("ada", "c", MONDAY, 3))
    assert (taken(found), found.told.without_product) == ({"ada": ["c"]}, 2)


def test_what_is_no_event_is_counted_with_the_first_reason_and_its_line(tmp_path: Path) -> None:
    lines = [viewed("ada", "a", MONDAY, 1), b"{broken", b"\xff\xfe\x00", b'"text"', b"null", b"[1]", viewed(None, "b", MONDAY, 2)]
    found = read(tmp_path, *lines, b"[" * 5_000, viewed("ada", "b", MONDAY + 1, 3))
    assert taken(found) == {"ada": ["a", "b"]}
    assert found.told.rejected == 7
    assert found.told.first_rejected is not None and found.told.first_rejected.startswith("line 2")


def test_other_events_are_counted_by_name_and_made_up_names_together(tmp_path: Path) -> None:
    other = viewed("ada", "a", MONDAY, 1) | {"event": "Product Added"}
    strange = [viewed("ada", "a", MONDAY, n) | {"event": f"made up {n}"} for n in range(2, 5)]
    found = read(tmp_path, other, *strange, viewed("ada", "a", MONDAY, 9))
    assert found.told.others == {"other": 3, "product_added": 1}


def test_people_are_known_by_their_user_id_or_else_by_their_anonymous_id(tmp_path: Path) -> None:
    found = read(tmp_path, viewed(None, "a", MONDAY, 1, anonymousId="dev-1"), viewed(17, "b", MONDAY, 2), viewed("undefined", "c", MONDAY, 3))
    assert taken(found) == {"dev-1": ["a"], "17": ["b"]}
    assert found.told.rejected == 1


def test_a_batch_is_read_message_by_message(tmp_path: Path) -> None:
    batch = {"batch": [viewed("ada", "a", MONDAY, 1), viewed("bob", "b", MONDAY, 2)]}
    assert taken(read(tmp_path, batch)) == {"ada": ["a"], "bob": ["b"]}


def test_long_ids_stay_different(tmp_path: Path) -> None:
    long = ["x" * 200 + end for end in "ab"]
    found = read(tmp_path, *(viewed("ada", item, MONDAY + n, n) for n, item in enumerate(long)))
    assert len(found.items) == 2


def test_packed_files_are_read(tmp_path: Path) -> None:
    plain = write(tmp_path / "plain", [viewed("ada", "a", MONDAY, 1)])
    packed = tmp_path / "events.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert taken(interactions(from_file(packed, "jsonl"))) == {"ada": ["a"]}


def test_a_history_without_any_product_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"nothing to learn from: no order_completed or product_viewed .* product_added \(1\)"):
        read(tmp_path, viewed("ada", "a", MONDAY, 1) | {"event": "Product Added"}, b"{")
    with pytest.raises(HistoryError, match="no readable event"):
        read(tmp_path, b"")


def test_only_the_events_that_are_asked_for_are_used(tmp_path: Path) -> None:
    events = [viewed("ada", "a", MONDAY, 1), order("ada", [{"product_id": "b"}], MONDAY + 1, 2)]
    assert taken(read(tmp_path, *events, names=("order_completed",))) == {"ada": ["b"]}
