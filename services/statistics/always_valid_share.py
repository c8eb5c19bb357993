"""Bounds of a share that stay valid however often somebody looks, and with however few events: none at all is also an answer. Pure.

With probability 1 - alpha, the true share is never outside. The true share makes the ratio of two likelihoods a martingale: what was seen, averaged
over a Beta(1/2, 1/2) prior, against what was seen at that share. It exceeds 1/alpha with a probability of at most alpha, ever (Ville's inequality;
Robbins, "Statistical Methods Related to the Law of the Iterated Logarithm", 1970). Nothing is approximated, so it also holds for rare events.
"""

import math

_HALVINGS = 60


def bounds(count: int, of: int, *, alpha: float) -> tuple[float, float]:
    """Below and above which the share of what happened `count` times `of` so many certainly is not. Of nothing: 0 and 1.

    >>> tuple(round(each, 3) for each in bounds(20, 500, alpha=0.001))
    (0.012, 0.093)
    >>> round(bounds(0, 500, alpha=0.001)[1], 3)
    0.021
    """
    if not 0 <= count <= of:
        message = f"{count} of {of}"
        raise ValueError(message)
    if not of:
        return 0.0, 1.0
    least = _log_mixture(count, of) + math.log(alpha)
    seen = count / of
    return _where(0.0, seen, count, of, least), _where(1.0, seen, count, of, least)


def _where(outside: float, inside: float, count: int, of: int, least: float) -> float:
    """Between a share that may be impossible and one that is not: where what was seen becomes too unlikely."""
    if _log_likelihood(outside, count, of) >= least:
        return outside
    for _ in range(_HALVINGS):
        middle = (outside + inside) / 2
        if _log_likelihood(middle, count, of) >= least:
            inside = middle
        else:
            outside = middle
    return outside


def _log_mixture(count: int, of: int) -> float:
    """The logarithm of the likelihood, averaged over the prior."""
    return math.lgamma(count + 0.5) + math.lgamma(of - count + 0.5) - math.lgamma(of + 1) - math.log(math.pi)


def _log_likelihood(share: float, count: int, of: int) -> float:
    happened = 0.0 if not count else -math.inf if share <= 0 else count * math.log(share)
    did_not = 0.0 if count == of else -math.inf if share >= 1 else (of - count) * math.log1p(-share)
    return happened + did_not
