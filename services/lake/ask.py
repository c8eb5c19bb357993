"""Ask the lake in SQL, with DuckDB: a view for each table, over its finished files and without whoever is erased.

Only a single SELECT runs, and it can open nothing but those files: no other file, no network, no extension, no setting.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from services.lake import views
from services.lake.erased import erased
from services.lake.rows import RECORDED
from services.lake.store import File, Lake, LakeError
from udfs.core.values.errors import InvalidInput
from udfs.lake.tables import BY_NAME, NUMBER, PERSON, TEXT, TIME, Table

KINDS = {TEXT: "VARCHAR", NUMBER: "DOUBLE", TIME: "TIMESTAMP", "INT": "INTEGER"}
MEMORY = "1GB"
"""What a query may use before it goes on in a temporary folder."""
SPILL = "20GB"
BATCH = 10_000
MS = pa.timestamp("ms")


class BadQuery(InvalidInput):
    """A query that is wrong, or not allowed."""


@contextmanager
def opened(lake: Lake, *, memory: str = MEMORY, threads: int = 0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that sees the lake as it is now, and nothing else. Raises LakeError."""
    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "memory_limit": memory}
    with tempfile.TemporaryDirectory(prefix="kairos-lake-") as scratch, duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"SET temp_directory = {_text(scratch)}")
        connection.execute(f"SET max_temp_directory_size = '{SPILL}'")
        connection.execute("SET TimeZone = 'UTC'" if _has_zones(connection) else "SELECT 1")
        connection.execute("SET python_enable_replacements = false")
        if threads:
            connection.execute(f"SET threads = {threads:d}")
        files = lake.finished()
        people = erased(lake)
        # No table of the database's own: a SELECT may hold a DELETE, and whoever is erased must not come back by it.
        connection.register("erased_people", pa.table({"person": pa.array([*people], pa.string()), "before": pa.array([*people.values()], MS)}))
        for table in BY_NAME.values():
            _view(connection, lake, table, [file for file in files if file.table == table.name], anybody=bool(people))
        views.create(connection)
        if lake.is_local:
            connection.execute(f"SET allowed_paths = [{', '.join(_text(file.path) for file in files)}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Run one SELECT and return its result, to be fetched. Raises BadQuery, with what DuckDB says, and LakeError."""
    try:
        query.encode()
        statements = duckdb.extract_statements(query)
    except UnicodeEncodeError as problem:
        message = f"the query is no UTF-8 from its character {problem.start + 1} on"
        raise BadQuery(message) from problem
    except duckdb.Error as problem:
        raise BadQuery(_told(problem)) from problem
    if len(statements) != 1:
        message = f"{len(statements)} statements: the lake answers one SELECT at a time"
        raise BadQuery(message)
    if statements[0].type != duckdb.StatementType.SELECT:
        message = f"{statements[0].type.name} is not allowed: the lake answers SELECT (also WITH, FROM, DESCRIBE, SUMMARIZE and SHOW TABLES)"
        raise BadQuery(message)
    return run(connection, query)


def run(connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> duckdb.DuckDBPyConnection:
    """Run a query of our own. Raises BadQuery and LakeError."""
    try:
        return connection.execute(query, values) if values else connection.execute(query)
    except duckdb.IOException as problem:
        message = f"{_told(problem)}: files were replaced meanwhile, or cannot be read; ask again"
        raise LakeError(message) from problem
    except duckdb.OutOfMemoryException as problem:
        message = f"{_told(problem)}: ask for less at once, such as fewer days"
        raise LakeError(message) from problem
    except duckdb.PermissionException as problem:
        message = f"not allowed: a query reads {', '.join(views.NAMES)}, and nothing else ({_told(problem)})"
        raise BadQuery(message) from problem
    except duckdb.Error as problem:
        raise BadQuery(_told(problem)) from problem


def fetched(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """The rows of a result, a batch at a time. Raises BadQuery for what is found only now, such as a text in the place of a number."""
    while True:
        try:
            batch = result.fetchmany(BATCH)
        except duckdb.Error as problem:
            raise BadQuery(_told(problem)) from problem
        if not batch:
            return
        yield from batch


def _view(connection: duckdb.DuckDBPyConnection, lake: Lake, table: Table, files: Sequence[File], *, anybody: bool) -> None:
    columns = [(name, KINDS.get(kind, "BIGINT")) for name, kind in table.columns]
    if not files:
        empty = ", ".join(f"NULL::{kind} AS {_name(name)}" for name, kind in (*columns, ("dt", "DATE")))
        connection.execute(f"CREATE VIEW {_name(table.name)} AS SELECT {empty} WHERE false")
        return
    if lake.is_local:
        told = ", ".join(_text(file.path) for file in files)
        source = f"read_parquet([{told}], hive_partitioning = true, hive_types = {{'dt': DATE}}, union_by_name = true)"
    else:
        source = f"files_of_{table.name}"
    try:
        if not lake.is_local:
            told_by_path = ds.partitioning(flavor="hive")
            found = ds.dataset([file.path for file in files], filesystem=lake.files, format="parquet", partitioning=told_by_path)
            connection.register(source, found)
        held = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    except (duckdb.Error, OSError, pa.ArrowException) as problem:
        message = f"the files of {table.name} cannot be read: {_told(problem).partition(chr(10))[0]}: restore that file, or move it out of the lake"
        raise LakeError(message) from problem
    # A column that is newer than every file is there all the same, and one that no table has any more stays readable.
    named = {name for name, _ in columns}
    known = [f"{_name(name)}::{kind} AS {_name(name)}" if name in held else f"NULL::{kind} AS {_name(name)}" for name, kind in columns]
    known += [_name(name) for name in sorted(held - named - {"dt"})]
    left = (
        f" AS row WHERE NOT EXISTS (SELECT 1 FROM erased_people AS gone WHERE gone.person = row.{PERSON} AND row.{RECORDED} < gone.before)"
        if anybody
        else ""
    )
    connection.execute(f"CREATE VIEW {_name(table.name)} AS SELECT {', '.join(known)}, dt::DATE AS dt FROM {source}{left}")


def _has_zones(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM duckdb_extensions() WHERE extension_name = 'icu' AND loaded").fetchall()[0][0])


def _told(problem: Exception) -> str:
    """What DuckDB says, without the name of the error's class."""
    return str(problem).partition("Error: ")[2].strip() or str(problem)


def _text(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
