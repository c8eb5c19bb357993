"""What ends a rollout: one function a guardrail, from a tally and its plan to the reason, or nothing.

They are asked again every few seconds, so a plain test would find harm by chance in the end. Shares are checked by an e-value: a mixture of
likelihood ratios, which exceeds 1/ALARM once in a whole rollout with a probability of at most ALARM where there is no harm (Ville's
inequality), however often it is looked at. The shift of scores counts beyond what a sample of this size shows by chance.

What followed is compared in `reward.py`, by tests of the same kind.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

from services.control.rollouts import Plan
from services.documents.rollout_shape import MIN_CUSTOMERS
from services.rollout.tally import Tally
from services.statistics.mixture import error_probability

ALARM = 0.001
SLOW = 0.05
"""At most this share of the answers may be slower than the plan allows."""
BINS = 10
_ALTERNATIVES = (0.01, 0.03, 0.1, 0.3, 0.6, 0.95)
"""How far from the allowed share to 1 the true share may be."""
_Z = 3.0902
"""Of a normal distribution, 1 - ALARM."""

Guardrail = Callable[[Tally, Plan], str]
"""Why the version does harm, in words; empty if it does not, or it is too early to tell."""


def errors(tally: Tally, plan: Plan) -> str:
    """Its answers fail."""
    if not too_many(tally.failures, tally.answers, plan.errors):
        return ""
    return f"{tally.failures:,} of {tally.answers:,} answers failed (the last: {tally.failed_as}), {plan.errors * 100:g} % may"


def latency(tally: Tally, plan: Plan) -> str:
    """Its answers are slow."""
    if not too_many(tally.slow, tally.timed, SLOW):
        return ""
    return f"{tally.slow:,} of {tally.timed:,} answers took more than {plan.latency_ms:g} ms, {SLOW * 100:g} % may"


def shift(tally: Tally, plan: Plan) -> str:
    """Its scores are far from the champion's."""
    new, now = tally.new.values, tally.now.values
    if min(len(new), len(now)) < MIN_CUSTOMERS:
        return ""
    found, chance = stability(now, new), by_chance(len(now), len(new))
    if found <= plan.shift + chance:
        return ""
    told = f"{len(new):,} customers against {len(now):,} of the champion"
    return f"its scores have shifted: index {found:.2f}, at most {plan.shift:g} and {chance:.2f} by chance ({told})"


def reward(tally: Tally, plan: Plan) -> str:
    """The goal is reached less by its customers, or is worth less."""
    return tally.reward.harm()


GUARDRAILS: tuple[Guardrail, ...] = (errors, latency, shift, reward)


def harm(tally: Tally, plan: Plan) -> str:
    """The first guardrail that is hit, in words; empty if none is."""
    return next(filter(None, (check(tally, plan) for check in GUARDRAILS)), "")


def too_many(count: int, of: int, allowed: float) -> bool:
    """Whether the share is certainly above what is allowed, however often this is asked as the numbers grow."""
    if not count or allowed >= 1:
        return False
    allowed = max(allowed, 1e-6)
    ratios = []
    for far in _ALTERNATIVES:
        true = allowed + (1 - allowed) * far
        ratios.append(count * math.log(true / allowed) + (of - count) * math.log((1 - true) / (1 - allowed)))
    return error_probability(ratios) <= ALARM


def stability(before: Sequence[float], after: Sequence[float]) -> float:
    """The population stability index over the deciles of `before`; equal values share a bin."""
    ordered = sorted(before)
    edges = sorted({ordered[len(ordered) * n // BINS] for n in range(1, BINS)})
    return sum((new - old) * math.log(new / old) for old, new in zip(_shares(before, edges), _shares(after, edges), strict=True))


def by_chance(before: int, after: int) -> float:
    """What the index exceeds with probability ALARM if nothing has shifted: (1/n + 1/m) times a chi-square of BINS - 1 degrees."""
    degrees = BINS - 1
    root = 1 - 2 / (9 * degrees) + _Z * math.sqrt(2 / (9 * degrees))  # Wilson and Hilferty
    return (1 / before + 1 / after) * degrees * root * root * root


def _shares(values: Sequence[float], edges: Sequence[float]) -> list[float]:
    counts = [0.5] * (len(edges) + 1)  # half a customer, so that no bin is empty
    for value in values:
        counts[bisect_right(edges, value)] += 1
    total = sum(counts)
    return [count / total for count in counts]
