"""From the sums of a linear bandit's decisions to the weights of each arm."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from services.arms.counts import SIZE, ArmCount, Counts
from services.arms.learn import learned
from tests.arms.test_learn import known, news
from udfs.core.bandits.learned import Arms
from udfs.core.bandits.linear import Linear, Weights, triangle
from udfs.core.campaigns.campaign import Campaign

Floats = npt.NDArray[np.float64]
BY = ["user.spent", "user.loyal == true"]


def campaign_by(*by: str, reward: str = "conversion", **changes: Any) -> Campaign:
    return news(choose={"bandit": "linear", "by": list(by or BY), "reward": reward}, **changes)


def counted(campaign: Campaign, variant: str, vectors: Floats, rewards: Floats, *, epoch: int = 1, context: str | None = None) -> ArmCount:
    """What the job would count of these decisions; of a rate, rewards are 0 and 1."""
    assert campaign.bandit is not None
    wide = np.zeros((len(vectors), SIZE))
    wide[:, : vectors.shape[1]] = vectors
    gram = wide.T @ wide
    reached = rewards != 0
    return ArmCount(
        campaign="news",
        variant=variant,
        context=campaign.bandit.features if context is None else context,
        epoch=epoch,
        exposures=len(rewards),
        conversions=int(reached.sum()),
        value=float(rewards.sum()),
        squares=float((rewards**2).sum()),
        moments=tuple(float(gram[row, column]) for column in range(SIZE) for row in range(column + 1)),
        reached=tuple(float(each) for each in reached @ wide),
        worth=tuple(float(each) for each in rewards @ wide),
    )


def drawn(seed: int, number: int, rate: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    dice = np.random.default_rng(seed)
    vectors = np.column_stack([np.ones(number), dice.uniform(0, 6, number), dice.integers(0, 2, number)])
    return vectors, (dice.random(number) < rate(vectors)).astype(np.float64)


def weights(campaign: Campaign, *counts: ArmCount) -> Weights:
    found = known(learned(campaign, counts, epoch=1)).linear
    assert found is not None
    return found


def square(arm: Linear) -> Floats:
    size = len(arm.mean)
    made = np.zeros((size, size))
    for column in range(size):
        for row in range(column + 1):
            made[row, column] = made[column, row] = arm.covariance[triangle(column) + row]
    return made


def test_with_much_data_the_weights_are_those_of_least_squares() -> None:
    campaign = campaign_by()
    vectors, rewards = drawn(1, 20_000, lambda x: 0.05 + 0.05 * x[:, 1])
    found = weights(campaign, counted(campaign, "a", vectors, rewards)).arms["a"]
    fitted, (rest,), _, _ = np.linalg.lstsq(vectors, rewards, rcond=None)
    assert found.mean == pytest.approx(fitted, abs=0.001)
    assert square(found) == pytest.approx(rest / len(rewards) * np.linalg.inv(vectors.T @ vectors), rel=0.05, abs=1e-9)


def test_epochs_are_added_up() -> None:
    campaign = campaign_by()
    vectors, rewards = drawn(1, 2_000, lambda x: 0.05 + 0.05 * x[:, 1])
    whole = weights(campaign, counted(campaign, "a", vectors, rewards))
    parts = [counted(campaign, "a", vectors[part], rewards[part], epoch=number) for number, part in enumerate((slice(0, 700), slice(700, 2_000)))]
    apart = weights(campaign, *parts)
    assert apart.arms["a"].mean == pytest.approx(whole.arms["a"].mean)
    assert apart.arms["a"].covariance == pytest.approx(whole.arms["a"].covariance)


def test_a_new_variant_is_assumed_to_be_like_the_others_and_is_tried() -> None:
    campaign = campaign_by()
    vectors, rewards = drawn(2, 5_000, lambda x: 0.02 + 0.05 * x[:, 1])
    found = weights(campaign, counted(campaign, "a", vectors, rewards))
    (a, b) = (each.mean for each in found.at([1.0, 5.0, 0.0], ["a", "b"]))
    assert b == pytest.approx(a, abs=0.02)
    (rich, _), (poor, _) = (found.at([1.0, x, 0.0], ["b", "a"]) for x in (5.0, 0.5))
    assert rich.mean > poor.mean + 0.1, "what holds for all holds for it too"
    shares = Arms(known(learned(campaign, [counted(campaign, "a", vectors, rewards)], epoch=1))).at([1.0, 5.0, 0.0], found.features, ["a", "b"])
    assert 0.2 < shares[1] < 0.6


def test_arms_that_suit_different_customers_are_told_apart() -> None:
    campaign = campaign_by()
    counts = [
        counted(campaign, "a", *drawn(3, 2_000, lambda x: 0.02 + 0.04 * x[:, 1])),
        counted(campaign, "b", *drawn(4, 2_000, lambda x: 0.26 - 0.04 * x[:, 1])),
    ]
    arms, features = Arms(known(learned(campaign, counts, epoch=1))), weights(campaign, *counts).features
    assert arms.at([1.0, 6.0, 0.0], features, ["a", "b"])[0] > 0.95
    assert arms.at([1.0, 0.0, 0.0], features, ["a", "b"])[1] > 0.95


def test_money_is_learned_by_features_too() -> None:
    campaign = campaign_by(reward="value")
    dice = np.random.default_rng(5)
    vectors, bought = drawn(5, 4_000, lambda x: np.full(len(x), 0.2))
    found = weights(campaign, counted(campaign, "a", vectors, bought * dice.normal(20 + 10 * vectors[:, 1], 1)))
    mean = found.at([1.0, 3.0, 1.0], ["a"])[0]
    assert mean.mean == pytest.approx(0.2 * 50, abs=3 * mean.sd)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e3])
def test_the_scale_of_a_feature_makes_no_difference(scale: float) -> None:
    campaign = campaign_by()
    vectors, rewards = drawn(6, 800, lambda x: 0.1 + 0.03 * x[:, 1])
    factors = np.array([1.0, scale, 1.0])
    plain, other = (weights(campaign, counted(campaign, "a", each, rewards)) for each in (vectors, vectors * factors))
    one, two = plain.at([1.0, 4.0, 1.0], ["a"])[0], other.at([1.0, 4.0 * scale, 1.0], ["a"])[0]
    assert (two.mean, two.sd) == pytest.approx((one.mean, one.sd), rel=0.02)


# What the world does that a linear bandit does not expect.


@pytest.mark.parametrize(
    "vectors",
    [
        [[1.0, 0.0, 0.0]] * 50,
        [[1.0, 3.0, 3.0]] * 50,
        [[1.0, 20.0, -20.0]] * 50,
        [[1.0, 2.0, 1.0]],
        [[1.0, 1e-6, 0.0], [1.0, 0.0, 0.0]] * 10,
    ],
    ids=["never known", "always the same", "as large as may be", "one decision", "hardly ever anything"],
)
@pytest.mark.parametrize("reached", [0.0, 1.0])
def test_features_that_tell_nothing_do_no_harm(vectors: list[list[float]], reached: float) -> None:
    campaign = campaign_by()
    found = weights(campaign, counted(campaign, "a", np.array(vectors), np.full(len(vectors), reached)))
    for x in (vectors[0], [1.0, 20.0, 20.0], [1.0, 0.0, 0.0]):
        for each in found.at(x, ["a", "b"]):
            assert np.isfinite(each.mean)
            assert each.sd > 0


def test_what_was_counted_with_other_features_is_left_out_and_does_not_look_lost() -> None:
    campaign = campaign_by()
    vectors, rewards = drawn(7, 500, lambda x: 0.1 + 0.03 * x[:, 1])
    mine = counted(campaign, "a", vectors, rewards)
    others = counted(campaign, "a", vectors * 3, rewards, context="linear-0123456789ab")
    simple = ArmCount(campaign="news", variant="a", exposures=70, conversions=7)
    assert weights(campaign, mine, others, simple) == weights(campaign, mine)
    found = known(learned(campaign, [others, simple], epoch=1))
    assert (found.linear, found.exposures) == (None, 570)
    assert found.arms["a"].mean > 0


def test_money_that_is_the_same_for_everybody_says_nothing_yet() -> None:
    campaign = campaign_by(reward="value")
    vectors, rewards = drawn(8, 100, lambda x: np.zeros(len(x)))
    assert learned(campaign, [counted(campaign, "a", vectors, rewards)], epoch=1) is None


def test_a_count_that_cannot_be_what_the_job_wrote_is_passed_over() -> None:
    campaign = campaign_by()
    good = counted(campaign, "a", *drawn(9, 100, lambda x: np.full(len(x), 0.5)))
    assert good.moments is not None
    for changes in (
        {"moments": good.moments[:-1]},
        {"moments": (-1.0, *good.moments[1:])},
        {"moments": (good.moments[0], 1e9, *good.moments[2:])},
        {"moments": None},
        {"reached": None},
        {"reached": (1.0,)},
        {"worth": None},
    ):
        counts = Counts()
        counts.take(msgspec.json.encode(msgspec.structs.replace(good, **changes)))
        assert (list(counts), counts.odd) == ([], 1), changes
    counts = Counts()
    counts.take(msgspec.json.encode(good))
    counts.take(msgspec.json.encode(good).replace(b'"moments":[', b'"moments":[1e400,'))
    assert list(counts) == [good]
