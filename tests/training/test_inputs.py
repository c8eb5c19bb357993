"""Which features become inputs: those that say something about the training rows; texts by their values, if these are few."""

import pytest

from tests.training.shop import rows
from training.errors import TrainingError
from training.inputs import choose, matrix
from udfs.core.features.features import FeatureSet
from udfs.core.features.language.features import compile_features

NAMES = ("orders", "weekday", "last_product", "constant", "never", "returning")


def declared() -> FeatureSet:
    return compile_features({"features": [{"name": name, "event": "x", "aggregate": "last", "of": f"properties.{name}"} for name in NAMES]})


ROWS = rows(
    100,
    lambda n: {
        "orders": n % 5,
        "weekday": ["monday", "friday", "sunday", None][n % 4],
        "last_product": f"p{n}",
        "constant": 0,
        "never": None,
        "returning": n % 3 == 0,
    },
    label=lambda n: n % 2 == 0,
)


def test_numbers_truth_values_and_texts_of_few_values_are_inputs_in_the_order_of_declaration() -> None:
    chosen = choose(ROWS, declared())
    assert [each.feature for each in chosen.inputs] == ["orders", "weekday", "returning"]
    assert chosen.inputs[1].values == {"friday": 0, "monday": 1, "sunday": 2}
    assert [each.definition for each in chosen.inputs] == [declared().features[each.feature].definition for each in chosen.inputs]
    assert chosen.left_out == {"last_product": "free text (100 values)", "constant": "always 0", "never": "never known"}
    assert matrix(chosen.inputs, ROWS).dtype == "float32"
    assert matrix(chosen.inputs, ROWS[:2]).tolist() == [[0, 1, 1], [1, 0, 0]]


def test_a_feature_can_be_left_out_and_one_that_is_not_declared_is_a_slip() -> None:
    assert [each.feature for each in choose(ROWS, declared(), without=["orders"]).inputs] == ["weekday", "returning"]
    with pytest.raises(TrainingError, match="no feature 'order' to leave out: did you mean 'orders'"):
        choose(ROWS, declared(), without=["order"])


def test_rows_of_which_nothing_is_known_are_told_feature_by_feature() -> None:
    with pytest.raises(TrainingError, match=r"orders is left out on request; .*never is never known"):
        choose(ROWS, declared(), without=["orders", "weekday", "returning"])


def test_addresses_are_no_inputs_however_few_they_are() -> None:
    few = rows(100, lambda n: {"orders": n % 5, "weekday": f"shop-{n % 3}@example.com", "last_product": None}, label=lambda n: n % 2 == 0)
    chosen = choose(few, declared())
    assert [each.feature for each in chosen.inputs] == ["orders"]
    assert chosen.left_out["weekday"] == "holds addresses of people"
