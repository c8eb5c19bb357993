"""Contributions: exact by their definition, by LightGBM's own, and never made up for a model that cannot be divided."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from lightgbm import Dataset, train
from onnx import helper

from bench.onnx_files import linear
from training.estimators.all import estimator
from training.estimators.ensemble import LEAF, Ensemble, Tree
from training.estimators.estimator import fit_with
from training.estimators.lightgbm import as_read, tree
from training.gate import ask, session_of
from training.importance import importance
from training.inputs import Floats
from udfs.core.features.model_inputs import Input
from udfs.scoring.contributions import Trees
from udfs.scoring.trees import KINDS, NoTrees, trees_of

ROWS = 900
INPUTS = [Input("a", ""), Input("kind", "", {str(n): n for n in range(8)}), Input("gap", ""), Input("b", "")]
OF_TREES = ("boosted", "forest", "lightgbm", "tree")


@pytest.fixture(scope="module")
def data() -> tuple[Floats, Any]:
    """Numbers, a category, and a column that is often unknown."""
    random = np.random.default_rng(3)
    x = np.column_stack([random.normal(size=ROWS), random.integers(0, 8, ROWS), random.normal(size=ROWS), random.normal(size=ROWS)])
    x[random.random(ROWS) < 0.3, 2] = np.nan
    y = (x[:, 0] + np.isin(x[:, 1], (1, 4, 6)) * 2 + np.nan_to_num(x[:, 2]) * x[:, 3] + random.normal(size=ROWS) > 1).astype(np.int64)
    return x.astype(np.float32), y


def expected(nodes: Tree, number: int, row: Floats, known: frozenset[int]) -> float:
    """The mean answer of the rows that a tree learned from, of those that agree with what is known: both ways where it is not."""
    feature = int(nodes.feature[number])
    if feature == LEAF:
        return float(nodes.value[number])
    left, right = int(nodes.left[number]), int(nodes.right[number])
    if feature in known:
        value = row[feature]
        goes_left = bool(nodes.unknown_left[number]) if np.isnan(value) else bool(value <= nodes.threshold[number])
        return expected(nodes, left if goes_left else right, row, known)
    share = nodes.cover[left] / nodes.cover[number]
    return float(share * expected(nodes, left, row, known) + (1 - share) * expected(nodes, right, row, known))


def by_definition(trees: Sequence[Tree], row: Floats, width: int) -> list[float]:
    """Shapley values: over every set of the other inputs."""
    found = []
    for one in range(width):
        others = [each for each in range(width) if each != one]
        total = 0.0
        for size in range(width):
            weight = math.factorial(size) * math.factorial(width - size - 1) / math.factorial(width)
            for known in itertools.combinations(others, size):
                total += weight * sum(expected(each, 0, row, frozenset({*known, one})) - expected(each, 0, row, frozenset(known)) for each in trees)
        found.append(total)
    return found


def grown(random: np.random.Generator, width: int, depth: int) -> Tree:
    """A tree with thresholds and covers drawn at random; inputs come again on one way."""
    feature, threshold, left, right, unknown, value, cover = ([] for _ in range(7))  # type: ignore[var-annotated]

    def add(reached: float, below: int) -> int:
        place = len(feature)
        is_leaf = below == 0 or random.random() < 0.2
        for held, told in (
            (feature, LEAF if is_leaf else int(random.integers(width))),
            (threshold, float(random.normal())),
            (unknown, bool(random.integers(2))),
            (value, float(random.normal()) if is_leaf else 0.0),
            (cover, reached),
            (left, 0),
            (right, 0),
        ):
            held.append(told)
        if not is_leaf:
            share = random.uniform(0.1, 0.9)
            left[place], right[place] = add(reached * share, below - 1), add(reached * (1 - share), below - 1)
        return place

    add(1000.0, depth)
    arrays = (np.array(feature), np.array(threshold, np.float32), np.array(left), np.array(right), np.array(unknown), np.array(value))
    return Tree(*arrays, same=np.zeros(len(feature), dtype=np.bool_), cover=np.array(cover))


def onnx_of(trees: Sequence[Tree], width: int) -> bytes:
    return Ensemble(trees, 0.25, sigmoid=True, width=width).onnx()


@pytest.mark.parametrize("seed", range(8))
def test_they_are_shapley_values_by_their_definition(seed: int) -> None:
    random = np.random.default_rng(seed)
    width, trees = 5, [grown(random, 5, 5) for _ in range(3)]
    read = trees_of(onnx_of(trees, width))
    for _ in range(5):
        row = random.normal(size=width).astype(np.float32)
        row[random.random(width) < 0.2] = np.nan
        parts = read.parts(row)
        assert parts.inputs == pytest.approx(by_definition(trees, row, width), abs=1e-5)
        assert parts.base == pytest.approx(0.25 + sum(expected(each, 0, row, frozenset()) for each in trees), abs=1e-5)
        assert parts.sum == pytest.approx(0.25 + sum(expected(each, 0, row, frozenset(range(width))) for each in trees), abs=1e-5)


def test_they_are_those_of_lightgbm(data: tuple[Floats, Any]) -> None:
    x, y = data
    known = as_read(x, {1: 8})
    told = {"objective": "binary", "num_leaves": 12, "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 20, "min_data_per_group": 10}
    booster = train(told, Dataset(known, y, categorical_feature=[1]), num_boost_round=40)
    trees = [tree(each["tree_structure"]) for each in booster.dump_model()["tree_info"]]
    assert any(each.same.any() for each in trees), "there are sets"
    read = trees_of(onnx_of(trees, 4))
    for row, theirs in zip(x[:50], booster.predict(known[:50], pred_contrib=True), strict=True):
        parts = read.parts(row)
        assert parts.inputs == pytest.approx(theirs[:-1], abs=1e-4)
        assert parts.base - 0.25 == pytest.approx(theirs[-1], abs=1e-4)


@pytest.mark.parametrize("name", OF_TREES)
def test_they_add_up_to_what_the_file_answers(name: str, data: tuple[Floats, Any]) -> None:
    x, y = data
    made = estimator(name)
    model = fit_with(made, made.tried[0], x, y, inputs=INPUTS, seed=1)
    content = model.onnx()
    read, answers = trees_of(content), ask(session_of(content), x)[:, 1]
    sums = np.array([read.parts(row).sum for row in x])
    told = sums if name in {"forest", "tree"} else 1 / (1 + np.exp(-sums))
    assert told == pytest.approx(answers, abs=1e-4)
    moved = importance(read, x[:100])
    assert moved.shape == (4,)
    assert moved[0] > 0


def test_a_calibrated_model_is_divided_before_it_is_calibrated(data: tuple[Floats, Any]) -> None:
    made = estimator("boosted")
    calibrated = next(each for each in made.tried if each.calibrated)
    content = fit_with(made, calibrated, *data, inputs=INPUTS, seed=1).onnx()
    read, answers = trees_of(content), ask(session_of(content), data[0])[:, 1]
    sums = np.array([read.parts(row).sum for row in data[0]])
    logits = np.log(answers / (1 - answers))
    slope, start = np.polyfit(sums, logits, 1)
    assert slope > 0
    assert sums * slope + start == pytest.approx(logits, abs=1e-2)


@pytest.mark.parametrize("content", [b"", b"no model", linear([1.0, 2.0])], ids=["nothing", "garbage", "linear"])
def test_what_is_not_made_of_trees_is_not_divided(content: bytes) -> None:
    with pytest.raises(NoTrees):
        trees_of(content)


@pytest.mark.parametrize("name", ["logistic", "mlp"])
def test_neither_is_an_estimator_without_trees(name: str, data: tuple[Floats, Any]) -> None:
    made = estimator(name)
    with pytest.raises(NoTrees, match="only answers of trees"):
        trees_of(fit_with(made, made.tried[0], *data, inputs=INPUTS, seed=1).onnx())


def changed(content: bytes, name: str, values: Sequence[Any]) -> bytes:
    """A file with other values of one attribute of its ensemble."""
    model = onnx.load_from_string(content)
    (node,) = [each for each in model.graph.node if each.op_type in KINDS]
    kept = [each for each in node.attribute if each.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, values)])
    told: bytes = model.SerializeToString()
    return told


def attributes(content: bytes) -> dict[str, Any]:
    """Those of the ensemble of a file."""
    (node,) = [each for each in onnx.load_from_string(content).graph.node if each.op_type in KINDS]
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def test_a_file_of_an_earlier_version_says_that_it_is_one() -> None:
    content = onnx_of([grown(np.random.default_rng(1), 3, 3)], 3)
    with pytest.raises(NoTrees, match="train it again"):
        trees_of(changed(content, "nodes_hitrates", [1.0] * len(attributes(content)["nodes_hitrates"])))


def test_a_tree_that_goes_round_in_circles_ends() -> None:
    content = onnx_of([grown(np.random.default_rng(1), 3, 4)], 3)
    with pytest.raises(NoTrees, match="round in circles"):
        trees_of(changed(content, "nodes_truenodeids", [0] * len(attributes(content)["nodes_truenodeids"])))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("nodes_values", [1.0]),
        ("nodes_modes", [b"LEAF"]),
        ("nodes_featureids", [10**6] * 3),
        ("nodes_treeids", [0]),
        ("target_nodeids", [7]),
        ("target_weights", [0.5]),
        ("nodes_missing_value_tracks_true", [1]),
        ("nodes_modes", "BRANCH_LEQ"),
    ],
)
def test_a_file_whose_attributes_do_not_fit_together_is_refused(name: str, values: Sequence[Any]) -> None:
    content = onnx_of([grown(np.random.default_rng(1), 3, 3)], 3)
    with pytest.raises(NoTrees):
        trees_of(changed(content, name, values))


def test_a_tree_that_is_one_leaf_adds_to_the_base_alone() -> None:
    leaf = Tree(*(np.array([each]) for each in (LEAF, 0.0, 0, 0, False, 0.5, False, 10.0)))
    other = grown(np.random.default_rng(2), 2, 3)
    read: Trees = trees_of(onnx_of([leaf, other], 2))
    row = np.zeros(2, np.float32)
    assert read.parts(row).base == pytest.approx(0.75 + expected(other, 0, row, frozenset()), abs=1e-5)


def test_a_way_that_no_row_went_is_no_division_by_nothing() -> None:
    one = grown(np.random.default_rng(4), 3, 3)
    (first, *_) = np.flatnonzero(one.feature != LEAF)
    cover = one.cover.copy()
    cover[one.right[first]], cover[one.left[first]] = 0.0, cover[first]
    dead = replace(one, cover=cover)
    read = trees_of(onnx_of([dead], 3))
    for value in (-3.0, 3.0):
        parts = read.parts(np.full(3, value, np.float32))
        assert np.isfinite(parts.inputs).all()
        assert parts.sum == pytest.approx(0.25 + expected(dead, 0, np.full(3, value, np.float32), frozenset(range(3))), abs=1e-5)


def test_a_tree_of_hundreds_of_questions_one_below_the_other_is_too_large() -> None:
    questions = 250
    size = 2 * questions + 1
    feature, left, right = np.full(size, LEAF), np.zeros(size, np.int64), np.zeros(size, np.int64)
    for number in range(questions):
        feature[number], left[number], right[number] = 0, questions + number, number + 1 if number + 1 < questions else size - 1
    nodes = (feature, np.zeros(size, np.float32), left, right, np.zeros(size, np.bool_), np.ones(size))
    long = Tree(*nodes, same=np.zeros(size, dtype=np.bool_), cover=np.arange(size, 0, -1, dtype=np.float64))
    with pytest.raises(NoTrees, match="too large"):
        trees_of(onnx_of([long], 1))


def test_values_beyond_all_thresholds_and_infinity_go_one_way() -> None:
    trees = [grown(np.random.default_rng(seed), 3, 4) for seed in range(3)]
    read = trees_of(onnx_of(trees, 3))
    for value in (np.inf, -np.inf, 3e38, -3e38):
        row = np.full(3, value, np.float32)
        assert read.parts(row).sum == pytest.approx(0.25 + sum(expected(each, 0, row, frozenset(range(3))) for each in trees), abs=1e-5)
