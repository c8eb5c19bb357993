"""The Flink shell of the lake: from a Kafka record to rows, in a SQL query. What is in a row is for udfs/lake."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pyflink.table import DataTypes, FunctionContext, TableFunction
from pyflink.table.udf import udtf

from udfs.codecs.writers import Writers
from udfs.lake.pseudonyms import read_keys
from udfs.lake.tables import BY_NAME, NUMBER, TEXT, Row, Rules, Table

TYPES = {TEXT: DataTypes.STRING(), NUMBER: DataTypes.DOUBLE()}


class Known(TableFunction):  # type: ignore[misc]
    """The rows of one table. What is shipped with the job, and shown by it, is the path of the keys: they are read where the rows are made."""

    def __init__(self, table: str, *, keys: str, traits: frozenset[str], max_bytes: int, writers: Callable[[], Writers] | None = None) -> None:
        self._table, self._keys, self._traits, self._max_bytes, self._new_writers = table, keys, traits, max_bytes, writers

    def open(self, function_context: FunctionContext) -> None:
        """Read the keys; Flink calls it at every start and restore."""
        self._rules = Rules(
            pseudonyms=read_keys(Path(self._keys)),
            traits=self._traits,
            writers=self._new_writers() if self._new_writers is not None else None,
            max_bytes=self._max_bytes,
        )
        self._rows = BY_NAME[self._table].rows

    def eval(self, key: bytes | None, value: bytes | None, at: int) -> Iterator[Row]:
        """The rows of one record; `at` is its time, epoch milliseconds."""
        return self._rows(key, value, at, self._rules)


def known(table: Table, told: Known) -> Any:
    """The function as SQL calls it: times are whole numbers here, and become instants there."""
    return udtf(told, result_types=[TYPES.get(kind, DataTypes.BIGINT()) for _, kind in table.read_columns])
