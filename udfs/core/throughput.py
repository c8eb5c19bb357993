"""Throughput: how many messages a channel takes in a second, minute or hour, all customers together.

The one rule under which customers wait for each other, so the one memory that is not a customer's: how many places of each period are
taken. Who finds none gets a place in the next period that has one, and keeps it. A start begins with an empty memory.
"""

from udfs.core.policy import Rate

MOST_PERIODS = 4096
"""Periods remembered for one channel; the oldest are forgotten."""


class Throughput:
    """The places taken, by channel and period. `parts`: how many engines share the rate; each takes its part of it."""

    def __init__(self, parts: int = 1) -> None:
        self._parts = parts
        self._taken: dict[str, dict[int, int]] = {}

    def take(self, channel: str, rate: Rate, now: int, *, held: bool) -> int | None:
        """Take a place. None: there was one at `now` (or one is `held` since an earlier turn); else when the period of the place taken begins."""
        most = max(1, rate.most // self._parts)
        taken = self._taken.setdefault(channel, {})
        period = now // rate.period
        if held:
            return None
        if taken.get(period, 0) < most:
            taken[period] = taken.get(period, 0) + 1
            self._forget(taken)
            return None
        later = period + 1
        while taken.get(later, 0) >= most:
            later += 1
        taken[later] = taken.get(later, 0) + 1
        self._forget(taken)
        return later * rate.period

    def _forget(self, taken: dict[int, int]) -> None:
        if len(taken) > MOST_PERIODS:
            for period in sorted(taken)[: MOST_PERIODS // 2]:
                del taken[period]
