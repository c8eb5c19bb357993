"""One ONNX model, checked against its manifest before it is used: shapes, finite answers, and the time per answer."""

import math
import threading
import time
from collections.abc import Sequence
from typing import Any

from udfs.core.features.models import Model
from udfs.scoring.files import ModelRefused

WARM_UPS = 30
NOWHERE = "/nowhere"
"""A folder that does not exist."""
NUMBERS = frozenset({"tensor(float)", "tensor(double)"})
"""ONNX types that an answer may have."""
MIN_PROBABILITY, MAX_PROBABILITY = -1e-6, 1 + 1e-6
"""The range of a probability, with the rounding of float32."""


class Stopped(Exception):
    """This run, or an earlier one, was cancelled from another thread (`Session.stop_after`)."""


class Session:
    """A model for one caller at a time. It uses one thread without spinning, because it shares its core with the job.

    Row and answer are two arrays that onnxruntime reads and writes in place: passing them at each call would take as long as a small model
    itself. A run that hangs is cancelled from another thread (`stop_after`).
    """

    def __init__(self, model: Model, data: bytes, *, deadline: float) -> None:
        """Raises ModelRefused. `deadline` is the time.monotonic() after which loading, including test runs, is cancelled."""
        import numpy
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # The hash covers only this file, so external weights are not found.
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", NOWHERE)
        options.log_severity_level = 4  # problems of a model are reported on `rejected`
        try:
            self._session: Any = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a dozen error classes, all of them about this file
            message = f"{model.label} is not a model that this onnxruntime {onnxruntime.__version__} can run: {str(error)[:300]}"
            raise ModelRefused(message) from error
        self._numpy, self._model = numpy, model
        self._options: Any = onnxruntime.RunOptions()
        # Set explicitly: each run reads it, and a missing entry costs an exception, 40 us against 4 for the run.
        self._options.add_run_config_entry("gpu_graph_id", "-1")
        self.stopped = False
        """Whether a run, or the loading, was cancelled: then no later run begins."""
        self._began = 0.0
        """When the current run began, by time.perf_counter(); 0 if there is none."""
        self._loading = True
        # Checking that a run still hangs and cancelling it is atomic, so that a later run is not cancelled instead.
        self._guard = threading.Lock()
        self._bounded = model.task != "regression"
        self._numbers = max(1, len(model.classes))
        self._check_shape()
        alarm = threading.Timer(max(0.0, deadline - time.monotonic()), self._stop_loading)
        alarm.daemon = True
        alarm.start()
        try:
            self._bind(onnxruntime.OrtValue.ortvalue_from_numpy)
            self._warm_up(deadline)
        finally:
            alarm.cancel()
            with self._guard:  # an alarm that fired meanwhile must not cancel the first run of a loaded model
                self._loading = False
        if self.stopped:
            raise self._too_late()

    def stop_after(self, seconds: float) -> bool:
        """Cancel a run in another thread that has taken longer than this. It raises Stopped, and so does every later run."""
        with self._guard:
            if not self._began or time.perf_counter() - self._began <= seconds:
                return False
            self._stop()
            return True

    def answer(self, row: Sequence[float]) -> list[float]:
        """All numbers of the model's answer for one row. Raises Stopped if it was cancelled, and onnxruntime's errors."""
        self.run(row)
        found: list[float] = self._answer.tolist()
        return found

    def run(self, row: Sequence[float]) -> None:
        """Run it for one row. The answer stands where it is bound to. Raises as `answer` does."""
        if self.stopped:
            raise Stopped
        self._began = time.perf_counter()
        try:
            self._row[0] = row
            self._session.run_with_iobinding(self._binding, self._options)
        finally:
            with self._guard:
                self._began = 0.0
        if self.stopped:
            raise Stopped  # it finished just as it was cancelled: still too late

    def apart(self, row: Sequence[float]) -> list[float]:
        """The same as `answer`, for another thread: nothing is shared with the caller of that. No run of it is ever cancelled."""
        rows = self._numpy.array([row], self._numpy.float32)
        found: list[float] = self._session.run([self._model.output_name], {self._model.input_name: rows})[0].ravel().tolist()
        return found

    def sound(self, values: Sequence[float]) -> bool:
        """Whether these are finite numbers, and probabilities if they must be."""
        if self._bounded:
            return all(MIN_PROBABILITY <= value <= MAX_PROBABILITY for value in values)  # this is False for NaN too
        return all(map(math.isfinite, values))

    def _stop_loading(self) -> None:
        with self._guard:
            if self._loading:
                self._stop()

    def _stop(self) -> None:
        self.stopped = True
        self._options.terminate = True

    def _too_late(self) -> ModelRefused:
        return ModelRefused(f"{self._model.label} did not answer one row before the time to load was over: it was cancelled")

    def _check_shape(self) -> None:
        model = self._model
        inputs = {each.name: each for each in self._session.get_inputs()}
        outputs = {each.name: each.type for each in self._session.get_outputs()}
        if set(inputs) != {model.input_name} or model.output_name not in outputs:
            has, named = f"inputs {sorted(inputs)} and outputs {list(outputs)}", f"{model.input_name!r} and {model.output_name!r}"
            message = f"{model.label} has {has}; its manifest names {named}"
            raise ModelRefused(message)
        if outputs[model.output_name] not in NUMBERS:
            message = f"{model.label} answers with {outputs[model.output_name]} in {model.output_name!r}: a score is a number (float or double)"
            raise ModelRefused(message)
        found = inputs[model.input_name]
        columns = found.shape[-1] if len(found.shape) == 2 else None
        if found.type != "tensor(float)" or (isinstance(columns, int) and columns != model.row.width) or len(found.shape) != 2:
            wanted = f"float of shape [any, {model.row.width}]"
            message = f"{model.label} reads {found.type} of shape {found.shape}; by the inputs of its manifest it must be {wanted}"
            raise ModelRefused(message)

    def _bind(self, shared: Any) -> None:
        """Bind onnxruntime to these arrays. The first answer gives the shape."""
        model = self._model
        self._row = self._numpy.zeros((1, model.row.width), self._numpy.float32)
        try:
            answer = self._numpy.zeros_like(self._session.run([model.output_name], {model.input_name: self._row}, self._options)[0])
            self._binding: Any = self._session.io_binding()
            self._binding.bind_ortvalue_input(model.input_name, shared(self._row))
            self._binding.bind_ortvalue_output(model.output_name, shared(answer))
        except Exception as error:  # as above
            raise self._fails(error) from error
        self._answer = answer.ravel()

    def _fails(self, error: Exception) -> ModelRefused:
        model = self._model
        if self.stopped:
            return self._too_late()
        return ModelRefused(f"{model.label} fails on a row of {model.row.width} numbers: {type(error).__name__}: {str(error)[:300]}")

    def _trials(self) -> Sequence[Sequence[float]]:
        """Rows to run before the first use."""
        return [[float(number % 3)] * self._model.row.width for number in range(WARM_UPS)]

    def _warm_up(self, deadline: float) -> None:
        """Run some rows before the first use: the first answers are slow, and some rows show what is wrong with a model."""
        model, times = self._model, []
        for number, row in enumerate(self._trials()):
            began = time.perf_counter()
            try:
                values = self.answer(row)
            except Exception as error:  # as above
                raise self._fails(error) from error
            times.append((time.perf_counter() - began) * 1000)
            if len(values) != self._numbers:
                message = f"{model.label} answers with {len(values)} numbers, its manifest says {self._numbers}: export it without zipmap"
                raise ModelRefused(message)
            if not self.sound(values):
                what = "not a probability" if all(map(math.isfinite, values)) else "not a number"
                message = f"{model.label} answers a plain row with {values[:4]}: {what}"
                raise ModelRefused(message)
            if time.monotonic() > deadline or (number >= 2 and min(times) > model.budget_ms):
                message = f"{model.label} takes {min(times):.1f} ms for one row, its budget is {model.budget_ms:g} ms"
                raise ModelRefused(message)
