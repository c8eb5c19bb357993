"""A model of texts: a session that reads the pieces of a text, of which there are more or fewer at each call."""

import time
from collections.abc import Sequence
from typing import Any

from udfs.core.features.grams import MAX_CHARACTERS, grams
from udfs.core.features.models import Model
from udfs.scoring.files import ModelRefused
from udfs.scoring.session import NUMBERS, Session, Stopped

PLACES, WEIGHTS = "places", "weights"
TYPES = {PLACES: "tensor(int64)", WEIGHTS: "tensor(float)"}


class TextSession(Session):
    """The same as `Session`, for rows of `Grams.row`: inputs are bound at each call, since their length differs."""

    def answer(self, row: Sequence[float]) -> list[float]:
        """The probability of each class. Raises Stopped if it was cancelled, and onnxruntime's errors."""
        if self.stopped:
            raise Stopped
        half = len(row) // 2
        feed = {PLACES: self._numpy.array(row[:half], self._numpy.int64), WEIGHTS: self._numpy.array(row[half:], self._numpy.float32)}
        self._began = time.perf_counter()
        try:
            found = self._session.run([self._model.output_name], feed, self._options)[0]
        finally:
            with self._guard:
                self._began = 0.0
        if self.stopped:
            raise Stopped
        values: list[float] = found.ravel().tolist()
        return values

    def _check_shape(self) -> None:
        model = self._model
        inputs = {each.name: each.type for each in self._session.get_inputs()}
        outputs = {each.name: each.type for each in self._session.get_outputs()}
        if inputs != TYPES:
            msg = f"{model.label} reads {inputs}; a model of texts reads {TYPES}"
            raise ModelRefused(msg)
        if outputs.get(model.output_name) not in NUMBERS:
            msg = f"{model.label} answers with {outputs}; its manifest names {model.output_name!r}, which is float or double"
            raise ModelRefused(msg)

    def _bind(self, shared: Any) -> None:
        """Nothing is bound beforehand."""

    def _trials(self) -> Sequence[Sequence[float]]:
        """Short texts, the longest one, and the last place that there is: a table that is too short fails here, and not at a customer."""
        bits = self._model.text.bits if self._model.text else 0
        longest = " ".join(f"{n}" for n in range(MAX_CHARACTERS))
        texts = [grams(text, bits).row for text in ("", "where is my order", "?", longest)]
        return [*texts, [float((1 << bits) - 1), 1.0]] * 6


def session_of(model: Model, data: bytes, *, deadline: float) -> Session:
    """The session that a model needs. Raises ModelRefused."""
    return (Session if model.text is None else TextSession)(model, data, deadline=deadline)
