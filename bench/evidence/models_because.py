"""Claim 8b of models: `{{ because }}` is exact, costs little where it is said and nothing elsewhere, and says what `kairos explain` says.

Exactness is checked by the definition of Shapley values, over every set of inputs, with a reader of trees of its own. The cost is
measured in turns of the same customers with and without the reason, in time of this thread.
"""

import itertools
import logging
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import numpy as np
import onnx
from onnx import helper

from bench.onnx_files import manifest
from bench.report import Claim, at_most, exactly, measured
from tests.builders import DAY, MONDAY, book, campaign, event
from training.estimators.all import estimator
from training.estimators.estimator import fit_with
from training.explained import explained, models_of
from training.gate import ask, session_of
from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import apply
from udfs.core.engine import Engine
from udfs.core.features.model_inputs import Input
from udfs.core.records import Action, Decision
from udfs.scoring.loaded import LoadedModels
from udfs.scoring.trees import KINDS, trees_of

SMALL, WIDTH = 6, 20
"""Inputs of the models that are checked by the definition, and of those whose cost is measured."""
ROWS, CUSTOMERS, TURNS = 40, 300, 9
WAIT_S = 60.0
TOLD_MS = 5.0
"""Longest time that dividing one answer may take."""
ESTIMATORS = {
    "boosted, 150 trees of 12 leaves": ("boosted", -1),
    "lightgbm, 1,050 trees of 12 leaves": ("lightgbm", 0),
    "forest, 100 trees": ("forest", -1),
}


def check(customers: int = CUSTOMERS) -> list[Claim]:
    """Exact, cheap, and the same as afterwards."""
    logging.getLogger("udfs.scoring").setLevel(logging.ERROR)
    with TemporaryDirectory() as place:
        return [*_exact(), *_costs(Path(place), customers), *_agrees(Path(place), customers)]


class _Node(NamedTuple):
    mode: bytes
    feature: int
    value: float
    left: int
    right: int
    unknown_left: bool
    cover: float


class _Naive:
    """The trees of a file, walked node by node."""

    def __init__(self, content: bytes) -> None:
        (node,) = [each for each in onnx.load_from_string(content).graph.node if each.op_type in KINDS]
        told: dict[str, Any] = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        names = ("modes", "featureids", "values", "truenodeids", "falsenodeids", "missing_value_tracks_true", "hitrates")
        keys = list(zip(told["nodes_treeids"], told["nodes_nodeids"], strict=True))
        rows = zip(*(told[f"nodes_{name}"] for name in names), strict=True)
        self.nodes = {key: _Node(*row) for key, row in zip(keys, rows, strict=True)}
        kind = "target" if "target_ids" in told else "class"
        self.adds = dict(zip(zip(told[f"{kind}_treeids"], told[f"{kind}_nodeids"], strict=True), told[f"{kind}_weights"], strict=True))
        self.trees = sorted(set(told["nodes_treeids"]))
        self.base = float(sum(told.get("base_values", ())))

    def expected(self, tree: int, number: int, row: Sequence[float], known: frozenset[int]) -> float:
        """The mean of the rows that a tree learned from, of those that agree with what is known."""
        node = self.nodes[tree, number]
        if node.mode == b"LEAF":
            return float(self.adds.get((tree, number), 0.0))
        share = self.nodes[tree, node.left].cover / node.cover
        if node.mode == b"BRANCH_EQ":  # one set is a row of nodes, of which the first has the count of all
            share = self._share_of_set(tree, number)
        if node.feature in known:
            return self.expected(tree, self._next(tree, number, row[node.feature]), row, known)
        right = self._after_set(tree, number) if node.mode == b"BRANCH_EQ" else node.right
        return share * self.expected(tree, node.left, row, known) + (1 - share) * self.expected(tree, right, row, known)

    def _next(self, tree: int, number: int, value: float) -> int:
        node = self.nodes[tree, number]
        if node.mode == b"BRANCH_EQ":
            return node.left if value in self._set(tree, number) else self._after_set(tree, number)
        goes_left = node.unknown_left if math.isnan(value) else value <= node.value
        return node.left if goes_left else node.right

    def _row_of(self, tree: int, number: int) -> list[_Node]:
        """The nodes that ask for one set, one after the other."""
        found = [self.nodes[tree, number]]
        while (after := self.nodes[tree, found[-1].right]).mode == b"BRANCH_EQ" and (after.feature, after.left) == (found[0].feature, found[0].left):
            found.append(after)
        return found

    def _set(self, tree: int, number: int) -> set[float]:
        return {each.value for each in self._row_of(tree, number)}

    def _after_set(self, tree: int, number: int) -> int:
        return self._row_of(tree, number)[-1].right

    def _share_of_set(self, tree: int, number: int) -> float:
        first = self.nodes[tree, number]
        return self.nodes[tree, first.left].cover / first.cover

    def shapley(self, row: Sequence[float], width: int) -> list[float]:
        """By the definition: over every set of the other inputs."""

        @cache
        def worth(known: frozenset[int]) -> float:
            return sum(self.expected(tree, 0, row, known) for tree in self.trees)

        found = []
        for one in range(width):
            others, total = [each for each in range(width) if each != one], 0.0
            for size in range(width):
                weight = math.factorial(size) * math.factorial(width - size - 1) / math.factorial(width)
                for known in itertools.combinations(others, size):
                    total += weight * (worth(frozenset({*known, one})) - worth(frozenset(known)))
            found.append(total)
        return found


