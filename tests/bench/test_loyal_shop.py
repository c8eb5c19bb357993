"""The shop with the loyalty campaign: the campaign is the shipped one, and what the bandit learns from is what the arms job would count."""

from typing import Any

import pytest

from bench.evidence.outcomes_loyalty import _apart, _met
from bench.intervals import of_mean
from bench.loyal_shop import BANDIT, CAMPAIGN, SPLIT, Drawn, Life, book_of_loyalty, counts_of, lived, variants_of
from udfs.core.goal_outcome import GoalOutcome, OutcomeStatus
from udfs.core.records import Outcome


def test_each_way_to_choose_changes_nothing_else_of_the_shipped_campaign() -> None:
    bandit, split, points = (book_of_loyalty(way).campaigns[CAMPAIGN] for way in (BANDIT, SPLIT, "points"))
    assert bandit.bandit is not None
    assert (split.bandit, points.bandit) == (None, None)
    assert variants_of(book_of_loyalty(SPLIT)) == ["points", "upsell"]
    assert [variant.name for variant in points.variants] == ["points"]
    assert bandit.goal is not None
    assert split.goal is not None
    assert bandit.goal.within == split.goal.within
    assert bandit.when is not None
    assert split.when is not None
    assert bandit.when.source == split.when.source


def test_final_outcomes_of_messages_are_counted_by_variant() -> None:
    def told(variant: str, conversions: int, value: float, outcome: Outcome = Outcome.ACTED) -> GoalOutcome:
        fixed: dict[str, Any] = {"revision": 0, "status": OutcomeStatus.FINAL, "user_id": "u", "campaign": CAMPAIGN, "campaign_version": "v"}
        fixed |= {"channel": "email", "starts": 0, "ends": 1, "unvalued": 0, "first_at": None, "engagement": {}, "basis": "decision"}
        fixed |= {"credit": {}, "credited_value": {}, "at": 1, "decision_id": f"{variant}{value}"}
        return GoalOutcome(variant=variant, conversions=conversions, value=value, outcome=outcome, **fixed)

    found = counts_of([told("a", 2, 30.0), told("a", 0, 0.0), told("b", 1, 5.0), told("b", 1, 9.0, Outcome.CONTROL)])
    assert [(each.variant, each.exposures, each.conversions, each.value, each.squares) for each in found] == [
        ("a", 2, 1, 30.0, 900.0),
        ("b", 1, 1, 5.0, 25.0),
    ]


def test_customers_are_compared_with_themselves() -> None:
    def life(way: str, **money: float) -> Life:
        made = Life(way=way)
        made.money.update(money)
        made.drawn = [Drawn(user=user, day=0, variant="a", probability=1.0, gains={"a": 0.0}, odds={"a": 0.0}) for user in ("ada", "bob")]
        return made

    lives = {(1, "one"): life("one", ada=3.0, bob=5.0, eve=100.0), (1, "other"): life("other", ada=1.0, eve=0.0)}
    assert _met(lives, ("one", "other")) == [(1, "ada"), (1, "bob")]
    assert _apart(lives, "one", "other", ("one", "other")) == [2.0, 5.0]
    low, mean, high = of_mean([2.0, 5.0])
    assert (low + high) / 2 == pytest.approx(mean) == pytest.approx(3.5)


@pytest.mark.slow
def test_the_same_customers_live_with_the_same_dice() -> None:
    one, other = (lived(5, way, customers=40, days=14) for way in (SPLIT, SPLIT))
    assert one.money == other.money
    assert [each.user for each in one.drawn] == [each.user for each in other.drawn]
