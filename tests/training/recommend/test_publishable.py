"""What is exported for the job: the engine's lists are those of the evaluation, item by item."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.recommend.worlds import best, clusters, histories, sequences
from training.errors import ParityError
from training.recommend.deployed import as_kept, lists
from training.recommend.publishable import compare, learned, write
from training.recommend.scores import NONE
from training.recommend.strategies.item_to_item import ItemToItem
from training.recommend.strategies.neighbours import ByNeighbours
from training.recommend.strategies.popularity import Popularity
from training.recommend.strategies.strategy import Given
from udfs.core.recommend.history import MAX_HISTORY
from udfs.core.recommend.strategy import Strategy
from udfs.recommend.packed import Learned, PackedRecommender, pack

ITEMS = 120
NAMES = [f"i{number:03}" for number in range(ITEMS)]
EVERYTHING = sequences(clusters(250, ITEMS), ITEMS)
ASKED = [*clusters(150, ITEMS, seed=9, longest=40), [3], [3] * 30, list(range(ITEMS))]


@pytest.fixture(scope="module")
def fitted() -> ByNeighbours:
    strategy = ItemToItem(Given())
    return strategy.fit(EVERYTHING, strategy.tried[0], seed=0)


@pytest.fixture(scope="module")
def made(fitted: ByNeighbours) -> Learned:
    return learned(EVERYTHING, NAMES, fitted, alike=None, known=None, trending=None, weights={"together": 1.0}, facts={})


def test_every_list_is_the_same_with_repeats_and_long_histories_too(fitted: ByNeighbours, made: Learned, tmp_path: Path) -> None:
    done = write(made, fitted, histories(ASKED, ITEMS), tmp_path / "deep" / "recommender.krec")
    assert (done.compared, done.bytes) == (len(ASKED), len((tmp_path / "deep" / "recommender.krec").read_bytes()))


def test_a_recommender_that_shows_another_list_is_refused(fitted: ByNeighbours, made: Learned) -> None:
    other = PackedRecommender(pack(made._replace(decay=0.05)), "")
    with pytest.raises(ParityError, match=r"export refused: for history \d+ the engine has item"):
        compare(other, fitted, histories(ASKED, ITEMS))


def test_histories_are_kept_as_the_job_keeps_them() -> None:
    kept = as_kept(histories([[1, 2, 1, 3, 2], [5] * 9, list(range(40))], ITEMS))
    parts = np.split(kept.sequences.items, kept.sequences.starts[1:-1])
    assert [part.tolist() for part in parts] == [[1, 3, 2], [5], list(range(40 - MAX_HISTORY, 40))]


def test_what_is_short_is_filled_up_by_popularity_as_the_oracle_says(fitted: ByNeighbours, made: Learned) -> None:
    asked = histories([[7], [7, 8]], ITEMS)
    recommender = PackedRecommender(pack(made), "")
    found = lists(recommender, Strategy(), asked, ITEMS)
    alone = lists(recommender, Strategy(fill=()), asked, ITEMS)
    popular = Popularity()
    values = popular.fit(EVERYTHING, popular.tried[0], seed=0).values[0]
    for row, history in enumerate(([7], [7, 8])):
        first = [item for item in alone.ids[row].tolist() if item != NONE]
        most = {item: value / values.max() for item, value in enumerate(values.tolist()) if value > 0}
        leaders = best(most, [], 100)
        assert [item for item in found.ids[row].tolist() if item != NONE] == first + [each for each in leaders if each not in {*first, *history}]
