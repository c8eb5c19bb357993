"""What each input adds to the answer of a model of trees: exact Shapley values, read from the ONNX file alone.

An input that is not known counts as the rows that a model learned from: at a node that asks about it both ways are gone, each as often as those rows
went it (`tree_path_dependent` of SHAP, `pred_contrib` of LightGBM). The file says how often, in `nodes_hitrates`.

What a leaf adds is a product over the inputs that the way to it asks about. With each input present with the probability t, it is a polynomial in t,
and the Shapley value of an input is the integral of its derivative from 0 to 1; the quadrature of Gauss is exact for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx

from training.errors import TrainingError
from training.inputs import Floats

Numbers = npt.NDArray[np.float64]
KINDS = ("TreeEnsembleRegressor", "TreeEnsembleClassifier")
AT_MOST, IS, LEAF = b"BRANCH_LEQ", b"BRANCH_EQ", b"LEAF"
MAX_LEAVES = 200_000
MAX_DEPTH = 200


class NoTrees(TrainingError):
    """A model whose answers cannot be divided among its inputs; the message says why."""


class Parts(NamedTuple):
    """One answer, before it becomes a probability: `base` and all of `inputs` add up to it."""

    base: float
    """The answer where nothing is known."""
    inputs: Numbers
    """What each input adds, in the order of the model's inputs."""

    @property
    def sum(self) -> float:
        """What the trees add up to."""
        return float(self.base + self.inputs.sum())


class _Node(NamedTuple):
    mode: bytes
    feature: int
    values: tuple[float, ...]
    """The threshold, or the set."""
    unknown_left: bool
    left: int
    right: int
    cover: float


class _Edge(NamedTuple):
    test: int
    """The number of the question."""
    left: bool


@dataclass(frozen=True)
class Trees:
    """The leaves of an ensemble, each with the inputs that the way to it asks about, in `slots`."""

    width: int
    base: float
    feature: npt.NDArray[np.int64]
    """Of each question: its input."""
    threshold: Numbers
    """Its threshold, NaN where it asks for a set."""
    sets: Sequence[tuple[int, Numbers]]
    """Questions that ask for a set, and the set."""
    unknown_left: npt.NDArray[np.bool_]
    edges: npt.NDArray[np.int64]
    """Rows of question, whether left, and the slot that it belongs to."""
    leaves: Numbers
    """What each leaf adds."""
    slots: npt.NDArray[np.int64]
    """Leaf and place -> input; -1: there is no such place."""
    shares: Numbers
    """Leaf and place -> share of the rows that go this way."""

    def parts(self, row: Floats) -> Parts:
        """Of one row, as the model reads it."""
        goes_left = np.where(np.isnan(row[self.feature]), self.unknown_left, row[self.feature] <= self.threshold)
        for question, held in self.sets:
            goes_left[question] = bool(np.isin(row[self.feature[question]], held))
        agrees = np.ones(self.slots.size, dtype=bool)
        np.logical_and.at(agrees, self.edges[:, 2], goes_left[self.edges[:, 0]] == self.edges[:, 1])
        there = self.slots >= 0
        known = np.where(there, agrees.reshape(self.slots.shape), 1.0)
        unknown = np.where(there, self.shares, 1.0)
        each = (known - unknown) * _others(known, unknown) * self.leaves[:, None]
        inputs = np.bincount(self.slots[there], weights=each[there], minlength=self.width).astype(np.float64)
        return Parts(self.base + float((unknown.prod(axis=1) * self.leaves).sum()), inputs)


