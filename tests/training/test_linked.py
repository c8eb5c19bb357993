"""Learning from people who log in: with `link_ids: on` rows are as the job with `--link-ids on` decides, and one person is one person."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.replay.segment import segment_spec
from simulation.segment_spec import iso
from tests.builders import DAY, HOUR, MINUTE, MONDAY, book
from tests.training.test_rows import PROBE
from training.history import HistorySource, from_file
from training.leak import check_again, check_dates
from training.persons import Persons
from training.recommend.interactions import interactions
from training.replay import Replay
from training.rows import Dataset, dataset
from training.segments.customers import customers
from training.value.dataset import JOINED, Data
from training.value.dataset import dataset as values
from udfs.core.campaigns.book import Book

WITHIN = 7 * DAY
LOOK = {**PROBE, "campaign": "look", "trigger": {"event": "product_viewed"}}
BACK = {**PROBE, "campaign": "look", "trigger": {"idle": "1h", "of": "any"}}
FEATURES = {
    "features": [
        {"name": "views", "event": "product_viewed", "aggregate": "count"},
        {"name": "orders", "event": "order_completed", "aggregate": "count"},
        {"name": "order_total", "event": "order_completed", "aggregate": "sum", "of": "properties.total"},
        {"name": "days_since_first_order", "event": "order_completed", "aggregate": "time_since_first", "unit": "d"},
        {"name": "days_since_order", "event": "order_completed", "aggregate": "time_since", "unit": "d"},
        {"name": "repeat_order_value", "expression": "order_total / orders"},
    ]
}
BOOK = book(FEATURES, LOOK)


def happened(at: int, name: str, *, user: str | None = None, web: str | None = None, **fields: Any) -> dict[str, Any]:
    told = {"type": "track", "event": name, "messageId": f"{name}-{user}-{web}-{at}", "timestamp": iso(at), "properties": fields}
    return told | {key: each for key, each in {"userId": user, "anonymousId": web}.items() if each}


def view(at: int, item: str = "tent", **who: Any) -> dict[str, Any]:
    return happened(at, "Product Viewed", product_id=item, **who)


def order(at: int, item: str = "tent", **who: Any) -> dict[str, Any]:
    return happened(at, "Order Completed", order_id=f"o{at}", total=50, products=[{"product_id": item, "price": 50, "quantity": 1}], **who)


END = happened(MONDAY + 60 * DAY, "Page", user="zoe")
STORY = [
    order(MONDAY, user="kim"),
    view(MONDAY + HOUR, web="web-1"),
    happened(MONDAY + 2 * HOUR, "Page", user="kim", web="web-1"),
    view(MONDAY + 3 * HOUR, web="web-1"),
    order(MONDAY + DAY, user="kim"),
    END,
]


def source(folder: Path, *events: dict[str, Any], links_ids: bool = True) -> HistorySource:
    path = folder / "events.jsonl"
    path.write_bytes(b"\n".join(map(msgspec.json.encode, events)))
    return HistorySource(name="events", read=from_file(path, "jsonl").read, links_ids=links_ids)


def rows_of(
    folder: Path, *events: dict[str, Any], links_ids: bool = True, anonymous: bool = True, rules: Book = BOOK, goal: str = "order_completed"
) -> Dataset:
    found = source(folder, *events)
    replay = Replay(rules, goal=goal, campaign="look", links_ids=links_ids)
    return dataset(replay.decisions(found.read()), replay, within=WITHIN, anonymous=anonymous)


def test_a_row_of_before_the_login_is_hers_and_the_goal_that_she_reaches_after_it_counts(tmp_path: Path) -> None:
    first, second = rows_of(tmp_path, *STORY).rows
    assert (first.user_id, first.decided_as, first.label) == ("kim", "web-1", True)
    assert (second.user_id, second.decided_as, second.label) == ("kim", "", True)
    apart = rows_of(tmp_path, *STORY, links_ids=False).rows
    assert [(row.user_id, row.label) for row in apart] == [("web-1", False), ("web-1", False)]


def test_no_row_knows_what_was_not_known_of_its_id_at_the_time(tmp_path: Path) -> None:
    data = rows_of(tmp_path, *STORY)
    assert [(row.features["views"], row.features["orders"]) for row in data.rows] == [(1, 0), (2, 1)]
    assert [(row.goals, row.since_goal) for row in data.rows] == [(0, None), (1, 3 * HOUR)]
    check_dates(data.rows)
    check_again(data.rows, segment_spec(tmp_path / "events.jsonl").records, BOOK, around=data.around)


def test_who_had_no_user_id_at_the_decision_is_left_out_though_she_logs_in_later(tmp_path: Path) -> None:
    """To keep only those who log in later would be to know the future."""
    data = rows_of(tmp_path, *STORY, anonymous=False)
    assert [row.at for row in data.rows] == [MONDAY + 3 * HOUR]
    assert sum(data.left_out.values()) == 1


def test_a_device_that_changes_hands_leaves_its_rows_with_the_first(tmp_path: Path) -> None:
    moved = happened(MONDAY + 4 * HOUR, "Page", user="lee", web="web-1")
    data = rows_of(tmp_path, *STORY[:4], moved, view(MONDAY + 5 * HOUR, web="web-1"), order(MONDAY + DAY, user="lee"), END)
    assert [(row.user_id, row.label) for row in data.rows] == [("kim", False), ("kim", False), ("lee", True)]
    check_again(data.rows, segment_spec(tmp_path / "events.jsonl").records, BOOK, around=data.around)


def test_a_chain_of_ids_is_one_person(tmp_path: Path) -> None:
    alias = {"type": "alias", "userId": "kim@new", "previousId": "kim", "messageId": "alias-of-kim", "timestamp": iso(MONDAY + 6 * HOUR)}
    data = rows_of(tmp_path, *STORY[:4], alias, order(MONDAY + DAY, user="kim@new"), END)
    assert [(row.user_id, row.label) for row in data.rows] == [("kim@new", True)] * 2
    check_again(data.rows, segment_spec(tmp_path / "events.jsonl").records, BOOK, around=data.around)


def test_a_visit_that_goes_on_through_the_login_is_no_return(tmp_path: Path) -> None:
    silent = book(FEATURES, LOOK)
    story = [view(MONDAY, web="web-1"), happened(MONDAY + 5 * MINUTE, "Page", user="kim", web="web-1"), END]
    (row,) = rows_of(tmp_path, *story, rules=silent, goal="visit_started").rows
    assert not row.label
    (row,) = rows_of(tmp_path, *story, happened(MONDAY + DAY, "Page", user="kim"), rules=silent, goal="visit_started").rows
    assert row.label


def test_what_falls_due_for_the_old_id_knows_only_its_own_past(tmp_path: Path) -> None:
    rules = book(FEATURES, BACK)
    data = rows_of(tmp_path, *STORY, rules=rules)
    assert [(row.decided_as or row.user_id, row.at) for row in data.rows if row.at < MONDAY + DAY][:1] == [("kim", MONDAY + HOUR)]
    check_dates(data.rows)
    check_again(data.rows, segment_spec(tmp_path / "events.jsonl").records, rules, around=data.around)


@pytest.mark.parametrize("links_ids", [True, False])
def test_recommendations_are_learned_from_one_sequence_of_a_person(tmp_path: Path, *, links_ids: bool) -> None:
    story = [view(MONDAY, "a", web="web-1"), view(MONDAY + 1, "b", user="kim"), happened(MONDAY + 2, "Page", user="kim", web="web-1")]
    lee = [happened(MONDAY + 4, "Page", user="lee", web="web-1"), view(MONDAY + 5, "d", web="web-1")]
    found = interactions(source(tmp_path, *story, view(MONDAY + 3, "c", web="web-1"), *lee, links_ids=links_ids))
    starts = found.sequences.starts
    taken = {who: [found.items[each] for each in found.sequences.items[starts[n] : starts[n + 1]]] for n, who in enumerate(found.people)}
    assert taken == ({"kim": ["a", "b", "c"], "lee": ["d"]} if links_ids else {"web-1": ["a", "c", "d"], "kim": ["b"]})


def test_segments_are_found_among_persons(tmp_path: Path) -> None:
    read = source(tmp_path, *STORY).read
    assert customers(read(), BOOK, anonymous=True, links_ids=True).ids == ["kim", "zoe"]
    assert customers(read(), BOOK, anonymous=True).ids == ["kim", "web-1", "zoe"]


NAMES = {each["name"]: each["name"] for each in FEATURES["features"]}
READ = {
    "count": "orders",
    "first": "days_since_first_order",
    "last": "days_since_order",
    "mean": "repeat_order_value",
    "spent": "order_total",
}


def worth(folder: Path, *events: dict[str, Any]) -> Data:
    return values(source(folder, *events), BOOK, READ, within=WITHIN, split_at=MONDAY + 10 * DAY, anonymous=True)


def test_what_a_customer_orders_later_under_another_id_is_her_value_and_what_that_had_ordered_before_is_not(tmp_path: Path) -> None:
    bought = [order(MONDAY + HOUR, web="web-1"), order(MONDAY + 12 * DAY, user="kim", web="web-1")]
    data = worth(tmp_path, order(MONDAY, user="ann"), *bought, END)
    targets = {row.user_id: target.orders for row, target in zip(data.rows, data.targets, strict=True) if row.at == MONDAY + 10 * DAY}
    assert targets == {"ann": 0, "kim": 1}
    both = worth(tmp_path, order(MONDAY, user="ann"), order(MONDAY + 1, user="kim"), *bought, END)
    assert both.left_out[JOINED] >= 2


def test_ids_that_lead_in_a_circle_come_to_an_end() -> None:
    persons = Persons()
    for old, new, at in (("a", "b", 1), ("b", "c", 2), ("c", "a", 3), ("a", "z", 4)):
        persons.join(old, new, at)
    assert [persons.of(each) for each in "abcz"] == ["c", "c", "c", "z"]
    assert (persons.of("a", until=1), persons.since("a", "c"), persons.since("c", "a")) == ("b", 2, None)
