"""The exported item-to-item strategy shows the same lists, item by item, and what differs is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.training.recommend.worlds import clusters, histories, sequences
from training.errors import ParityError
from training.recommend.export import ITEMS as NAMES
from training.recommend.export import LENGTH, MODEL, ask, compare, graph, session_of, write
from training.recommend.scores import NONE
from training.recommend.strategies.item_to_item import ItemToItem
from training.recommend.strategies.neighbours import ByNeighbours, Table
from training.recommend.strategies.strategy import Given

ITEMS = 150


@pytest.fixture(scope="module")
def fitted() -> ByNeighbours:
    strategy = ItemToItem(Given())
    return strategy.fit(sequences(clusters(300, ITEMS), ITEMS), strategy.tried[0], seed=0)


def test_lists_are_the_same_for_every_history_with_repeats_and_long_ones_too(fitted: ByNeighbours, tmp_path: Path) -> None:
    asked = [*clusters(200, ITEMS, seed=9), [3], [3] * 30, list(range(ITEMS)), list(range(ITEMS - 1))]
    done = write(fitted, [f"i{n}" for n in range(ITEMS)], histories(asked, ITEMS), tmp_path)
    assert done.compared == len(asked)
    told = json.loads((tmp_path / NAMES).read_text())
    assert (told["items"][7], told["latest"], told["length"]) == ("i7", 10, LENGTH)
    assert len((tmp_path / MODEL).read_bytes()) == done.bytes


def test_equal_scores_are_in_the_order_of_ids_and_items_without_a_score_are_not_shown() -> None:
    ids, scores = np.full((8, 3), NONE, np.int32), np.zeros((8, 3), np.float32)
    ids[0], scores[0] = [6, 2, 4], [0.5, 0.5 - 2e-7, 0.5 + 2e-7]
    made = ByNeighbours(Table(ids, scores), 0.5)
    session = session_of(graph(made))
    shown = ask(session, np.array([0]), np.array([0]), 8)
    assert [item for item in shown.ids.tolist() if item != NONE] == [2, 4, 6]
    assert ask(session, np.array([0]), np.array([0, 2, 4, 6]), 8).ids.tolist() == [NONE] * 8
    assert ask(session, np.array([8]), np.array([], np.int64), 8).ids.tolist() == [NONE] * 8  # nobody knows this item


def test_the_same_strategy_gives_the_same_bytes(fitted: ByNeighbours) -> None:
    assert graph(fitted) == graph(fitted)


def test_a_model_that_shows_another_list_is_refused(fitted: ByNeighbours) -> None:
    other = graph(replace(fitted, decay=0.3))
    with pytest.raises(ParityError, match=r"export refused: for the history of items .* at place"):
        compare(other, fitted, histories(clusters(50, ITEMS, seed=9), ITEMS))
