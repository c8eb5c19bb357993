"""What has been learned about an arm of which features of the customer tell how good it is: a normal distribution of the weights of a linear model.

At the features x of a customer the expected reward is normal: mean x·m, variance x·S·x. So linear Thompson sampling
(https://proceedings.mlr.press/v28/agrawal13.html) draws with the probability that the arm is best at x, as the other bandits do.

A symmetric matrix is written as its upper triangle, column by column: (0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2) and so on.
"""

import math
from collections.abc import Iterable, Sequence
from operator import mul

import msgspec

from udfs.core.bandits.posterior import Gaussian

MAX_FEATURES = 8
MAX_VALUE = 20.0
"""The largest value of a scaled feature; of a number that is about 485 million."""
MAX_NUMBER = 1e12
"""The largest mean, or entry of a covariance, that is accepted."""
DIGITS = 6
_PIVOT = 1e-12
"""How small a pivot of the decomposition may be against its diagonal: below it, nothing is known but rounding errors."""


class Linear(msgspec.Struct, frozen=True):
    """The weights of an arm: that of the intercept first, then one for each feature."""

    mean: tuple[float, ...]
    covariance: tuple[float, ...]
    """Its upper triangle."""

    def at(self, vector: Sequence[float], squares: Sequence[float]) -> Gaussian:
        """The expected reward at the features `vector`; `squares` are `squares_of` them."""
        variance = sum(map(mul, squares, self.covariance))
        mean = sum(map(mul, vector, self.mean))
        return Gaussian(mean, max(math.sqrt(max(variance, 0.0)), 1e-8 * max(1.0, abs(mean))))

    def is_sane(self) -> bool:
        """Whether it is a distribution that can be computed with: as many numbers as it takes, none too large, a positive definite covariance."""
        size = len(self.mean)
        if not 1 <= size <= MAX_FEATURES + 1 or len(self.covariance) != triangle(size):
            return False
        if not all(abs(each) <= MAX_NUMBER for each in (*self.mean, *self.covariance)):  # not so of a number that is none, either
            return False
        return decomposed(self.covariance) is not None


class Weights(msgspec.Struct, kw_only=True, frozen=True):
    """What is known of all arms of a linear bandit."""

    features: str
    """Stands for the list of features that the weights belong to (`Bandit.features`)."""
    prior: Linear
    """What is assumed about a variant of which nothing has been learned."""
    arms: dict[str, Linear]
    """By variant."""

    def at(self, vector: Sequence[float], variants: Iterable[str]) -> list[Gaussian]:
        """The expected reward of each of these variants at the features of a customer."""
        squares = squares_of(vector)
        return [self.arms.get(variant, self.prior).at(vector, squares) for variant in variants]

    def problem(self) -> str | None:
        """Why it cannot be computed with; None: it can."""
        for name, each in {"the prior": self.prior, **self.arms}.items():
            if not each.is_sane():
                return f"{name}: weights with this mean and this covariance are no distribution that can be computed with"
            if len(each.mean) != len(self.prior.mean):
                return f"{name} has {len(each.mean)} weights, and the prior {len(self.prior.mean)}"
        return None


def scaled(value: object) -> float:
    """A feature as the model sees it: true is 1 and false 0, a number is sign · log(1 + |number|), and what is unknown, or no number, is 0.

    So nothing has to be known of a feature before, a number that is a thousand times as large is not a thousand times as important, and no value
    is beyond MAX_VALUE, whatever an event holds.
    """
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, (int, float)) or (isinstance(value, float) and math.isnan(value)):
        return 0.0
    size = min(math.log1p(abs(value)), MAX_VALUE) if abs(value) < 1e9 else MAX_VALUE  # a whole number may be too large for a float
    return round(-size if value < 0 else size, DIGITS)


def triangle(size: int) -> int:
    """How many numbers the upper triangle of a matrix with so many columns has."""
    return size * (size + 1) // 2


def squares_of(vector: Sequence[float]) -> list[float]:
    """The products of x·S·x by entry of the upper triangle of S: those off the diagonal count twice."""
    return [x * y * (1.0 if row == column else 2.0) for column, y in enumerate(vector) for row, x in enumerate(vector[: column + 1])]


def decomposed(matrix: Sequence[float]) -> list[list[float]] | None:
    """The lower Cholesky factor, row by row, of a matrix that is given as its upper triangle; None where it is not positive definite.

    Column k of the upper triangle is row k of the lower one, since the matrix is symmetric.
    """
    rows: list[list[float]] = []
    place = 0
    while place < len(matrix):
        number = len(rows)
        row: list[float] = []
        for column in range(number):
            left = matrix[place + column] - sum(map(mul, row, rows[column]))
            row.append(left / rows[column][column])
        diagonal = matrix[place + number]
        pivot = diagonal - sum(each * each for each in row)
        if not (diagonal > 0 and pivot > _PIVOT * diagonal):
            return None
        row.append(math.sqrt(pivot))
        rows.append(row)
        place += number + 1
    return rows


def solved(factor: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The solution x of A·x = right, where `factor` is the Cholesky factor of A."""
    size = len(factor)
    forward: list[float] = []
    for row, value in zip(factor, right, strict=True):
        forward.append((value - sum(map(mul, row, forward))) / row[-1])
    found = [0.0] * size
    for number in reversed(range(size)):
        found[number] = (forward[number] - sum(factor[below][number] * found[below] for below in range(number + 1, size))) / factor[number][number]
    return found


def inverse(factor: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The upper triangle of the inverse of A, where `factor` is its Cholesky factor."""
    size = len(factor)
    columns = [solved(factor, [1.0 if row == column else 0.0 for row in range(size)]) for column in range(size)]
    return tuple((columns[column][row] + columns[row][column]) / 2 for column in range(size) for row in range(column + 1))
