"""Multinomial logistic regression on hashed pieces of words, weighted by how rare each is. In ONNX it gathers only what occurs in a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, checker, helper, numpy_helper
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from training.estimators.graph import IR
from training.export import OPSET, OUTPUT
from training.intent.texts import Text
from udfs.core.features.grams import grams
from udfs.scoring.texts import PLACES, WEIGHTS

Floats = npt.NDArray[np.float32]
Probabilities = npt.NDArray[np.float64]
TITLE = "logistic regression on hashed words and pieces of words"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Hyperparameters: places are 2 ** `bits`; `data` is the weight of the data against that of small coefficients."""

    bits: int = 14
    data: float = 20.0
    passes: int = 100

    def __str__(self) -> str:
        return f"{1 << self.bits:,} places, C {self.data:g}"


@dataclass(frozen=True)
class Fitted:
    """A classifier of texts. `classes` are in the order of its answers."""

    classes: Sequence[str]
    rarity: Floats
    coefficients: Floats
    """A row for each place, a column for each class."""
    intercepts: Floats
    bits: int

    def probabilities(self, texts: Sequence[str]) -> Probabilities:
        """Its own answers, in double precision: one row a text, one column a class."""
        rows = _matrix(texts, self.bits, self.rarity)
        logits = rows @ self.coefficients.astype(np.float64) + self.intercepts
        logits -= logits.max(axis=1, keepdims=True)
        exact = np.exp(logits)
        return np.asarray(exact / exact.sum(axis=1, keepdims=True))

    def onnx(self) -> bytes:
        """By hand: from `places` and `weights` of one text to its `probabilities`."""
        nodes = [
            helper.make_node("Gather", ["rarity", PLACES], ["rare"]),
            helper.make_node("Mul", ["rare", WEIGHTS], ["weighed"]),
            helper.make_node("ReduceL2", ["weighed"], ["length"], keepdims=1),
            helper.make_node("Div", ["weighed", "length"], ["unit"]),
            helper.make_node("Gather", ["coefficients", PLACES], ["rows"]),
            helper.make_node("Unsqueeze", ["unit", "first"], ["row"]),
            helper.make_node("MatMul", ["row", "rows"], ["sums"]),
            helper.make_node("Add", ["sums", "intercepts"], ["logits"]),
            helper.make_node("Softmax", ["logits"], [OUTPUT], axis=1),
        ]
        constants: list[Any] = [
            numpy_helper.from_array(self.rarity, "rarity"),
            numpy_helper.from_array(np.ascontiguousarray(self.coefficients), "coefficients"),
            numpy_helper.from_array(self.intercepts[None], "intercepts"),
            numpy_helper.from_array(np.array([0], dtype=np.int64), "first"),
        ]
        graph = helper.make_graph(
            nodes,
            "intent",
            [helper.make_tensor_value_info(PLACES, TensorProto.INT64, [None]), helper.make_tensor_value_info(WEIGHTS, TensorProto.FLOAT, [None])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, len(self.classes)])],
            constants,
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET[""])], ir_version=IR)
        checker.check_model(made)
        content: bytes = made.SerializeToString(deterministic=True)
        return content


def fit(texts: Sequence[Text], settings: Settings) -> Fitted:
    """Fit by L-BFGS on one thread, which draws nothing: the same texts give the same bytes."""
    rows, rarity = _learned([each.text for each in texts], settings.bits)
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=settings.data, max_iter=settings.passes, tol=1e-3).fit(rows, [each.intent for each in texts])
    both = len(model.classes_) == 2  # then scikit-learn has one row, of the second class
    coefficients = np.vstack([-model.coef_, model.coef_]) / 2 if both else model.coef_
    intercepts = np.concatenate([-model.intercept_, model.intercept_]) / 2 if both else model.intercept_
    classes = [str(each) for each in model.classes_]
    return Fitted(classes, rarity, coefficients.T.astype(np.float32), intercepts.astype(np.float32), settings.bits)


def _learned(texts: Sequence[str], bits: int) -> tuple[Any, Floats]:
    """The rows of these texts, and how rare each place is among them."""
    counts = np.bincount([place for each in texts for place in grams(each, bits).places], minlength=1 << bits)
    rarity = (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32)
    return _matrix(texts, bits, rarity), rarity


def _matrix(texts: Sequence[str], bits: int, rarity: Floats) -> Any:
    """A sparse row of length one for each text."""
    found = [grams(each, bits) for each in texts]
    ends = np.cumsum([0] + [len(each.places) for each in found])
    places = np.fromiter((place for each in found for place in each.places), np.int64, ends[-1])
    weights = np.fromiter((weight for each in found for weight in each.weights), np.float64, ends[-1]) * rarity[places]
    lengths = np.sqrt(np.add.reduceat(weights**2, ends[:-1]))
    return sparse.csr_matrix((weights / np.repeat(lengths, np.diff(ends)), places, ends), (len(texts), 1 << bits))
