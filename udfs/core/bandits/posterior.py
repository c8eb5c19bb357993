"""What has been learned about an arm: a Beta distribution of a rate, or a normal distribution of a mean.

Pure, and without a library for numbers: the job computes probabilities from these (`best.py`), the same ones on every machine.
"""

import math
from collections.abc import Sequence

import msgspec

MAX_COUNT = 1e12
"""The largest parameter of a Beta distribution; more evidence makes no difference to a probability."""
MIN_SHAPE = 0.5
"""The smallest: below it nearly everything is next to 0 or to 1, and numbers that are computed from it are wrong."""


class Beta(msgspec.Struct, frozen=True, tag_field="kind", tag="beta"):
    """A rate: `a` successes and `b` failures, those of the prior among them."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """The expected rate."""
        return self.a / (self.a + self.b)

    @property
    def centre(self) -> float:
        """Where it is most likely, as log odds."""
        return math.log(self.a / self.b)

    @property
    def width(self) -> float:
        """About one standard deviation of the log odds."""
        return math.sqrt(1 / self.a + 1 / self.b)

    def densities(self, at: Sequence[float]) -> list[float]:
        """The density of the log odds, up to a factor."""
        a, total = self.a, self.a + self.b
        highest = a * self.centre - total * _softplus(self.centre)
        return [math.exp(a * z - total * _softplus(z) - highest) for z in at]

    def is_sane(self) -> bool:
        """Whether numbers computed from it are right."""
        return all(MIN_SHAPE <= each <= MAX_COUNT for each in (self.a, self.b))


class Gaussian(msgspec.Struct, frozen=True, tag_field="kind", tag="gaussian"):
    """A mean, such as money a message, and how uncertain it is."""

    mean: float
    sd: float
    """One standard deviation of the mean, above 0."""

    @property
    def centre(self) -> float:
        """Where it is most likely."""
        return self.mean

    @property
    def width(self) -> float:
        """One standard deviation."""
        return self.sd

    def densities(self, at: Sequence[float]) -> list[float]:
        """The density, up to a factor."""
        mean, sd = self.mean, self.sd
        return [math.exp(-0.5 * ((z - mean) / sd) ** 2) for z in at]

    def is_sane(self) -> bool:
        """Whether numbers computed from it are right."""
        return math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 1e-9 * max(1.0, abs(self.mean))


Posterior = Beta | Gaussian


def _softplus(z: float) -> float:
    """log(1 + exp(z)), without overflow."""
    return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))
