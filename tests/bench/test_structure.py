"""No two files import each other, whatever is between them, and none is long: what house_structure measures holds at every commit."""

import ast

import pytest

from bench.evidence.house_structure import MAX_LINES, circles, files_of_code, imports_of


@pytest.mark.slow
def test_no_files_import_each_other_in_a_circle() -> None:
    trees = {name: ast.parse(path.read_text()) for name, path in files_of_code().items()}

    assert list(circles(imports_of(trees))) == []


def test_a_circle_is_found() -> None:
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == [["a", "b", "c"]]


def test_no_file_is_long() -> None:
    lines = {name: path.read_text().count("\n") for name, path in files_of_code().items()}

    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}
