"""The file of a recommender: what is written is read, and nothing that anybody changed in it is used."""

import random

import pytest

from tests.core.recommend.learned import recommender
from udfs.core.recommend.candidates import About, candidates
from udfs.core.recommend.strategy import Strategy
from udfs.recommend.layout import HEAD, BadRecommender
from udfs.recommend.packed import Learned, PackedRecommender, Rows, pack


def learned(ids: list[str]) -> Learned:
    rows = Rows.of([([(place + 1) % len(ids)], [0.5]) for place in range(len(ids))])
    return Learned(ids=ids, decay=0.5, weights={"together": 1.0}, near={"together": rows}, leading={"popular": {"": ([0], [1.0])}})


def test_every_item_is_found_by_its_id_and_no_other_is() -> None:
    ids = sorted({f"item-{number}" for number in range(500)} | {"Ä", "", "zebra", "日本", "a b", "\ud800", "a", "a\0", "a\0b"})
    found = PackedRecommender(pack(learned(ids)), "v")
    assert [found.number(each) for each in ids] == list(range(len(ids)))
    assert [found.item(number) for number in range(len(ids))] == ids
    assert [found.number(each) for each in ("item-", "item-500", "ä", "zebra ", "a\0\0", "zzzzzzzzz")] == [None] * 6


def test_the_same_input_gives_the_same_bytes() -> None:
    assert pack(learned(["a", "b"])) == pack(learned(["a", "b"]))


def test_what_was_not_learned_is_nothing() -> None:
    found = recommender({"a": {"b": 1.0}})
    assert found.near("alike", 0) == ([], [])
    assert found.near("nothing", 0) == ((), ())
    assert found.leading("trending", "") == ([], [])


def test_an_empty_one_recommends_nothing() -> None:
    empty = PackedRecommender(pack(Learned(ids=[], decay=0.5, weights={}, near={}, leading={})), "v")
    assert list(candidates(empty, Strategy(), About(("a",)))) == []


def test_cut_off_or_changed_bytes_are_refused_or_harmless() -> None:
    whole = pack(learned([f"i{number}" for number in range(40)]))
    for size in (0, 7, HEAD.size, len(whole) // 2, len(whole) - 9):
        with pytest.raises(BadRecommender):
            PackedRecommender(whole[:size], "v")
    drawn, refused = random.Random(7), 0
    for _ in range(400):
        changed = bytearray(whole)
        changed[drawn.randrange(len(changed))] = drawn.randrange(256)
        try:
            found = PackedRecommender(bytes(changed), "v")
        except BadRecommender:
            refused += 1
            continue
        for number in range(found.count):
            found.near("together", number)
        list(candidates(found, Strategy(), About(tuple(f"i{number}" for number in range(40)))))
    assert refused > 100


@pytest.mark.parametrize("decay", [-0.1, 1.1, float("nan")])
def test_figures_that_mean_nothing_are_refused(decay: float) -> None:
    with pytest.raises(BadRecommender):
        PackedRecommender(pack(learned(["a"])._replace(decay=decay)), "v")
