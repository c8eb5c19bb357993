"""Evidence that several alternatives share: the mean of their likelihood ratios. Pure.

Each ratio is a martingale, or falls, where nothing is wrong, and so does their mean. It exceeds 1/alpha once, ever, with a probability of at most
alpha (Ville's inequality), however often somebody looks. So an error probability can be read from it at every look.
"""

import math
from collections.abc import Sequence


def error_probability(logarithms: Sequence[float]) -> float:
    """The smallest alpha at which the mean of these likelihood ratios, given as logarithms, is enough: 1 if they say nothing.

    >>> error_probability([0.0, 0.0])
    1.0
    >>> round(error_probability([3.0, -50.0]), 4)
    0.0996
    """
    most = max(logarithms)
    evidence = most + math.log(math.fsum(math.exp(each - most) for each in logarithms) / len(logarithms))
    return math.exp(-max(0.0, evidence))
