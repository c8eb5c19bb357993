"""Claim 7 of models: a bias that was planted is found, and none is invented.

Populations are drawn with a known truth: five groups of unequal size, reached at the same rate, or one of them at a lower one. A report compares them
all. What counts is a report that stops a gate. The gate of training is asked the same about the scores of new versions.
"""

import math
from collections.abc import Iterator
from random import Random

import numpy as np

from bench.report import Claim, at_least, at_most, measured
from services.fairness.audit import FOUR_FIFTHS, REACHED, audit
from services.fairness.people import People, Person
from tests.training.shop import row
from training.fairness import Rule, compared

REPORTS = 1_000
SIZES = {"a": 900, "b": 500, "c": 300, "d": 200, "e": 100}
RATE = 0.3
PLANTED = (("b", 0.5), ("d", 0.4))
"""Group, and the ratio at which it is reached."""
FALSE, FOUND = 0.05, 0.8
ROWS_EACH, REACH, LOWER = 2, 0.1, 0.7
"""Of a model: test rows of a person, the share of rows with the highest scores, and how much lower a group is scored."""


def check(reports: int = REPORTS) -> list[Claim]:
    """Reports without a bias, and with one."""
    fair = [_report(seed, {}) for seed in range(reports)]
    found = [
        measured(f"reports of {sum(SIZES.values()):,} people in {len(SIZES)} groups, {RATE:.0%} of them reached", reports, "reports"),
        at_most("no bias: reports that stop a gate", sum(bool(stops) for stops, _ in fair) / reports, "of reports", FALSE),
        at_most(
            "no bias: reports in which an interval leaves out the ratio of 1",
            sum(apart for _, apart in fair) / reports,
            "of reports",
            FALSE + 3 * math.sqrt(FALSE * (1 - FALSE) / reports),
        ),
    ]
    for group, ratio in PLANTED:
        told = [_report(seed, {group: ratio})[0] for seed in range(reports)]
        what = f"{SIZES[group]} people reached at {ratio:g} of the rate of others"
        found.append(at_least(f"{what}: reports that name them", sum(group in stops for stops in told) / reports, "of reports", FOUND))
        found.append(at_most(f"{what}: reports that name somebody else", sum(bool(stops - {group}) for stops in told) / reports, "of reports", FALSE))
    return [*found, *_of_models(reports // 5)]


def _of_models(reports: int) -> Iterator[Claim]:
    """The gate of training: models that score by chance alone, and models that score one group lower."""
    rule = Rule(groups=None, by=("group",), least=FOUR_FIFTHS, reach=REACH)
    for shift, what in ((0.0, "no bias"), (LOWER, f"scores of group b lower by {LOWER:g} standard deviations")):
        refused = [_refused(seed, shift, rule) for seed in range(reports)]
        claim = f"gate of training, {sum(SIZES.values()):,} people, {ROWS_EACH} rows each, {what}: versions that are refused"
        share = sum(map(bool, refused)) / reports
        yield at_least(claim, share, "of versions", FOUND) if shift else at_most(claim, share, "of versions", FALSE)
        others = sum(bool(groups - {"b"}) for groups in refused) / reports
        yield at_most(f"gate of training, {what}: versions in which another group is named", others, "of versions", FALSE)


def _refused(seed: int, shift: float, rule: Rule) -> set[str]:
    """The groups that stop a version whose scores are drawn, lower by `shift` in group b."""
    random = np.random.default_rng(seed)
    rows, scores = [], []
    for group, size in SIZES.items():
        for number in range(size):
            drawn = random.normal(-shift if group == "b" else 0.0, 1.0, ROWS_EACH)
            scores += drawn.tolist()
            rows += [row(at, user=f"{group}{number}", label=bool(random.random() < RATE), group=group) for at in range(ROWS_EACH)]
    return {each.group for each in compared(rule, rows, np.array(scores)) if each.stops}


def _report(seed: int, planted: dict[str, float]) -> tuple[set[str], bool]:
    """The groups that stop a gate, and whether any interval leaves out 1."""
    chance = Random(f"{seed} {planted}")
    persons = {
        f"{group}{number}": Person(reached=chance.random() < RATE * planted.get(group, 1.0))
        for group, size in SIZES.items()
        for number in range(size)
    }
    told = [each for each in audit(People(persons, ()), {"group": {name: name[0] for name in persons}}) if each.measure == REACHED]
    return {each.group for each in told if each.stops}, any(each.low > 1 or each.high < 1 for each in told)
