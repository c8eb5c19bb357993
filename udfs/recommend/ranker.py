"""The ranker of a recommender: boosted trees that order the first candidates of a list, in one batch.

Without it they stay in the order of their sums.
"""

import hashlib
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from udfs.core.features.model_inputs import Input
from udfs.core.features.models import Model
from udfs.core.recommend.recommender import STEPS, Part, Ranked, Told
from udfs.recommend.features import FEATURES, MAX_RANKED, features
from udfs.recommend.sums import Sums
from udfs.scoring.batches import BatchSession

INPUT, OUTPUT = "input", "score"
MAX_BYTES = 16 * 1024**2
LOAD_S = 30.0
BUDGET_MS = 5.0
"""For one row, in a test run; a whole batch may take ten times as long."""
HANGS_S = 2.0
"""An answer that takes so many seconds is cancelled, and the ranker is not used any more."""
LOOK_S = 0.25
TRIP_AFTER = 10
"""Answers in a row that are none, after which it is not used any more."""

Tell = Callable[[str], None]


class Ranker:
    """One ranker, loaded. Once it fails, lists are in the order of their sums."""

    def __init__(self, content: bytes, tell: Tell) -> None:
        """Raises ModelRefused. `tell` takes what is to be reported on `rejected`."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.version = sha256[:12]
        self._tell = tell
        self._failures = 0
        self._session: BatchSession | None = BatchSession(_model(sha256, content), content, deadline=time.monotonic() + LOAD_S, rows=MAX_RANKED)
        threading.Thread(target=_watch, args=(weakref.ref(self),), name="a ranker that hangs", daemon=True).start()

    def ordered(self, sums: Sums, parts: Sequence[Part], told: Told, facts: Mapping[str, Any]) -> Ranked:
        """The candidates as it orders them, or as they are."""
        if self._session is None or not sums.numbers:
            return sums
        scores = self.scores(features(sums, parts, told, facts))
        return sums if scores is None else Ordered(sums, scores, self.version)

    def scores(self, asked: Any) -> Any:
        """A number from 0 to 1 for each of these rows; None if it has no answer."""
        session = self._session
        if session is None:
            return None
        try:
            found = session.answers(asked)
        except Exception as error:  # whatever the error, the order of the sums is used
            if session.stopped:  # onnxruntime raises its own error when it is cancelled
                self._end(f"did not answer within {HANGS_S:.0f} s")
            else:
                self._failed(f"{type(error).__name__}: {error}")
            return None
        if len(found) != len(asked) or not session.all_sound(found):
            self._failed("it does not answer each row with a number from 0 to 1")
            return None
        self._failures = 0
        return found

    def end_what_hangs(self) -> None:
        """Cancel a run that takes too long; called regularly from another thread."""
        if (session := self._session) is not None:
            session.stop_after(HANGS_S)

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures >= TRIP_AFTER:
            self._end(f"failed {self._failures} times in a row (last: {why})")

    def _end(self, why: str) -> None:
        self._session = None
        self._tell(f"the ranker {self.version} {why}: it is no longer used, and lists are in the order of their sums")


class Ordered:
    """Candidates as the ranker orders them; those that it was not asked about stand behind, in the order of their sums."""

    __slots__ = ("_order", "_sums", "numbers", "ranker", "scores")

    def __init__(self, sums: Sums, scores: Any, version: str) -> None:
        self._sums, self.ranker = sums, version
        steps = np.rint(scores.astype(np.float64) * STEPS)
        first = np.array(sums.numbers[: len(steps)], np.int64)
        order = np.lexsort((first, -steps))
        self._order: list[int] = order.tolist()
        self.numbers: list[int] = [*first[order].tolist(), *sums.numbers[len(steps) :]]
        self.scores: list[float] = [*(steps[order] / STEPS).tolist(), *[0.0] * (len(sums.numbers) - len(steps))]

    def part(self, place: int) -> int:
        """Which part brought the item at this place most, the first of equals."""
        return self._sums.part(self._order[place] if place < len(self._order) else place)


def _model(sha256: str, content: bytes) -> Model:
    return Model(
        name="ranker",
        version=sha256[:12],
        uri="",
        sha256=sha256,
        size=len(content),
        task="ranking",
        classes=(),
        inputs=tuple(Input(name, "") for name in FEATURES),
        input_name=INPUT,
        output_name=OUTPUT,
        index=0,
        ttl=0,
        until=frozenset(),
        after=0,
        budget_ms=BUDGET_MS,
    )


def _watch(held: "weakref.ref[Ranker]") -> None:
    """Watch for a run that hangs as long as the ranker is in use."""
    while (ranker := held()) is not None:
        ranker.end_what_hangs()
        del ranker
        time.sleep(LOOK_S)