def _table(width: int, rows: int = 2_000) -> tuple[Any, Any, list[Input]]:
    """Rows with a category and with what is unknown, and what follows from them."""
    random = np.random.default_rng(8)
    x = random.normal(size=(rows, width)).astype(np.float32)
    x[:, 1] = random.integers(0, 6, rows)
    x[random.random(x.shape) < 0.1] = np.nan
    known = np.nan_to_num(x)
    y = (known[:, 0] + np.isin(known[:, 1], (1, 4)) + known[:, 2] * known[:, 3] + random.normal(size=rows) > 0.5).astype(np.int64)
    return x, y, [Input(f"f{n}", "", {str(each): each for each in range(6)} if n == 1 else None) for n in range(width)]


def _exact() -> Iterator[Claim]:
    x, y, inputs = _table(SMALL)
    for name in ("boosted", "lightgbm", "forest", "tree"):
        made = estimator(name)
        content = fit_with(made, made.tried[-1], x, y, inputs=inputs, seed=1).onnx()
        read, naive = trees_of(content), _Naive(content)
        rows = x[:ROWS]
        parts = [read.parts(row) for row in rows]
        worst = max(
            float(np.abs(part.inputs - naive.shapley(row.tolist(), SMALL)).max()) for part, row in zip(parts, rows[: ROWS // 4], strict=False)
        )
        yield at_most(f"{name}: largest difference from the definition, over all 64 sets of inputs", worst, "of the sum", 1e-6)
        sums = np.array([part.sum for part in parts])
        raw = np.array([naive.base + sum(naive.expected(tree, 0, row.tolist(), frozenset(range(SMALL))) for tree in naive.trees) for row in rows])
        yield at_most(f"{name}: base and contributions together, against what the trees add up to", float(np.abs(sums - raw).max()), "", 1e-6)
        answers = ask(session_of(content), rows)[:, 1]
        if "calibration" not in str(made.tried[-1]):
            told = sums if name in {"forest", "tree"} else 1 / (1 + np.exp(-sums))
            yield at_most(f"{name}: the same as a probability, against onnxruntime", float(np.abs(told - answers).max()), "", 1e-5)


FEATURES = {
    "features": [{"name": f"f{number}", "event": "product_viewed", "aggregate": "last", "of": f"properties.f{number}"} for number in range(WIDTH)]
}
PHRASES = {f"f{number}": f"because of reason {number}: {{{{ value | round(2) }}}}" for number in range(WIDTH)}


def _costs(folder: Path, customers: int) -> Iterator[Claim]:
    for title, (name, settings) in ESTIMATORS.items():
        content, began = _learned(name, settings), time.perf_counter()
        trees = trees_of(content)
        yield measured(f"{title} ({len(content):,} bytes): to read its trees, once, in the background", (time.perf_counter() - began) * 1000, "ms")
        random = np.random.default_rng(1)
        taken = []
        for _ in range(500):
            row = random.normal(size=WIDTH).astype(np.float32)
            begun = time.thread_time()
            trees.parts(row)
            taken.append((time.thread_time() - begun) * 1000)
        yield measured(f"{title}: to divide one answer, p50", median(taken), "ms")
        yield at_most(f"{title}: to divide one answer, p99", float(np.quantile(taken, 0.99)), "ms", TOLD_MS)
        yield from _decisions(folder, title, content, customers)


def _decisions(folder: Path, title: str, content: bytes, customers: int) -> Iterator[Claim]:
    """The same customers with and without, in turns: those to whom something is sent, and those to whom nothing is."""
    for sends in (True, False):
        engines = {told: _engine(folder, content, told=told, sends=sends)[0] for told in (False, True)}
        taken: dict[bool, list[float]] = {False: [], True: []}
        blobs: dict[bool, dict[str, bytes | None]] = {False: {}, True: {}}
        actions = dict.fromkeys(taken, 0)
        for turn in range(TURNS):
            happened = list(_events(turn, customers))
            for told in (False, True) if turn % 2 else (True, False):
                engine, mine = engines[told], blobs[told]
                begun = time.thread_time()
                for each in happened:
                    step = engine.on_event(mine.get(each.user_id), each)
                    mine[each.user_id] = step.blob
                    actions[told] += sum(isinstance(record, Action) for record in step.records)
                taken[told].append((time.thread_time() - begun) / len(happened) * 1e6)
        what = "a decision that sends" if sends else "a decision that sends nothing"
        yield measured(f"{title}: {what}, without a reason", median(taken[False]), "us")
        yield measured(f"{title}: {what}, with one in its message", median(taken[True]), "us")
        more = median(a - b for a, b in zip(taken[True], taken[False], strict=True))
        if sends:
            yield at_most(f"{title}: what the reason costs a decision that sends", more, "us", TOLD_MS * 1000)
        else:
            ratio = median(a / b for a, b in zip(taken[True], taken[False], strict=True))
            yield at_most(f"{title}: what it costs one that sends nothing, with / without, turn by turn", ratio, "", 1.1)
        expected = len(happened) * TURNS if sends else 0
        yield exactly(f"{title}: {what}: messages that went out or did not, against expectation", actions[True] - expected, "messages", 0)


def _learned(name: str, settings: int) -> bytes:
    x, y, _ = _table(WIDTH)
    made = estimator(name)
    return fit_with(made, made.tried[settings], x, y, inputs=[Input(f"f{number}", "") for number in range(WIDTH)], seed=1).onnx()


def _engine(folder: Path, content: bytes, *, told: bool, sends: bool = True) -> tuple[Engine, Book]:
    """The job's engine with one campaign and its model, whose trees are read when this returns."""
    because = {"because": {"say": PHRASES, "default": "because you know us"}} if told else {}
    document = campaign(
        "tents",
        entry=None,
        trigger={"event": "product_viewed"},
        when="score >= 0" if sends else "score > 1",
        score={"model": "propensity", "cold_start": 2 if sends else 0},
        variants={"mail": {"channel": "email", "content": {"body": "Hello, {{ because }}" if told else "Hello, you"}}},
        **because,
    )
    found = book(FEATURES, document)
    made = manifest(folder, content, features=found.features, inputs=[f"f{number}" for number in range(WIDTH)], input="input")
    value = ControlValue(
        kind="model",
        name="propensity",
        version="v",
        status="live",
        document={"model": "propensity", "current": made["version"], "versions": [made]},
    )
    found = apply(found, Entry("model/propensity", 10, msgspec.json.encode(value)))
    scorer = LoadedModels()
    scorer.follow(found.models, explained=found.explained, wait=WAIT_S)
    return Engine(found, scorer=scorer), found


def _events(turn: int, customers: int) -> Iterator[Any]:
    random = Random(turn)
    for number in range(customers):
        properties: dict[str, Any] = {f"f{place}": random.gauss(0, 1) for place in range(WIDTH) if random.random() > 0.1}
        at = MONDAY + turn * DAY + number * 1_000
        yield event("product_viewed", at, user=f"user-{number}", message_id=f"{turn}-{number}", **properties)


def _agrees(folder: Path, customers: int) -> Iterator[Claim]:
    """What messages said against what `kairos explain --contributions` finds afterwards, from the records alone."""
    engine, found = _engine(folder, _learned("lightgbm", 0), told=True)
    models = models_of([msgspec.json.decode(found.entries["model/propensity"].value or b"")["document"]])
    said = differ = against = names = 0
    worst = 0.0
    for each in _events(0, customers):
        records = engine.on_event(None, each).records
        (decision,) = [record for record in records if isinstance(record, Decision)]
        (action,) = [record for record in records if isinstance(record, Action)]
        (told,) = explained(msgspec.to_builtins(decision), models).values()
        adds = {one.feature: one.adds for one in told.features if decision.features[one.feature] is not None}
        best = max(adds, key=lambda name: adds[name])
        because = decision.because
        if because is None or because.feature is None:
            differ += adds[best] > 0 and adds[best] >= 0.1 * sum(one.adds for one in told.features if one.adds > 0)
            continue
        said += 1
        worst = max(worst, abs((because.adds or 0) - adds[because.feature]))
        differ += abs(adds[because.feature] - adds[best]) > 1e-6 or action.content["body"] != f"Hello, {_phrase(because.feature, decision.features)}"
        against += adds[because.feature] <= 0
        names += any(f"f{number}" in action.content["body"].split() for number in range(WIDTH))
    yield measured("messages that gave a reason", said, f"of {customers}")
    yield exactly("messages whose reason is not the one that explain finds strongest, with its words", differ, "messages", 0)
    yield at_most("largest difference between what was said to add and what explain finds", worst, "", 1e-6)
    yield exactly("messages whose reason counts against the score", against, "messages", 0)
    yield exactly("messages with the name of a feature", names, "messages", 0)


def _phrase(feature: str, features: Mapping[str, Any]) -> str:
    return f"because of reason {feature[1:]}: {round(features[feature], 2):.12g}"
