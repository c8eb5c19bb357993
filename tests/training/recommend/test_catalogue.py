"""Catalogue files of every kind, and rows that are wrong."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from training.errors import HistoryError
from training.recommend.catalogue import Catalogue, read
from training.recommend.strategies.content import similar

ITEMS = ["a", "b", "c", "d"]
ENTRIES: list[dict[str, Any]] = [
    {"id": "a", "name": "Trail shoe", "category": "Shoes > Running", "brand": "Aster", "tags": ["light"]},
    {"id": "b", "name": "Road shoe", "category": "Shoes > Running", "brand": "Aster"},
    {"id": "c", "name": "Rain coat", "category": "Coats", "brand": "Birch", "tags": ["light"]},
    {"id": "elsewhere", "name": "Tent"},
]


def words(found: Catalogue) -> list[int]:
    return [int(each) for each in (found.tokens > 0).sum(axis=1).ravel().tolist()[0]]


@pytest.mark.parametrize("kind", ["lines", "array", "csv", "semicolons", "gz"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, kind: str) -> None:
    rows = [{name: each.get(name, "") for name in ("id", "name", "category", "brand", "tags")} for each in ENTRIES]
    sign = ";" if kind == "semicolons" else ","
    table = "\n".join(sign.join(str(value) if name != "tags" else " ".join(value) for name, value in row.items()) for row in rows)
    texts = {"lines": "\n".join(map(json.dumps, ENTRIES)), "array": json.dumps(ENTRIES)}
    text = texts.get(kind) or f"{sign.join(('ID', 'Name', 'Category', 'Brand', 'Tags'))}\n{table}\n"
    path = tmp_path / ("catalogue.gz" if kind == "gz" else "catalogue")
    path.write_bytes(gzip.compress(text.encode()) if kind == "gz" else text.encode())
    found = read(path, ITEMS)
    assert (found.entries, found.known, found.bad) == (4, 3, 0)
    assert words(found) == [6, 5, 5, 0]
    near = similar(found.tokens)
    assert near.ids[0, :2].tolist() == [1, 2]  # the same kind and brand, then one word in common
    assert near.ids[3, 0] == -1


def test_what_cannot_be_read_is_counted_and_a_later_row_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.jsonl"
    path.write_bytes(
        b'{"id": "a", "brand": "x"}\n{"id": "a", "brand": ["y", "z"]}\n{broken\n{"name": "no id"}\n{"id": null}\n{"product_id": 7, "tags": 3}'
    )
    found = read(path, ["7", "a"])
    assert (found.entries, found.known, found.bad, found.again) == (3, 2, 3, 1)
    assert found.first_bad is not None
    assert found.first_bad.startswith("line 3: ")


def test_a_google_feed_will_do(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    rows = "".join(f"<item><g:id>{each}</g:id><g:title>Trail shoe</g:title><g:brand>Aster</g:brand></item>" for each in ("a", "b"))
    path.write_text(f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{rows}</channel></rss>')
    assert words(read(path, ITEMS)) == [3, 3, 0, 0]


@pytest.mark.parametrize("content", [b"", b"name,price\nx,3\n", b"[1, 2", b"{}"])
def test_what_is_no_catalogue_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue"
    path.write_bytes(content)
    with pytest.raises(HistoryError, match="is no catalogue"):
        read(path, ITEMS)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be read"):
        read(tmp_path / "nowhere.csv", ITEMS)
