"""Labelled texts: each with what it means, from CSV, JSON lines, or JSON."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from training.errors import HistoryError
from udfs.core.features.models import OUT_OF_SCOPE
from udfs.core.values.problems import short

MAX_BYTES = 200 * 1024 * 1024
MAX_INTENTS = 1_000
MAX_NAME = 100
"""Characters of an intent."""
TEST_SHARE = 5
"""Without a test file every fifth text is for the test, by its hash."""


class Text(msgspec.Struct, frozen=True, array_like=True):
    """A text and what it means."""

    text: str
    intent: str


@dataclass
class Texts:
    """What was read, and what of it was left out, by reason."""

    train: list[Text] = field(default_factory=list)
    test: list[Text] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    first: str = ""
    """The first that was left out: where, and why."""


def read(told: Mapping[str, Any], folder: Path) -> Texts:
    """The texts that a training file names. Raises HistoryError if they cannot be read, or too few are left.

    Texts that are in the test, letter by letter, are left out of the training.
    """
    found = Texts()
    columns = (told.get("text", "text"), told.get("intent", "intent"))
    outside = str(told.get("out_of_scope", OUT_OF_SCOPE))
    rows = list(_rows(folder / told["file"], told.get("train"), columns, found))
    tests = [*([folder / told["test"]] if "test" in told else []), *([folder / told["file"]] if "test_of" in told else [])]
    if tests:
        found.test = [each for file in tests for each in _rows(file, told.get("test_of"), columns, found)]
        held = {each.text for each in found.test}
        found.train = [each for each in rows if each.text not in held]
        if gone := len(rows) - len(found.train):
            found.left_out["in the test as well"] += gone
    else:
        for each in rows:
            (found.test if hashlib.sha256(each.text.encode("utf-8", "replace")).digest()[0] % TEST_SHARE == 0 else found.train).append(each)
    found.train, found.test = ([_named(each, outside) for each in part] for part in (found.train, found.test))
    _require(found)
    return found


def _named(each: Text, outside: str) -> Text:
    return Text(each.text, OUT_OF_SCOPE) if each.intent == outside else each


def _rows(file: Path, parts: Sequence[str] | str | None, columns: tuple[str, str], found: Texts) -> Iterator[Text]:
    for place, text, intent in _cells(file, [parts] if isinstance(parts, str) else parts, columns):
        why = _wrong(text, intent)
        if why is None:
            yield Text(text, intent)
            continue
        found.left_out[why] += 1
        found.first = found.first or f"{file.name}, {place}: {why}"


def _wrong(text: Any, intent: Any) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return "without a text"
    if not isinstance(intent, str) or not intent.strip():
        return "without an intent"
    return f"an intent of more than {MAX_NAME} characters" if len(intent) > MAX_NAME else None


def _cells(file: Path, parts: Sequence[str] | None, columns: tuple[str, str]) -> Iterator[tuple[str, Any, Any]]:
    """Place, text and intent. A JSON file holds a list, or a list under each name of `parts`; an item is a mapping, or a pair."""
    try:
        if file.stat().st_size > MAX_BYTES:
            problem = f"{file} has more than {MAX_BYTES:,} bytes: learn from fewer texts"
            raise HistoryError(problem)
        if file.suffix == ".csv":
            yield from _of_csv(file, columns)
            return
        content = file.read_text(encoding="utf-8", errors="replace")
        document = [json.loads(line) for line in content.splitlines() if line.strip()] if file.suffix == ".jsonl" else json.loads(content)
    except (OSError, csv.Error, json.JSONDecodeError, RecursionError) as error:
        problem = f"{file} cannot be read: {error}"
        raise HistoryError(problem) from error
    lists = [("", document)] if parts is None else [(part, document.get(part) if isinstance(document, dict) else None) for part in parts]
    for part, items in lists:
        if not isinstance(items, list):
            there_are = f"there are {', '.join(document)}" if isinstance(document, dict) else "it holds no named lists"
            problem = (
                f"{file} has no list of texts{f' under {part!r}' if part else ''}: {short(there_are, 200)}; name them with `train` and `test_of`"
            )
            raise HistoryError(problem)
        for n, each in enumerate(items, 1):
            place = f"{part or 'item'} {n}"
            if isinstance(each, dict):
                yield place, each.get(columns[0]), each.get(columns[1])
            elif isinstance(each, list) and len(each) == 2:
                yield place, each[0], each[1]
            else:
                yield place, None, None


def _of_csv(file: Path, columns: tuple[str, str]) -> Iterator[tuple[str, Any, Any]]:
    with file.open(newline="", encoding="utf-8-sig", errors="replace") as opened:
        reader = csv.DictReader(opened)
        if missing := [each for each in columns if each not in (reader.fieldnames or ())]:
            problem = (
                f"{file} has no column {missing[0]!r}: it has {short(', '.join(reader.fieldnames or ()), 200)}; name it with `text` and `intent`"
            )
            raise HistoryError(problem)
        for row in reader:
            yield f"line {reader.line_num}", row[columns[0]], row[columns[1]]


def _require(found: Texts) -> None:
    """Refuse what nothing can be learned from, or tested on. Raises HistoryError."""
    intents = Counter(each.intent for each in found.train)
    inside = [name for name in intents if name != OUT_OF_SCOPE]
    if len(inside) < 2 or len(inside) > MAX_INTENTS:
        problem = f"the texts have {len(inside):,} intents to learn: it takes 2 to {MAX_INTENTS:,}"
        raise HistoryError(problem)
    if not any(each.intent in intents and each.intent != OUT_OF_SCOPE for each in found.test):
        problem = "no text is left for the test: name a file of them with `test`, or use more texts"
        raise HistoryError(problem)
