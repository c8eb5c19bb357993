"""An export that does not answer as its estimator goes nowhere."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from sklearn.ensemble import HistGradientBoostingClassifier

from tests.training.shop import rows
from training.errors import ParityError
from training.estimators.boosted import Boosted, Fitted, Settings
from training.estimators.estimator import fit_with
from training.export import export
from training.gate import parity
from training.inputs import Floats, labels, matrix
from training.rows import Row
from udfs.core.features.model_inputs import Input

INPUTS = [Input("a", ""), Input("kind", "", {str(n): n for n in range(12)})]


@pytest.fixture(scope="module")
def data() -> tuple[list[Row], Floats, Any]:
    random = np.random.default_rng(3)
    a, kind = random.normal(size=600), random.integers(0, 12, 600)
    came = a + np.isin(kind, (1, 4, 7, 11)) * 2 + random.normal(size=600) > 1
    made = rows(600, lambda n: {"a": float(a[n]) if n % 9 else None, "kind": str(kind[n])}, label=lambda n: bool(came[n]))
    return made, matrix(INPUTS, made), labels(made)


@pytest.mark.parametrize("calibrated", [False, True])
def test_what_is_fitted_here_answers_the_same_as_onnx_row_by_row_too_and_always_in_the_same_bytes(
    data: tuple[list[Row], Floats, Any],
    calibrated: bool,  # noqa: FBT001  the cases of one test
) -> None:
    made, x, y = data
    settings = Settings(leaves=12, trees=30, rate=0.1, smallest_leaf=20, calibrated=calibrated)
    model = fit_with(Boosted(), settings, x, y, inputs=INPUTS)
    exported = model.onnx()
    agreed = parity(exported, model.probabilities(x), x, made)
    assert agreed.rows == 600
    assert agreed.max_abs_difference < 1e-6
    assert fit_with(Boosted(), settings, x, y, inputs=INPUTS).onnx() == exported


def test_the_opsets_stand_in_one_order_whatever_the_order_of_a_set(data: tuple[list[Row], Floats, Any]) -> None:
    _, x, y = data
    for calibrated in (False, True):
        settings = Settings(leaves=4, trees=5, rate=0.1, smallest_leaf=20, calibrated=calibrated)
        model = onnx.load_from_string(fit_with(Boosted(), settings, x, y, inputs=INPUTS).onnx())
        assert [(each.domain, each.version) for each in model.opset_import] == [("", 18), ("ai.onnx.ml", 1)]


def test_categories_that_skl2onnx_misreads_in_silence_are_refused_with_the_worst_row(data: tuple[list[Row], Floats, Any]) -> None:
    made, x, y = data
    estimator = HistGradientBoostingClassifier(max_iter=30, categorical_features=[1], early_stopping=False).fit(x, y)
    with pytest.raises(ParityError, match=r"more than 0\.0001 on \d+ of 600 rows, most on decision d\d+-u\d+ of user u\d+"):
        parity(export(estimator, width=2), Fitted(estimator, 2).probabilities(x), x, made)


def test_a_model_that_was_tampered_with_is_refused(data: tuple[list[Row], Floats, Any]) -> None:
    made, x, y = data
    estimator = HistGradientBoostingClassifier(max_iter=10, early_stopping=False).fit(x, y)
    model = onnx.load_from_string(export(estimator, width=2))
    trees = next(node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))
    weights = next(attribute for attribute in trees.attribute if attribute.name in {"class_weights", "target_weights", "leaf_weights"})
    if weights.floats:
        weights.floats[0] += 0.5
    else:
        values = numpy_helper.to_array(weights.t).copy()
        values[0] += 0.5
        weights.t.CopyFrom(numpy_helper.from_array(values))
    with pytest.raises(ParityError, match="export refused"):
        parity(model.SerializeToString(), Fitted(estimator, 2).probabilities(x), x, made)


def test_bytes_that_are_no_model_are_refused(data: tuple[list[Row], Floats, Any]) -> None:
    made, x, _ = data
    with pytest.raises(ParityError, match="cannot be loaded"):
        parity(b"not a model", np.zeros((len(x), 2)), x, made)
