"""BG/NBD and Gamma-Gamma as ONNX, in double precision, node by node.

By Euler's transformation, F(A, B; C; z) = (1 - z)^(C-A-B) F(C-A, C-B; C; z), the upper parameters of the hypergeometric function are
constants. It is summed as a series whose terms are a running sum of logarithms. There are as many terms as the customer needs for whom it
converges most slowly: the one who has just ordered for the first time.
"""

from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from training.errors import ParityError
from training.estimators.graph import IR
from training.export import INPUT, OPSET
from training.value.bg_nbd import BgNbd
from training.value.gamma_gamma import GammaGamma
from training.value.purchases import MAX_DAYS, MAX_MEAN, MAX_ORDERS, READ, WEEK, Purchases

OUTPUT = "values"
ANSWERS = ("value", "orders", "alive", "order_value")
"""The numbers of an answer: the value to come, the orders to come, whether she still is a customer, and what one order is worth."""
TERMS = (64, 128, 256, 512, 1024, 2048, 4096)
EXACT = 1e-9


class _Graph:
    """Nodes and constants as they are made. A number that is passed for a name becomes a constant."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def __call__(self, kind: str, *inputs: Any, **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [each if isinstance(each, str) else self.constant(each) for each in inputs], [name], **attributes))
        return name

    def constant(self, value: Any) -> str:
        found = np.asarray(value)
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(found if found.dtype == np.int64 else found.astype(np.float64), name))
        return name


def export(orders: BgNbd, spending: GammaGamma, *, weeks: float) -> bytes:
    """From `input`, rows of READ as float32, to `values`, rows of ANSWERS as double. A customer without an order is worth 0 in all of them."""
    op = _Graph()
    r, alpha, a, b = orders.r, orders.alpha, orders.a, orders.b
    raw = op("Cast", INPUT, to=TensorProto.DOUBLE)
    told = [op("Gather", raw, np.array([n], dtype=np.int64), axis=1) for n in range(len(READ))]
    nothing = op("IsNaN", told[0])
    for each in told[1:3]:
        nothing = op("Or", nothing, op("IsNaN", each))
    nothing = op("Or", nothing, op("Less", told[0], 1.0))
    count, first, last = (op("Where", nothing, 1.0, each) for each in told[:3])
    x = _clip(op, op("Sub", count, 1.0), MAX_ORDERS)
    again = op("Greater", x, 0.0)
    days = _clip(op, first, MAX_DAYS)
    since = op("Min", op("Max", last, 0.0), days)
    age = op("Div", days, WEEK)
    recency = op("Div", op("Where", again, op("Sub", days, since), 0.0), WEEK)
    mean = op("Where", op("Or", op("IsNaN", told[3]), op("Not", again)), 0.0, _clip(op, told[3], MAX_MEAN))

    until, rate = op("Add", age, alpha), op("Add", x, r)
    left = op("Div", a, op("Add", op("Max", x, 1.0), b - 1))
    left = op("Mul", left, op("Pow", op("Div", until, op("Add", recency, alpha)), rate))
    alive = op("Reciprocal", op("Add", op("Where", again, left, 0.0), 1.0))
    after = op("Add", until, float(weeks))
    share, lower = op("Div", float(weeks), after), op("Add", x, a + b - 1)
    series = _series(op, a + b - 1 - r, a - 1, lower, share, _terms(orders, weeks))
    rest = op("Sub", 1.0, op("Mul", op("Pow", op("Div", until, after), a - 1), series))
    expected = op("Mul", op("Mul", op("Div", lower, a - 1), rest), alive)

    spent = op("Mul", op("Add", op("Mul", x, mean), spending.v), spending.p)
    worth = op("Div", spent, op("Add", op("Mul", x, spending.p), spending.q - 1))
    answer = op("Concat", op("Mul", expected, worth), expected, alive, worth, axis=1)
    op.nodes.append(helper.make_node("Where", [nothing, op.constant(0.0), answer], [OUTPUT]))
    return _model(op)


def _clip(op: _Graph, name: str, most: float) -> str:
    return op("Min", op("Max", name, 0.0), most)


def _terms(orders: BgNbd, weeks: float) -> int:
    """How many terms are enough. Raises ParityError if no number that can be asked within a decision is."""
    nothing = np.zeros(1)
    first = Purchases(nothing, nothing, nothing, nothing, known=np.ones(1, dtype=bool))
    exact = float(orders.orders(first, weeks)[0])
    upper, other, lower = orders.a + orders.b - 1 - orders.r, orders.a - 1, orders.a + orders.b - 1
    share = weeks / (orders.alpha + weeks)
    k = np.arange(TERMS[-1], dtype=np.float64)
    sums = 1 + np.cumsum(np.cumprod((upper + k) * (other + k) / (k + 1) / (lower + k) * share))
    found = lower / other * (1 - (1 - share) ** other * sums)
    for terms in TERMS:
        if abs(found[terms - 1] - exact) <= EXACT * max(1.0, abs(exact)):
            return terms
    problem = f"the series of this BG/NBD does not converge within {TERMS[-1]:,} terms: use a shorter `within`, or estimator: lightgbm"
    raise ParityError(problem)


def _series(op: _Graph, upper: float, other: float, lower: str, share: str, terms: int) -> str:
    """F(upper, other; lower; share), the sum of its first terms. Signs are constants, so the logarithms are of absolute values."""
    k = np.arange(terms, dtype=np.float64)
    ratios = (upper + k) * (other + k) / (k + 1)
    ratios = np.where(ratios == 0, 1e-300, ratios)  # the series ends here; what follows is as good as nothing
    logs = op("Add", op("Sub", np.log(np.abs(ratios)), op("Log", op("Add", lower, k))), op("Log", share))
    summed = op("CumSum", logs, np.array(1, dtype=np.int64))
    terms_of = op("Mul", op("Exp", summed), np.cumprod(np.sign(ratios)))
    return op("Add", op("ReduceSum", terms_of, np.array([1], dtype=np.int64), keepdims=1), 1.0)


def _model(op: _Graph) -> bytes:
    graph = helper.make_graph(
        op.nodes,
        "value",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, len(READ)])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.DOUBLE, [None, len(ANSWERS)])],
        op.constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET[""])], ir_version=IR)
    checker.check_model(made)
    content: bytes = made.SerializeToString(deterministic=True)
    return content
