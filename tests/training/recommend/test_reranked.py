"""The ranker of the job's lists: what it learns from, what is exported of it, and that it is kept only where it is better."""

from pathlib import Path

import numpy as np
import pytest

from tests.core.recommend import rankers
from tests.training.recommend.worlds import clusters, sequences
from training.errors import ParityError
from training.recommend import reranked
from training.recommend.deployed import as_kept, lists
from training.recommend.exporting import told
from training.recommend.measures import Gain
from training.recommend.publishable import learned
from training.recommend.ranker import MIN_HISTORIES, Ranker
from training.recommend.reranked import ALONE, RANKED, Trial
from training.recommend.scores import NONE
from training.recommend.split import Parts, split
from training.recommend.strategies.item_to_item import ItemToItem
from training.recommend.strategies.strategy import Given
from udfs.core.recommend.strategy import Strategy
from udfs.recommend.packed import PackedRecommender, pack

ITEMS = 60
NAMES = [f"i{number:03}" for number in range(ITEMS)]


def parts_of(rows: list[list[int]]) -> Parts:
    return split(sequences(rows, ITEMS), "leave-one-out")


def opened(parts: Parts, ranker: bytes | None = None) -> PackedRecommender:
    strategy = ItemToItem(Given())
    together = strategy.fit(parts.train, strategy.tried[0], seed=0)
    weights = {"together": 1.0}
    return PackedRecommender(
        pack(learned(parts.train, NAMES, together, alike=None, known=None, trending=None, weights=weights, facts={}, ranker=ranker)), ""
    )


@pytest.fixture(scope="module")
def parts() -> Parts:
    return parts_of(clusters(400, ITEMS, seed=5))


@pytest.fixture(scope="module")
def fitted(parts: Parts) -> Ranker:
    found = reranked.learn(opened(parts), parts.validation, (), seed=0)
    assert found is not None
    return found


def trial(parts: Parts, fitted: Ranker, content: bytes) -> Trial:
    ranked = opened(parts, content)
    return reranked.trial(ranked, fitted, content, parts.test, categories=(), popularity=parts.full.popularity, by="NDCG@10", seed=0)


@pytest.mark.slow
def test_the_exported_ranker_says_what_the_trees_say_of_every_candidate_held_out(parts: Parts, fitted: Ranker) -> None:
    found = trial(parts, fitted, reranked.onnx(fitted.booster))
    assert found.difference < 1e-4 and found.rows > 1_000 and found.cases + found.decided_on == len(parts.test)


def test_the_same_histories_give_the_same_ranker(parts: Parts, fitted: Ranker) -> None:
    again = reranked.learn(opened(parts), parts.validation, (), seed=0)
    assert again is not None and reranked.onnx(again.booster) == reranked.onnx(fitted.booster)


def test_a_ranker_that_says_anything_else_is_refused(parts: Parts, fitted: Ranker) -> None:
    with pytest.raises(ParityError, match="export refused"):
        trial(parts, fitted, rankers.by("place"))


def test_lists_with_the_ranker_hold_the_same_first_hundred_and_nothing_that_was_seen(parts: Parts, fitted: Ranker) -> None:
    recommender = opened(parts, reranked.onnx(fitted.booster))
    histories = as_kept(parts.test.take(np.arange(50)).histories())
    alone, ranked = (lists(recommender, Strategy(ranker=uses, fill=()), histories, 60) for uses in (False, True))
    assert (np.sort(alone.ids, axis=1) == np.sort(ranked.ids, axis=1)).all()
    assert (alone.ids != ranked.ids).any()
    rows, places = np.nonzero(ranked.ids != NONE)
    assert not np.isin(rows * ITEMS + ranked.ids[rows, places], histories.seen).any()


def test_one_that_is_better_beyond_chance_is_kept_and_one_that_is_not_is_left_out(fitted: Ranker) -> None:
    made = Trial(
        onnx=b"",
        settings="",
        learned=100,
        learned_from=reranked.HELD_OUT,
        cases=50,
        by="NDCG@10",
        alone={"NDCG@10": 0.1},
        ranked={"NDCG@10": 0.2},
        gain=Gain(gain=0.1, low=-0.01, high=0.2),
        decided_on=50,
        decided=Gain(gain=0.1, low=0.01, high=0.2),
        rows=1,
        difference=0.0,
    )
    assert made.is_kept and told(made).startswith("ranker: kept: NDCG@10 0.2000 against 0.1000 of retrieval alone, +0.1000 [-0.0100, +0.2000] on 50")
    other = Trial(**{**made.__dict__, "decided": Gain(gain=0.1, low=0.0, high=0.2), "gain": Gain(gain=0.1, low=0.05, high=0.2)})
    assert not other.is_kept and "left out, since it is not better beyond chance" in told(other)


def test_nobody_decides_and_is_reported_on(parts: Parts) -> None:
    people = np.repeat(parts.test.people, 3)
    decides = reranked._half(people, seed=0)
    assert not set(people[decides]) & set(people[~decides])
    assert abs(int(decides.sum()) - int((~decides).sum())) <= 3


def test_one_that_is_not_better_than_the_sums_is_left_out() -> None:
    """What comes next is always the one after the latest: the sums say so for every history, and trees cannot do better."""
    parts = parts_of([[(person * 7 + place) % ITEMS for place in range(3 + person % 8)] for person in range(300)])
    fitted = reranked.learn(opened(parts), parts.validation, (), seed=0)
    assert fitted is not None
    found = trial(parts, fitted, reranked.onnx(fitted.booster))
    assert found.alone["NDCG@10"] == 1.0 and found.decided.low <= 0 and not found.is_kept


def test_of_few_histories_nothing_is_learned(tmp_path: Path) -> None:
    few = parts_of(clusters(MIN_HISTORIES - 10, ITEMS))
    assert reranked.learn(opened(few), few.validation, (), seed=0) is None
    assert "none, because" in told(None)
    empty = few.validation.take(np.zeros(0, np.int64))
    assert reranked.learn(opened(few), empty, (), seed=0) is None


def test_both_ways_ask_the_same_file(parts: Parts, fitted: Ranker) -> None:
    assert (ALONE.weights, RANKED.weights, ALONE.ranker, RANKED.ranker) == (None, None, False, True)
