"""The ranker of a recommender: what it orders, what it reads, and what happens where it is hostile or fails."""

import threading
import time
from typing import Any

import numpy as np
import pytest

from tests.builders import HOUR, MINUTE
from tests.core.recommend import rankers
from tests.core.recommend.learned import recommender
from tests.core.recommend.test_in_campaigns import TOGETHER, T, ids, life, listed, news, viewed
from udfs.core.recommend.candidates import About, Candidate, asked, candidates
from udfs.core.recommend.language.strategies import compile_strategies
from udfs.core.recommend.recommender import FixedStand
from udfs.core.recommend.strategy import Strategy
from udfs.core.values.problems import DocumentError
from udfs.recommend import ranker as ranking
from udfs.recommend.features import FEATURES, MAX_RANKED
from udfs.recommend.layout import BadRecommender
from udfs.recommend.packed import Learned, PackedRecommender, Rows, pack

REVERSED = rankers.by("place", 0.01)
"""The last candidate goes first."""
NEAR = {"a": {"b": 0.9, "c": 0.5, "d": 0.2}, "z": {"c": 0.6, "e": 0.1}}


def order(found: PackedRecommender, history: tuple[str, ...] = ("a",), strategy: Strategy | None = None, **more: Any) -> list[Candidate]:
    return list(candidates(found, strategy or Strategy(), About(history, **more)))


def names(found: list[Candidate]) -> list[str]:
    return [each.item for each in found]


def features(found: PackedRecommender, about: About) -> dict[str, dict[str, float]]:
    """Item -> feature -> what a ranker would be told."""
    parts, told = asked(found, Strategy(), about)
    numbers, rows = found.features([part for part, _ in parts], told)
    return {found.item(number): dict(zip(FEATURES, row.tolist(), strict=True)) for number, row in zip(numbers, rows, strict=True)}


def test_the_ranker_orders_what_the_sources_bring_and_each_item_keeps_its_reason() -> None:
    plain, ranked = order(recommender(NEAR, popular=["p"])), order(recommender(NEAR, popular=["p"], ranker=REVERSED))
    assert names(plain) == ["b", "c", "d", "p"] and names(ranked) == ["d", "c", "b", "p"]
    assert {each.item: (each.source, each.because_of) for each in ranked} == {each.item: (each.source, each.because_of) for each in plain}
    assert [each.score for each in ranked[:3]] == sorted([each.score for each in ranked[:3]], reverse=True) and ranked[3].score == 0


def test_equal_scores_go_by_id() -> None:
    assert names(order(recommender({"a": {"x": 0.9, "c": 0.5, "b": 0.7}}, ranker=rankers.always(0.5)))) == ["b", "c", "x"]
    near = recommender({"a": {"x": 0.9, "c": 0.5}}, ranker=rankers.by("people who took it", 1e-8), item_people={"x": 10.0, "c": 1.0})
    assert names(order(near)) == ["c", "x"]  # they differ by less than a millionth


def test_what_the_ranker_was_not_asked_about_stands_behind_in_the_order_of_the_sums() -> None:
    near = {"a": {f"n{number:03}": 1 - number / 1000 for number in range(MAX_RANKED + 30)}}
    found = order(recommender(near, ranker=REVERSED))
    assert names(found) == [f"n{number:03}" for number in [*reversed(range(MAX_RANKED)), *range(MAX_RANKED, MAX_RANKED + 30)]]
    assert {each.score for each in found[MAX_RANKED:]} == {0.0}
    assert {each.because_of for each in found} == {"a"}


def test_without_history_or_neighbours_there_is_nothing_to_order() -> None:
    found = recommender(NEAR, popular=["p"], ranker=REVERSED)
    assert names(order(found, ())) == names(order(found, ("unknown",))) == names(order(found, ("p",))) == ["p"]


def test_weights_of_its_own_or_a_word_of_a_strategy_leave_the_order_of_the_sums() -> None:
    found = recommender(NEAR, ranker=REVERSED)
    assert (
        names(order(found, strategy=Strategy(ranker=False))) == names(order(found, strategy=Strategy(weights={"together": 2.0}))) == ["b", "c", "d"]
    )


