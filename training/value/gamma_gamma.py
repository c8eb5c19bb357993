"""Gamma-Gamma: what a customer's order is worth on average, once she has ordered so often (Fader and Hardie 2013).

The fewer orders are known, the more the answer is drawn to what all customers spend.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from training.errors import HistoryError
from training.value.bg_nbd import largest
from training.value.purchases import Doubles, Purchases

STARTS = ([1.0, 2.0, 1.0], [6.0, 4.0, 15.0])


@dataclass(frozen=True)
class GammaGamma:
    """The three parameters, in the shop's currency."""

    p: float
    q: float
    v: float

    def mean(self, found: Purchases) -> Doubles:
        """What the next order of each is worth on average."""
        x = found.repeats
        return self.p * (self.v + x * found.mean) / (self.p * x + self.q - 1)


def fit(found: Purchases) -> GammaGamma:
    """The parameters of greatest likelihood, over those who have ordered again for some amount. Raises HistoryError if they are too few."""
    used = (found.repeats > 0) & (found.mean > 0)
    if used.sum() < 20:
        problem = f"too little to learn from: {int(used.sum()):,} customers have ordered again for a known amount, and it takes 20"
        raise HistoryError(problem)
    x, m = found.repeats[used], found.mean[used]

    def likelihood(parameters: Doubles) -> float:
        p, q, v = parameters
        heads = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        return float((heads + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(x * m + v)).sum())

    p, q, v = largest(likelihood, STARTS)
    if q <= 1:
        problem = f"amounts are spread so widely that their mean is not defined (q is {q:.2f}): use estimator: lightgbm"
        raise HistoryError(problem)
    return GammaGamma(p, q, v)
