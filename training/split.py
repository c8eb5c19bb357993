"""Train before, test after, and between them an embargo as long as the goal's window: no label of the past reaches into the test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from training.errors import HistoryError

TOO_SHORT = "no row's window is closed: the history is shorter than the goal's window; bring more of it, or a shorter --within"


class Timed(Protocol):
    """Whatever was decided at an instant."""

    @property
    def at(self) -> int:
        """Epoch milliseconds."""


T = TypeVar("T", bound=Timed)


@dataclass(frozen=True, kw_only=True)
class Split(Generic[T]):
    """Rows on both sides of an instant. `embargoed`: decided before it, their windows closed only after it, so in neither."""

    at: int
    train: Sequence[T]
    test: Sequence[T]
    embargoed: Sequence[T]


def split(rows: Sequence[T], *, at: int, within: int) -> Split[T]:
    """Train are the rows whose window `within` (ms) has closed at `at`, test those decided at `at` or later."""
    return Split(
        at=at,
        train=[row for row in rows if row.at + within <= at],
        test=[row for row in rows if row.at >= at],
        embargoed=[row for row in rows if row.at < at < row.at + within],
    )


def instant_for(rows: Sequence[T], *, share: float) -> int:
    """The instant from which on the latest `share` of the rows were decided. Raises HistoryError without rows."""
    if not rows:
        raise HistoryError(TOO_SHORT)
    times = sorted(row.at for row in rows)
    return times[min(len(times) - 1, int(len(times) * (1 - share)))]
