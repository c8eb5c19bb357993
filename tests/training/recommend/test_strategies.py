"""The laws of every strategy, and what is particular to each, against plain code."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import sparse

from tests.builders import DAY, MONDAY
from tests.training.recommend.worlds import best, clusters, histories, sequences
from training.errors import TrainingError
from training.recommend.cases import Histories
from training.recommend.scores import NONE, Lists
from training.recommend.sequences import Sequences
from training.recommend.strategies import factors
from training.recommend.strategies.all import NAMES, strategies
from training.recommend.strategies.item_to_item import WINDOW, ItemToItem, table
from training.recommend.strategies.strategy import MAX_LENGTH, Fitted, Given
from training.recommend.strategies.trending import Trending
from training.recommend.strategies.vsknn import Settings as Near
from training.recommend.strategies.vsknn import Vsknn

ITEMS = 40
MADE = clusters(120, ITEMS)
ASKED = clusters(30, ITEMS, seed=8)
TOKENS = sparse.csr_matrix(np.array([[item % 4 == kind for kind in range(4)] + [item % 7 == 0] for item in range(ITEMS)], dtype=float))


@pytest.fixture(scope="module")
def train() -> Sequences:
    return sequences(MADE, ITEMS)


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def made(name: str, train: Sequences, *, which: int = 0, repeats: bool = False) -> Fitted:
    strategy = strategies(Given(repeats=repeats, tokens=TOKENS))[name]
    return strategy.fit(train, strategy.tried[which], seed=1)


@pytest.fixture(scope="module")
def fitted(name: str, train: Sequences) -> Fitted:
    return made(name, train)


def lists(fitted: Fitted, asked: Histories, k: int = 20) -> Lists:
    return fitted.scores(asked).top(k, asked.seen)


def shown(found: Lists) -> list[list[int]]:
    return [[item for item in row if item != NONE] for row in found.ids.tolist()]


def test_the_same_sequences_and_seed_give_the_same_lists(name: str, fitted: Fitted, train: Sequences) -> None:
    again = made(name, sequences(MADE, ITEMS))
    ours, theirs = lists(fitted, histories(ASKED, ITEMS)), lists(again, histories(ASKED, ITEMS))
    assert (ours.ids == theirs.ids).all() and (ours.scores == theirs.scores).all()


def test_what_was_seen_is_not_recommended_and_nothing_twice(fitted: Fitted) -> None:
    for row, found in zip(ASKED, shown(lists(fitted, histories(ASKED, ITEMS))), strict=True):
        assert not set(found) & set(row)
        assert len(set(found)) == len(found)


def test_whoever_has_seen_everything_gets_an_empty_list(fitted: Fitted) -> None:
    assert shown(lists(fitted, histories([list(range(ITEMS)), [1]], ITEMS)))[0] == []


def test_scores_are_in_order_and_ties_are_in_the_order_of_ids(fitted: Fitted) -> None:
    found = lists(fitted, histories(ASKED, ITEMS), ITEMS)
    for ids, scores in zip(found.ids.tolist(), found.scores.tolist(), strict=True):
        order = [(-round(score * 1e6), item) for item, score in zip(ids, scores, strict=True) if item != NONE]
        assert order == sorted(order)


def test_a_list_is_the_best_of_all_single_scores(fitted: Fitted) -> None:
    asked = histories(ASKED, ITEMS)
    rows, ids = np.divmod(np.arange(len(ASKED) * ITEMS), ITEMS)
    scores = fitted.scores(asked).of(rows, ids.astype(np.int32)).reshape(-1, ITEMS)
    held = [{item: score for item, score in enumerate(row) if score} for row in scores.tolist()]
    assert shown(lists(fitted, asked)) == [best(*each, 20) for each in zip(held, ASKED, strict=True)]


def test_a_history_gets_the_same_list_whatever_else_is_in_the_batch(fitted: Fitted) -> None:
    together = shown(lists(fitted, histories(ASKED, ITEMS)))
    base = sequences(ASKED, ITEMS)
    for n in (0, 7, 29):
        alone = histories([ASKED[n]], ITEMS)
        moved = Histories(Sequences(alone.sequences.items, alone.sequences.times + n * DAY, alone.sequences.starts, ITEMS), alone.own, alone.seen)
        assert moved.now[0] == base.times[base.starts[n + 1] - 1]
        assert shown(lists(fitted, moved))[0] == together[n]


def test_items_that_nobody_took_are_recommended_by_their_content_alone(name: str) -> None:
    fitted = made(name, sequences([[item for item in row if item != 5] for row in MADE], ITEMS))
    everything = {item for row in shown(lists(fitted, histories(ASKED, ITEMS), ITEMS)) for item in row}
    assert (5 in everything) == (name == "content")


def test_it_learns_from_next_to_nothing(name: str) -> None:
    for rows in ([[3]], [[], [3]], [[3, 3]], [[1, 2]]):
        fitted = made(name, sequences(rows, ITEMS))
        assert len(shown(lists(fitted, histories([[3], [1, 3]], ITEMS)))) == 2


def test_a_bot_does_not_decide_for_everybody(name: str, train: Sequences) -> None:
    bot = [[5, 9] * 10_000]
    before = shown(lists(made(name, train), histories([[1, 13]], ITEMS, day=150), 5))[0]
    after = shown(lists(made(name, sequences([*MADE, *bot], ITEMS, gap=1_000)), histories([[1, 13]], ITEMS, day=150), 5))[0]
    assert len(set(before) & set(after)) >= 3
    assert MAX_LENGTH < 20_000


def test_every_setting_that_is_tried_can_be_told_and_learns(name: str, train: Sequences) -> None:
    tried = strategies(Given(tokens=TOKENS))[name].tried
    assert len({str(each) for each in tried}) == len(tried)
    assert all(shown(lists(made(name, train, which=n), histories([[1]], ITEMS, day=150)))[0] for n in range(len(tried)))


def test_the_neighbours_are_those_of_the_plain_definition(train: Sequences) -> None:
    for backward, damping, repeats in ((0.5, 20.0, False), (1.0, 5.0, True)):
        sums: dict[tuple[int, int], float] = defaultdict(float)
        for row in MADE:
            one: dict[tuple[int, int], float] = {}
            for a, first in enumerate(row):
                for b, other in enumerate(row):
                    if a != b and abs(a - b) <= WINDOW and (repeats or first != other):
                        one[first, other] = max(one.get((first, other), 0), 1 / (b - a) if b > a else backward / (a - b))
            for pair, weight in one.items():
                sums[pair] += weight
        people = [sum(item in row for row in MADE) for item in range(ITEMS)]
        made = table(train, backward=backward, damping=damping, repeats=repeats).matrix.toarray()
        for a in range(ITEMS):
            for b in range(ITEMS):
                assert made[a, b] == pytest.approx(sums[a, b] / math.sqrt((people[a] + damping) * (people[b] + damping)), rel=1e-6)


def test_the_score_of_an_item_is_the_sum_over_the_ten_latest(train: Sequences) -> None:
    strategy = ItemToItem(Given())
    fitted = strategy.fit(train, strategy.tried[0], seed=0)
    row = [n % ITEMS for n in range(3, 19)]
    matrix = fitted.table.matrix.toarray()
    expected = sum(matrix[item] * strategy.tried[0].decay ** back for back, item in enumerate(reversed(row[-10:])))
    scores = fitted.scores(histories([row], ITEMS)).of(np.zeros(ITEMS, np.int64), np.arange(ITEMS, dtype=np.int32))
    assert np.allclose(scores, expected)


def test_neighbouring_sequences_are_those_of_the_plain_definition(train: Sequences) -> None:
    settings, row, own = Near(7, 0.6), [2, 6, 10, 1], 5
    rarity = [math.log(len(MADE) / max(1, sum(item in each for each in MADE))) for item in range(ITEMS)]
    near: dict[int, float] = defaultdict(float)
    for n, each in enumerate(MADE):
        for back, item in enumerate(reversed(row)):
            if item in each and n != own:
                near[n] += 0.6**back * rarity[item] / math.sqrt(len(set(each)))
    scores: dict[int, float] = defaultdict(float)
    for n in sorted(near, key=lambda n: (-round(near[n] * 1e6), n))[:7]:
        for item in set(MADE[n]):
            scores[item] += near[n] * rarity[item]
    found = lists(Vsknn().fit(train, settings, seed=0), histories([row], ITEMS, own=[own]))
    assert shown(found)[0] == best(scores, row, 20)


def test_what_is_trending_is_known_as_of_the_history_and_nothing_later() -> None:
    rows = [[1], [1], [1], [2], [2], [3]]
    begin = {0: MONDAY, 1: MONDAY, 2: MONDAY, 3: MONDAY + 20 * DAY, 4: MONDAY + 20 * DAY, 5: MONDAY + 40 * DAY}
    fitted = Trending().fit(sequences(rows, 5, begin=begin), Trending.tried[1], seed=0)
    for day, expected in ((-1, []), (10, [1]), (21, [2, 1]), (41, [3, 2])):
        asked = histories([[0]], 5)
        moment = Sequences(asked.sequences.items, np.array([MONDAY + day * DAY]), asked.sequences.starts, 5)
        assert shown(lists(fitted, Histories(moment, asked.own, asked.seen), 2))[0] == expected


def test_factors_solve_the_equations_of_their_items() -> None:
    random = np.random.default_rng(1)
    others = random.normal(size=(6, 3)).astype(np.float32)
    weights = sparse.csr_matrix(np.array([[1, 0, 0.5, 0, 0, 0], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=float))
    settings = factors.Settings(0.1, 0.05, 1.0, factors=3)
    found = factors.solve(weights, others, settings)
    for n, row in enumerate(weights.toarray()):
        number = (row > 0).sum()
        left = 0.1 * others.T @ others + 0.05 * (number + 0.1 * 6) * np.eye(3)
        left += sum((weight * np.outer(other, other) for weight, other in zip(row, others, strict=True)), np.zeros((3, 3)))
        assert np.allclose(found[n], np.linalg.solve(left, row @ others), atol=1e-5)
    assert (found[1] == 0).all()


def test_where_repeats_are_allowed_an_item_that_is_taken_again_and_again_comes_first() -> None:
    rows: Sequence[Sequence[int]] = [[1, 1, 1, 2]] * 20
    fitted = made("item-to-item", sequences(rows, 5), repeats=True)
    assert shown(lists(fitted, histories([[1]], 5, masked=False)))[0][0] == 1
    fitted = made("item-to-item", sequences(rows, 5))
    assert shown(lists(fitted, histories([[1]], 5, masked=False)))[0] == [2]


def test_content_without_a_catalogue_is_refused_and_otherwise_left_out() -> None:
    with pytest.raises(TrainingError, match="--catalogue"):
        strategies(Given(), ["content"])
    assert set(strategies(Given())) == set(NAMES) - {"content"}