@pytest.mark.parametrize(
    ("declared", "problem"), [({"ranker": "no"}, "true or false"), ({"ranker": True, "weights": {"together": 1}}, "no ranker is")]
)
def test_what_a_strategy_says_of_the_ranker_is_checked(declared: dict[str, Any], problem: str) -> None:
    with pytest.raises(DocumentError, match=problem):
        compile_strategies({"recommendations": {"default": declared}})
    assert compile_strategies({"recommendations": {"default": {"ranker": False}}}).of("default").ranker is False
    assert compile_strategies({"recommendations": {"default": {"ranker": False, "weights": {"together": 1}}}}).of("default").ranker is False


def test_the_decision_says_which_ranker_ordered_its_list() -> None:
    with_one = recommender(TOGETHER, popular=["mug"], ranker=REVERSED)
    found = listed(life(news(), viewed("tent"), stand=FixedStand(with_one)))
    assert with_one.ranker is not None and found.ranker == with_one.ranker.version
    assert ids(found)[:2] == ["lamp", "stove"]
    assert listed(life(news(), viewed("tent"))).ranker is None


def test_the_features_are_what_they_are_called() -> None:
    told = {"item_people": {"c": 2.0}, "item_age": {"c": 7.0}, "item_category": {"a": 1.0, "z": 2.0, "c": 2.0, "b": 1.0}}
    found = recommender(NEAR, alike={"z": {"c": 0.5}}, ranker=REVERSED, **told)  # type: ignore[arg-type]  # by name
    by_item = features(found, About(("a", "z"), visit=1))
    assert list(by_item) == ["c", "b", "d", "e"] or list(by_item) == ["c", "b", "e", "d"]
    c = by_item["c"]
    assert c["sum"] == pytest.approx(0.6 + 0.25 + 0.15) and c["share of the largest sum"] == 1 and c["place"] == 0
    assert (c["together with the latest item"], c["together with the item before"]) == pytest.approx((0.6, 0.25))
    assert (c["items that it is together with"], c["together with items of this visit"]) == pytest.approx((2, 0.6))
    assert (c["alike"], c["like the latest item"]) == pytest.approx((0.15, 0.15))
    assert (c["people who took it"], c["days since it was new"]) == (2, 7)
    assert (c["in the category of the latest item"], c["share of the history in its category"]) == (1, 0.5)
    assert (c["items of the history"], c["items of this visit"]) == (2, 1)
    assert (by_item["b"]["in the category of the latest item"], by_item["b"]["share of the history in its category"]) == (0, 0.5)
    assert np.isnan(by_item["d"]["in the category of the latest item"]) and np.isnan(by_item["d"]["share of the history in its category"])


def test_the_visit_ends_where_half_an_hour_passed_and_unknown_items_count_in_the_history_only() -> None:
    stand = FixedStand(recommender(TOGETHER, ranker=rankers.by("items of this visit")))
    before = [viewed("unknown", T - 5 * HOUR), viewed("tent", T - 3 * HOUR), viewed("stove", T - HOUR), viewed("gone", T - 50 * MINUTE)]
    found = listed(life(news(), *before, stand=stand))
    assert {each.score for each in found.items} == {round(1 / (1 + np.exp(-1.0)), 6)}  # the stove
    stand = FixedStand(recommender(TOGETHER, ranker=rankers.by("items of the history")))
    assert listed(life(news(), *before, stand=stand)).items[0].score == round(1 / (1 + np.exp(-4.0)), 6)


