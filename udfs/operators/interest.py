"""The Flink shell of interest: from a Kafka record to who looked at what, in a SQL query. What a row says is for udfs/interest."""

from collections.abc import Callable, Iterator
from typing import Any

from pyflink.table import DataTypes, FunctionContext, TableFunction
from pyflink.table.udf import udtf

from udfs.codecs.writers import Writers
from udfs.interest.looks import Look, looks


class Looked(TableFunction):  # type: ignore[misc]
    """The looks of one record, whatever its format."""

    def __init__(self, *, max_bytes: int, writers: Callable[[], Writers] | None = None) -> None:
        self._max_bytes, self._new_writers = max_bytes, writers

    def open(self, function_context: FunctionContext) -> None:
        """Flink calls it at every start and restore."""
        self._writers = self._new_writers() if self._new_writers is not None else None

    def eval(self, key: bytes | None, value: bytes | None, at: int) -> Iterator[Look]:
        """The rows of one record; `at` is its time, epoch milliseconds."""
        return looks(key, value, at, max_bytes=self._max_bytes, writers=self._writers)


def looked(told: Looked) -> Any:
    """The function as SQL calls it."""
    text, whole = DataTypes.STRING(), DataTypes.BIGINT()
    return udtf(told, result_types=[text, whole, text, text, text, whole])
