"""Whom a change concerns, against a plain computation: the queries of the interest job run in DuckDB, on histories with everything in them."""

import random
from collections.abc import Mapping
from typing import Any

import duckdb
import pytest

from jobs.interest_sql import CATEGORY_INTERESTS, CHANGES, DAY_MS, INTERESTS, LOOKS, NEWS, Rules, changed, told
from services.interest.news import News
from services.items.changes import Change

DAY = DAY_MS
NOW = 400 * DAY
RULES = Rules(days=30, price_drop_percent=5, low_stock=3)
COLUMNS = [each.split()[0].strip("`") for each in CHANGES.replace("\n", " ").split(",")]
TYPES = {"STRING": "TEXT", "DOUBLE": "DOUBLE", "BOOLEAN": "BOOLEAN", "BIGINT": "BIGINT"}
Looked = tuple[str, int, str, str | None, str | None, int]


def look(person: str, kind: str, product: str | None = "tent", *, at: int = NOW - DAY, category: str | None = None, anonymous: int = 0) -> Looked:
    return person, anonymous, kind, product, category, at


def change(product: str = "tent", *, at: int = NOW, **fields: Any) -> dict[str, Any]:
    return {"product_id": product, "currency": "EUR", "in_stock": True, "was_in_stock": True, "is_new": False, "at": at, **fields}


def run(looks: list[Looked], changes: list[dict[str, Any]], rules: Rules = RULES) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        kinds = dict(zip(LOOKS, ("TEXT", "BIGINT", "TEXT", "TEXT", "TEXT", "BIGINT"), strict=True))
        connection.execute(f"CREATE TABLE looks ({columns(kinds)})")
        declared = dict(each.split() for each in CHANGES.replace("\n", " ").replace("`", "").split(","))
        connection.execute(f"CREATE TABLE changes ({columns({name: TYPES[kind] for name, kind in declared.items()})})")
        for row in looks:
            connection.execute("INSERT INTO looks VALUES (?, ?, ?, ?, ?, ?)", row)
        for each in changes:
            connection.execute(f"INSERT INTO changes VALUES ({', '.join('?' * len(COLUMNS))})", [each.get(name) for name in COLUMNS])
        for name, query in (("interests", INTERESTS), ("category_interests", CATEGORY_INTERESTS), ("changed", changed(rules))):
            connection.execute(f"CREATE VIEW {name} AS {as_duckdb(query)}")
        rows = connection.execute(as_duckdb(told(rules))).fetchall()
    return [dict(zip(NEWS, row, strict=True)) for row in rows]


def columns(kinds: Mapping[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())


def as_duckdb(query: str) -> str:
    return query.replace("`", '"').replace(" STRING)", " TEXT)")


def people(found: list[dict[str, Any]], event: str = "price_dropped") -> dict[str, str]:
    return {each["person"]: each["interest"] for each in found if each["event"] == event}


def test_columns_of_both_topics_are_the_fields_of_their_records() -> None:
    assert sorted(COLUMNS) == sorted(Change.__struct_fields__)
    assert sorted(NEWS) == sorted(News.__struct_fields__)


CHEAPER: dict[str, Any] = {"price": 80.0, "previous_price": 100.0}


def test_the_strongest_interest_is_told() -> None:
    looks = [look("ada", "viewed"), look("bob", "viewed"), look("bob", "carted"), look("cleo", "wished"), look("cleo", "carted")]
    assert people(run(looks, [change(**CHEAPER)])) == {"ada": "viewed", "bob": "carted", "cleo": "wished"}


def test_interest_ends_with_the_order_with_a_no_and_with_its_time() -> None:
    looks = [
        *(look("bought", "viewed"), look("bought", "ended", at=NOW - DAY + 1)),
        *(look("again", "ended", at=NOW - 2 * DAY), look("again", "viewed")),
        look("long ago", "viewed", at=NOW - 30 * DAY),
        look("just in time", "viewed", at=NOW - 30 * DAY + 1),
        *(look("took it out", "viewed"), look("took it out", "carted"), look("took it out", "uncarted", at=NOW - DAY + 1)),
        *(look("wished and dropped", "wished"), look("wished and dropped", "unwished", at=NOW - DAY + 1)),
    ]
    assert people(run(looks, [change(**CHEAPER)])) == {"again": "viewed", "just in time": "viewed", "took it out": "viewed"}


def test_whoever_has_looked_since_knows_it() -> None:
    looks = [look("ada", "viewed"), look("ada", "viewed", at=NOW + 1), look("bob", "carted"), look("bob", "viewed", at=NOW + 1)]
    assert people(run(looks, [change(**CHEAPER)])) == {"bob": "carted"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "events"),
    [
        ({"price": 95.0, "previous_price": 100.0}, {"price_dropped"}),
        ({"price": 95.01, "previous_price": 100.0}, set()),
        ({"price": 120.0, "previous_price": 100.0}, set()),
        ({"price": 80.0, "previous_price": None}, set()),
        ({"price": None, "previous_price": 100.0}, set()),
        ({"price": 80.0, "previous_price": 100.0, "in_stock": False}, set()),
        ({"price": 80.0, "previous_price": 100.0, "in_stock": None}, {"price_dropped"}),
        ({"price": 0.0, "previous_price": 100.0}, set()),
        ({"price": 0.01, "previous_price": 100.0}, {"price_dropped"}),
        ({"was_in_stock": False}, {"back_in_stock"}),
        ({"was_in_stock": None}, set()),
        ({"stock": 3.0, "previous_stock": 4.0}, {"low_stock"}),
        ({"stock": 2.0, "previous_stock": 3.0}, set()),
        ({"stock": 0.0, "previous_stock": 9.0, "in_stock": False}, set()),
        ({"stock": 3.0, "previous_stock": None}, set()),
        ({"stock": 3.0, "previous_stock": 4.0, "in_stock": False}, set()),
        ({"stock": 3.0, "previous_stock": 4.0, "in_stock": None}, {"low_stock"}),
        ({"stock": 2.0, "previous_stock": 0.0, "was_in_stock": False, **CHEAPER}, {"back_in_stock", "price_dropped"}),
        ({"is_new": True, "was_in_stock": None}, set()),
    ],
)
def test_what_is_news(fields: dict[str, Any], events: set[str]) -> None:
    assert {each["event"] for each in run([look("ada", "viewed")], [change(**fields)])} == events