def test_without_a_ranker_the_file_is_as_before() -> None:
    plain = Learned(ids=["a", "b"], decay=0.5, weights={}, near={"together": Rows.of([([1], [0.5]), ([0], [0.5])])}, leading={})
    assert b"item_people" not in pack(plain) and b'"ranker"' not in pack(plain)
    assert PackedRecommender(pack(plain), "v").ranker is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"no model", "not a model that this onnxruntime"),
        (rankers.by("place")[:-20], "not a model that this onnxruntime"),
        (rankers.by("place", width=len(FEATURES) + 1), "it must be float of shape"),
        (rankers.by("place", output="probabilities"), "its manifest names 'input' and 'score'"),
        (rankers.always(2.0), "not a probability"),
        (rankers.always(float("nan")), "not a number"),
        (rankers.beyond(3), "what is no share from 0 to 1"),
    ],
)
def test_a_hostile_ranker_is_refused_with_its_file(content: bytes, problem: str) -> None:
    with pytest.raises(BadRecommender, match=problem):
        recommender(NEAR, ranker=content)


def test_a_ranker_that_hangs_when_it_is_tried_is_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "LOAD_S", 1.0)
    began = time.monotonic()
    with pytest.raises(BadRecommender, match="did not answer one row before the time to load was over"):
        recommender(NEAR, ranker=rankers.hanging(1.5))
    assert time.monotonic() - began < 120


def _whole(**changes: Any) -> bytes:
    items = ["a", "b"]
    near = {"together": Rows.of([([1], [0.5]), ([0], [0.5])])}
    made = Learned(ids=items, decay=0.5, weights={"together": 1}, near=near, leading={}, of_items=rankers.facts(items), ranker=REVERSED)
    return pack(made._replace(**changes))


@pytest.mark.parametrize(
    "facts",
    [
        rankers.facts(["a"]),
        rankers.facts(["a", "b"], item_people={"a": float("nan")}),
        rankers.facts(["a", "b"], item_age={"a": float("inf")}),
        {},
    ],
)
def test_facts_of_items_that_mean_nothing_or_are_missing_are_refused(facts: dict[str, Any]) -> None:
    assert PackedRecommender(_whole(), "v").ranker is not None
    with pytest.raises(BadRecommender, match="contradicts itself"):
        PackedRecommender(_whole(of_items=facts), "v")


def test_a_ranker_of_a_version_that_reads_other_features_is_refused_and_says_so() -> None:
    whole = _whole()
    with pytest.raises(BadRecommender, match="reads other features than this version"):
        PackedRecommender(whole.replace(b'"place"', b'"plays"'), "v")


def test_what_fails_later_leaves_the_order_of_the_sums_and_is_told_once() -> None:
    told: list[str] = []
    found = recommender({"a": {"b": 9.0, "c": 5.0, "d": 2.0}, "x": {"c": 0.5, "d": 0.4}}, ranker=rankers.beyond(8), tell=told.append)
    assert names(order(found, ("x",))) == ["c", "d"]
    for _ in range(ranking.TRIP_AFTER - 1):
        assert names(order(found)) == ["b", "c", "d"]
    assert not told and names(order(found, ("x",))) == ["c", "d"]  # one that answers in between: it is not dropped
    for _ in range(ranking.TRIP_AFTER + 5):
        assert names(order(found)) == ["b", "c", "d"]
    (message,) = told
    assert "failed 10 times in a row" in message and "no longer used" in message
    stand = FixedStand(recommender({"tent": {"stove": 9.0}}, ranker=rankers.beyond(8)))
    assert listed(life(news(), viewed("tent"), stand=stand)).ranker is None


def test_one_that_hangs_later_is_cancelled_and_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "HANGS_S", 0.2)
    told: list[str] = []
    found = recommender({"a": {"b": 9.0, "c": 5.0}}, ranker=rankers.hanging(8), tell=told.append)
    asking = threading.Thread(target=lambda: told.append(str(names(order(found)))), daemon=True)
    asking.start()
    asking.join(120)
    assert not asking.is_alive()
    assert "did not answer within" in told[0] and told[1] == "['b', 'c']"
    assert names(order(found)) == ["b", "c"] and len(told) == 2


def test_two_engines_with_the_same_file_show_the_same() -> None:
    found = [listed(life(news(), viewed("tent"), stand=FixedStand(recommender(TOGETHER, ranker=REVERSED)))) for _ in range(2)]
    assert found[0] == found[1] and isinstance(found[0].ranker, str)
