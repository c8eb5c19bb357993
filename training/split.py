"""Train before, test after, with an embargo as long as the goal's window in between: no training label depends on the test period."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from training.errors import HistoryError

TOO_SHORT = "no row's window is closed: the history is shorter than the goal's window; use a longer history, or a shorter --within"


class Timed(Protocol):
    """Anything with the time of a decision."""

    @property
    def at(self) -> int:
        """Epoch milliseconds."""


T = TypeVar("T", bound=Timed)


@dataclass(frozen=True, kw_only=True)
class Split(Generic[T]):
    """Rows on both sides of the split. Those in `embargoed` were decided before it, but their windows close after it: they are in neither."""

    at: int
    train: Sequence[T]
    test: Sequence[T]
    embargoed: Sequence[T]


def split(rows: Sequence[T], *, at: int, within: int) -> Split[T]:
    """Rows whose window (`within`, in ms) has closed at `at` are for training; those decided at `at` or later are for the test."""
    return Split(
        at=at,
        train=[row for row in rows if row.at + within <= at],
        test=[row for row in rows if row.at >= at],
        embargoed=[row for row in rows if row.at < at < row.at + within],
    )


def instant_for(rows: Sequence[T], *, share: float) -> int:
    """The time at which the latest `share` of the rows begins. Raises HistoryError if there are no rows."""
    if not rows:
        raise HistoryError(TOO_SHORT)
    times = sorted(row.at for row in rows)
    return times[min(len(times) - 1, int(len(times) * (1 - share)))]
