"""What decisions and outcomes say of every version of a model, in every campaign and in all of them together. Pure.

Only decisions count that acted, were held out, or chose to send nothing: each of these has an outcome, if its campaign has a goal.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Self

from services.drift.cells import KEPT_WEEKS, WEEK, Cell, Week, tidy
from services.drift.predicts import Asked, Compared
from services.rollout.tally import ANSWERS
from udfs.core.goal_outcome import OutcomeStatus
from udfs.core.records import Outcome, Reason
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import HOUR

ALL = ""
"""Stands for all campaigns together."""
AHEAD = HOUR
"""A decision whose time is so far ahead of the clock is left out: it would end all weeks before it."""
MAX_OPEN = 300_000
"""Predictions whose outcomes are not known yet; at the first start, those of all weeks that are kept. Beyond that no further one is followed."""
SCORED = frozenset({Outcome.ACTED, Outcome.HELD_OUT, Outcome.CONTROL})
Key = tuple[str, str]
"""The version of a model, name:version, and a campaign or `ALL`."""


class Opened(NamedTuple):
    """A prediction whose outcome is not known yet."""

    label: str
    campaigns: tuple[str, ...]
    """The cells in which it counts: that of its campaign, of all of them, or both."""
    week: int
    predicted: float
    absent: bool


@dataclass(kw_only=True)
class Tally:
    """All models of one control topic."""

    VERSION: ClassVar[int] = 1
    """Of what `packed` writes."""
    cells: dict[Key, Cell] = field(default_factory=dict)
    newest: int = 0
    """The newest week."""
    unfollowed: int = 0
    """Predictions for which there was no room."""
    _open: dict[bytes, list[Opened]] = field(default_factory=dict)
    """By decision."""

    def take_decision(self, decision: Mapping[str, Any], compared: Mapping[Asked, Compared], *, now: int) -> None:
        """One decision, at `now` (epoch milliseconds) by the wall clock. Raises KeyError, TypeError or ValueError for a record that is none."""
        campaign, at = str(decision["campaign"]), int(decision["at"])
        counts = decision["outcome"] in SCORED or decision["reason"] == Reason.NOTHING_CHOSEN
        week = at // WEEK
        if not counts or at > now + AHEAD or week <= self.newest - KEPT_WEEKS:
            return
        self.newest = max(self.newest, week)
        customer = fingerprint(str(decision["user_id"]))
        for name, label, value in _answers(decision):
            cells = tuple(each for each in (campaign, ALL) if self._week(label, each, week).take(customer, at, value))
            told = compared.get(Asked(label, campaign, name))
            if not cells or told is None or told.why_not or not 0 <= value <= 1:
                continue
            mark = fingerprint(str(decision["decision_id"]))
            if len(self._open) >= MAX_OPEN and mark not in self._open:
                self.unfollowed += 1
                continue
            self._open.setdefault(mark, []).append(Opened(label, cells, week, value, told.absent))

    def take_outcome(self, outcome: Mapping[str, Any]) -> None:
        """One outcome. A provisional one waits: only successes are early. Of one that was cut nobody knows the end."""
        if outcome["status"] == OutcomeStatus.PROVISIONAL:
            return
        followed = outcome["conversions"] > 0
        for each in self._open.pop(fingerprint(outcome["decision_id"]), ()):
            if outcome["status"] != OutcomeStatus.FINAL:
                continue
            for campaign in each.campaigns:
                if (cell := self.cells.get((each.label, campaign))) is not None and each.week in cell:
                    cell[each.week].follow(each.predicted, happened=followed is not each.absent)

    def tidy(self) -> None:
        """Forget what is too old: weeks, versions that nobody asks any more, predictions whose outcome never came."""
        for key, cell in list(self.cells.items()):
            tidy(cell, self.newest)
            if not cell:
                del self.cells[key]
        for mark in [mark for mark, opened in self._open.items() if opened[0].week <= self.newest - KEPT_WEEKS]:
            del self._open[mark]

    def packed(self) -> dict[str, Any]:
        """As it is written to a file."""
        cells = [[*key, {str(week): found.packed() for week, found in cell.items()}] for key, cell in self.cells.items()]
        return {"cells": cells, "newest": self.newest, "open": {mark.hex(): opened for mark, opened in self._open.items()}}

    @classmethod
    def unpacked(cls, told: Mapping[str, Any]) -> Self:
        """What `packed` has made. Raises KeyError, ValueError, TypeError or AttributeError for anything else."""
        return cls(
            cells={(str(label), str(name)): {int(week): Week.unpacked(each) for week, each in cell.items()} for label, name, cell in told["cells"]},
            newest=int(told["newest"]),
            _open={bytes.fromhex(mark): [_opened(each) for each in opened] for mark, opened in told["open"].items()},
        )

    def _week(self, label: str, campaign: str, week: int) -> Week:
        return self.cells.setdefault((label, campaign), {}).setdefault(week, Week())


def _answers(decision: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Score, version of a model and what it said: of who spoke, and of a shadow. A cold start is nobody's answer."""
    for name, score in (decision.get("scores") or {}).items():
        for said in (score, score.get("shadow")):
            if said and said["reason"] in ANSWERS and said["score"] is not None and math.isfinite(said["score"]):
                yield name, str(said["model"]), float(said["score"])


def _opened(told: Sequence[Any]) -> Opened:
    label, campaigns, week, predicted, absent = told
    return Opened(str(label), tuple(map(str, campaigns)), int(week), float(predicted), bool(absent))
