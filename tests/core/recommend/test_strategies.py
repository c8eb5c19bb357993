"""The file of strategies: what it may say, what is refused, and what each part does to a list."""

from typing import Any

import pytest

from tests.core.recommend.learned import recommender
from udfs.core.items.item import Item
from udfs.core.recommend.candidates import About, candidates
from udfs.core.recommend.chosen import EXPLORED, MAX_LOOKED, Chosen, Pool, chosen
from udfs.core.recommend.language.strategies import compile_strategies
from udfs.core.recommend.strategy import Fill, Left, Strategy
from udfs.core.values.chance import fraction
from udfs.core.values.problems import DocumentError

MANY = {"a": {f"n{number:02}": 1 - number / 100 for number in range(60)}}


def strategy(**declared: Any) -> Strategy:
    return compile_strategies({"recommendations": {"default": declared}}).of("default")


def made(
    declared: Strategy, count: int, *, brands: bool = False, lot: float = 1.0, history: tuple[str, ...] = ("a",), categories: tuple[str, ...] = ()
) -> list[Chosen]:
    learned = recommender(
        MANY, popular=["p1", "p2", "n00"], leading={"popular": {"category/tents": ["t1"], "segment/vip": ["v1"], "": ["p1", "p2", "n00"]}}
    )
    about = About(history, categories, ("vip",))

    def allowed(item: str) -> Item | bool:
        return Item(id=item, brand="Odd" if item[-1] in "13579" else "Even", category=f"C{item[-1]}") if brands else True

    return chosen(Pool(candidates(learned, declared, about), lambda each: allowed(each.item)), declared, count, lambda _: lot)


def ids(found: list[Chosen]) -> list[str]:
    return [each.candidate.item for each in found]


def test_what_is_left_out_has_its_default() -> None:
    found = strategy()
    assert (found.weights, found.fill, found.exclude, found.explore) == (None, tuple(Fill), frozenset(Left), 0.0)
    assert (found.max_per_category, found.max_per_brand) == (None, None)


def test_a_strategy_has_a_version_of_its_own_and_an_undeclared_one_is_the_default() -> None:
    declared = compile_strategies({"recommendations": {"default": {}, "bold": {"explore": "10%"}}})
    again = compile_strategies({"recommendations": {"default": {"explore": "5%"}, "bold": {"explore": "10%"}}})
    assert declared.of("bold").version == again.of("bold").version != ""
    assert declared.of("default").version != again.of("default").version
    assert declared.of("gone").name == "default"
    assert compile_strategies({"recommendations": {"bold": {}}}).of("gone").version == ""


@pytest.mark.parametrize(
    ("document", "path", "problem"),
    [
        ([], (), "a mapping"),
        ({}, ("recommendations",), "mapping"),
        ({"recommendations": {}}, ("recommendations",), "names no strategy"),
        ({"recommendations": {"Bold": {}}}, ("recommendations", "Bold"), "not a name"),
        ({"recommendations": {"bold": {"wieghts": {}}}}, ("recommendations", "bold", "wieghts"), "unknown key"),
        ({"recommendations": {"bold": {"weights": {"together": -1}}}}, ("recommendations", "bold", "weights", "together"), "a weight is a number"),
        ({"recommendations": {"bold": {"weights": {"together": True}}}}, ("recommendations", "bold", "weights", "together"), "a weight is a number"),
        ({"recommendations": {"bold": {"weights": {"popular": 1}}}}, ("recommendations", "bold", "weights", "popular"), "unknown key"),
        ({"recommendations": {"bold": {"weights": {"together": 0}}}}, ("recommendations", "bold", "weights"), "no source counts"),
        ({"recommendations": {"bold": {"exclude": ["boughtt"]}}}, ("recommendations", "bold", "exclude", 0), "not known"),
        ({"recommendations": {"bold": {"fill": "page"}}}, ("recommendations", "bold", "fill"), "is a list"),
        ({"recommendations": {"bold": {"max_per": {"brand": 0}}}}, ("recommendations", "bold", "max_per", "brand"), "whole number"),
        ({"recommendations": {"bold": {"explore": 0.1}}}, ("recommendations", "bold", "explore"), "percentage"),
        ({"recommendations": {"bold": {"explore": "100%"}}}, ("recommendations", "bold", "explore"), "every place"),
        ({"recommendations": {"bold": None}}, ("recommendations", "bold"), "mapping"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document: Any, path: tuple[str, ...], problem: str) -> None:
    with pytest.raises(DocumentError, match=problem) as refused:
        compile_strategies(document)
    assert refused.value.problems[0].path == path


def test_a_list_is_filled_up_by_the_page_then_the_segment_then_everybody() -> None:
    assert ids(made(strategy(), 5, history=(), categories=("Tents",))) == ["t1", "v1", "p1", "p2", "n00"]
    assert ids(made(strategy(fill=["popular", "page"]), 5, history=(), categories=("Tents",))) == ["p1", "p2", "n00", "t1"]
    assert ids(made(strategy(fill=[]), 5, history=())) == []


def test_no_more_of_a_brand_or_a_category_than_the_strategy_allows() -> None:
    assert ids(made(strategy(max_per={"brand": 2}), 6, brands=True)) == ["n00", "n01", "n02", "n03"]
    assert ids(made(strategy(max_per={"category": 1}), 4, brands=True)) == ["n00", "n01", "n02", "n03"]
    assert ids(made(strategy(max_per={"category": 1}), 12, brands=True)) == [f"n0{number}" for number in range(10)]


def test_a_place_is_drawn_among_those_that_follow_and_says_how_likely_that_was() -> None:
    exploring = strategy(explore="10%")
    assert [(each.candidate.item, each.probability) for each in made(exploring, 2, lot=0.5)] == [("n00", 0.9), ("n01", 0.9)]
    assert [(each.candidate.item, each.probability) for each in made(exploring, 1, lot=1e-9)] == [("n01", 0.1 / EXPLORED)]
    assert ids(made(exploring, 1, lot=0.0999999)) == [f"n{EXPLORED:02}"]


@pytest.mark.slow
def test_over_many_decisions_every_item_is_shown_as_often_as_its_probability_says() -> None:
    exploring, shown, decisions = strategy(explore="40%"), dict[str, int](), 4_000
    learned = recommender(MANY)
    for number in range(decisions):
        pool = Pool(candidates(learned, exploring, About(("a",))), lambda each: True)
        (found,) = chosen(pool, exploring, 1, lambda place, number=number: fraction(f"test:{place}", str(number)))  # type: ignore[misc]
        shown[found.candidate.item] = shown.get(found.candidate.item, 0) + 1
    assert abs(shown["n00"] / decisions - 0.6) < 0.025
    assert set(shown) == {f"n{number:02}" for number in range(EXPLORED + 1)}
    assert all(abs(shown[f"n{number:02}"] / decisions - 0.02) < 0.01 for number in range(1, EXPLORED + 1))


def test_no_more_candidates_are_looked_at_than_may_be() -> None:
    learned = recommender({"a": {f"n{number:03}": 1.0 for number in range(MAX_LOOKED + 50)}})
    pool = Pool(candidates(learned, strategy(), About(("a",))), lambda each: False)
    assert chosen(pool, strategy(), 8, lambda _: 1.0) == []
    assert (pool.looked, pool.is_cut) == (MAX_LOOKED, True)
