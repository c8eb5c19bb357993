"""Whether too many of the events of the last minutes were refused: a bad release of a tracker must not drain a topic unnoticed.

Only totals are compared, so it costs nothing for an event, and what is kept is bounded whatever the rate.
"""

from collections import deque
from dataclasses import dataclass

MAX_PERCENT = 99
MAX_MINUTES = 60
MIN_EVENTS = 100
"""Of fewer events in the window nothing is concluded: one of two is no trend."""
STEPS = 60
"""Parts of the window that are kept apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionLimit:
    """More than `percent` of the events of the last `minutes` must not be refused."""

    percent: int
    minutes: int

    @property
    def seconds(self) -> float:
        """The length of the window."""
        return self.minutes * 60.0


class Refusals:
    """The last minutes of one source of totals. A job that starts again counts from zero: what it counts then is added to what was."""

    def __init__(self, limit: RejectionLimit, *, now: float) -> None:
        """Nothing is known before `now`, in seconds of any clock that does not go back."""
        self._limit = limit
        self._total = self._refused = 0
        self._held: deque[tuple[float, int, int]] = deque([(now, 0, 0)])
        self._before: tuple[int, int] | None = None

    def exceeded(self, now: float, *, total: int, refused: int) -> float | None:
        """Take in how many events there were in all, and how many of them were refused, as it stands at `now`.

        The percentage that was refused where that is too much, else None. The first totals are where counting begins.
        """
        last, self._before = self._before, (total, refused)
        if last is not None:
            is_new = total < last[0] or refused < last[1]
            self._total += total if is_new else total - last[0]
            self._refused += refused if is_new else refused - last[1]
        held, seconds = self._held, self._limit.seconds
        while len(held) > 1 and held[1][0] <= now - seconds:
            held.popleft()
        _, total_before, refused_before = held[0]
        if now - held[-1][0] >= seconds / STEPS:
            held.append((now, self._total, self._refused))
        everything = self._total - total_before
        lost = min(everything, self._refused - refused_before)  # a timer on which the engine failed is no event
        return 100 * lost / everything if everything >= MIN_EVENTS and 100 * lost > self._limit.percent * everything else None
