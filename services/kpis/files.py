"""A report over files instead of a lake: events in the Segment spec, and what `kairos try --records` or a dump of topics says of decisions.

They become the tables of a lake by the code that fills one, in memory, under pseudonyms of a key that is thrown away.
"""

import json
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from services.replay.segment import segment_spec
from udfs.core.values.errors import InvalidInput
from udfs.lake.pseudonyms import KEY_BYTES, Pseudonyms
from udfs.lake.tables import BY_NAME, NUMBER, TEXT, TIME, Rules

BATCH = 20_000
TYPES = {TEXT: pa.string(), NUMBER: pa.float64(), TIME: pa.timestamp("us"), "INT": pa.int32()}
OF_RECORDS = ("decisions", "outcomes", "segments")

Told = tuple[bytes | None, bytes, int]
"""Key, value and time of a record."""


class BadRecords(InvalidInput):
    """A file that does not hold records of a topic."""


@contextmanager
def opened_files(events: Path | None, records: Iterable[Path], *, memory: str = "1GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of a lake, filled from files. Raises ReplayError and BadRecords."""
    rules = Rules(pseudonyms=Pseudonyms(keys={1: secrets.token_bytes(KEY_BYTES)}))
    with empty(memory=memory) as connection:
        if events is not None:
            fill(connection, "events", ((record.key, record.value, record.at) for record in segment_spec(events).records), rules)
        for file in records:
            _records(connection, file, rules)
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


@contextmanager
def empty(*, memory: str = "1GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of a lake, without rows."""
    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "memory_limit": memory}
    with tempfile.TemporaryDirectory(prefix="kairos-report-") as scratch, duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"SET temp_directory = '{scratch}'")
        for table in BY_NAME.values():
            connection.register("kpi_rows", _schema(table.name).empty_table())
            connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM kpi_rows")
            connection.unregister("kpi_rows")
        yield connection


def _records(connection: duckdb.DuckDBPyConnection, file: Path, rules: Rules) -> None:
    """Fill the tables from one file: lines of {topic, key, value}, or of decisions alone, as `kairos try --json` writes them."""
    held: dict[str, list[Told]] = {name: [] for name in OF_RECORDS}
    found = 0
    for number, line in enumerate(_lines(file), 1):
        try:
            told = json.loads(line)
        except ValueError as problem:
            message = f"{file}, line {number} is not JSON"
            raise BadRecords(message, "one record a line, as `kairos try --records` writes them") from problem
        if not isinstance(told, dict):
            message = f"{file}, line {number} is not a record"
            raise BadRecords(message, "a record is an object, as `kairos try --records` writes them")
        table, value = (told["topic"], told.get("value")) if "topic" in told else (_table_of(told), told)
        if table not in held:
            continue
        if not isinstance(value, dict):
            continue  # a tombstone, with which something ends
        held[table].append((None, json.dumps(value).encode(), _time_of(value, file, number)))
        found += 1
        if len(held[table]) >= BATCH:
            fill(connection, table, held[table], rules, first=number)
            held[table].clear()
    if not found:
        message = f"{file} holds no decisions, outcomes or segments"
        raise BadRecords(message, "make it with `kairos try EVENTS --records > FILE`")
    for table, rows in held.items():
        fill(connection, table, rows, rules, first=1 << 40)


def _table_of(value: dict[str, Any]) -> str:
    """The table of a record that does not name its topic."""
    if "revision" in value:
        return "outcomes"
    if "segment" in value and "change" in value:
        return "segments"
    return "decisions" if "decision_id" in value and "reason" in value and "attempt" in value else ""


def _time_of(value: dict[str, Any], file: Path, number: int) -> int:
    at = value.get("at")
    if isinstance(at, bool) or not isinstance(at, int):
        message = f"{file}, line {number}: `at` is no time in epoch milliseconds"
        raise BadRecords(message)
    return at


def _lines(file: Path) -> Iterator[str]:
    try:
        with file.open(encoding="utf-8") as opened:
            yield from (line for line in opened if line.strip())
    except (OSError, UnicodeDecodeError) as problem:
        message = f"{file} cannot be read: {problem}"
        raise BadRecords(message) from problem


def fill(connection: duckdb.DuckDBPyConnection, name: str, told: Iterable[Told], rules: Rules, *, first: int = 0) -> None:
    """Add rows to a table, as the lake's job makes them of records. `first`: the offset of the first record."""
    table, schema = BY_NAME[name], _schema(name)
    rows = (
        {
            **dict(zip((column for column, _ in table.read_columns), row, strict=True)),
            "recorded": at,
            "topic_partition": 0,
            "topic_offset": offset,
        }
        for offset, (key, value, at) in enumerate(told, first)
        for row in table.rows(key, value, at, rules)
    )
    times = [column for column, kind in table.columns if kind == TIME]
    while batch := list(islice(rows, BATCH)):
        for row in batch:
            for column in times:
                row[column] = None if row[column] is None else row[column] * 1000
        connection.register("kpi_rows", pa.Table.from_pylist(batch, schema=schema))
        connection.execute(f"INSERT INTO {name} SELECT * FROM kpi_rows")
        connection.unregister("kpi_rows")


def _schema(name: str) -> pa.Schema:
    return pa.schema([(column, TYPES.get(kind, pa.int64())) for column, kind in BY_NAME[name].columns])
