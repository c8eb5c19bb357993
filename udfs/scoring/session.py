"""One ONNX model, held to its manifest before it may speak: shapes, finite answers, and the time that an answer takes."""

import math
import time
from collections.abc import Sequence
from typing import Any

from udfs.core.models import Model
from udfs.scoring.files import ModelRefused

WARM_UPS = 30
PROBABLE = (-1e-6, 1 + 1e-6)


class Session:
    """A model that answers. One thread, no spinning: it shares its core with the job."""

    def __init__(self, model: Model, data: bytes, *, deadline: float) -> None:
        """Raises ModelRefused. `deadline` is the time.monotonic() after which loading is given up; past it the session ends itself."""
        import numpy
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # what is wrong with a model is told on `rejected`
        try:
            self._session: Any = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises a dozen kinds, all of them about this file
            message = f"{model.label} is not a model that this onnxruntime {onnxruntime.__version__} can run: {str(error)[:300]}"
            raise ModelRefused(message) from error
        self._numpy, self._model = numpy, model
        self._outputs = [model.output_name]
        self._bounded = model.task != "regression"
        self._numbers = max(1, len(model.classes))
        self._check_shape()
        self._warm_up(deadline, onnxruntime.RunOptions)

    def answer(self, row: Sequence[float], options: Any = None) -> list[float]:
        """Every number of the model's answer to one row; what onnxruntime raises when it fails."""
        table = self._numpy.array([row], dtype=self._numpy.float32)
        found: list[float] = self._session.run(self._outputs, {self._model.input_name: table}, options)[0].ravel().tolist()
        return found

    def sound(self, values: Sequence[float]) -> bool:
        """Whether these are numbers, and probabilities where they must be."""
        if not all(map(math.isfinite, values)):
            return False
        return not self._bounded or (min(values) >= PROBABLE[0] and max(values) <= PROBABLE[1])

    def _check_shape(self) -> None:
        model = self._model
        inputs = {each.name: each for each in self._session.get_inputs()}
        outputs = [each.name for each in self._session.get_outputs()]
        if set(inputs) != {model.input_name} or model.output_name not in outputs:
            message = (
                f"{model.label} has inputs {sorted(inputs)} and outputs {outputs}; its manifest names {model.input_name!r} and {model.output_name!r}"
            )
            raise ModelRefused(message)
        found = inputs[model.input_name]
        columns = found.shape[-1] if len(found.shape) == 2 else None
        if found.type != "tensor(float)" or (isinstance(columns, int) and columns != len(model.inputs)) or len(found.shape) != 2:
            wanted = f"float of shape [any, {len(model.inputs)}]"
            message = f"{model.label} reads {found.type} of shape {found.shape}; by the inputs of its manifest it must be {wanted}"
            raise ModelRefused(message)

    def _warm_up(self, deadline: float, run_options: Any) -> None:
        """The first answers are slow, so nobody waits for them; and some rows show what is wrong with a model."""
        model, times = self._model, []
        options = run_options()
        for number in range(WARM_UPS):
            row = [float(number % 3)] * len(model.inputs)
            began = time.perf_counter()
            try:
                values = self.answer(row, options)
            except Exception as error:  # as above
                message = f"{model.label} fails on a row of {len(row)} numbers: {type(error).__name__}: {str(error)[:300]}"
                raise ModelRefused(message) from error
            times.append((time.perf_counter() - began) * 1000)
            if len(values) != self._numbers:
                message = f"{model.label} answers with {len(values)} numbers, its manifest promises {self._numbers}: export it without zipmap"
                raise ModelRefused(message)
            if not self.sound(values):
                what = "not a probability" if all(map(math.isfinite, values)) else "not a number"
                message = f"{model.label} answers a plain row with {values[:4]}: {what}"
                raise ModelRefused(message)
            if time.monotonic() > deadline or (number >= 2 and min(times) > model.budget_ms):
                message = f"{model.label} takes {min(times):.1f} ms for one row, its budget is {model.budget_ms:g} ms"
                raise ModelRefused(message)
