"""GRU and SASRec, where JAX is installed: they learn an order that counts cannot know, and the same again is the same."""

import itertools

import numpy as np
import pytest

from tests.training.recommend.worlds import clusters, histories, sequences
from training.recommend.scores import NONE
from training.recommend.sequences import Sequences
from training.recommend.strategies.all import strategies
from training.recommend.strategies.strategy import Given

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install '.[sequence]'")

from training.recommend.strategies.sequence.network import LENGTH  # noqa: E402
from training.recommend.strategies.sequence.strategy import NeuralSequence, Settings, gru, sasrec  # noqa: E402
from training.recommend.strategies.sequence.training import windows  # noqa: E402

ITEMS = 12
CYCLE = [[(start + n) % ITEMS for n in range(9)] for start in range(ITEMS) for _ in range(40)]
"""Everybody takes one item after the other: what comes next follows from the latest one alone."""
LEARNED = Settings(8)


@pytest.fixture(scope="module")
def train() -> Sequences:
    return sequences(CYCLE, ITEMS)


@pytest.fixture(scope="module", params=["gru", "sasrec"])
def model(request: pytest.FixtureRequest) -> NeuralSequence:
    return gru() if request.param == "gru" else sasrec()


def first(model: NeuralSequence, train: Sequences, rows: list[list[int]], *, masked: bool = False) -> list[int]:
    asked = histories(rows, ITEMS, masked=masked)
    return [int(row[0]) for row in model.fit(train, LEARNED, seed=1).scores(asked).top(3, asked.seen).ids]


def test_the_order_of_items_is_learned(model: NeuralSequence, train: Sequences) -> None:
    rows = [[(start + n) % ITEMS for n in range(5)] for start in range(ITEMS)]
    expected = [(row[-1] + 1) % ITEMS for row in rows]
    assert np.mean(np.array(first(model, train, rows)) == expected) > 0.9


def test_the_same_again_is_the_same_and_training_on_is_training(model: NeuralSequence, train: Sequences) -> None:
    asked = histories(clusters(20, ITEMS), ITEMS)
    again = type(model)(model.title, model._network)
    again.fit(train, Settings(3), seed=1)
    ours, theirs = (each.fit(train, LEARNED, seed=1).scores(asked).top(5, asked.seen) for each in (model, again))
    assert (ours.ids == theirs.ids).all() and np.allclose(ours.scores, theirs.scores)


def test_a_history_has_the_same_scores_alone_and_what_was_seen_is_masked(model: NeuralSequence, train: Sequences) -> None:
    rows = clusters(30, ITEMS, longest=40)
    fitted = model.fit(train, LEARNED, seed=1)
    asked = histories(rows, ITEMS)
    together = fitted.scores(asked).top(ITEMS, asked.seen)
    for n in (0, 13, 29):
        alone = histories([rows[n]], ITEMS)
        assert (fitted.scores(alone).top(ITEMS, alone.seen).ids[0] == together.ids[n]).all()
        assert not (set(together.ids[n].tolist()) - {NONE}) & set(rows[n])


def test_of_items_that_were_not_learned_from_nothing_is_said(model: NeuralSequence) -> None:
    found = type(model)(model.title, model._network).fit(sequences([[1, 2, 3]] * 9, ITEMS), Settings(1), seed=1)
    asked = histories([[5], [1]], ITEMS)
    assert [set(row) - {NONE} for row in found.scores(asked).top(ITEMS, asked.seen).ids.tolist()] == [{1, 2, 3}, {2, 3}]


def test_windows_cover_every_step_once() -> None:
    rows = [list(range(n)) for n in (0, 1, 2, LENGTH, LENGTH + 1, LENGTH + 2, 3 * LENGTH + 5)]
    steps = [(row, item, item + 1) for row in range(len(rows)) for item in range(len(rows[row]) - 1)]
    found = windows(sequences(rows, 4 * LENGTH))
    pairs = sorted((int(a) - 1, int(b) - 1) for window in found for a, b in itertools.pairwise(window) if a > 0 and b > 0)
    assert pairs == sorted((a, b) for _, a, b in steps)


def test_they_are_used_only_where_they_are_asked_for() -> None:
    assert not {"gru", "sasrec"} & set(strategies(Given()))
    assert set(strategies(Given(), ["gru", "sasrec"])) == {"gru", "sasrec"}
