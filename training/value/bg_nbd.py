"""BG/NBD: how often a customer will order, and whether she is still one (Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way).

While alive a customer orders at a rate of her own, and after each order may leave for good. Rates are gamma distributed (r, alpha), chances
to leave beta distributed (a, b), over all customers. Four numbers describe them all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1

from training.errors import HistoryError
from training.value.purchases import Doubles, Purchases

STARTS = ([1.0, 1.0, 1.0, 1.0], [0.5, 5.0, 1.0, 3.0])
LEAST, MOST = 1e-4, 1e6
"""Of a parameter. Outside, the history does not tell it from nothing or from infinity."""


@dataclass(frozen=True)
class BgNbd:
    """The four parameters, in weeks."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, found: Purchases) -> Doubles:
        """The probability that each is still a customer."""
        return 1 / (1 + self._left(found))

    def orders(self, found: Purchases, weeks: float) -> Doubles:
        """How many orders each is expected to make in the next weeks.

        Equation 10 of the paper, after Euler's transformation of its hypergeometric function: the powers of (alpha + T) / (alpha + T + t) fall
        together, so nothing overflows, however many orders there were.
        """
        lower, until = self.a + self.b + found.repeats - 1, self.alpha + found.age
        series = hyp2f1(self.a + self.b - 1 - self.r, self.a - 1, lower, weeks / (until + weeks))
        rest = 1 - (until / (until + weeks)) ** (self.a - 1) * series
        return np.asarray(lower / (self.a - 1) * rest * self.alive(found))

    def _left(self, found: Purchases) -> Doubles:
        """The odds of having left: none before a repeat order, since nobody leaves before an order."""
        x = found.repeats
        with np.errstate(over="ignore"):  # beyond all doubt she has left
            odds = self.a / (self.b + np.maximum(x, 1) - 1) * ((self.alpha + found.age) / (self.alpha + found.recency)) ** (self.r + x)
        return np.where(x > 0, odds, 0.0)


def fit(found: Purchases) -> BgNbd:
    """The parameters of greatest likelihood. Raises HistoryError if too few customers have ordered again."""
    if (again := int((found.repeats > 0).sum())) < 20:
        problem = f"too little to learn from: {again:,} customers have ordered again, and it takes 20: use a longer history"
        raise HistoryError(problem)

    def likelihood(parameters: Doubles) -> float:
        r, alpha, a, b = parameters
        x = found.repeats
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stays = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        active = -(r + x) * np.log(alpha + found.age)
        with np.errstate(divide="ignore"):
            gone = np.where(x > 0, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + found.recency), -np.inf)
        return float((rate + stays + np.logaddexp(active, gone)).sum())

    r, alpha, a, b = largest(likelihood, STARTS)
    if abs(a - 1) < 1e-6:  # the formula of expected orders has a hole here, and only here
        a += 1e-6
    return BgNbd(r, alpha, a, b)


def largest(likelihood: Callable[[Doubles], float], starts: Sequence[Sequence[float]]) -> list[float]:
    """The positive parameters of the greatest likelihood, from several starts. Raises HistoryError if there is no greatest one."""

    def loss(logs: Doubles) -> float:
        if not (np.abs(logs) < np.log(MOST) * 2).all():
            return 1e300
        with np.errstate(over="ignore", invalid="ignore"):
            found = -likelihood(np.exp(logs))
        return found if np.isfinite(found) else 1e300

    options = {"xatol": 1e-7, "fatol": 1e-7, "maxiter": 8_000, "maxfev": 8_000}
    tried: list[Any] = [minimize(loss, np.log(start), method="Nelder-Mead", options=options) for start in starts]
    best = minimize(loss, min(tried, key=lambda each: float(each.fun)).x, method="BFGS")
    found = [float(each) for each in np.exp(best.x)]
    if not all(LEAST < each < MOST for each in found):
        told = ", ".join(f"{each:.3g}" for each in found)
        problem = f"this history does not fit the model: a parameter runs away ({told}); use estimator: lightgbm"
        raise HistoryError(problem)
    return found
