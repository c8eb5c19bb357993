"""The item-to-item strategy as ONNX, by hand: no converter is involved. Its lists are those of the evaluation, item by item.

Inputs: `latest`, the numbers of the ten latest items, the newest first, and `seen`, those of all items that must not be shown; a number that
is missing is that of no item, `n_items`. Outputs: `items` and `scores`, the best first; a score of 0 means that the list ends before it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

from training.errors import ParityError
from training.estimators.graph import IR
from training.export import OPSET
from training.recommend.cases import Histories
from training.recommend.scores import NONE, STEPS, Lists
from training.recommend.sequences import Longs
from training.recommend.strategies.neighbours import LAST, ByNeighbours

LENGTH = 100
"""The length of the lists."""
MODEL, ITEMS = "item-to-item.onnx", "item-to-item.json"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written, and how it was compared."""

    files: Sequence[Path]
    bytes: int
    compared: int
    """Histories whose lists are the same."""


def write(fitted: ByNeighbours, items: Sequence[str], histories: Histories, folder: Path) -> Exported:
    """Write the model, and which number stands for which item. Raises ParityError if a single list of these histories differs."""
    content = graph(fitted)
    compared = compare(content, fitted, histories)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(content)
    (folder / ITEMS).write_text(json.dumps({"items": list(items), "latest": LAST, "length": LENGTH}, ensure_ascii=False), encoding="utf-8")
    return Exported(files=(folder / MODEL, folder / ITEMS), bytes=len(content), compared=compared)


def graph(fitted: ByNeighbours) -> bytes:
    """The model. Sums are in double precision, so that a score is rounded to the same millionth as in the evaluation."""
    n_items, width = fitted.table.ids.shape
    none = np.full((1, width), n_items)
    ids = np.vstack([np.where(fitted.table.ids == NONE, n_items, fitted.table.ids), none]).astype(np.int32)
    scores = np.vstack([fitted.table.scores, np.zeros((1, width))]).astype(np.float32)
    constants = {
        "table_ids": ids,
        "table_scores": scores,
        "weights": (fitted.decay ** np.arange(LAST, dtype=np.float64))[:, None],
        "nothing": np.zeros(n_items + 1),
        "flat": np.array([-1], np.int64),
        "begin": np.array([0], np.int64),
        "end": np.array([n_items], np.int64),
        "steps": np.array(STEPS),
        "length": np.array([min(LENGTH, n_items)], np.int64),
        "zero": np.zeros(1),
    }
    nodes = [
        _node("Gather", ["table_ids", "latest"], "near"),
        _node("Gather", ["table_scores", "latest"], "how"),
        _node("Cast", ["how"], "precise", to=TensorProto.DOUBLE),
        _node("Mul", ["precise", "weights"], "weighted"),
        _node("Reshape", ["near", "flat"], "places"),
        _node("Reshape", ["weighted", "flat"], "shares"),
        _node("ScatterElements", ["nothing", "places", "shares"], "sums", reduction="add"),
        _node("Shape", ["seen"], "many"),
        _node("Expand", ["zero", "many"], "zeros"),
        _node("ScatterElements", ["sums", "seen", "zeros"], "unseen"),
        _node("Slice", ["unseen", "begin", "end"], "all"),
        _node("Mul", ["all", "steps"], "large"),
        _node("Round", ["large"], "rounded"),  # half to even, as numpy's rint
        helper.make_node("TopK", ["rounded", "length"], ["best", "items"]),  # of equal ones the smaller number first
        _node("Div", ["best", "steps"], "scores"),
    ]
    made = helper.make_graph(
        nodes,
        "item-to-item",
        [helper.make_tensor_value_info("latest", TensorProto.INT64, [LAST]), helper.make_tensor_value_info("seen", TensorProto.INT64, ["seen"])],
        [helper.make_tensor_value_info(name, kind, [None]) for name, kind in (("items", TensorProto.INT64), ("scores", TensorProto.DOUBLE))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET[""])], ir_version=IR)
    checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def compare(content: bytes, fitted: ByNeighbours, histories: Histories) -> int:
    """How many lists were compared. Raises ParityError for the first that differs."""
    session = session_of(content)
    theirs = fitted.scores(histories).top(min(LENGTH, histories.sequences.n_items), histories.seen)
    n_items = histories.sequences.n_items
    rows = np.searchsorted(histories.seen, np.arange(len(histories) + 1) * n_items)
    starts = histories.sequences.starts
    for n in range(len(histories)):
        latest = histories.sequences.items[starts[n] : starts[n + 1]].astype(np.int64)
        ours = ask(session, latest, histories.seen[rows[n] : rows[n + 1]] % n_items, n_items)
        if not (ours.ids == theirs.ids[n]).all():
            place = int(np.flatnonzero(ours.ids != theirs.ids[n])[0])
            problem = (
                f"export refused: for the history of items {latest[-LAST:].tolist()} the ONNX model has item {ours.ids[place]} at place {place + 1}, "
                f"and the evaluation item {theirs.ids[n, place]}: it must not be published"
            )
            raise ParityError(problem)
    return len(histories)


def session_of(content: bytes) -> onnxruntime.InferenceSession:
    """A session of one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def ask(session: onnxruntime.InferenceSession, history: Longs, seen: Longs, n_items: int) -> Lists:
    """The list of one history, whose newest item is the last one."""
    latest = np.full(LAST, n_items, np.int64)
    recent = history[-LAST:][::-1]
    latest[: len(recent)] = recent
    items, scores = session.run(["items", "scores"], {"latest": latest, "seen": seen.astype(np.int64)})
    return Lists(np.where(scores > 0, items, NONE).astype(np.int32), scores)


def _node(kind: str, inputs: list[str], output: str, **attributes: Any) -> Any:
    return helper.make_node(kind, inputs, [output], **attributes)
