"""Which models are asked together: a decision that wants the scores of several models that read the same row enters onnxruntime once.

The graph of each such set is made in the background, when it is asked for the first time. Until then, and wherever anything is wrong with it, each
model is asked alone and answers for itself: by its own budget, its own errors, its own answers.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from udfs.core.features.models import Model
from udfs.scoring.merged import MergedSession, NotMerged
from udfs.scoring.session import Session

LOAD_S = 30.0
MOST = 32
"""Sets of models that are remembered."""
MAX_ALL_BYTES = 64 * 1024 * 1024
"""Of the files of all sets together: what does not fit any more is asked one by one."""
LATE_AFTER = 10
"""So many answers in a row that take longer than one model alone may, and each is asked alone again."""

log = logging.getLogger(__name__)

Key = tuple[str, ...]
"""The labels of the models, in order."""


def _key(models: Sequence[Model]) -> Key:
    return tuple([each.label for each in models])


@dataclass(slots=True)
class Set:
    """Models that are asked together, or will be, or never."""

    models: Sequence[Model]
    size: int
    """Bytes of the files; 0 if there is no room for them."""
    session: MergedSession | None = None
    late: int = 0


class Together:
    """The sets of models of this process that are one graph each."""

    def __init__(self, read: Callable[[Model], bytes]) -> None:
        self._read = read
        self._sets: dict[Key, Set] = {}

    def answers(self, models: Sequence[Model], row: Sequence[float]) -> tuple[list[list[float]], float] | None:
        """The numbers of each model and the milliseconds that it took; None where they are to be asked one by one."""
        found = self._sets.get(_key(models))
        if found is None or found.session is None:
            return None
        began = time.perf_counter()
        try:
            values = found.session.answers(row)
        except Exception as error:  # onnxruntime has a dozen error classes. Whose fault it is shows when each is asked alone
            self._alone(found, type(error).__name__)
            return None
        took = (time.perf_counter() - began) * 1000
        if took <= min(each.budget_ms for each in models):  # so none of them was over its own
            found.late = 0
        elif (late := found.late + 1) >= LATE_AFTER:
            self._alone(found, f"{late} answers in a row took longer than one model alone may, the last {took:.1f} ms")
        else:
            found.late = late
        return values, took

    def wants(self, models: Sequence[Model]) -> bool:
        """Whether nobody has asked for this set yet, and there is room for it."""
        return len(self._sets) < MOST and _key(models) not in self._sets

    def begin(self, models: Sequence[Model], alone: Sequence[Session]) -> None:
        """Make one graph of them, in the background. `alone`: the session of each."""
        size, held = sum(each.size for each in models), sum(each.size for each in list(self._sets.values()))
        found = self._sets[_key(models)] = Set(models, size if held + size <= MAX_ALL_BYTES else 0)
        if found.size:
            threading.Thread(target=self._make, args=(found, alone), name="merge models", daemon=True).start()

    def forget(self, label: str) -> None:
        """Of this version something has changed: it is asked alone until it is wanted together again."""
        self._sets = {key: held for key, held in list(self._sets.items()) if label not in key}  # a list: another thread may add one meanwhile

    def end_what_hangs(self, seconds: float) -> None:
        """Cancel a run that takes longer; called regularly from another thread."""
        for each in list(self._sets.values()):
            if (session := each.session) is not None:
                session.stop_after(seconds)

    def _make(self, found: Set, alone: Sequence[Session]) -> None:
        labels = ", ".join(each.label for each in found.models)
        try:
            found.session = MergedSession(found.models, [self._read(each) for each in found.models], alone, deadline=time.monotonic() + LOAD_S)
        except NotMerged as why:
            log.info("these models are asked one by one: %s. %s", labels, why)
        except Exception as error:  # errors of onnx, of onnxruntime and of files: each model was loaded alone, and goes on so
            log.warning("these models are asked one by one: %s. %s", labels, type(error).__name__)
        else:
            log.info("these models are one graph: %s", labels)

    def _alone(self, found: Set, why: str) -> None:
        found.session = None
        labels = ", ".join(each.label for each in found.models)
        log.warning("these models are asked one by one from now on: %s. %s", labels, why)
