"""Throughput: how many messages a channel takes in a second, minute or hour, all customers together.

The one rule under which customers wait for each other, so the one memory that is not a customer's: how many places of each period are
taken. Who finds none gets a place in the next period that has one, and keeps it. A start begins with an empty memory. Ghosts have places
of their own: they see those that are taken, and take none of them away.
"""

from collections import Counter

from udfs.core.policy import Rate

MOST_PERIODS = 4096
"""Periods remembered for one channel before those that are over are forgotten."""

NOBODY: Counter[int] = Counter()


class Throughput:
    """The places taken, by channel and period. `parts`: how many engines share the rate; each takes its part of it."""

    def __init__(self, parts: int = 1) -> None:
        self._parts = parts
        self._taken: dict[tuple[str, bool], Counter[int]] = {}

    def take(self, channel: str, rate: Rate, now: int, *, held: bool, ghost: bool = False) -> int | None:
        """Take a place. None: there was one at `now` (or one is `held` since an earlier turn); else when the period of the place taken begins.

        Where there are fewer places than parts, each part has one in so many periods.
        """
        if held:
            return None
        most, length = max(1, rate.most // self._parts), rate.period * max(1, -(-self._parts // rate.most))
        mine = self._taken.setdefault((channel, ghost), Counter())
        others = self._taken.get((channel, False), NOBODY) if ghost else NOBODY
        period = first = now // length
        while mine[period] + others[period] >= most:
            period += 1
        mine[period] += 1
        if len(mine) > MOST_PERIODS:
            for over in [each for each in mine if each < first]:
                del mine[over]
        return None if period == first else period * length
