"""A steady rate: what is to be sent at each moment, a few at a time. One wake-up an event would cost a core that the job needs, too."""

import time
from collections.abc import Iterator

TICK_S = 0.005


def paced(rate: float, *, count: int | None = None, seconds: float | None = None) -> Iterator[int]:
    """Yield 0, 1, 2, … each when it is due at `rate` a second, late by at most a tick; until `count`, or until `seconds` have gone by."""
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
