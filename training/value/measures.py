"""The figures of a model of value on the test customers, next to those of a simple rule: everybody goes on as before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import rankdata

from training.measures import Estimate, estimate
from training.value.estimators.estimator import Labelled
from training.value.purchases import Doubles, purchases

NAMES = ("mae", "rank")
DRAWS = 400
TENTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenth:
    """Customers with similar forecasts: their mean forecast, what they ordered on average, and the share of all value up to here."""

    rows: int
    predicted: float
    observed: float
    captured: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Figures on the test customers. `mae` is the mean absolute error of the value, lower is better; `rank` the rank correlation."""

    rows: int
    share: float
    """The share of customers who ordered at all."""
    mean: float
    """What a customer ordered on average."""
    model: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate]
    difference: Mapping[str, Estimate]
    """Model minus baseline, draw by draw."""
    bias: float
    """By what share all values together are predicted too high; negative: too low."""
    orders_mae: float | None
    """Mean absolute error of the number of orders; None where the model does not say it."""
    orders_bias: float | None
    tenths: Sequence[Tenth] = ()
    champion: Mapping[str, Estimate] = field(default_factory=dict)
    over_champion: Mapping[str, Estimate] = field(default_factory=dict)


def evaluate(test: Labelled, answers: Doubles, names: Sequence[str], *, weeks: float, champion: Doubles | None = None, seed: int = 0) -> Evaluation:
    """Evaluate answers about these customers. Intervals are of a bootstrap over customers, 95 %."""
    value = test.value
    told = [answers[:, 0], as_before(test, weeks), *([champion] if champion is not None else [])]
    draws = np.random.default_rng(seed).integers(0, len(value), (DRAWS, len(value)))
    found = [np.array([figures(each[draw], value[draw]) for draw in draws]) for each in told]
    exact = [figures(each, value) for each in told]

    def of(n: int) -> dict[str, Estimate]:
        return {name: estimate(exact[n][at], found[n][:, at]) for at, name in enumerate(NAMES)}

    def less(n: int) -> dict[str, Estimate]:
        return {name: estimate(exact[0][at] - exact[n][at], found[0][:, at] - found[n][:, at]) for at, name in enumerate(NAMES)}

    expected = answers[:, names.index("orders")] if "orders" in names else None
    return Evaluation(
        rows=len(value),
        share=float((test.orders > 0).mean()),
        mean=float(value.mean()),
        model=of(0),
        baseline=of(1),
        difference=less(1),
        bias=_bias(answers[:, 0], value),
        orders_mae=None if expected is None else float(np.abs(expected - test.orders).mean()),
        orders_bias=None if expected is None else _bias(expected, test.orders),
        tenths=tenths(answers[:, 0], value),
        champion=of(2) if champion is not None else {},
        over_champion=less(2) if champion is not None else {},
    )


def figures(predicted: Doubles, value: Doubles) -> tuple[float, float]:
    """`mae` and `rank`; a rank correlation of what does not differ is 0."""
    return float(np.abs(predicted - value).mean()), _rank(predicted, value)


def as_before(test: Labelled, weeks: float) -> Doubles:
    """The rule: repeat orders go on at each customer's own pace so far, and are worth what they were."""
    found = purchases(test.x)
    predicted: Doubles = found.repeats / np.maximum(found.age, 1.0) * weeks * found.mean
    return predicted


def tenths(predicted: Doubles, value: Doubles) -> list[Tenth]:
    """Customers by their forecast, the highest first."""
    order, total = np.argsort(-predicted, kind="stable"), max(float(value.sum()), 1e-300)
    parts, made, so_far = np.array_split(order, TENTHS), [], 0.0
    for part in parts:
        if len(part):
            so_far += float(value[part].sum())
            made.append(Tenth(rows=len(part), predicted=float(predicted[part].mean()), observed=float(value[part].mean()), captured=so_far / total))
    return made


def _rank(one: Doubles, other: Doubles) -> float:
    a, b = rankdata(one), rankdata(other)
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean() / spread) if spread > 0 else 0.0


def _bias(predicted: Doubles, observed: Doubles) -> float:
    total = float(observed.sum())
    return float(predicted.sum()) / total - 1 if total > 0 else 0.0
