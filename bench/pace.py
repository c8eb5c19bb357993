"""A steady rate, a few items at a time: one wake-up per event would use a core that the job needs."""

import time
from collections.abc import Iterator

TICK_S = 0.005


def paced(rate: float, *, count: int | None = None, seconds: float | None = None) -> Iterator[int]:
    """Yield 0, 1, 2, … each when it is due at `rate` a second, at most one tick late, until `count` or until `seconds` have passed."""
    began = time.monotonic()
    number = 0
    while count is None or number < count:
        gone = time.monotonic() - began
        if seconds is not None and gone >= seconds:
            return
        ahead = number / rate - gone
        if ahead > 0:
            time.sleep(max(ahead, TICK_S))
            continue
        yield number
        number += 1
