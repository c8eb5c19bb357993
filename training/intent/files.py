"""Files of labelled texts: tables, JSON lines, and JSON. What a line holds is given as it is; a file of another kind is refused."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from training.errors import HistoryError
from udfs.core.values.problems import short

MAX_BYTES = 200 * 1024 * 1024
MAX_CELL = 100_000
"""Characters of a cell: a longer one is a quote that is not closed."""
SEPARATORS = ",;\t|"
TABLES, LINES, JSON = (".csv", ".tsv"), (".jsonl", ".ndjson"), (".json",)
BROKEN = "that are not JSON"


class Cells(NamedTuple):
    """What a file says of one text."""

    place: str
    """Where: a line, or an item of a list."""
    text: Any
    intent: Any
    wrong: str = ""
    """Why nothing can be read there, as the end of `left out: 3 …`."""


def cells(file: Path, parts: Sequence[str] | None, columns: tuple[str, str]) -> Iterator[Cells]:
    """Every text. A JSON file holds a list, or a list under each name of `parts`; an item is a mapping, or a pair. Raises HistoryError."""
    kind = file.suffix.lower()
    if kind not in (*TABLES, *LINES, *JSON):
        problem = f"{file} is a file of texts by its name only if that ends with {', '.join((*TABLES, *LINES))} or {JSON[0]}"
        raise HistoryError(problem)
    content = _content(file)
    if kind in TABLES:
        return _of_table(file, content, columns)
    if kind in LINES and parts is None:
        return _of_lines(content, columns)
    return _of_lists(file, content, parts, columns)


def _content(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            problem = f"{file} has more than {MAX_BYTES:,} bytes: learn from fewer texts"
            raise HistoryError(problem)
        raw = file.read_bytes()
    except OSError as error:
        problem = f"{file} cannot be read: {error.strerror or error}"
        raise HistoryError(problem) from error
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"{file} is not UTF-8, first in line {line}: save it as UTF-8"
        raise HistoryError(problem) from error
    if not content.strip():
        problem = f"{file} is empty: it has a text and its intent in each line"
        raise HistoryError(problem)
    return content


def _of_table(file: Path, content: str, columns: tuple[str, str]) -> Iterator[Cells]:
    header = content.lstrip("\r\n").split("\n", 1)[0].strip("\r")
    names = {separator: [name.strip() for name in next(csv.reader([header], delimiter=separator), [])] for separator in SEPARATORS}
    separator = next((each for each, found in names.items() if set(columns) <= set(found)), ",")
    if missing := [each for each in columns if each not in names[separator]]:
        problem = f"{file} has no column {missing[0]!r}: it has {short(', '.join(names[separator]), 200)}; name it with `text` and `intent`"
        raise HistoryError(problem)
    places = [names[separator].index(each) for each in columns]
    csv.field_size_limit(MAX_CELL)  # of the process: whoever reads tables says it first
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=True)
    begun = 1
    try:
        for number, row in enumerate(row for row in rows if row):
            if number == 0:
                pass
            elif len(row) != len(names[separator]):
                yield Cells(f"line {begun}", None, None, "with more or fewer cells than the first line (a text with a comma stands in double quotes)")
            else:
                yield Cells(f"line {begun}", row[places[0]], row[places[1]])
            begun = rows.line_num + 1
    except csv.Error as error:
        problem = f"{file}, line {begun}: {error}; is a double quote not closed there?"
        raise HistoryError(problem) from error


def _of_lines(content: str, columns: tuple[str, str]) -> Iterator[Cells]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _item(f"line {number}", json.loads(line), columns)
        except (ValueError, RecursionError):
            yield Cells(f"line {number}", None, None, BROKEN)


def _of_lists(file: Path, content: str, parts: Sequence[str] | None, columns: tuple[str, str]) -> Iterator[Cells]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        problem = f"{file} is not JSON: {error}"
        raise HistoryError(problem) from error
    for part, items in [("", document)] if parts is None else [(part, document.get(part) if isinstance(document, dict) else None) for part in parts]:
        if not isinstance(items, list):
            there_are = f"there are {', '.join(document)}" if isinstance(document, dict) else "it holds no named lists"
            under = f" under {part!r}" if part else ""
            problem = f"{file} has no list of texts{under}: {short(there_are, 200)}; name them with `train` and `test_of`"
            raise HistoryError(problem)
        for n, each in enumerate(items, 1):
            yield _item(f"{part or 'item'} {n}", each, columns)


def _item(place: str, found: Any, columns: tuple[str, str]) -> Cells:
    if isinstance(found, dict):
        return Cells(place, found.get(columns[0]), found.get(columns[1]))
    if isinstance(found, list) and len(found) == 2:
        return Cells(place, found[0], found[1])
    return Cells(place, None, None, "that are neither a mapping nor a pair")
