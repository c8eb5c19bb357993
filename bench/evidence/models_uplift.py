"""Claim 3 of models: uplift learners on the MineThatData e-mail test rank people better than what was published, and the exported model is the same.

The protocol of the published figures: any e-mail against none, a visit, four fifths to learn from, seeds 42 to 91, difference-Qini.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import ttest_rel

from bench.hillstrom import FILE, PUBLISHED, Numbers, parts, published, table
from bench.report import Claim, at_least, at_most, measured
from training.uplift.learn import TOLERANCE, parity
from training.uplift.learners.all import DEFAULT, LEARNERS, learner
from training.uplift.learners.learner import fit_with
from training.uplift.measures import Worth, overall, qini, value
from training.uplift.table import Table

FIRST, SEEDS = 42, 50
OTHERS = 5
"""Seeds of the learners that are not the default: they are shown, and promise nothing."""
GOAL = 0.0044
SURE = 0.05
COST = 0.06
"""Of an e-mail, in visits: about what one brings on average, so that sending to everybody is worth hardly anything."""
FOLDS = 5
PER = 1_000


def check(seeds: int = SEEDS) -> list[Claim]:
    """Qini by seed against the published ones, parity, and what it is worth to act on who is moved."""
    if not (FILE.exists() and PUBLISHED.exists()):
        return [Claim(claim="the MineThatData e-mail test is there", figure=f"not at {FILE.parent.name}", unit="", goal="there", holds=False)]
    rows = table()
    drawn = range(FIRST, FIRST + seeds)
    found = {name: _qinis(rows, name, drawn if name == DEFAULT else drawn[:OTHERS]) for name in LEARNERS}
    theirs = published("S")
    reference = np.array([theirs[seed] for seed in drawn])
    claims = []
    for name, qinis in found.items():
        error = qinis.std(ddof=1) / np.sqrt(len(qinis))
        told = f"{learner(name).title}: difference-Qini, mean of {len(qinis)} seeds (± {PER * error:.2f})"
        claims.append(
            at_least(told, PER * float(qinis.mean()), "‰", PER * GOAL) if name == DEFAULT else measured(told, PER * float(qinis.mean()), "‰")
        )
    claims.append(measured("published best (S-learner), the same seeds", PER * float(reference.mean()), "‰"))
    test = ttest_rel(found[DEFAULT], reference, alternative="greater")
    claims.append(measured("ours less the published, seed by seed", PER * float((found[DEFAULT] - reference).mean()), "‰"))
    claims.append(at_most("paired t-test that ours is not better: p", float(test.pvalue), "", SURE))
    return [*claims, *_parity(rows), *_worth(rows)]


def _qinis(rows: Table, name: str, seeds: Sequence[int]) -> Numbers:
    found = []
    for seed in seeds:
        train, test = parts(rows, seed)
        found.append(qini(test, overall(test, fit_with(learner(name), train).uplift(test.x))))
    return np.array(found)


def _parity(rows: Table) -> list[Claim]:
    """Every learner's exported model, on every row that it was evaluated on, and on those it learned from."""
    train, _ = parts(rows, FIRST)
    claims = []
    for name in LEARNERS:
        model = fit_with(learner(name), train)
        content = model.onnx()
        worst = parity(content, model.uplift(rows.x), rows)
        told = f"{learner(name).title}: ONNX ({len(content):,} bytes) against the learner, largest difference of {len(rows):,} rows"
        claims.append(at_most(told, worst, "", TOLERANCE))
    return claims


def _worth(rows: Table) -> list[Claim]:
    """Each fifth of the customers by a model of the others; the sender of the e-mails then acts only where one is worth its cost."""
    fold = np.random.default_rng(FIRST).integers(0, FOLDS, len(rows))
    uplift = np.empty((len(rows), len(rows.names)))
    for each in range(FOLDS):
        model = fit_with(learner(DEFAULT), rows.take(np.flatnonzero(fold != each)))
        uplift[fold == each] = model.uplift(rows.x[fold == each])
    worth = value(rows, uplift, costs=[COST] * len(rows.names))
    claims = [measured(f"an e-mail costs {COST} visits: share that it is sent to", 100 * worth.share, "%")]
    claims += [
        measured(f"worth of it over {name}, for {PER:,} customers", PER * each.value, f"visits, {PER * each.low:.1f} to {PER * each.high:.1f}")
        for name, each in (("nobody", worth.over_nobody), ("everybody", worth.over_everybody))
    ]
    return [*claims, _above_zero("worth of it over as many at random, low end of the interval", worth.over_random)]


def _above_zero(name: str, found: Worth) -> Claim:
    return at_least(f"{name} ({PER * found.value:.1f} visits for {PER:,} customers)", PER * found.low, "visits", 0.0)
