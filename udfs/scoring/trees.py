"""The trees of an ONNX file, made ready for `contributions`: every way from a root to a leaf, and how many rows went it.

How many rows came to each node is in `nodes_hitrates`. All leaves go up to their roots together, one step at a time, so that a file of ten thousand
leaves is read in less than a tenth of a second, while decisions are being made.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from udfs.core.values.errors import Unavailable
from udfs.scoring.contributions import Group, Numbers, Sets, Trees, Truths, Whole, quadrature

KINDS = ("TreeEnsembleRegressor", "TreeEnsembleClassifier")
AT_MOST, IS, LEAF = b"BRANCH_LEQ", b"BRANCH_EQ", b"LEAF"
MAX_LEAVES = 200_000
MAX_DEPTH = 200
SMALLEST = 1e-15
"""A share of no rows: it is divided by."""


class NoTrees(Unavailable):
    """A model whose answers cannot be divided among its inputs; the message says why."""


class TooLargeTrees(NoTrees):
    """Trees with so many leaves, or so deep, that an explanation would take too long for a decision."""


def trees_of(content: bytes) -> Trees:
    """The trees of an ONNX file. Raises NoTrees if it is another kind of model, or does not say how often its nodes were reached."""
    try:
        import onnx
    except ModuleNotFoundError as missing:
        message = "the package onnx is not installed: pip install onnx"
        raise NoTrees(message) from missing
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
    """The nodes of one ensemble, each in its row of every array."""

    def __init__(self, told: Mapping[str, Any], width: int) -> None:
        self.width, self.told = width, told
        self.kind = "target" if "target_ids" in told else "class"
        if len(set(told.get(f"{self.kind}_ids", ()))) != 1:
            message = "it gives several answers at once, and only one can be divided among inputs"
            raise NoTrees(message)
        self.mode = np.array(list(told["nodes_modes"]), dtype=object)
        self.tree, self.number = self._whole("nodes_treeids"), self._whole("nodes_nodeids")
        self.feature = self._whole("nodes_featureids")
        self.value = self._column("nodes_values", np.float64)
        missing = "nodes_missing_value_tracks_true"
        self.unknown_left: Truths = (self._whole(missing) if told.get(missing) else np.zeros(len(self.tree), np.int64)).astype(bool)
        covers = told.get("nodes_hitrates", ())
        if len(covers) != len(self.tree) or (len(set(covers)) == 1 and AT_MOST in told["nodes_modes"]):
            message = "its file does not say how often its nodes were reached (it was trained by an earlier version): train it again"
            raise NoTrees(message)
        self.cover = self._column("nodes_hitrates", np.float64)
        self.is_leaf, self.asks_set = self._is(LEAF), self._is(IS)
        readable = (self.is_leaf | self.asks_set | self._is(AT_MOST)) & (self.feature >= 0) & (self.feature < width)
        if not readable.all():
            at = int(np.argmin(readable))
            message = f"node {self.number[at]} of its tree {self.tree[at]} cannot be read"
            raise NoTrees(message)
        self._index()

    def _column(self, name: str, kind: Any) -> Any:
        """An attribute as an array, one value a node. Raises ValueError."""
        found = np.array(self.told[name], dtype=kind)
        if found.shape != self.mode.shape:
            raise ValueError(name)
        return found

    def _whole(self, name: str) -> Whole:
        found: Whole = self._column(name, np.int64)
        return found

    def _is(self, mode: bytes) -> Truths:
        found: Truths = np.fromiter((each == mode for each in self.mode), np.bool_, len(self.mode))
        return found

    def _index(self) -> None:
        """Where each node is found by its tree and its number."""
        self._span = int(self.number.max(initial=0)) + 1
        keys = self.tree * self._span + self.number
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]
        if (np.diff(self._keys) == 0).any():
            raise ValueError(self._span)

    def _at(self, tree: Whole, number: Whole) -> Whole:
        """The nodes of these trees with these numbers. Raises ValueError where there is none."""
        wanted = tree * self._span + number
        place = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        if ((self._keys[place] != wanted) | (number < 0) | (number >= self._span)).any():
            raise ValueError(self._span)
        found: Whole = self._order[place]
        return found

    def read(self) -> Trees:
        """Every way from a root to a leaf."""
        asks = np.flatnonzero(~self.is_leaf)
        left, right = np.full((2, len(self.tree)), -1, dtype=np.int64)
        left[asks] = self._at(self.tree[asks], self._whole("nodes_truenodeids")[asks])
        right[asks] = self._at(self.tree[asks], self._whole("nodes_falsenodeids")[asks])
        sets = self._join_sets(left, right)
        asks = asks[self._is_used[asks]]
        parent, is_left = np.full(len(self.tree), -1, dtype=np.int64), np.zeros(len(self.tree), dtype=np.bool_)
        children = np.concatenate([left[asks], right[asks]])
        parent[children] = np.concatenate([asks, asks])
        is_left[left[asks]] = True
        roots = np.flatnonzero((parent < 0) & self._is_used)
        if np.bincount(children, minlength=1).max(initial=0) > 1 or sorted(self.tree[roots]) != sorted(set(self.tree.tolist())):
            message = "its trees go round in circles, or come together again"
            raise NoTrees(message)
        down = np.where(is_left[children], self.cover[children] / np.maximum(self.cover[parent[children]], SMALLEST), 0.0)
        share = np.full(len(self.tree), 0.5)
        share[children] = np.where(self.cover[parent[children]] > 0, np.minimum(down, 1.0), 0.5)
        share[right[asks]] = 1 - share[left[asks]]
        leaves = np.flatnonzero(self.is_leaf)
        if len(leaves) > MAX_LEAVES:
            raise _too_large()
        return self._trees(leaves, *_ways(leaves, parent), is_left, share, parent, sets)

    def _join_sets(self, left: Whole, right: Whole) -> dict[int, list[float]]:
        """A row of nodes that ask for the values of one set, one after the other, becomes one node: node -> its set."""
        self._is_used = np.ones(len(self.tree), dtype=np.bool_)
        asking = np.flatnonzero(self.asks_set)
        after = right[asking]
        goes_on = self.asks_set[after] & (self.feature[after] == self.feature[asking]) & (left[after] == left[asking])
        self._is_used[after[goes_on]] = False
        follows = dict(zip(asking[goes_on].tolist(), after[goes_on].tolist(), strict=True))
        sets: dict[int, list[float]] = {}
        for first in asking[self._is_used[asking]].tolist():
            held, last = [float(self.value[first])], first
            while last in follows and len(held) <= len(asking):
                last = follows[last]
                held.append(float(self.value[last]))
            right[first] = right[last]
            sets[first] = held
        return sets

    def _trees(
        self, leaves: Whole, leaf: Whole, below: Whole, is_left: Truths, share: Numbers, parent: Whole, sets: Mapping[int, list[float]]
    ) -> Trees:
        """The places, from every step of every way: of which leaf it is, and the node below it."""
        node, goes_left = parent[below], is_left[below]
        key = leaf * self.width + self.feature[node]
        order = np.argsort(key, kind="stable")
        leaf, node, goes_left, step = leaf[order], node[order], goes_left[order], share[below][order]
        starts = np.flatnonzero(np.diff(key[order], prepend=-1))
        of_set = self.asks_set[node]
        place_leaf, feature = leaf[starts], self.feature[node[starts]]
        above = _joined(np.maximum, np.where(of_set | goes_left, -np.inf, self.value[node]), starts)
        at_most = _joined(np.minimum, np.where(of_set | ~goes_left, np.inf, self.value[node]), starts)
        unknown = _joined(np.logical_and, of_set | (self.unknown_left[node] == goes_left), starts)
        shares = np.maximum(_joined(np.multiply, step, starts), SMALLEST)

        many = np.bincount(place_leaf, minlength=len(leaves))
        at = np.lexsort((np.arange(len(starts)), place_leaf, many[place_leaf]))
        adds, groups, permuted, begin = self._adds()[leaves], [], [], 0
        for inputs in np.unique(many[many > 0]).tolist():
            held = np.flatnonzero(many == inputs)
            mine = at[begin : begin + inputs * len(held)].reshape(len(held), inputs).T.ravel()
            groups.append(Group(slice(begin, begin + len(mine)), inputs, adds[held], quadrature(inputs)))
            permuted.append(mine)
            begin += len(mine)
        order_of = np.concatenate(permuted) if permuted else np.zeros(0, dtype=np.int64)
        whole = np.ones(len(leaves))
        np.multiply.at(whole, place_leaf, shares)
        placed = np.empty(len(order_of), dtype=np.int64)
        placed[order_of] = np.arange(len(order_of))
        number_of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(node))))
        return Trees(
            width=self.width,
            base=float(sum(self.told.get("base_values", ()))) + float((whole * adds).sum()),
            feature=feature[order_of],
            above=above[order_of],
            at_most=at_most[order_of],
            unknown=unknown[order_of],
            share=shares[order_of],
            groups=groups,
            sets=_sets(sets, self.feature, node[of_set], goes_left[of_set], placed[number_of[of_set]]) if sets else None,
        )

    def _adds(self) -> Numbers:
        """What each leaf adds."""
        tree, number, weight = (np.array(self.told[f"{self.kind}_{name}"]) for name in ("treeids", "nodeids", "weights"))
        if not tree.shape == number.shape == weight.shape:
            raise ValueError(self.kind)
        found = np.zeros(len(self.tree))
        np.add.at(found, self._at(tree, number), weight.astype(np.float64))
        return found


def _ways(leaves: Whole, parent: Whole) -> tuple[Whole, Whole]:
    """Every step between a leaf and its root: the number of the leaf, and the node below the step."""
    leaf, below = np.arange(len(leaves)), leaves
    steps: list[tuple[Whole, Whole]] = []
    while len(leaf := leaf[(goes_on := parent[below] >= 0)]):
        below = below[goes_on]
        steps.append((leaf, below))
        if len(steps) > MAX_DEPTH:
            raise _too_large()
        below = parent[below]
    if not steps:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([each for each, _ in steps]), np.concatenate([each for _, each in steps])


def _too_large() -> TooLargeTrees:
    return TooLargeTrees("its trees are too large")


def _joined(how: np.ufunc, values: Any, starts: Whole) -> Any:
    """One value a place."""
    return how.reduceat(values, starts) if len(starts) else values


def _sets(sets: Mapping[int, list[float]], feature: Whole, node: Whole, wanted: Truths, place: Whole) -> Sets | None:
    """The questions for sets that ways ask."""
    if not len(node):
        return None
    questions = {each: number for number, each in enumerate(sets)}
    values = np.unique(np.concatenate([np.array(held) for held in sets.values()]))
    held = np.zeros((len(sets), len(values)), dtype=np.bool_)
    for number, each in enumerate(sets.values()):
        held[number, np.searchsorted(values, each)] = True
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    return Sets(
        feature=feature[np.array(list(sets), dtype=np.int64)],
        values=values,
        held=held,
        asked=np.array([questions[each] for each in node[order].tolist()], dtype=np.int64),
        wanted=wanted[order],
        starts=starts,
        places=place[order][starts],
    )
