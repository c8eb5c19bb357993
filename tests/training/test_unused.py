"""Features that no model gains from: noise is named, what the goal hangs on is not, and what one of two models needs is kept."""

import numpy as np
import pytest

from tests.training.shop import rows
from training.estimators.all import estimator
from training.estimators.estimator import fit_with
from training.gate import session_of
from training.inputs import labels, matrix
from training.rows import Row
from training.unused import Gain, gains, unused
from udfs.core.features.model_inputs import Input

INPUTS = [Input("useful", ""), Input("noise", "")]


@pytest.fixture(scope="module")
def made() -> list[Row]:
    random = np.random.default_rng(2)
    useful, noise = random.normal(size=2_000), random.normal(size=2_000)
    came = useful + random.normal(size=2_000) > 1
    return rows(2_000, lambda n: {"useful": float(useful[n]), "noise": float(noise[n])}, label=lambda n: bool(came[n]))


def test_noise_gives_nothing_and_what_the_goal_hangs_on_gives_much(made: list[Row]) -> None:
    train, test = made[:1_000], made[1_000:]
    for name in ("logistic", "tree"):
        model = fit_with(estimator(name), estimator(name).tried[0], matrix(INPUTS, train), labels(train), inputs=INPUTS)
        found = gains(session_of(model.onnx()), INPUTS, matrix(INPUTS, test), test)
        assert found["useful"].mean > 0.1 and not found["useful"].none
        assert found["noise"].none


def test_a_feature_is_unused_only_if_no_model_gains_from_it() -> None:
    much, nothing = Gain(mean=0.1, spread=0.01), Gain(mean=0.0, spread=0.01)
    models = {"a": ({"x": much, "y": nothing}, {"z": "never known"}), "b": ({"x": nothing, "y": nothing}, {"z": "free text (900 values)"})}
    found = unused(["x", "y", "z", "new"], models)
    assert list(found) == ["y", "z", "new"]
    assert found["z"] == {"a": "never known", "b": "free text (900 values)"}
    assert "no more than chance" in found["y"]["a"] and "not declared" in found["new"]["a"]
