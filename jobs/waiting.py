"""What the job's program needs may not answer just when it starts again, after a leader's end: then it is waited for.

In application mode Flink takes a program that ends with an error for the end of the whole application. It removes the cluster, and with it what a
standby needs to go on.
"""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from kafka.errors import KafkaError

from udfs.core.values.errors import Unavailable

Answer = TypeVar("Answer")

PATIENCE_S = 600.0
"""Longer than a broker takes to start again, and than a node takes to be replaced."""
PAUSE_S = 2.0
SAY_EVERY_S = 10.0


def patient(ask: Callable[[], Answer], *, seconds: float, pause_s: float = PAUSE_S) -> Answer:
    """The answer of `ask`, which is asked again for so many seconds while something is unavailable. What is refused is not asked for again.

    Raises what `ask` raised last.
    """
    began, said = time.monotonic(), 0.0
    while True:
        try:
            return ask()
        except (Unavailable, KafkaError) as problem:
            now = time.monotonic()
            left = seconds - (now - began)
            if left <= 0:
                raise
            if not said or now - said >= SAY_EVERY_S:
                said = now
                sys.stderr.write(f"waiting, for {left:.0f} s at most: {str(problem) or type(problem).__name__}\n")
            time.sleep(min(pause_s, left))
