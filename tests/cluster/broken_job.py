"""The main job as a bad release: its operator fails on every event."""

import sys
from collections.abc import Iterable
from typing import Any

from pyflink.common import Row

from jobs.decide import main
from udfs.operators.decide import Decide


class Broken(Decide):
    """Raises on whatever a customer does; heartbeats pass."""

    def process_element(self, value: bytes | None, ctx: Any) -> Iterable[Row] | None:
        if value and b"userId" in value:
            message = "this release is broken"
            raise RuntimeError(message)
        return super().process_element(value, ctx)


if __name__ == "__main__":
    main(sys.argv[1:], operator=Broken)
