"""YAML 1.2: words stay words, two readers see one thing, and every mistake has its place."""

from pathlib import Path
from typing import Any

import pytest

from services.documents.findings import BadFile
from services.documents.yaml12 import parse

FILE = Path("a.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("22:00", "22:00"),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("2026-01-05", "2026-01-05"),
        ("12:30:45", "12:30:45"),
        ("10%", "10%"),
        ("'12'", "12"),
        ("017", 17),
        ("0o17", 15),
        ("1_000", 1000),
        ("-2.5", -2.5),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        (">-\n  one\n  two\n", "one two"),
        ("|\n  one\n  two\n", "one\ntwo\n"),
    ],
)
def test_a_scalar_is_what_yaml_1_2_says(text: str, value: Any) -> None:
    parsed = parse(f"key: {text}", file=FILE).value["key"]
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\nb: 2\na: 3", 3, 1, "duplicate key 'a', first used in line 1"),
        ("a:\n\t- b", 2, 1, "a tab"),
        ("a: [1, 2", 1, 9, "the end of the file"),
        ("a: b: c", 1, 5, "a second colon"),
        ('a: "x', 1, 6, "does not end"),
        ("- a\nb: c", 2, 1, "does not belong here"),
        ("a: *gone", 1, 4, "undefined alias"),
        ("a: @home", 1, 4, "cannot start"),
        ("a: !secret x", 1, 4, "tag !secret"),
        ("when: !user.vip", 1, 7, "begins with !"),
        ("a: {{ user.name }}", 1, 5, "begins with {{"),
        ("{a: {{ user.name }}, b: 1}", 1, 6, "begins with {{"),
        ("{a: Hello: you}", 1, 10, "a second colon"),
        ("{a: 'it's'}", 1, 9, "belongs to no text"),
        ("!!python/object:os.system {}", 1, 1, "tag"),
        ("<<: {a: 1}", 1, 1, "plain word"),
        ("? {a: 1}\n: 2", 1, 3, "plain word"),
        ("%YAML 1.1\n---\na: no", 1, 1, "directive"),
        ("a: 1\n---\nb: 2", 3, 1, "second document"),
        ("a: &a [*a]", 1, 4, "too deeply"),
        ("[" * 3000, 1, 1, "recursion"),
        ("a: 1e999", 1, 4, "is not a number"),
        ("a: \0", 1, 1, "not YAML"),
    ],
)
def test_what_is_broken_is_told_with_its_place(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse(text, file=FILE)
    finding = caught.value.findings[0]
    assert words in finding.message
    assert (finding.line, finding.column) == (line, column)


def test_aliases_that_multiply_are_cut() -> None:
    laughs = "- &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"- &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8))
    with pytest.raises(BadFile, match="more values than a file may hold"):
        parse(laughs, file=FILE)


@pytest.mark.parametrize(
    "written",
    [
        "key: cart.value >> 3",
        'key: "cart.value >> 3"',
        "key: 'cart.value >> 3'",
        "key: |\n  cart.value\n    >> 3\n",
        "key: >-\n  cart.value\n  >> 3\n",
        "key: cart.value\n  >> 3\n",
    ],
    ids=["plain", "double quotes", "single quotes", "literal", "folded", "plain over two lines"],
)
def test_a_character_inside_a_text_is_found_however_the_text_is_written(written: str) -> None:
    source = parse(written, file=FILE)
    offset = source.value["key"].index(">>")
    finding = source.finding(("key",), "here", offset=offset)
    lines = written.split("\n")
    assert lines[finding.line - 1][finding.column - 1 :].startswith(">> 3")
    assert "^" in str(finding)


def test_a_path_that_is_not_there_points_at_what_should_hold_it() -> None:
    source = parse("a:\n  b: {c: 1}\n", file=FILE)
    assert (source.finding(("a", "b", "gone", "x"), "?").line, source.finding(("gone",), "?").line) == (2, 1)
    assert source.finding(("a", "b", "c"), "?").column == 10
    assert source.finding(("a", "b", "c"), "?", key=True).column == 7


def test_a_long_line_is_cut_around_the_mistake() -> None:
    text = "key: [" + "word, " * 100 + "]"
    shown = str(parse(text, file=FILE).finding(("key", 80), "here")).splitlines()
    assert len(shown[1]) < 130
    assert shown[1][shown[2].index("^") :].startswith("word")
