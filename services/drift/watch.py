"""The monitor of drift: reads control, decisions and outcomes, and says which models have drifted, and in which campaigns. It changes nothing."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from services.control.listing import Published
from services.drift.judge import Row, drifted, rows
from services.drift.predicts import Asked, Compared, comparisons
from services.drift.tally import Tally
from services.rollout.watch import take_each
from udfs.core.campaigns.book import Book

log = logging.getLogger("drift")


class Control(Protocol):
    """What is published."""

    def read(self) -> tuple[Book, list[Published]]:
        """What is in force, compiled and as it was published."""
        ...


class Reader(Protocol):
    """Records as they are committed."""

    def read(self) -> Iterable[Mapping[str, Any]]:
        """What has come since the last call."""
        ...


class DriftWatch:
    """Follows every model of one control topic."""

    def __init__(self, control: Control, decisions: Reader, outcomes: Reader, tally: Tally) -> None:
        self._control, self._decisions, self._outcomes, self.tally = control, decisions, outcomes, tally
        self.rows: list[Row] = []
        """What is known of each version in each campaign, as of the last round."""
        self.newly: list[str] = []
        """What this round has found that the one before had not, in words."""
        self._known: set[tuple[str, str, str]] = set()
        self._compared: tuple[Book | None, Mapping[Asked, Compared]] = (None, {})

    def round(self, *, now: int) -> None:
        """Look once, at `now` (epoch milliseconds). Raises KairosError or an error of Kafka; the next round then looks again."""
        compared = self._comparisons()
        before = self.tally.unfollowed
        take_each(self._decisions.read(), lambda decision: self.tally.take_decision(decision, compared, now=now))
        take_each(self._outcomes.read(), self.tally.take_outcome)
        self.tally.tidy()
        if self.tally.unfollowed > before:
            log.warning("%d predictions are not followed: too many wait for their outcomes", self.tally.unfollowed - before)
        self.rows = rows(self.tally, compared)
        self._tell(self.rows)

    def _comparisons(self) -> Mapping[Asked, Compared]:
        book, published = self._control.read()
        if book is not self._compared[0]:
            self._compared = book, comparisons(book, published)
        return self._compared[1]

    def _tell(self, found: Sequence[Row]) -> None:
        known = set()
        self.newly = []
        for row, about, why in drifted(found):
            known.add((row.label, row.campaign, about))
            if (row.label, row.campaign, about) not in self._known:
                self.newly.append(f"{row.where}: {why}")
        self._known = known
