"""What a catalogue file says of items, as words to compare: CSV with a header, JSON lines, or one JSON array; .gz, too."""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from training.errors import HistoryError
from udfs.core.profile.cart_products import product_of
from udfs.core.values.names import normalise

IDS = ("product_id", "id", "sku", "item_id")
WORDS = ("name", "title", "tags", "description")
"""Fields whose words are compared."""
WHOLE = ("brand", "category", "category_path", "product_type", "google_product_category", "colour", "color", "material")
"""Fields that are compared as a whole; of a path of categories each beginning is one."""
MAX_WORDS = 60
"""Words of one item."""
_PATH = re.compile(r"\s*[>/|]\s*")
_WORD = re.compile(r"\w{2,}")


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What it says of the items of a history."""

    tokens: Any
    """A sparse matrix (CSR): a row for each item, a column for each word, 1 where it has it."""
    entries: int
    """Rows with an id."""
    known: int
    """Items of the history that it has."""
    bad: int
    """Rows that could not be read, or have no id."""
    again: int
    """Rows whose id an earlier row had: the later one counts."""
    first_bad: str | None


def read(path: Path, items: Sequence[str]) -> Catalogue:
    """Read a catalogue. Raises HistoryError if there is no such file, or nothing in it has an id."""
    number = {item: n for n, item in enumerate(items)}
    rows: dict[int, frozenset[str]] = {}
    ids: set[str] = set()
    entries = bad = again = 0
    first: str | None = None
    for line, entry in _entries(path):
        fields = {normalise(str(name)): value for name, value in entry.items() if name is not None} if isinstance(entry, Mapping) else {}
        item = next((found for name in IDS if (found := product_of({"product_id": fields.get(name)}))), "")
        if not item:
            bad += 1
            first = first or f"line {line:,}: {entry if isinstance(entry, str) else 'no id (' + ', '.join(IDS) + ')'}"
            continue
        entries += 1
        again += item in ids
        ids.add(item)
        if item in number:
            rows[number[item]] = frozenset(list(dict.fromkeys(_tokens(fields)))[:MAX_WORDS])
    if not entries:
        problem = f"{path} is no catalogue: none of its {bad:,} rows has an id; a column or field {' or '.join(IDS)} is needed"
        raise HistoryError(problem)
    return Catalogue(tokens=_matrix(rows, len(items)), entries=entries, known=len(rows), bad=bad, again=again, first_bad=first)


def _matrix(rows: Mapping[int, frozenset[str]], n_items: int) -> Any:
    words = {word: n for n, word in enumerate(sorted(set().union(*rows.values()) if rows else set()))}
    at = [(item, words[word]) for item, found in sorted(rows.items()) for word in sorted(found)]
    where = np.array(at, dtype=np.int64).reshape(-1, 2)
    return sparse.csr_matrix((np.ones(len(at)), (where[:, 0], where[:, 1])), shape=(n_items, max(len(words), 1)))


def _tokens(fields: Mapping[str, Any]) -> Iterator[str]:
    for name in WHOLE:
        parts = [part.casefold() for text in _texts(fields.get(name)) for part in _PATH.split(text) if part]
        prefix = "category" if "category" in name else name
        yield from (f"{prefix}: {' > '.join(parts[: n + 1])}" for n in range(len(parts)))
    for name in WORDS:
        for text in _texts(fields.get(name)):
            yield from _WORD.findall(text.casefold())


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(each).strip() for each in value if isinstance(each, str | int | float) and str(each).strip()]
    return [value.strip()] if isinstance(value, str) and value.strip() else []


def _entries(path: Path) -> Iterator[tuple[int, Any]]:
    """Line numbers, each with what the line holds: an object, or a text that says what is wrong."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        problem = f"the catalogue {path} cannot be read: {error}"
        raise HistoryError(problem) from error
    text = content.decode("utf-8-sig", errors="replace")
    beginning = text.lstrip()[:1]
    if beginning == "[":
        try:
            yield from enumerate(json.loads(text), start=1)
        except (ValueError, RecursionError) as error:
            problem = f"the catalogue {path} begins as a JSON array, and is none: {error}"
            raise HistoryError(problem) from error
    elif beginning == "{":
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield number, f"not JSON: {error}"
    else:
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        try:
            for row in rows:
                yield rows.line_num, row
        except csv.Error as error:
            yield rows.line_num, f"not CSV: {error}"


def _delimiter(text: str) -> str:
    head = text.lstrip().partition("\n")[0]
    return max(",;\t", key=head.count)
