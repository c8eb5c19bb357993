"""From decisions and outcomes of a campaign to people: what was decided about each, how they were scored, and whether they reached the goal."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from services.lift.dump import each_of, is_outcome
from udfs.core.values.errors import InvalidInput
from udfs.core.values.problems import did_you_mean

USER = "user_id"
WOULD = frozenset({"acted", "control", "held_out"})
"""Outcomes of whoever was sent a message, or was not by chance alone."""
MAX_GROUPS = 50
"""Values of one attribute: more are no groups, but people one by one."""


class BadGroups(InvalidInput):
    """What says who belongs to which group cannot be used; the message says why."""


class _Score(msgspec.Struct):
    score: float
    reason: str = ""


class _Decision(msgspec.Struct):
    decision_id: str
    user_id: str
    campaign: str
    outcome: str
    at: int
    scores: dict[str, _Score] = {}
    features: dict[str, Any] = {}


class _Outcome(msgspec.Struct):
    decision_id: str
    revision: int
    status: str
    user_id: str
    campaign: str
    conversions: int


@dataclass
class Person:
    """What one customer had of the campaign."""

    reached: bool = False
    """Whether a message was sent at least once, or would have been but for a holdout or a control group."""
    scored: dict[str, list[float]] = field(default_factory=dict)
    converted: bool | None = None
    """Whether the goal was reached after one of the decisions; None: no outcome is final."""
    at: int = -1
    features: Mapping[str, Any] = field(default_factory=dict)
    """Of the latest decision."""

    def score(self, name: str) -> float | None:
        """The mean of what a model said."""
        return fmean(self.scored[name]) if self.scored.get(name) else None


@dataclass(frozen=True)
class People:
    """Everybody of a campaign, by id."""

    persons: Mapping[str, Person]
    scores: Sequence[str]
    """The names of the campaign's scores."""


def people_of(files: Iterable[Path], campaign: str) -> People:
    """Read JSON lines, as `kairos try --records` and `kairos tail … --json` write them. Raises BadDump, with the line, and InvalidInput."""
    read = _Read(campaign)
    each_of(files, read.take)
    return read.people()


class _Read:
    """What the files have said so far."""

    def __init__(self, campaign: str) -> None:
        self.campaign = campaign
        self.persons: dict[str, Person] = {}
        self.whose: dict[str, str] = {}
        """Decision -> the id about which it was decided. An outcome may be of the person that it has turned out to be."""
        self.latest: dict[str, _Outcome] = {}
        self.known: set[str] = set()

    def take(self, value: Mapping[str, Any]) -> None:
        if is_outcome(value):
            told = msgspec.convert(value, _Outcome)
            before = self.latest.get(told.decision_id)
            if told.campaign == self.campaign and (before is None or before.revision < told.revision):
                self.latest[told.decision_id] = told
            return
        decision = msgspec.convert(value, _Decision)
        self.known.add(decision.campaign)
        if decision.campaign == self.campaign and decision.outcome != "deferred":
            self.whose[decision.decision_id] = decision.user_id
            _take(self.persons.setdefault(decision.user_id, Person()), decision)

    def people(self) -> People:
        if not self.persons:
            known = f"they know {', '.join(sorted(self.known)[:20])}" if self.known else "they hold no decision at all"
            message = f"no decision of campaign {self.campaign!r} in these files: {did_you_mean(self.campaign, self.known) or known}"
            raise InvalidInput(message)
        for decision, told in self.latest.items():
            if told.status == "final" and (person := self.persons.get(self.whose.get(decision, told.user_id))) is not None:
                person.converted = bool(person.converted) or told.conversions > 0
        return People(self.persons, sorted({name for person in self.persons.values() for name in person.scored}))


def _take(person: Person, decision: _Decision) -> None:
    person.reached = person.reached or decision.outcome in WOULD
    for name, told in decision.scores.items():
        if told.reason in {"SCORED", "CACHED"}:
            person.scored.setdefault(name, []).append(told.score)
    if decision.at >= person.at:
        person.at, person.features = decision.at, decision.features


