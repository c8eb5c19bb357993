"""What `kairos arms show` prints."""

from services.arms.counts import ArmCount
from services.arms.table import interval, table
from udfs.core.bandits.learned import Learned
from udfs.core.bandits.linear import Linear, Weights
from udfs.core.bandits.posterior import Beta, Gaussian


def test_each_variant_has_its_share_its_rate_and_what_that_rests_on() -> None:
    found = Learned(campaign="news", epoch=5, prior=Beta(1, 9), arms={"b": Beta(101, 909), "a": Beta(201, 809)}, exposures=2_000)
    counts = [ArmCount(campaign="news", variant="a", exposures=1_000, conversions=200)]
    assert list(table(found, counts)) == [
        "news: epoch 5, learned from 2,000 decisions",
        "    a                          99.0%  0.1990 (0.1744 to 0.2236)  200 of 1,000",
        "    b                           1.0%  0.1000 (0.0815 to 0.1185)  0 of 0",
    ]


def test_contexts_follow_under_their_names() -> None:
    found = Learned(campaign="news", epoch=5, prior=Beta(1, 9), arms={"a": Beta(2, 9), "b": Beta(3, 9)}, contexts={"gold": {"a": Beta(90, 10)}})
    lines = list(table(found, []))
    assert lines[3] == "  gold"
    assert "0.9000" in lines[4]


def test_the_weights_of_a_linear_bandit_follow() -> None:
    linear = Weights(features="linear-x", prior=Linear((0.1,), (1.0,)), arms={"a": Linear((0.1, -0.02), (0.04, 0.0, 0.0001))})
    found = Learned(campaign="news", epoch=5, prior=Beta(1, 9), arms={"a": Beta(2, 9)}, linear=linear)
    assert list(table(found, []))[2:] == [
        "  weights, of the intercept and of each feature on its own scale",
        "    a                        +0.1000 ± 0.2000  -0.0200 ± 0.0100",
    ]


def test_an_interval_of_a_rate_stays_within_0_and_1() -> None:
    assert interval(Beta(1, 1))[0] == 0.0
    assert interval(Beta(1, 1))[2] == 1.0
    assert interval(Gaussian(10, 1)) == (8.04, 10, 11.96)
