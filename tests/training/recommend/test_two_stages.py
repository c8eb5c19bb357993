"""The second stage learns from validation items only, and what it says of itself is true."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.training.recommend.worlds import clusters, measures, sequences
from training.recommend import ranker
from training.recommend.candidates import Candidates, FirstStage
from training.recommend.evaluate import Evaluation, batches, choose, evaluate
from training.recommend.measures import CUT
from training.recommend.scores import NONE
from training.recommend.split import Parts, leave_one_out
from training.recommend.strategies.all import strategies
from training.recommend.strategies.strategy import Given

ITEMS = 60
WITH = ("popularity", "item-to-item", "v-sknn")


@pytest.fixture(scope="module")
def parts() -> Parts:
    return leave_one_out(sequences(clusters(300, ITEMS, shortest=3), ITEMS))


@pytest.fixture(scope="module")
def found(parts: Parts) -> Evaluation:
    return evaluate(parts, strategies(Given(), WITH), by="NDCG@10", seed=1)


@pytest.mark.slow
def test_the_figures_of_a_strategy_are_those_of_its_lists(parts: Parts, found: Evaluation) -> None:
    for name in WITH:
        shown, targets = [], []
        for batch in batches(parts.test):
            asked = batch.histories()
            lists = found.fitted[name].scores(asked).top(CUT, asked.seen)
            shown += [[item for item in row if item != NONE] for row in lists.ids.tolist()]
            targets += batch.target.tolist()
        expected = measures(shown, targets, parts.train.popularity.tolist(), ITEMS)
        assert dict(found.strategies[name].measures) == pytest.approx(expected)


def test_the_verdict_is_about_the_best_single_strategy_and_the_cases_of_both(found: Evaluation) -> None:
    assert found.two_stages is not None and found.verdict is not None
    single = {name: each.measures["NDCG@10"] or 0.0 for name, each in found.strategies.items()}
    assert found.verdict.best == max(single, key=lambda name: single[name])
    ours = found.two_stages.measures["NDCG@10"]
    assert ours is not None
    assert found.verdict.gains["NDCG@10"].gain == pytest.approx(ours - max(single.values()))
    assert found.verdict.beats == (found.verdict.gains["NDCG@10"].low > 0)
    assert ours > 0.9 * max(single.values())
    assert found.reached >= (found.two_stages.measures["HR@20"] or 0.0)


@pytest.mark.slow
def test_the_same_again_is_the_same(parts: Parts, found: Evaluation) -> None:
    again = evaluate(parts, strategies(Given(), WITH), by="NDCG@10", seed=1)
    assert found.two_stages is not None and again.two_stages is not None
    assert (again.two_stages.ranks == found.two_stages.ranks).all()
    assert again.verdict == found.verdict


@pytest.mark.slow
def test_items_that_are_evaluated_are_not_learned_from(parts: Parts, found: Evaluation) -> None:
    """With every item to find replaced by another, what was chosen and learned stays as it was."""
    test = parts.test.take(np.arange(len(parts.test), dtype=np.int64))
    other = type(test)(test.base, test.begin, test.end, (test.target + 1) % ITEMS, test.own, test.people, test.masked)
    changed = Parts(train=parts.train, validation=parts.validation, full=parts.full, test=other, everything=parts.everything, left_out={})
    ours, theirs = found, evaluate(changed, strategies(Given(), WITH), by="NDCG@10", seed=1)
    assert ours.settings == theirs.settings
    assert ours.two_stages is not None and theirs.two_stages is not None
    assert ours.two_stages.settings == theirs.two_stages.settings
    assert ours.two_stages.measures["coverage@20"] == theirs.two_stages.measures["coverage@20"]
    assert ours.two_stages.measures["HR@10"] != theirs.two_stages.measures["HR@10"]


def test_with_too_few_people_only_the_single_strategies_are_evaluated() -> None:
    few = leave_one_out(sequences(clusters(20, ITEMS, shortest=3), ITEMS))
    found = evaluate(few, strategies(Given(), WITH), by="NDCG@10", seed=1)
    assert (found.two_stages, found.verdict) == (None, None)
    assert set(found.strategies) == set(WITH)


def test_without_validation_items_the_first_settings_are_used() -> None:
    pairs = leave_one_out(sequences([[n % 7, 7 + n % 5] for n in range(80)], ITEMS))
    assert not len(pairs.validation)
    strategy = strategies(Given(), ["item-to-item"])["item-to-item"]
    assert choose(strategy, pairs, by="NDCG@10", seed=1) == strategy.tried[0]
    assert evaluate(pairs, strategies(Given(), WITH), by="NDCG@10", seed=1).two_stages is None


def test_candidates_are_what_the_strategies_list_each_once_with_a_value_for_each_feature(parts: Parts, found: Evaluation) -> None:
    first = FirstStage.of(found.fitted, parts.train)
    batch = parts.test.take(np.arange(50, dtype=np.int64))
    made = first.candidates(batch.histories())
    assert made.features.shape == (len(made.ids), len(first.names))
    assert len(set(zip(made.rows.tolist(), made.ids.tolist(), strict=True))) == len(made.ids)
    listed = {(row, item) for each in made.lists.values() for row, items in enumerate(each.ids.tolist()) for item in items if item != NONE}
    assert set(zip(made.rows.tolist(), made.ids.tolist(), strict=True)) <= listed
    for row in range(50):
        held = {item for each in ("item-to-item", "v-sknn") for item in made.lists[each].ids[row].tolist() if item != NONE}
        assert held <= {item for at, item in zip(made.rows.tolist(), made.ids.tolist(), strict=True) if at == row}


def test_groups_are_the_histories_whose_item_is_among_the_candidates(parts: Parts, found: Evaluation) -> None:
    first = FirstStage.of(found.fitted, parts.train)
    made = [(first.candidates(batch.histories()), batch.target) for batch in batches(parts.validation)]
    groups = ranker.groups(made)
    assert groups is not None
    assert groups.label.sum() == len(groups.target) == len(np.unique(groups.rows))
    assert (groups.ids[groups.label == 1] == groups.target).all()
    assert groups.features.dtype == np.float32


def test_histories_that_are_drawn_while_they_are_gathered_are_those_that_would_be_drawn_later(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)

    def batch(number: int) -> tuple[Candidates, Any]:
        rows = np.repeat(np.arange(number), 4)
        ids = np.tile(np.arange(4, dtype=np.int32), number)
        return Candidates(rows, ids, random.random((len(rows), 3)).astype(np.float32), {}), random.integers(0, 5, number).astype(np.int32)

    made = [batch(number) for number in (30, 1, 0, 50, 40)]
    monkeypatch.setattr(ranker, "MAX_HISTORIES", 60)
    whole, some = ranker.groups(made), ranker.groups(made, seed=9)
    assert whole is not None and some is not None and len(whole.target) > 60 == len(some.target)
    drawn = whole.take(np.sort(np.random.default_rng(9).permutation(len(whole.target))[:60]))
    for field in dataclasses.fields(some):
        assert np.array_equal(getattr(some, field.name), getattr(drawn, field.name)), field.name
