"""A trained estimator as ONNX: the form in which the job can ask it without scikit-learn."""

from typing import Any

from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

INPUT = "input"
OUTPUT = "probabilities"
OPSET = {"": 18, "ai.onnx.ml": 3}
"""Fixed, so that the same estimator gives the same bytes."""


def export(estimator: Any, *, width: int) -> bytes:
    """The model as bytes: `input`, rows of `width` float32, to `probabilities`, one float32 a class. Not to be trusted before `gate.parity`."""
    types = [(INPUT, FloatTensorType([None, width]))]
    model = to_onnx(estimator, initial_types=types, options={id(estimator): {"zipmap": False}}, target_opset=OPSET)
    exported: bytes = model.SerializeToString()
    return exported