def _others(known: Numbers, unknown: Numbers) -> Numbers:
    """For each place, the mean over t of the product of all others of its row, each known with the probability t."""
    points, weights = np.polynomial.legendre.leggauss(max(1, -(-known.shape[1] // 2)))
    found = np.zeros_like(known)
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        factor = unknown + (known - unknown) * point
        before, after = np.ones_like(factor), np.ones_like(factor)
        np.cumprod(factor[:, :-1], axis=1, out=before[:, 1:])
        after[:, :-1] = np.cumprod(factor[:, :0:-1], axis=1)[:, ::-1]
        found += weight * before * after
    return found


def importance(trees: Trees, x: Floats) -> Numbers:
    """How much each input moves the answers of these rows, on average and in either direction."""
    return np.asarray(np.mean([np.abs(trees.parts(row).inputs) for row in x], axis=0), dtype=np.float64)


def trees_of(content: bytes) -> Trees:
    """The trees of an ONNX file. Raises NoTrees if it is another kind of model, or does not say how often its nodes were reached."""
    try:
        graph = onnx.load_from_string(content).graph
    except Exception as error:  # protobuf's own class, which onnx does not name
        message = "the file is no ONNX model"
        raise NoTrees(message) from error
    held = {each.name for each in graph.input}
    found = [node for node in graph.node if node.op_type in KINDS]
    if len(found) != 1 or not set(found[0].input) <= held or any(held & set(node.input) for node in graph.node if node is not found[0]):
        message = "it is no ensemble of trees that reads the inputs themselves: only answers of trees are divided among inputs"
        raise NoTrees(message)
    try:
        told = {each.name: onnx.helper.get_attribute_value(each) for each in found[0].attribute}
        width = graph.input[0].type.tensor_type.shape.dim[-1].dim_value
        return _Reader(told, width).read()
    except (KeyError, ValueError, IndexError, TypeError) as error:
        message = "the attributes of its trees do not fit together"
        raise NoTrees(message) from error


class _Reader:
    """Reads the attributes of one ensemble."""

    def __init__(self, told: Mapping[str, Any], width: int) -> None:
        self.width = width
        kind = "target" if "target_ids" in told else "class"
        if len(set(told.get(f"{kind}_ids", ()))) != 1:
            message = "it gives several answers at once, and only one can be divided among inputs"
            raise NoTrees(message)
        covers = told.get("nodes_hitrates", ())
        names = ("treeids", "nodeids", "modes", "featureids", "values", "truenodeids", "falsenodeids")
        columns = [told[f"nodes_{name}"] for name in names]
        unknown = told.get("nodes_missing_value_tracks_true") or [0] * len(columns[0])
        if len(covers) != len(columns[0]) or (len(set(covers)) == 1 and AT_MOST in columns[2]):
            message = "its file does not say how often its nodes were reached (it was trained by an earlier version): train it again"
            raise NoTrees(message)
        self.nodes: dict[tuple[int, int], _Node] = {
            (tree, number): _Node(mode, feature, (value,), bool(left_if_unknown), left, right, cover)
            for tree, number, mode, feature, value, left, right, left_if_unknown, cover in zip(*columns, unknown, covers, strict=True)
        }
        self.adds = dict(zip(zip(told[f"{kind}_treeids"], told[f"{kind}_nodeids"], strict=True), told[f"{kind}_weights"], strict=True))
        self.base = float(sum(told.get("base_values", ())))
        self.questions: dict[tuple[int, int], int] = {}
        self.asked: list[_Node] = []

    def read(self) -> Trees:
        """Every way from a root to a leaf."""
        found = [(adds, list(way)) for tree in dict.fromkeys(tree for tree, _ in self.nodes) for adds, way in self._ways(tree)]
        places = max((len({self.asked[edge.test].feature for edge, _ in way}) for _, way in found), default=1) or 1
        slots, shares = np.full((len(found), places), -1, dtype=np.int64), np.ones((len(found), places))
        edges = []
        for leaf, (_, way) in enumerate(found):
            inputs = list(dict.fromkeys(self.asked[edge.test].feature for edge, _ in way))
            slots[leaf, : len(inputs)] = inputs
            for edge, share in way:
                place = inputs.index(self.asked[edge.test].feature)
                shares[leaf, place] *= share
                edges.append((edge.test, int(edge.left), leaf * places + place))
        return Trees(
            width=self.width,
            base=self.base,
            feature=np.array([each.feature for each in self.asked], dtype=np.int64),
            threshold=np.array([each.values[0] if each.mode == AT_MOST else np.nan for each in self.asked]),
            sets=[(number, np.array(each.values)) for number, each in enumerate(self.asked) if each.mode == IS],
            unknown_left=np.array([each.unknown_left for each in self.asked], dtype=bool),
            edges=np.array(edges, dtype=np.int64).reshape(-1, 3),
            leaves=np.array([adds for adds, _ in found]),
            slots=slots,
            shares=shares,
        )

    def _ways(self, tree: int) -> Iterator[tuple[float, Sequence[tuple[_Edge, float]]]]:
        """What each leaf adds, and the answers on the way to it with the share of the rows that give them."""
        ahead: list[tuple[int, tuple[tuple[_Edge, float], ...]]] = [(0, ())]
        leaves = 0
        while ahead:
            number, way = ahead.pop()
            node = self._node(tree, number)
            if node.mode == LEAF:
                leaves += 1
                yield float(self.adds.get((tree, number), 0.0)), way
                continue
            if len(way) >= MAX_DEPTH or leaves + len(ahead) > MAX_LEAVES:
                message = "its trees are too large"
                raise NoTrees(message)
            question = self._question(tree, number, node)
            share = min(1.0, self._node(tree, node.left).cover / node.cover) if node.cover > 0 else 0.5
            ahead.append((node.right, (*way, (_Edge(question, False), 1 - share))))
            ahead.append((node.left, (*way, (_Edge(question, True), share))))

    def _node(self, tree: int, number: int) -> _Node:
        """A node; a row of nodes that ask for the values of one set, one after the other, is one."""
        node = self.nodes.get((tree, number))
        if node is None or node.mode not in {AT_MOST, IS, LEAF} or not 0 <= node.feature < self.width:
            message = f"node {number} of its tree {tree} cannot be read"
            raise NoTrees(message)
        if node.mode != IS:
            return node
        values, right = list(node.values), node.right
        while (after := self.nodes.get((tree, right))) is not None and after.mode == IS and (after.feature, after.left) == (node.feature, node.left):
            values.append(after.values[0])
            right = after.right
            if len(values) > MAX_LEAVES:
                break
        return node._replace(values=tuple(values), right=right)

    def _question(self, tree: int, number: int, node: _Node) -> int:
        if (tree, number) not in self.questions:
            self.questions[tree, number] = len(self.asked)
            self.asked.append(node)
        return self.questions[tree, number]
