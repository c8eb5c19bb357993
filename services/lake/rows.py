"""Reading and writing the rows of Parquet files, a batch at a time: memory holds one batch, whatever the size of a file."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from services.lake.store import File, Lake, LakeError
from udfs.lake.tables import LINKED, PERSON

BATCH = 64 * 1024
GROUP = 256 * 1024
"""Rows of a row group: what a query skips or reads as a whole."""
RECORDED = "recorded"


def batches(lake: Lake, files: Iterable[File], columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of files. Columns that an older file lacks are left out of its batches. Raises LakeError."""
    for file in files:
        try:
            with lake.files.open_input_file(file.path) as opened, pq.ParquetFile(opened) as parquet:
                known = None if columns is None else [name for name in columns if name in parquet.schema_arrow.names]
                yield from parquet.iter_batches(batch_size=BATCH, columns=known)
        except (pa.ArrowException, OSError) as problem:
            message = f"{file.path} cannot be read ({problem}): move it out of the lake, and the rest is usable"
            raise LakeError(message) from problem


def schema_of(lake: Lake, files: Iterable[File]) -> pa.Schema:
    """The columns of all files together."""
    found = []
    for file in files:
        try:
            with lake.files.open_input_file(file.path) as opened:
                found.append(pq.read_schema(opened))
        except (pa.ArrowException, OSError) as problem:
            message = f"{file.path} cannot be read ({problem}): move it out of the lake, and the rest is usable"
            raise LakeError(message) from problem
    return pa.unify_schemas([each.remove_metadata() for each in found])


def write(lake: Lake, path: str, schema: pa.Schema, rows: Iterable[pa.RecordBatch]) -> int:
    """Write rows to a new file, and return how many. Without any there is no file."""
    count = 0
    try:
        with lake.files.open_output_stream(path) as opened, pq.ParquetWriter(opened, schema, compression="snappy") as writer:
            for table in _gathered(schema, rows):
                writer.write_table(table, row_group_size=GROUP)
                count += table.num_rows
    except BaseException:
        with suppress(OSError, pa.ArrowException):
            lake.files.delete_file(path)
        raise
    if not count:
        lake.files.delete_file(path)
    return count


def without(rows: Iterable[pa.RecordBatch], people: Mapping[str, int]) -> Iterator[pa.RecordBatch]:
    """The rows that are of nobody who is erased."""
    if not people:
        yield from rows
        return
    names = pa.array(people.keys(), pa.string())
    limits = pa.array(people.values(), pa.int64())
    for batch in rows:
        kept = batch.filter(pc.invert(is_erased(batch, names, limits)))
        if kept.num_rows:
            yield kept


def is_erased(batch: pa.RecordBatch, names: pa.Array, limits: pa.Array) -> pa.Array:
    """For each row, whether it is of somebody who is erased, and was recorded before that. `limits`: epoch milliseconds."""
    found = pc.index_in(batch.column(PERSON), value_set=names)
    if RECORDED not in batch.schema.names:
        return pc.is_valid(found)
    recorded = pc.cast(pc.cast(batch.column(RECORDED), pa.timestamp("ms")), pa.int64())
    return pc.fill_null(pc.less(recorded, pc.take(limits, found)), False)


def linked(batch: pa.RecordBatch, names: pa.Array) -> set[str]:
    """The further pseudonyms (of browsers, of ids before a login) of these people."""
    mine = batch.filter(pc.is_in(batch.column(PERSON), value_set=names))
    found: set[str] = set()
    for column in LINKED:
        if column in mine.schema.names:
            found |= {each for each in mine.column(column).unique().to_pylist() if each is not None}
    return found


def _gathered(schema: pa.Schema, rows: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches of small files put together, each with all columns."""
    held: list[pa.Table] = []
    count = 0
    for batch in rows:
        held.append(_with_all(schema, pa.Table.from_batches([batch])))
        count += batch.num_rows
        if count >= GROUP:
            yield pa.concat_tables(held)
            held, count = [], 0
    if held:
        yield pa.concat_tables(held)


def _with_all(schema: pa.Schema, table: pa.Table) -> pa.Table:
    columns = [table.column(each.name) if each.name in table.schema.names else pa.nulls(table.num_rows, each.type) for each in schema]
    return pa.Table.from_arrays(
        [
            pa.chunked_array(column).cast(each.type) if not isinstance(column, pa.ChunkedArray) else column.cast(each.type)
            for column, each in zip(columns, schema, strict=True)
        ],
        schema=schema,
    )
