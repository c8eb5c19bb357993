"""Feeds that are tables: CSV with commas, semicolons, bars or tabs, TSV as Google's Merchant Center takes it."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from services.items import shopify_csv, woocommerce_csv
from services.items.columns import fields_of, plain_name
from services.items.faults import Fault, Row
from services.items.opened import lines
from services.items.problems import MAX_ROW, FeedError
from udfs.core.values.problems import did_you_mean

MAX_LINES = 200
"""Lines of one row: a quote that nobody closes must not swallow the rest of the file."""
MAX_COLUMNS = 500
_SEPARATORS = ",;\t|"
_BOM = "\ufeff"

Tell = Callable[[int, Fault], object]


class Reader(Protocol):
    """Reads one kind of feed: its rows, each with its line."""

    def __call__(self, pieces: Iterator[bytes], name: str, tell: Tell, *, chosen: Mapping[str, str] | None = None) -> Iterator[Row]:
        """The rows of a feed. What is wrong is reported. Raises FeedError."""
        ...


def rows(pieces: Iterator[bytes], name: str, tell: Tell, *, chosen: Mapping[str, str] | None = None) -> Iterator[Row]:
    """The rows of a table. What is wrong with a row is reported with its line, and the row is left out. Raises FeedError."""
    text = _Lines(lines(pieces, name, longest=MAX_ROW), tell)
    header = next(text, None)
    while header is not None and not header.strip(" \t\r\n" + _BOM):
        header = next(text, None)
    if header is None:
        message = f"{name} is empty: its first line names the columns, such as id,name,price"
        raise FeedError(message)
    separator = _separator(header)
    columns = _columns(header, separator, name, chosen)
    width, fields = len(columns), fields_of(columns, chosen=chosen)
    _tell_doubled(columns, tell)
    if (export := next((each for each in (shopify_csv, woocommerce_csv) if each.matches(columns)), None)) is not None and _suits(chosen):
        names = {place: plain_name(column) for place, column in reversed(list(enumerate(columns)))}
        by_name = {name: place for place, name in names.items() if name}  # of two columns of one name the first
        found = _fitting(text, separator, tell, width)
        cells_by_name = ((line, {name: cells[place] for name, place in by_name.items()}) for line, cells in found)
        yield from export.rows(cells_by_name, tell, id_column=(chosen or {}).get("id"))
        return
    taken = [(place, fields[column]) for place, column in enumerate(columns) if column in fields and columns.index(column) == place]
    for line, cells in _fitting(text, separator, tell, width):
        yield Row(line, {field: cells[place] for place, field in taken})


def _suits(chosen: Mapping[str, str] | None) -> bool:
    """Whether nothing but the id is chosen: who names columns of other fields says what each means."""
    return not chosen or set(chosen) == {"id"}


def _fitting(text: "_Lines", separator: str, tell: Tell, width: int) -> Iterator[tuple[int, Sequence[str]]]:
    """The rows that have as many cells as the header; others are reported."""
    for line, cells in _split(text, separator, tell, width):
        if len(cells) == width:
            yield line, cells
        elif cells and any(cell.strip() for cell in cells):
            more = f"a {_called(separator)} inside a text, perhaps" if len(cells) > width else "a line break inside a text, perhaps"
            tell(
                line, Fault(None, f"has {len(cells)} cells, and the header {width}: {more}", "put texts in double quotes", cells[0][:40], whole=True)
            )


class _Lines(Iterator[str]):
    """Lines as text, counted. UTF-8, and a line that is not as Windows-1252, which is reported."""

    def __init__(self, found: Iterator[bytes], tell: Tell) -> None:
        self._found, self._tell = found, tell
        self._encoding: str | None = None
        self.number = 0
        self.held: list[str] = []
        """The lines of the row that is being read."""

    def __next__(self) -> str:
        line = next(self._found)
        self.number += 1
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("cp1252", "replace")
            self._tell(self.number, Fault(None, "is not UTF-8, and was read as Windows-1252", "save the file as UTF-8"))
        self.held.append(text)
        if len(self.held) > MAX_LINES:
            message = f"a row of more than {MAX_LINES} lines"
            raise csv.Error(message)
        return text


def _split(text: _Lines, separator: str, tell: Tell, width: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Each row with its first line. Where quotes are not closed, the lines are read one by one, each for itself."""
    csv.field_size_limit(MAX_ROW)
    text.held.clear()
    reader = csv.reader(text, delimiter=separator)
    while True:
        first = text.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            if text.held and len(text.held) > 1:
                yield from _alone(text, first, separator, tell, width)
            return
        except csv.Error:
            yield from _alone(text, first, separator, tell, width)
            reader = csv.reader(text, delimiter=separator)
            continue
        if len(cells) != width and len(text.held) > 1:
            yield from _alone(text, first, separator, tell, width)
        else:
            yield first, cells
        text.held.clear()


def _alone(text: _Lines, first: int, separator: str, tell: Tell, width: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Lines that a quote has joined wrongly, each as a row of its own, with quotes as plain characters."""
    tell(
        first, Fault(None, "has a double quote that nothing closes: the lines after it were read one by one", 'write "" for a quote inside of quotes')
    )
    held, text.held = text.held, []
    for number, line in enumerate(held, first):
        cells = line.rstrip("\n").split(separator)
        if len(cells) == width and any(cells):
            yield number, [cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]
        elif line.strip():
            tell(number, Fault(None, f"has {len(cells)} cells, and the header {width}", "close the quote before it", cells[0][:40], whole=True))


def _columns(header: str, separator: str, name: str, chosen: Mapping[str, str] | None) -> list[str]:
    cells = next(csv.reader([header.lstrip(_BOM)], delimiter=separator), [])
    columns = [cell.strip().strip(_BOM) for cell in cells]
    if len(columns) > MAX_COLUMNS:
        message = f"{name} has {len(columns):,} columns, and {MAX_COLUMNS} are read: is its first line the names of the columns?"
        raise FeedError(message)
    for field, column in (chosen or {}).items():
        if column not in columns and plain_name(column) not in map(plain_name, columns):
            message = f"{name} has no column {column!r} for {field}: {did_you_mean(column, columns) or 'it has ' + ', '.join(columns[:20])}"
            raise FeedError(message)
    if "id" not in fields_of(columns, chosen=chosen).values():
        shown = ", ".join(columns[:12]) + (" …" if len(columns) > 12 else "")
        message = f"{name} has no column that is the item's id: its first line is {shown[:300]}"
        raise FeedError(message, "the first line names the columns; say which is the id with --column id=NAME")
    return columns


def _tell_doubled(columns: Sequence[str], tell: Tell) -> None:
    for column, count in Counter(map(plain_name, columns)).items():
        if count > 1 and column:
            tell(1, Fault(None, f"names the column '{column}' {count} times: the first is read", "give the others another name"))


def _separator(header: str) -> str:
    """What stands between the names of the columns."""
    return max(_SEPARATORS, key=header.count)


def _called(separator: str) -> str:
    return {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}[separator]
