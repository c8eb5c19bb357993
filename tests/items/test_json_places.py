"""Where the items stand in JSON of shops: in a list within an object, in a mapping by id, on several pages, next to other lists."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.items.problems import FeedError
from tests.items.test_feeds import faults, read

TWO: list[dict[str, Any]] = [{"id": "a", "price": 1.5}, {"id": "b"}]


@pytest.mark.parametrize(
    "told",
    [
        {"data": {"products": TWO}},
        {"total": 1, "items": TWO},
        {"a": {"id": "a", "price": 1.5}, "b": {"id": "b"}},
        {"a": {"name": "A", "price": 1.5}, "b": {"name": "B", "price": None}},
        {"products": {"a": {"id": "a", "price": 1.5}, "b": {"id": "b"}}},
        {"meta": {"page": 1, "name": "x"}, "result": {"list": {"rows": TWO}}},
        {"categories": [{"id": 1, "name": "Tents"}], "products": TWO},
        {"products": TWO, "errors": [], "links": ["a"]},
        {"banners": [{"title": "Sale"}], "things": TWO},
        {"id_of_shop": 7, "currencies": ["EUR"], "things": TWO},
        {"@context": "https://schema.org", "@graph": [{"@type": "Product", "sku": "a", "offers": {"price": 1.5}}, {"@type": "Product", "@id": "b"}]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": {"@type": "Product", **each}} for each in TWO]},
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_the_one_list_of_items_is_found(tmp_path: Path, told: Any, indent: int | None) -> None:
    found, report = read(tmp_path, json.dumps(told, indent=indent))
    assert (sorted(found), found["a"].price, report.kind, report.left_out) == (["a", "b"], 1.5, "JSON", 0)
    assert faults(report) == []


def test_which_other_list_was_not_read_is_told(tmp_path: Path) -> None:
    found, report = read(tmp_path, json.dumps({"shown_first": [{"id": 1}], "products": TWO}))
    assert sorted(found) == ["a", "b"]
    assert faults(report) == [("the feed", "has other objects at shown_first, which were not read: those at products are the items", [1])]


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"shoes": TWO, "hats": [{"id": "c"}]}, "shoes (2), hats (1)"),
        ({"data": {"items": TWO, "products": TWO}}, "data.items (2), data.products (2)"),
        ({"shoes": [{"id": number} for number in range(3_000)], "products": TWO}, "shoes (3,000), products (2)"),
    ],
)
def test_where_two_lists_may_be_meant_both_are_named(tmp_path: Path, told: Any, named: str) -> None:
    with pytest.raises(FeedError) as caught:
        read(tmp_path, json.dumps(told))
    assert named in str(caught.value)


def test_several_pages_are_one_feed(tmp_path: Path) -> None:
    pages = [json.dumps({"page": number, "products": [{"id": f"{number}-{each}"} for each in range(3)]}) for number in range(4)]
    found, report = read(tmp_path, "\n".join(pages))
    assert (len(found), faults(report)) == (12, [])


@pytest.mark.slow
def test_a_list_of_any_length_within_objects_is_read_in_pieces_with_the_lines_of_the_file(tmp_path: Path) -> None:
    many = [{"id": f"i{number}", "name": "x" * 50} for number in range(30_000)]
    before = [{"code": f"{number}", "text": "y" * 100} for number in range(20_000)]
    whole = {"data": {"texts": before, "products": [*many, {"name": "no id"}]}}
    found, report = read(tmp_path, text := json.dumps(whole, indent=0))
    assert len(found) == 30_000
    ((field, _, lines),) = faults(report)
    assert (field, text.splitlines()[lines[0]]) == ("id", '"name": "no id"')


def test_a_broken_object_within_a_list_within_an_object_costs_that_object(tmp_path: Path) -> None:
    found, report = read(tmp_path, '{"data": {"n": 1, "products": [{"id": "a"},\n{"id": "b", oops},\n{"id": "c"}]}}')
    assert (sorted(found), report.left_out) == (["a", "c"], 1)


def test_a_broken_name_within_an_object_costs_no_line_after_it(tmp_path: Path) -> None:
    found, report = read(tmp_path, '{"total": [1], broken\n{"id": "a"}\n{"id": "b"}\n')
    assert (sorted(found), report.left_out) == (["a", "b"], 1)


@pytest.mark.parametrize(
    "content", ['{"data": {"products": [{"id": "a"}', '{"data": {"products": [{"id": "a"}]', '{"data": {"products" [{"id": "a"}]}}']
)
def test_an_object_that_is_cut_off_or_broken_ends_and_is_told_or_read(tmp_path: Path, content: str) -> None:
    found, report = read(tmp_path, content)
    assert (sorted(found) == ["a"]) is ('"products":' in content)
    assert bool(report.faults) is ('"products":' not in content)


def test_what_a_product_without_an_id_consists_of_is_no_item(tmp_path: Path) -> None:
    raw = {"title": "no id", "images": [{"id": 5, "src": "https://x.example/1.jpg"}], "brand": {"id": 3, "name": "Acme"}, "variants": [{"id": 7}]}
    found, report = read(tmp_path, json.dumps(raw) + '\n{"id": "a"}\n')
    assert (sorted(found), faults(report)) == (["a"], [("id", "is missing", [1])])


def test_what_is_no_product_of_schema_org_is_left_out_and_counted(tmp_path: Path) -> None:
    graph = [{"@type": "WebSite", "@id": "https://shop.example/#site"}, {"@type": ["Product"], "@id": "https://shop.example/a", "sku": "a"}]
    found, report = read(tmp_path, json.dumps({"@context": "https://schema.org", "@id": "x", "@graph": graph}))
    assert (sorted(found), report.left_out, faults(report)) == (["a"], 1, [(None, "is no product, by its @type", [1])])


def test_a_column_may_be_chosen_inside_of_an_object(tmp_path: Path) -> None:
    raw = [{"node": {"ref": "a"}, "name": {"en": "Tent", "de": "Zelt"}, "price": {"net": 1, "gross": 2}}]
    chosen = {"id": "node.ref", "name": "name.de", "price": "price.net"}
    found, report = read(tmp_path, json.dumps({"rows": raw}), chosen=chosen)
    assert (found["a"].name, found["a"].price, faults(report)) == ("Zelt", 1.0, [])


def test_a_list_without_any_id_is_told_however_long_it_is(tmp_path: Path) -> None:
    found, report = read(tmp_path, json.dumps({"data": {"products": [{"name": "x"}] * 3_000}}))
    assert (found, [what for _, what, _ in faults(report)]) == ({}, ["has 1,000 further objects without an id at data.products", "is missing"])


def test_an_empty_list_is_no_fault(tmp_path: Path) -> None:
    assert faults(read(tmp_path, '{"total": 0, "products": []}')[1]) == []
