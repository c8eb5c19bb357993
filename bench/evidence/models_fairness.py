"""Claim 7 of models: a bias that was planted is found, and none is invented.

Populations are drawn with a known truth: five groups of unequal size, reached at the same rate, or one of them at a lower one. A report compares them
all. What counts is a report that stops a gate.
"""

import math
from random import Random

from bench.report import Claim, at_least, at_most, measured
from services.fairness.audit import REACHED, audit
from services.fairness.people import People, Person

REPORTS = 1_000
SIZES = {"a": 900, "b": 500, "c": 300, "d": 200, "e": 100}
RATE = 0.3
PLANTED = (("b", 0.5), ("d", 0.4))
"""Group, and the ratio at which it is reached."""
FALSE, FOUND = 0.05, 0.8


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
    return found


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
