"""Whether a model treats groups of customers alike, before it is used: the audit of campaigns, with scores of test rows in the place of decisions.

A campaign acts on high scores. So whoever has a row among the highest scores counts as reached. Of people without a test row nothing is known: they
count nowhere. Measures and intervals are those of `services.fairness.audit`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from services.fairness.audit import CONVERTED, OPPORTUNITY, REACHED, SCORE, Compared, Verdict, audit
from services.fairness.people import BadGroups, People, Person, by_feature, by_file
from training.rows import Row
from training.steps.checks import Check

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the training file says."""

    groups: Path | None
    """A file of user_id and attributes."""
    by: Sequence[str]
    """Or features of the rows."""
    least: float
    """The ratio that is still within the bound."""
    reach: float
    """The share of rows, those with the highest scores, whose customers count as reached."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison, as it is kept. None: there are too few people for a figure."""

    attribute: str
    group: str
    measure: str
    people: int
    value: float
    reference: str
    reference_people: int
    reference_value: float
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str
    stops: bool


def compared(rule: Rule, rows: Sequence[Row], scores: Scores) -> list[Line]:
    """Every group against the largest. `scores`: of these rows. Raises BadGroups where nothing can be compared."""
    people = _people(rows, scores, reach=rule.reach)
    attributes = by_file(rule.groups) if rule.groups is not None else by_feature(people, rule.by)
    return [_line(each) for each in audit(people, _known(attributes, people, rule), least=rule.least)]


def _people(rows: Sequence[Row], scores: Scores, *, reach: float) -> People:
    """Everybody with a row: scored by each, reached if one is among the highest."""
    highest = float(np.quantile(scores, 1 - reach, method="lower"))
    persons: dict[str, Person] = {}
    for row, score in zip(rows, scores.tolist(), strict=True):
        person = persons.setdefault(row.user_id, Person())
        person.reached = person.reached or score >= highest
        person.scored.setdefault(SCORE, []).append(score)
        person.converted = bool(person.converted) or row.label
        if row.at >= person.at:
            person.at, person.features = row.at, row.features
    return People(persons, [SCORE])


def _known(attributes: Mapping[str, Mapping[str, str]], people: People, rule: Rule) -> dict[str, dict[str, str]]:
    """The groups of those who have rows."""
    found = {name: {user: group for user, group in held.items() if user in people.persons} for name, held in attributes.items()}
    for name, held in found.items():
        if len(set(held.values())) < 2:
            file = rule.groups.name if rule.groups else "the rows"
            message = f"of {name} in {file}, {len(set(held.values()))} groups have test rows, and 2 are needed to compare"
            raise BadGroups(message, "name the people by the ids of the history: of a lake, by its pseudonyms")
    return found


def _line(each: Compared) -> Line:
    return Line(
        attribute=each.attribute,
        group=each.group,
        measure=each.measure,
        people=each.people,
        value=each.value,
        reference=each.reference,
        reference_people=each.reference_people,
        reference_value=each.reference_value,
        ratio=_known_number(each.ratio),
        low=_known_number(each.low),
        high=_known_number(each.high),
        verdict=each.verdict.value,
        stops=each.stops,
    )


def _known_number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def checks(found: Sequence[Line], *, least: float) -> Iterator[Check]:
    """What the gate asks: that nobody's ratio is beyond the bound, as far as that is certain."""
    for each in found:
        if each.measure.partition(":")[0] in {REACHED, OPPORTUNITY}:
            few = each.verdict == Verdict.FEW.value or each.ratio is None
            more = not few and each.ratio is not None and each.ratio > 1
            yield Check(
                what=f"fairness: the ratio of {each.attribute} {each.group} to {each.reference}, {said(each.measure)},",
                found=None if few else each.ratio,
                bound=1 / least if more else least,
                at_most=more,
                passed=not each.stops,
            )


def said(measure: str) -> str:
    """A measure in words."""
    return {
        REACHED: "reached by the highest scores",
        SCORE: "mean score",
        CONVERTED: "reached the goal, of those whom the highest scores reach",
        OPPORTUNITY: "in the upper half of scores, of those who reached the goal",
    }[measure.partition(":")[0]]


def table(found: Sequence[Line], rule: Rule) -> list[str]:
    """As a section of the card."""
    if not found:
        return []
    head = [
        "## Fairness",
        "",
        "Each group against the largest, by people of the test rows. Reached is who has a row among the highest "
        f"{rule.reach:.0%} of scores. Within the bound is a ratio from {rule.least:g} to {1 / rule.least:.2f}. 95 % intervals hold for all "
        "comparisons together.",
        "",
        "| attribute | group | measure | people | value | against | ratio | interval | verdict |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return [*head, *(_row(each) for each in found), ""]


def _row(each: Line) -> str:
    against = f"{each.reference_value:.3f} of {each.reference_people:,} ({each.reference})"
    ratio = "—" if each.ratio is None else f"{each.ratio:.2f}"
    interval = "—" if each.low is None or each.high is None else f"{each.low:.2f} to {each.high:.2f}"
    verdict = f"**{each.verdict}**" if each.stops else each.verdict
    cells = (each.attribute, each.group, said(each.measure), f"{each.people:,}", f"{each.value:.3f}", against, ratio, interval, verdict)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
