"""How fast news may be handed over: at a rate, and slower while the main job is behind with what it reads. Pure."""

from collections import deque
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

P = TypeVar("P", bound=Hashable)
FAR = 3.0
"""Behind by more than this many times the tolerated delay, nothing is handed over."""
STEPS = 16
"""The full rate is reached again after as many looks in which the job keeps up."""
FLOOR = 64
"""While the job is a little behind, at least this part of the full rate goes on: 1 / FLOOR."""
MAX_LOOKS = 10_000
"""Of a job that does not run at all. It is far behind then, by however much."""
BURST_S = 0.1
"""Seconds of the rate that may be handed over at once."""


class Delay(Generic[P]):
    """By how many seconds a reader is behind: the age of the first record that it has not read, told from where topics ended at each look."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, dict[P, int]]] = deque(maxlen=MAX_LOOKS)

    def look(self, now: float, ends: Mapping[P, int], read: Mapping[P, int]) -> float | None:
        """Seconds at `now`, from the end of each partition and how far it was read. None: nothing was read yet, so nobody knows."""
        self._looks.append((now, dict(ends)))
        if not read:
            return None
        while len(self._looks) > 1 and self._is_read(self._looks[0][1], read):
            self._looks.popleft()
        at, first = self._looks[0]
        return 0.0 if self._is_read(first, read) else now - at

    @staticmethod
    def _is_read(ends: Mapping[P, int], read: Mapping[P, int]) -> bool:
        return all(end <= read.get(place, 0) for place, end in ends.items())


class Pace:
    """The rate in force, in events a second."""

    def __init__(self, most: float, *, tolerated_s: float) -> None:
        """`most`: with a job that keeps up; `tolerated_s`: a delay of the job that is usual, in seconds."""
        self._most, self._tolerated = most, tolerated_s
        self.rate = most / STEPS
        self._ready = 0.0
        self._at: float | None = None

    def saw(self, delay_s: float | None) -> None:
        """Take in how far the job is behind; None: not known, which is no reason to load it."""
        if delay_s is None or delay_s > FAR * self._tolerated:
            self.rate = 0.0
        elif delay_s > self._tolerated:
            self.rate = max(self.rate / 2, self._most / FLOOR)
        else:
            self.rate = min(self._most, self.rate + self._most / STEPS)

    def ready(self, now: float) -> int:
        """How many may be handed over at `now` (seconds on any clock that does not go back)."""
        passed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._ready = min(self._ready + passed * self.rate, 1.0 + self.rate * BURST_S) if self.rate else 0.0
        return int(self._ready)

    def took(self, count: int) -> None:
        """So many were handed over."""
        self._ready -= count
