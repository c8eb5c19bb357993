"""Decisions and their outcomes, as the job wrote them, as logged choices: from files of JSON lines, or from a lake.

Only what acted counts, and only once its outcome is final: outcomes that are early are successes only. Of the records of one decision the one with
the highest revision counts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from services.lake.ask import fetched, opened, run
from services.lake.store import Lake
from training.errors import HistoryError
from training.logged import lines
from training.ope.log import LEAST_PROBABILITY, ROUNDED, Choice, Log, log_of
from udfs.core.chosen import Chosen
from udfs.core.values.errors import KairosError
from udfs.core.values.numbers import MAX_MAGNITUDE

REWARDS = ("conversion", "value")
"""What counts: whether the goal was reached, or what it was worth."""
_NOT_FINAL = "outcome not final"
_DECISIONS = "SELECT decision, person, campaign, variant, outcome, probability, choice FROM decisions WHERE campaign = ?"
_OUTCOMES = "SELECT decision, person, campaign, revision, status, conversions, value, unvalued FROM outcomes WHERE campaign = ?"


class Decided(msgspec.Struct, kw_only=True):
    """What is read of a decision."""

    decision_id: str
    user_id: str
    campaign: str
    outcome: str
    variant: str | None = None
    probability: float | None = None
    choice: Chosen | None = None


class Came(msgspec.Struct, kw_only=True):
    """What is read of an outcome."""

    decision_id: str
    campaign: str
    revision: int
    status: str
    conversions: int
    value: float | None = None
    unvalued: int = 0
    user_id: str = ""
    """Whose outcome it is: somebody else's than the decision's where the id of that turned out to be hers."""


@dataclass(kw_only=True)
class Gathered:
    """Decisions of one campaign that acted, and the newest outcome of each."""

    campaign: str
    decided: dict[str, Decided] = field(default_factory=dict)
    came: dict[str, Came] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    """Campaigns that were passed over -> their decisions."""
    withheld: int = 0

    def take(self, record: Decided | Came) -> None:
        """One record, in any order."""
        if record.campaign != self.campaign:
            self.others[record.campaign] += isinstance(record, Decided)
        elif isinstance(record, Came):
            before = self.came.get(record.decision_id)
            if before is None or before.revision <= record.revision:
                self.came[record.decision_id] = record
        elif record.outcome == "acted":
            self.decided[record.decision_id] = record
        elif record.outcome == "withheld" and record.variant is not None:
            self.withheld += 1

    def log(self, reward: str) -> Log:
        """Every decision whose outcome is final. Raises HistoryError if there is none."""
        if not self.decided:
            told = f": the decisions are of {', '.join(self.others)}" if self.others else ""
            problem = f"no decision of campaign {self.campaign!r} acted{told}"
            raise HistoryError(problem)
        left = Counter[str]()
        choices = [found for each in self.decided.values() if (found := self._choice(each, reward, left)) is not None]
        if not choices:
            problem = f"none of {len(self.decided):,} decisions that acted can be used ({_listed(left)})"
            raise HistoryError(problem + (f": {self._missing()}" if left[_NOT_FINAL] else ""))
        notes = [f"left out: {_listed(left)}"] if left else []
        if any(not choice.feasible for choice in choices):
            after = f", and {self.withheld:,} decisions were withheld after the draw" if self.withheld else ""
            notes.append(f"drawn by a split, so which variants could be sent was not logged{after}: this is about customers whom theirs could reach")
        return log_of(choices, notes=notes)

    def _missing(self) -> str:
        """What to do about outcomes that are not final."""
        if not self.came:
            return "no outcome was read. The campaign needs a goal; `kairos try --records` and `kairos tail outcomes --json` write outcomes"
        return "the goal's time must be over"

    def _choice(self, decided: Decided, reward: str, left: Counter[str]) -> Choice | None:
        came = self.came.get(decided.decision_id)
        if came is None or came.status == "provisional":
            left[_NOT_FINAL] += 1
        elif came.status == "cut":
            left["outcome cut short"] += 1
        elif decided.variant is None or decided.probability is None or not LEAST_PROBABILITY <= decided.probability <= 1 + ROUNDED:
            left["no probability above 0 and at most 1"] += 1
        elif reward == "value" and (came.value is None or came.unvalued or not abs(came.value) <= MAX_MAGNITUDE):
            left["no value"] += 1
        else:
            choice = decided.choice
            return Choice(
                arm=(choice and choice.way) or decided.variant,
                reward=float(came.conversions > 0) if reward == "conversion" else float(came.value or 0.0),
                probability=decided.probability,
                feasible=tuple(choice.probabilities) if choice else (),
                context=choice.context if choice else "",
                person=came.user_id or decided.user_id,
                place=f"decision {decided.decision_id}",
            )
        return None


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in counts.most_common())


def from_files(paths: Iterable[Path], campaign: str) -> Gathered:
    """Decisions and outcomes of files, as `kairos try --records` or `kairos tail --json` writes them. Raises HistoryError."""
    gathered = Gathered(campaign=campaign)
    for path in paths:
        for record in _records(path):
            gathered.take(record)
    return gathered


def _records(path: Path) -> Iterator[Decided | Came]:
    for number, told in lines(path):
        topic, value = (told["topic"], told.get("value")) if "topic" in told else ("outcomes" if "revision" in told else "decisions", told)
        if topic not in ("decisions", "outcomes"):  # no set: a line may say what none can hold
            continue
        try:
            yield msgspec.convert(value, Decided) if topic == "decisions" else msgspec.convert(value, Came)
        except msgspec.MsgspecError as error:
            problem = f"{path}, line {number}: neither a decision nor an outcome: {error}"
            raise HistoryError(problem) from error


def from_lake(place: str, campaign: str) -> Gathered:
    """Decisions and outcomes of a lake: a folder, or s3://bucket/lake. Raises HistoryError."""
    gathered = Gathered(campaign=campaign)
    try:
        with opened(Lake(place)) as connection:
            for decision, person, name, variant, outcome, probability, choice in fetched(run(connection, _DECISIONS, [campaign])):
                found = _chosen(choice)
                gathered.take(
                    Decided(
                        decision_id=decision, user_id=person, campaign=name, variant=variant, outcome=outcome, probability=probability, choice=found
                    )
                )
            for decision, person, name, revision, status, conversions, value, unvalued in fetched(run(connection, _OUTCOMES, [campaign])):
                gathered.take(
                    Came(
                        decision_id=decision,
                        user_id=person,
                        campaign=name,
                        revision=revision,
                        status=status,
                        conversions=conversions,
                        value=value,
                        unvalued=unvalued or 0,
                    )
                )
    except KairosError as problem:
        raise HistoryError(problem.message) from problem
    return gathered


def _chosen(told: Any) -> Chosen | None:
    """What the lake holds as JSON."""
    return msgspec.json.decode(told, type=Chosen | None) if told else None
