"""From counts to what a bandit knows."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from services.arms.counts import ArmCount, Counts, Sums
from services.arms.learn import learned
from services.arms.publish import Learner
from services.arms.rates import STRONG, WEAK, prior_of, rate_of, rates_of_contexts
from tests.builders import campaign, words
from udfs.core.bandits.best import thompson
from udfs.core.bandits.learned import MAX_CONTEXTS, Learned, read_arms
from udfs.core.bandits.posterior import Beta, Gaussian
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.features.features import EMPTY


def news(**changes: Any) -> Campaign:
    document = {
        "trigger": {"event": "go"},
        "when": None,
        "entry": None,
        "choose": "bandit",
        "goal": {"event": "order_completed", "value": "revenue"},
        "variants": {"a": words(), "b": words()},
        **changes,
    }
    return compile_campaign(campaign("news", **document), features=EMPTY)


CONTEXTUAL = {"bandit": "contextual", "by": ["user.tier"]}
MONEY = {"bandit": "simple", "reward": "value"}


def count(variant: str, exposures: int, conversions: int, **more: Any) -> ArmCount:
    return ArmCount(**{"campaign": "news", "variant": variant, "exposures": exposures, "conversions": conversions, **more})


def known(found: Learned | None) -> Learned:
    assert found is not None
    assert read_arms("news", msgspec.json.encode(found)).learned == found, "the job can use it"
    return found


def test_rates_follow_the_counts_of_all_epochs() -> None:
    counts = [count("a", 400, 40, epoch=1), count("a", 600, 80, epoch=2), count("b", 100, 5, epoch=2)]
    found = known(learned(news(), counts, epoch=9))
    assert found.exposures == 1_100
    assert found.epoch == 9
    prior = Beta(1, (1 - 126 / 1_102) / (126 / 1_102))
    assert found.prior == prior
    assert found.arms == {"a": Beta(1 + 120, prior.b + 880), "b": Beta(1 + 5, prior.b + 95)}
    assert found.contexts == {}


def test_nothing_is_learned_from_nothing() -> None:
    assert learned(news(), [], epoch=1) is None
    assert learned(news(), [count("a", 0, 0)], epoch=1) is None
    assert learned(news(choose="split"), [count("a", 10, 1)], epoch=1) is None


def test_an_arm_that_was_never_tried_is_tried_but_does_not_take_over() -> None:
    found = known(learned(news(variants={"a": words(), "new": words()}), [count("a", 10_000, 500)], epoch=1))
    share = thompson([found.arms["a"], found.arms["new"]])[1]
    assert 0.2 < share < 0.5


@pytest.mark.parametrize(("conversions", "exposures"), [(0, 1), (0, 100_000), (1, 1), (100, 100), (50, 100), (1, 1_000_000)])
def test_the_prior_is_a_distribution_whatever_was_counted(conversions: int, exposures: int) -> None:
    prior = prior_of([Sums(exposures=exposures, conversions=conversions)])
    assert prior.is_sane()
    assert rate_of(Sums(exposures=exposures, conversions=conversions), prior).is_sane()


def test_money_gives_means_and_the_bandit_prefers_the_dearer_arm() -> None:
    counts = [count("a", 1_000, 100, value=5_000.0, squares=300_000.0), count("b", 1_000, 150, value=3_000.0, squares=80_000.0)]
    found = known(learned(news(choose=MONEY), counts, epoch=1))
    a, b = found.arms["a"], found.arms["b"]
    assert isinstance(a, Gaussian)
    assert isinstance(b, Gaussian)
    assert a.mean == pytest.approx(5.0, abs=0.01)
    assert a.sd == pytest.approx(((300_000 - 1_000 * 25) / 999 / 1_000) ** 0.5, rel=0.02)
    assert thompson([a, b])[0] > 0.9
    assert thompson([*known(learned(news(), counts, epoch=1)).arms.values()])[1] > 0.9, "by conversions it is the other way round"


def test_money_that_is_the_same_for_everybody_says_nothing_yet() -> None:
    assert learned(news(choose=MONEY), [count("a", 50, 0), count("b", 50, 0)], epoch=1) is None


def test_refunds_may_make_an_arm_lose_money() -> None:
    counts = [count("a", 100, 10, value=-500.0, squares=9_000.0), count("b", 100, 10, value=400.0, squares=8_000.0)]
    found = known(learned(news(choose=MONEY), counts, epoch=1))
    assert isinstance(found.arms["a"], Gaussian)
    assert found.arms["a"].mean < 0
    assert thompson(list(found.arms.values()))[1] > 0.95


def test_contexts_that_differ_are_learned_apart() -> None:
    counts = [
        count("a", 1_000, 300, context="gold"), count("b", 1_000, 50, context="gold"),
        count("a", 1_000, 50, context="tin"), count("b", 1_000, 300, context="tin"),
    ]  # fmt: skip
    found = known(learned(news(choose=CONTEXTUAL), counts, epoch=1))
    assert thompson(list(found.contexts["gold"].values()))[0] > 0.95
    assert thompson(list(found.contexts["tin"].values()))[1] > 0.95


def test_contexts_that_do_not_differ_are_treated_alike_even_where_little_is_known() -> None:
    counts = [count(variant, 500, 50 if variant == "a" else 25, context=f"c{n}") for n in range(6) for variant in ("a", "b")]
    counts += [count("a", 5, 0, context="small"), count("b", 5, 2, context="small")]
    found = known(learned(news(choose=CONTEXTUAL), counts, epoch=1))
    assert thompson(list(found.contexts["small"].values()))[0] > 0.9, "five decisions do not outweigh what six contexts agree on"


def test_how_much_all_customers_count_for_in_a_context_follows_from_the_differences() -> None:
    overall = {"a": Beta(100, 900)}
    alike = {f"c{n}": {"a": Sums(exposures=200, conversions=20)} for n in range(5)}
    apart = {f"c{n}": {"a": Sums(exposures=200, conversions=5 if n % 2 else 40)} for n in range(4)}
    strength = {name: rates_of_contexts(each, overall)["c0"]["a"] for name, each in (("alike", alike), ("apart", apart))}
    assert strength["alike"].a + strength["alike"].b == pytest.approx(200 + STRONG)
    assert 200 + WEAK <= strength["apart"].a + strength["apart"].b < 260


def test_only_the_contexts_with_most_decisions_are_kept_apart() -> None:
    counts = [count("a", 10 + n, 1, context=f"c{n:03d}") for n in range(300)]
    found = known(learned(news(choose=CONTEXTUAL), counts, epoch=1))
    assert len(found.contexts) == MAX_CONTEXTS
    assert "c299" in found.contexts
    assert "c000" not in found.contexts


# What the world does that a bandit does not expect.


def record(variant: str, exposures: int, conversions: int, epoch: int = 1) -> bytes:
    return msgspec.json.encode(count(variant, exposures, conversions, epoch=epoch))


def test_a_job_that_starts_without_its_state_makes_no_count_go_back() -> None:
    counts = Counts()
    for exposures, conversions in ((100, 10), (3, 1), (40, 2)):
        counts.take(record("a", exposures, conversions))
    assert [(each.exposures, each.conversions) for each in counts] == [(100, 10)]
    counts.take(record("a", 101, 11))
    assert [(each.exposures, each.conversions) for each in counts] == [(101, 11)]


def test_a_refund_takes_a_conversion_away_again() -> None:
    counts = Counts()
    counts.take(record("a", 100, 10))
    counts.take(record("a", 100, 9))
    assert [each.conversions for each in counts] == [9]


def test_a_tombstone_and_nonsense_change_no_count() -> None:
    counts = Counts()
    counts.take(record("a", 100, 10))
    for value in (None, b"nonsense", b"{}", b"\xff", record("a", 5, 9), record("a", -1, -1)):
        counts.take(value)
    assert [each.exposures for each in counts] == [100]
    assert counts.odd == 5


def learner(*records: bytes) -> Learner:
    made = Learner()
    for each in records:
        made.counts.take(each)
    return made


CAMPAIGNS = {"news": news()}


def published(made: Learner, campaigns: Mapping[str, Campaign] = CAMPAIGNS, *, now: int) -> list[Learned]:
    """What is news at that time, sent."""
    found = list(made.news(campaigns, now=now))
    for each in found:
        made.sent(each)
    return found


def test_what_has_not_changed_is_not_published_again() -> None:
    made = learner(record("a", 100, 10))
    assert [each.epoch for each in published(made, now=1_000)] == [1_000]
    assert published(made, now=2_000) == []
    made.counts.take(record("a", 101, 10))
    assert [each.epoch for each in published(made, now=3_000)] == [3_000]


def test_an_epoch_never_goes_back_even_if_the_clock_does() -> None:
    made = learner(record("a", 100, 10))
    assert [each.epoch for each in published(made, now=5_000)] == [5_000]
    made.counts.take(record("a", 101, 10))
    assert [each.epoch for each in published(made, now=1_000)] == [5_001]


def test_a_service_that_starts_again_goes_on_from_what_was_published() -> None:
    first = learner(record("a", 100, 10))
    (before,) = published(first, now=5_000)
    second = learner(record("a", 100, 10))
    second.take_published(b"news", msgspec.json.encode(before))
    assert published(second, now=1) == []


def test_counts_that_were_lost_do_not_make_a_bandit_forget(caplog: pytest.LogCaptureFixture) -> None:
    (before,) = published(learner(record("a", 100, 10)), now=5_000)
    second = learner(record("a", 7, 1, epoch=2))
    second.take_published(b"news", msgspec.json.encode(before))
    assert published(second, now=6_000) == []
    assert "7 decisions are counted, and 100 were before" in caplog.text
    second.counts.take(record("a", 101, 11, epoch=2))
    assert [each.exposures for each in published(second, now=7_000)] == [101]


def test_a_variant_that_is_removed_is_left_out_and_counts_again_when_it_comes_back() -> None:
    made = learner(record("a", 100, 10), record("b", 100, 20))
    (both,) = published(made, now=1)
    (without,) = published(made, {"news": news(variants={"a": words(), "c": words()})}, now=2)
    assert set(without.arms) == {"a", "c"}
    assert without.exposures == both.exposures, "so it does not look as if counts were lost"
    (again,) = published(made, now=3)
    assert again.arms == both.arms


def test_a_tombstone_lets_the_service_publish_again() -> None:
    made = learner(record("a", 100, 10))
    published(made, now=1_000)
    made.take_published(b"news", None)
    assert [each.epoch for each in published(made, now=2_000)] == [2_000]


def test_a_record_of_before_that_cannot_be_read_is_published_again(caplog: pytest.LogCaptureFixture) -> None:
    made = learner(record("a", 100, 10))
    made.take_published(b"news", b"{}")
    assert len(published(made, now=1_000)) == 1
    assert "cannot be read" in caplog.text


def test_of_a_split_that_is_left_to_the_bandit_ways_are_learned_and_no_messages() -> None:
    ways = {"ab": {"then": [{"send": "a"}, {"send": "b"}]}, "ba": {"then": [{"send": "b"}, {"send": "a"}]}}
    campaign = news(steps=[{"split": ways, "id": "order", "choose": "bandit"}])
    found = known(learned(campaign, [count("order/ab", 400, 40), count("order/gone", 100, 5), count("a", 600, 80)], epoch=1))
    assert list(found.arms) == ["order/ab", "order/ba"]
    assert found.arms["order/ab"].mean == pytest.approx(0.1, abs=0.005)
    assert found.exposures == 1_100