def by_feature(people: People, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Attribute -> person -> group, by a feature as the latest decision recorded it. Who has none belongs to no group. Raises BadGroups."""
    found = {}
    for name in names:
        held = {user: _named(person.features[name]) for user, person in people.persons.items() if person.features.get(name) is not None}
        if not held:
            known = sorted({feature for person in people.persons.values() for feature in person.features})
            hint = did_you_mean(name, known) or ", ".join(known[:20]) or "they have none, so give a file of groups"
            message = f"no decision has the feature {name!r}: {hint}"
            raise BadGroups(message)
        found[name] = held
    return _bounded(found)


def by_file(path: Path) -> dict[str, dict[str, str]]:
    """The same from a CSV file with a header: user_id, and a column for each attribute. An empty cell says nothing.

    Raises BadGroups, with the line: somebody who is left out of a comparison without a word would make it look fairer, or less so.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return _bounded(_columns(path, csv.reader(lines, strict=True)))
    except UnicodeDecodeError as problem:
        message = f"{path} is not text in UTF-8: {problem}"
        raise BadGroups(message, "export it as CSV in UTF-8") from problem
    except (OSError, csv.Error) as problem:
        message = f"{path} cannot be read: {problem}"
        raise BadGroups(message) from problem


def require_known(members: Mapping[str, Mapping[str, str]], people: People, path: Path) -> None:
    """Refuse a file of other ids than those of the decisions: nobody in it was reached, so no group less than another. Raises BadGroups."""
    if not any(user in people.persons for held in members.values() for user in held):
        message = f"nothing was decided about anybody in {path}: none of its ids is in the decisions"
        raise BadGroups(message, f"name people by the {USER} of decisions: of a lake, by its pseudonyms")


def _columns(path: Path, rows: Iterator[list[str]]) -> dict[str, dict[str, str]]:
    names = _header(path, next(rows, []))
    found: dict[str, dict[str, str]] = {name: {} for name in names if name != USER}
    for line, cells in _lines(path, rows):
        if len(cells) != len(names):
            message = f"{path}, line {line} has {len(cells)} cells, and the header {len(names)}"
            raise BadGroups(message, "write a text with a comma in double quotes, and nothing in an empty cell: c001,,north")
        told = dict(zip(names, cells, strict=True))
        if not (user := told.pop(USER)):
            message = f"{path}, line {line} names nobody: {USER} is empty"
            raise BadGroups(message)
        for name, cell in told.items():
            value = cell.strip()
            if not value.isprintable():
                message = f"{path}, line {line}: {value!r} in {name} has a line break, or another control character"
                raise BadGroups(message)
            if value and found[name].setdefault(user, value) != value:
                message = f"{path}, line {line}: a customer is in two groups of {name}"
                raise BadGroups(message)
    return found


def _lines(path: Path, rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Those that are not empty, with the number of the line on which they end. Raises BadGroups."""
    try:
        for cells in rows:
            if any(each.strip() for each in cells):
                yield rows.line_num, cells  # type: ignore[attr-defined]  # of a reader of csv
    except csv.Error as problem:
        message = f"{path}, line {rows.line_num}: {problem}"  # type: ignore[attr-defined]
        raise BadGroups(message, "close each double quote, and write one within a text twice") from problem


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    """The names of the columns. Raises BadGroups."""
    names = [each.strip() for each in cells]
    if USER not in names or len(names) < 2:
        message = f"{path} needs a header with {USER} and a column for each attribute, such as {USER},age_band"
        other = any(mark in each for each in names for mark in ";\t|")
        raise BadGroups(message, "separate columns by commas" if other else None)
    for place, name in enumerate(names, 1):
        if not name or not name.isprintable() or name in names[: place - 1]:
            what = f"is called {name}, like an earlier one" if name in names[: place - 1] and name else f"has no readable name: {name!r}"
            message = f"{path}, line 1: column {place} {what}"
            raise BadGroups(message, "give each column a name of its own")
    return names


def _bounded(found: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    for name, held in found.items():
        groups = set(held.values())
        if not 2 <= len(groups) <= MAX_GROUPS:
            message = f"{name} has {len(groups)} value{'' if len(groups) == 1 else 's'}, and is compared by 2 to {MAX_GROUPS}"
            raise BadGroups(message, "put numbers into bands, such as 18-29")
    return found


def _named(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def values(people: People, members: Mapping[str, str]) -> Iterator[tuple[str, Person]]:
    """Everybody who belongs to a group, with it. Of whom nothing was decided, nothing was sent."""
    nobody = Person()
    for user, group in members.items():
        yield group, people.persons.get(user, nobody)
