"""A model that answers many rows at once: a session whose inputs are passed at each call, since there are more or fewer of them."""

import time
from collections.abc import Sequence
from typing import Any

from udfs.core.features.models import Model
from udfs.scoring.files import ModelRefused
from udfs.scoring.session import Session, Stopped


class BatchSession(Session):
    """The same as `Session`, with one number for each row."""

    def __init__(self, model: Model, data: bytes, *, deadline: float, rows: int) -> None:
        """Raises ModelRefused. `rows`: the largest batch that will be asked; it may take ten times as long as one row."""
        self._rows = rows
        super().__init__(model, data, deadline=deadline)

    def answers(self, rows: Any) -> Any:
        """The numbers for these rows, an array of float32. Raises Stopped if it was cancelled, and onnxruntime's errors."""
        if self.stopped:
            raise Stopped
        self._began = time.perf_counter()
        try:
            (found,) = self._session.run([self._model.output_name], {self._model.input_name: rows}, self._options)
        finally:
            with self._guard:
                self._began = 0.0
        if self.stopped:
            raise Stopped
        return found.ravel()

    def answer(self, row: Sequence[float]) -> list[float]:
        """The number of one row."""
        found: list[float] = self.answers(self._numpy.array([row], self._numpy.float32)).tolist()
        return found

    def all_sound(self, values: Any) -> bool:
        """The same as `sound`, for many: this is False for NaN, too."""
        return bool(values.min() >= 0 and values.max() <= 1) if len(values) else True

    def _bind(self, shared: Any) -> None:
        """Nothing is bound beforehand."""

    def _warm_up(self, deadline: float) -> None:
        """One row, then a whole batch: of numbers, of zeros, of what is unknown."""
        super()._warm_up(deadline)
        shape = (self._rows, self._model.row.width)
        numpy, took = self._numpy, []
        for batch in [numpy.arange(shape[0] * shape[1]).reshape(shape) % 7, numpy.zeros(shape), numpy.full(shape, numpy.nan)]:
            began = time.perf_counter()
            try:
                values = self.answers(batch.astype(numpy.float32))
            except Exception as error:  # onnxruntime has a dozen error classes, all of them about this file
                raise self._fails(error) from error
            took.append((time.perf_counter() - began) * 1000)
            if len(values) != len(batch) or not self.all_sound(values):
                message = f"{self._model.label} answers {len(batch)} rows with {len(values)} numbers, or with what is no share from 0 to 1"
                raise ModelRefused(message)
        if min(took) > self._model.budget_ms * 10:
            message = f"{self._model.label} takes {min(took):.1f} ms for {self._rows} rows, its budget is {self._model.budget_ms * 10:g} ms"
            raise ModelRefused(message)
