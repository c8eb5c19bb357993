"""Claim 3 of outcomes: bandits lose hardly more than textbook Thompson sampling, and what they log and learn is right.

Regret is what was lost against always choosing the arm that is best on the whole. Delays: nothing is learned from a decision before its outcome is
final, days later.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy.stats import beta, chisquare

from bench import linear_bandits
from bench.bandit_shop import PERCENTS, WITHIN_DAYS, decisions
from bench.bandits import Floats, Life, World, constant, in_contexts, ours, reference
from bench.report import Claim, at_least, at_most, measured
from udfs.core.bandits.best import best_of, draw, thompson
from udfs.core.bandits.posterior import Beta
from udfs.core.values import chance

SEEDS = 200
REFERENCE_SEEDS = 1_000
GOAL = 1.10
RATES = (0.05, 0.07, 0.10)
APART = ((0.05, 0.10), (0.10, 0.05), (0.05, 0.10), (0.10, 0.05))
"""Rates of two arms in four contexts, of which each has another best."""
ALIKE = ((0.05, 0.10),) * 4
CONTEXT_SEEDS, CONTEXT_DAYS = 12, 60
DELAYS_DAYS = (0.5, 2.0)
"""Mean time to a conversion of two arms with equal rates."""
EQUAL = 0.10
MATURE_DAYS = 14
WORLDS = 400
LOTS = 300_000
SAME = 0.001
SURE = 3.0
"""Standard errors that a mean may be away from the truth."""


def check() -> list[Claim]:
    """Regret, bias, coverage and frequencies."""
    shop = decisions(customers=400, days=42, seed=16)
    delayed = constant(RATES, known_after=7)
    at_once, lives, of_shop = (ours(world, SEEDS) for world in (constant(RATES), delayed, shop))
    claims = [
        *_regret(f"closed form, rates {_listed(RATES)}, known at once", constant(RATES), at_once),
        *_regret(f"closed form, rates {_listed(RATES)}, known after 7 days", delayed, lives),
        measured("decisions of the shop", len(shop.odds), "decisions"),
        measured(f"in the shop, true chance by discount ({_listed(PERCENTS)} %), worst", float(shop.odds.mean(axis=0).min()), ""),
        measured("the same, best", float(shop.odds.mean(axis=0).max()), ""),
        *_regret(f"in the shop, known after {WITHIN_DAYS} days", shop, of_shop),
    ]
    return [*claims, *_contexts(), *_linear(), *_delays(), *_weighted(lives, delayed), *_covered(lives), *_frequencies()]


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{each:g}" for each in numbers)


def _regret(name: str, world: World, lives: Sequence[Life]) -> list[Claim]:
    """Ours against the reference: the ratio, with the error that so many seeds leave."""
    known, mine = reference(world, REFERENCE_SEEDS), np.array([life.regret for life in lives])
    ratio = float(mine.mean() / known.mean())
    error = ratio * float(np.hypot(_error(mine) / mine.mean(), _error(known) / known.mean()))
    uniform = float(world.regrets.mean(axis=1).sum())
    return [
        measured(f"{name}: regret of the reference, mean of {REFERENCE_SEEDS:,} seeds", float(known.mean()), "conversions"),
        measured(f"{name}: regret of a uniform split", uniform, "conversions"),
        measured(f"{name}: our regret, mean of {SEEDS} seeds", float(mine.mean()), "conversions"),
        at_most(f"{name}: ours against the reference (± {error:.3f})", ratio, "times", GOAL),
    ]


def _error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def _contexts() -> list[Claim]:
    """Contexts that differ are worth learning apart; contexts that do not cost little."""
    apart, alike = in_contexts(APART, days=CONTEXT_DAYS), in_contexts(ALIKE, days=CONTEXT_DAYS)
    regret = {
        (name, by_context): float(np.mean([life.regret for life in ours(world, CONTEXT_SEEDS, by_context=by_context)]))
        for name, world in (("differ", apart), ("do not differ", alike))
        for by_context in (False, True)
    }
    uniform = float(apart.regrets.mean(axis=1).sum())
    return [
        measured("four contexts that differ: regret of a uniform split", uniform, "conversions"),
        measured("four contexts that differ: regret of a simple bandit", regret["differ", False], "conversions"),
        at_most("four contexts that differ: regret of a contextual bandit, of the uniform split's", regret["differ", True] / uniform, "", 0.5),
        measured("four contexts that do not differ: regret of a simple bandit", regret["do not differ", False], "conversions"),
        measured("four contexts that do not differ: regret of a contextual bandit", regret["do not differ", True], "conversions"),
    ]


def _linear() -> list[Claim]:
    """Customers whose features tell which of two arms is best for them."""
    world = linear_bandits.people()
    known, mine = linear_bandits.reference(world, REFERENCE_SEEDS), linear_bandits.ours(world, SEEDS)
    simple = float(linear_bandits.ours(world, CONTEXT_SEEDS, linear=False).mean())
    ratio = float(mine.mean() / known.mean())
    error = ratio * float(np.hypot(_error(mine) / mine.mean(), _error(known) / known.mean()))
    name = f"features that matter, {len(world.odds):,} decisions"
    return [
        measured(f"{name}: regret of a uniform split", float(world.regrets.mean(axis=1).sum()), "conversions"),
        measured(f"{name}: regret of the arm that is best on the whole", float(world.regrets.sum(axis=0).min()), "conversions"),
        measured(f"{name}: regret of the linear reference, mean of {REFERENCE_SEEDS:,} seeds", float(known.mean()), "conversions"),
        measured(f"{name}: our regret, mean of {SEEDS} seeds", float(mine.mean()), "conversions"),
        at_most(f"{name}: ours against the reference (± {error:.3f})", ratio, "times", GOAL),
        at_most(f"{name}: ours against a simple bandit's", float(mine.mean()) / simple, "times", 0.5),
    ]


def _delays() -> list[Claim]:
    """Two arms with equal rates, one of which converts later, chosen alike for 20 days, and looked at on the last."""
    dice, days, a_day = np.random.default_rng(3), 20, 200
    early, matured = np.zeros((WORLDS, 2)), np.zeros((WORLDS, 2))
    at = np.repeat(np.arange(days), a_day)
    for world in range(WORLDS):
        arm = dice.integers(0, 2, len(at))
        after = np.where(dice.random(len(at)) < EQUAL, dice.exponential(np.array(DELAYS_DAYS)[arm]), np.inf)
        seen, ripe = at + after <= days, at + MATURE_DAYS <= days
        for each in range(2):
            early[world, each] = seen[arm == each].mean()
            matured[world, each] = (seen & (after <= MATURE_DAYS))[ripe & (arm == each)].mean()
    found = []
    for each, delay in enumerate(DELAYS_DAYS):
        truth = EQUAL * (1 - np.exp(-MATURE_DAYS / delay))
        away = abs(float(matured[:, each].mean()) - truth) / _error(matured[:, each])
        name = f"uniform allocation, rate {EQUAL:g}, mean delay {delay:g} days"
        found += [
            measured(f"{name}: estimate if nothing waits for its outcome to be final", 100 * float(early[:, each].mean()), "%"),
            measured(f"{name}: estimate from final outcomes, mean of {WORLDS} worlds", 100 * float(matured[:, each].mean()), "%"),
            at_most(f"{name}: standard errors from the truth", away, "", SURE),
        ]
    return found


def _weighted(lives: Sequence[Life], world: World) -> list[Claim]:
    """Under the bandit a plain mean of a bad arm is too low: it is given up when it was unlucky."""
    truth = world.odds.mean(axis=0)
    plain, weighted = np.array([life.means for life in lives]), np.array([life.weighted for life in lives])
    worst = int(truth.argmin())
    away = max(abs(float(weighted[:, arm].mean()) - truth[arm]) / _error(weighted[:, arm]) for arm in range(world.arms))
    return [
        measured(f"under the bandit, arm with rate {truth[worst]:g}: plain mean of {len(lives)} seeds", 100 * float(plain[:, worst].mean()), "%"),
        measured("the same, weighted by inverse probability", 100 * float(weighted[:, worst].mean()), "%"),
        at_most(f"weighted by inverse probability: standard errors from the truth, most of {world.arms} arms", away, "", SURE),
    ]


def _covered(lives: Sequence[Life]) -> list[Claim]:
    """How often the 95 % interval of the posterior holds the true rate."""
    inside = []
    for life in lives:
        arms = [] if life.last is None else [arm for arm in life.last.arms.values() if isinstance(arm, Beta)]
        inside.append([bool(low <= rate <= high) for rate, arm in zip(RATES, arms, strict=True) for low, high in [beta.interval(0.95, arm.a, arm.b)]])
    covered = np.array(inside).mean(axis=0)
    found = [
        measured(f"95 % interval of the posterior holds the rate {rate:g}", float(share), "share") for rate, share in zip(RATES, covered, strict=True)
    ]
    return [*found, at_least("the same, all arms", float(covered.mean()), "share", 0.9)]


def _frequencies() -> list[Claim]:
    """The lots of decisions, against the probabilities that are logged; and these against sampling."""
    arms = [Beta(30, 370), Beta(25, 375), Beta(12, 300), Beta(2, 60)]
    shares = thompson(arms)
    ids = (chance.decision_id(f"customer-{n}", "loyalty", "", f"m{n}") for n in range(LOTS))
    seen = Counter(draw(shares, chance.fraction("bandit:loyalty", each)) for each in ids)
    p = float(chisquare([seen[n] for n in range(len(arms))], np.array(shares) / sum(shares) * LOTS).pvalue)
    sampled = np.random.default_rng(9).beta([arm.a for arm in arms], [arm.b for arm in arms], (1_000_000, len(arms))).argmax(axis=1)
    apart = np.abs(np.bincount(sampled, minlength=len(arms)) / len(sampled) - best_of(arms)).max()
    return [
        at_least(f"{LOTS:,} decisions drawn with logged probabilities {_listed(shares)}: chi-square p", p, "", SAME),
        at_most("probability of being the best, integrated against a million draws: largest difference", float(apart), "", 0.003),
    ]
