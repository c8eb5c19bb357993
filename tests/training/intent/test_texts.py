"""Files of labelled texts as people have them: other separators and encodings, quotes that are missing, values of another kind."""

import json
from pathlib import Path

import pytest

from training.errors import HistoryError
from training.intent.texts import Text, Texts, read
from udfs.core.features.models import OUT_OF_SCOPE

GOOD = [(f"{word} {n}", word) for word in ("yes", "no", "maybe") for n in range(20)]


def table(*more: str, separator: str = ",", header: str = "text,intent") -> str:
    rows = [header.replace(",", separator), *(separator.join(each) for each in GOOD), *more]
    return "\n".join(rows) + "\n"


def taken(folder: Path, content: str | bytes, name: str = "a.csv") -> Texts:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read({"file": name}, folder)


def everything(found: Texts) -> set[Text]:
    return {*found.train, *found.test}


PLAIN = {Text(*each) for each in GOOD}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_is_read_whatever_stands_between_its_cells(tmp_path: Path, separator: str) -> None:
    assert everything(taken(tmp_path, table(separator=separator))) == PLAIN


@pytest.mark.parametrize(
    "content", [table(header=" text , intent "), "\ufeff" + table(), table().replace("\n", "\r\n"), table().replace(",yes", ", yes ")]
)
def test_blanks_around_names_and_intents_mean_nothing(tmp_path: Path, content: str) -> None:
    assert everything(taken(tmp_path, content)) == PLAIN


def test_what_is_out_of_scope_is_so_with_a_blank_before_it_too(tmp_path: Path) -> None:
    found = taken(tmp_path, table("tell me a joke, out_of_scope"))
    assert Text("tell me a joke", OUT_OF_SCOPE) in everything(found)


@pytest.mark.parametrize("row", ["hello, can you help,yes", "only a text"])
def test_a_row_with_more_or_fewer_cells_teaches_nothing(tmp_path: Path, row: str) -> None:
    """A text with a comma and without quotes would teach that a part of it is an intent."""
    found = taken(tmp_path, table(row))
    assert everything(found) == PLAIN
    assert found.told == (
        "left out: 1 with more or fewer cells than the first line (a text with a comma stands in double quotes); the first: a.csv, line 62"
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"text": "", "intent": "yes"}, "without a text"),
        ({"text": None, "intent": "yes"}, "without a text"),
        ({"text": "x"}, "without an intent"),
        ({"text": 5, "intent": "yes"}, "with a text that is not in quotes"),
        ({"text": "x", "intent": 3}, "with an intent that is not in quotes"),
        ({"text": ["x"], "intent": "yes"}, "with a text that is not in quotes"),
        ({"text": "\ud83d", "intent": "yes"}, "with a text that has half a character"),
        ({"text": "x", "intent": "\ud83d"}, "with an intent that has half a character"),
        ({"text": "x", "intent": "a" * 200}, "with an intent of more than 100 characters"),
        (5, "that are neither a mapping nor a pair"),
        (["a"], "that are neither a mapping nor a pair"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_rows_that_cannot_be_read_are_left_out_and_counted(tmp_path: Path, value: object, why: str, name: str) -> None:
    rows = [value, *({"text": text, "intent": intent} for text, intent in GOOD)]
    found = taken(tmp_path, "\n".join(map(json.dumps, rows)) if name == "a.jsonl" else json.dumps(rows), name)
    assert everything(found) == PLAIN
    assert found.told == f"left out: 1 {why}; the first: {name}, {'line' if name == 'a.jsonl' else 'item'} 1"


def test_a_broken_line_of_json_takes_no_other_with_it(tmp_path: Path) -> None:
    lines = [json.dumps({"text": text, "intent": intent}) for text, intent in GOOD]
    found = taken(tmp_path, "\n".join([*lines[:5], '{"text": "a", "int', "", *lines[5:]]), "a.jsonl")
    assert everything(found) == PLAIN
    assert found.told == "left out: 1 that are not JSON; the first: a.jsonl, line 6"


def test_texts_with_two_intents_are_told(tmp_path: Path) -> None:
    found = taken(tmp_path, table("yes 1,no", "yes 1,yes"))
    assert found.ambiguous == ["yes 1"]


@pytest.mark.parametrize(
    ("content", "name", "problem"),
    [
        (table("wie groß,yes").encode("latin-1"), "a.csv", "a.csv is not UTF-8, first in line 62: save it as UTF-8"),
        (table().encode("utf-16"), "a.csv", "a.csv is not UTF-8, first in line 1: save it as UTF-8"),
        (b"[\xff]", "a.json", "is not UTF-8"),
        (b"", "a.csv", "a.csv is empty"),
        (b"\n\n", "a.jsonl", "a.jsonl is empty"),
        ("text,intent\n", "a.csv", "have 0 intents: it takes 2"),
        ("text,intent\nhi,a\n", "a.csv", "have [01] intents?: it takes 2"),
        ("body,intent\nhi,a\n", "a.csv", "no column 'text': it has body, intent"),
        ("body;intent\nhi;a\n", "a.csv", "no column 'text'"),
        (table('"where is my parcel,yes', *(f"{n},no" for n in range(20))), "a.csv", "a.csv, line 62: .*is a double quote not closed there"),
        (table(f'"{"x" * 200_000}",yes'), "a.csv", "a.csv, line 62: field larger than"),
        ("{", "a.json", "is not JSON"),
        ('{"train": 5}', "a.json", "no list of texts"),
        ("[" * 100_000, "a.json", "is not JSON"),
        (table(), "a.txt", "ends with .csv, .tsv, .jsonl, .ndjson or .json"),
        (json.dumps([[text, 3] for text, _ in GOOD]), "a.json", r"left out: 60 with an intent that is not in quotes; the first: a.json, item 1"),
    ],
)
def test_files_that_cannot_be_learned_from_say_why(tmp_path: Path, content: str | bytes, name: str, problem: str) -> None:
    with pytest.raises(HistoryError, match=problem):
        taken(tmp_path, content, name)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"nowhere\.csv cannot be read"):
        read({"file": "nowhere.csv"}, tmp_path)
