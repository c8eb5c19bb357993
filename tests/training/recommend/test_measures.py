"""Lists and their measures against an oracle of sorted dictionaries, with many ties, seen items, and lists that end early."""

from random import Random

import numpy as np
import pytest
from scipy import sparse

from tests.training.recommend.worlds import best, measures
from training.recommend.measures import CUT, Tally, gain, ranks
from training.recommend.scores import NONE, All, Few, Lists, Scores, Shared, ordered
from training.recommend.sequences import Longs

ROWS, ITEMS = 60, 90
World = tuple[Scores, list[dict[int, float]], list[list[int]]]
"""Scores, the same as dictionaries, and the seen items of each row."""


def world(kind: str, seed: int) -> World:
    """Scores of one decimal, so that many tie; some differ by less than a millionth, and some by a little more."""
    random = Random(seed)
    seen = [random.sample(range(ITEMS), random.choice([0, 3, ITEMS - 5])) for _ in range(ROWS)]
    values = np.array([[round(random.random(), 1) + random.choice([0, 2e-7, -2e-7, 3e-6]) for _ in range(ITEMS)] for _ in range(ROWS)])
    values[values < 0.35] = 0
    if kind == "few":
        held = [{n: value for n, value in enumerate(row) if value} for row in values.tolist()]
        return Few(sparse.csr_matrix(values)), held, seen
    if kind == "shared":
        group = np.array([random.randrange(3) for _ in range(ROWS)])
        held = [{n: value for n, value in enumerate(values[at].tolist()) if value} for at in group]
        return Shared(values[:3], ordered(values[:3]), group), held, seen
    plain = np.where(values == 0, -np.inf, np.round(values - 0.7, 1)).astype(np.float32)
    held = [{n: value for n, value in enumerate(row) if value != -np.inf} for row in plain.astype(np.float64).tolist()]
    return All(plain), held, seen


def keys(seen: list[list[int]]) -> Longs:
    return np.array(sorted(row * ITEMS + item for row, items in enumerate(seen) for item in items), np.int64)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["few", "shared", "all"])
def test_lists_are_by_score_to_a_millionth_then_by_id_without_what_was_seen(kind: str, seed: int) -> None:
    scores, held, seen = world(kind, seed)
    for k in (1, 5, CUT, ITEMS + 3):
        lists = scores.top(k, keys(seen))
        shown = [[item for item in row if item != NONE] for row in lists.ids.tolist()]
        assert shown == [best(*each, k) for each in zip(held, seen, strict=True)]


@pytest.mark.parametrize("kind", ["few", "shared", "all"])
def test_single_scores_are_those_of_the_lists(kind: str) -> None:
    scores, held, _ = world(kind, 4)
    rows, ids = np.divmod(np.arange(ROWS * ITEMS), ITEMS)
    expected = [held[row].get(item, 0.0) for row, item in zip(rows.tolist(), ids.tolist(), strict=True)]
    assert np.allclose(scores.of(rows, ids.astype(np.int32)), expected, atol=1e-9)


@pytest.mark.parametrize("kind", ["few", "shared", "all"])
def test_the_measures_are_those_of_the_oracle(kind: str) -> None:
    scores, held, seen = world(kind, 5)
    random = Random(6)
    targets = [random.randrange(ITEMS) for _ in range(ROWS)]
    popularity = [float(random.randrange(1, 50)) for _ in range(ITEMS)]
    expected = measures([best(*each, CUT) for each in zip(held, seen, strict=True)], targets, popularity, ITEMS)
    tally = Tally(np.array(popularity))
    lists = scores.top(CUT + 9, keys(seen))  # longer lists are cut
    for part in (slice(0, 7), slice(7, ROWS)):
        tally.add(Lists(lists.ids[part], lists.scores[part]), np.array(targets[part], np.int32))
    assert expected["HR@20"] > 0
    assert tally.figures() == pytest.approx(expected)


def test_nothing_shown_is_a_figure_too() -> None:
    tally = Tally(np.array([1.0, 2.0]))
    tally.add(Lists(np.full((3, CUT), NONE, np.int32), np.zeros((3, CUT))), np.array([0, 1, 1], np.int32))
    assert tally.figures() == {"HR@10": 0, "HR@20": 0, "NDCG@10": 0, "MRR@20": 0, "coverage@20": 0, "popularity_bias@20": None}


def test_ranks_beyond_the_cut_are_absent() -> None:
    ids = np.arange(25, dtype=np.int32)[None, :].repeat(3, axis=0)
    lists = Lists(ids, np.zeros(ids.shape))
    assert ranks(lists, np.array([0, 19, 20], np.int32)).tolist() == [0, 19, CUT]


def test_a_gain_is_certain_only_if_many_people_have_it() -> None:
    ours, theirs = np.zeros(400, np.int64), np.full(400, CUT, np.int64)
    theirs[:200] = 0
    by_many = gain(ours, theirs, np.arange(400), "HR@10", seed=1)
    assert (by_many.gain, by_many.low > 0.4, by_many.high < 0.6) == (0.5, True, True)
    by_one = gain(ours, theirs, np.where(np.arange(400) < 200, np.arange(400), 200), "HR@10", seed=1)
    assert by_one.gain == 0.5 and by_one.low == 0  # all of it is one person's
    assert by_many == gain(ours, theirs, np.arange(400), "HR@10", seed=1)