def test_no_tolerance() -> None:
    none = Rules(price_drop_percent=0)
    assert people(run([look("ada", "viewed")], [change(price=99.99, previous_price=100.0)], none)) == {"ada": "viewed"}
    assert people(run([look("ada", "viewed")], [change(price=100.0, previous_price=100.0)], none)) == {}


def test_a_new_product_is_told_to_those_who_looked_around_in_its_category_before_once_a_day() -> None:
    looks = [
        look("ada", "viewed", "other", category="tents"),
        *(look("bob", "looked", None, category="tents"), look("bob", "looked", None, category="tents", at=NOW + 5)),
        look("cleo", "viewed", "other", category="stoves"),
        look("dora", "viewed", "other", category="tents", at=NOW + 1),
        look("emil", "viewed", "other", category="tents", at=NOW - 31 * DAY),
    ]
    new = [change(name, at=NOW + hour, is_new=True, was_in_stock=None, category_key="tents") for hour, name in enumerate(("dome", "tunnel"))]
    found = run(looks, [new[0]])
    assert people(found, "new_in_category") == {"ada": "viewed", "bob": "viewed"}
    both = run(looks, new)
    assert {each["id"] for each in both if each["person"] == "ada"} == {each["id"] for each in found if each["person"] == "ada"}
    assert not run(looks, [{**new[0], "in_stock": False}])


def test_ids_are_made_from_content() -> None:
    looks = [look("ada", "viewed"), look("bob", "viewed")]
    first, again = run(looks, [change(**CHEAPER)]), run(looks, [change(**CHEAPER), change(**CHEAPER)])
    assert len({each["id"] for each in first}) == 2
    assert {each["id"] for each in again} == {each["id"] for each in first}, "a change that was written twice is one"
    later = run(looks, [change(at=NOW + 1, **CHEAPER)])
    assert not {each["id"] for each in later} & {each["id"] for each in first}
    assert all("ada" not in each["id"] and "bob" not in each["id"] for each in first)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_histories_of_all_kinds_come_to_what_a_plain_computation_says(seed: int) -> None:
    dice = random.Random(seed)
    names, products = [f"p{number}" for number in range(12)], ["tent", "stove", "boots"]
    kinds = ["viewed", "viewed", "carted", "uncarted", "wished", "unwished", "ended"]
    looks = [look(dice.choice(names), dice.choice(kinds), dice.choice(products), at=NOW + dice.randrange(-40, 3) * DAY // 2) for _ in range(150)]
    changes = [change(product, at=NOW + number, **CHEAPER) for number, product in enumerate(products)]
    assert {(each["product_id"], each["person"], each["interest"], each["interested_at"]) for each in run(looks, changes)} == {
        found for each in changes for found in plainly(looks, each["product_id"], each["at"])
    }


def plainly(looks: list[Looked], product: str, at: int) -> set[tuple[str, str, str, int]]:
    found = set()
    for person in {each[0] for each in looks}:
        last: dict[str, int] = {}
        for who, _, kind, what, _, when in looks:
            if (who, what) == (person, product):
                last[kind] = max(last.get(kind, 0), when)
        for kind, ends in (("wished", "unwished"), ("carted", "uncarted"), ("viewed", "")):
            when = last.get(kind, 0)
            if when > max(last.get("ended", 0), last.get(ends, 0)) and at - 30 * DAY < when <= at:
                found.add((product, person, kind, when))
                break
    return found
