"""An operator that fails once, from outside: production code knows nothing of it."""

from collections.abc import Iterable
from typing import Any

from pyflink.common import Row

from udfs.operators.decide import Decide

MARK = b"fail-here-once"

failed = False
"""Of this interpreter: a failover in the same JVM finds it set, a new TaskManager would not, and would fail again and again."""


class FailingOnce(Decide):
    """Raises on the first record that carries the mark."""

    def process_element(self, value: bytes | None, ctx: Any) -> Iterable[Row] | None:
        global failed  # noqa: PLW0603 - the point of it, see above
        if value and MARK in value and not failed:
            failed = True
            message = "asked to fail"
            raise RuntimeError(message)
        return super().process_element(value, ctx)
