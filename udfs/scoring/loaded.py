"""The models of this process: loaded in the background, evaluated during decisions, and dropped if they fail.

Every version that control lists is kept loaded, so that a rollback is immediate. Each load has its own thread. Until it is done, the
previous version is used (`udfs.core.decision.scores`), and the change happens between two events.
"""

import logging
import threading
import time
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from udfs.core.because_said import Why
from udfs.core.decision.scores import Answer, Divided, ModelReason, Scorer
from udfs.core.features.models import Model, PublishedModel
from udfs.scoring.files import ModelRefused, fetch
from udfs.scoring.session import Session
from udfs.scoring.texts import session_of
from udfs.scoring.together import Together

try:
    from udfs.scoring.divided import DividedModel, NotDivided
except ModuleNotFoundError as missing:  # the base installation has no numpy, and so no model whose answers could be divided
    if missing.name != "numpy":
        raise

LOAD_S = 30.0
"""After this time, in seconds, a model that is not loaded is refused."""
TRIP_AFTER = 10
"""The number of consecutive failures (errors, invalid numbers, answers over budget) after which a model is dropped."""

HANGS_S = 2.0
"""An answer that takes this long, in seconds, is cancelled, and the model is dropped."""
LOOK_S = 0.25

log = logging.getLogger(__name__)


class Trouble(NamedTuple):
    """A problem with a published file, to be reported on `rejected`."""

    key: str
    """Of the record on control that points to it, such as model/churn, or catalogue."""
    message: str


@dataclass(slots=True)
class _Slot:
    model: Model
    began: float
    session: Session | None = None
    reason: ModelReason = ModelReason.LOADING
    failures: int = 0
    left_ms: float = 0.0
    """Of a shadow: how much time it has left. It gains with the time that passes, up to what it may take in a second."""
    looked: float = 0.0
    """When that was last looked at, by time.perf_counter()."""
    divided: "DividedModel | None" = None
    """Its trees, where messages say why it answers as it does."""
    why: Why | None = None
    """Why there are none; None: nobody wants them, or they are there."""

    def has_time(self, now: float, ms_per_s: float) -> bool:
        """Whether a shadow has time left."""
        self.left_ms = min(ms_per_s, self.left_ms + (now - self.looked) * ms_per_s)
        self.looked = now
        return self.left_ms > 0


class LoadedModels(Scorer):
    """A scorer over ONNX files."""

    def __init__(self, *, read: Callable[[Model], bytes] = fetch) -> None:
        """`read` returns a model's verified bytes or raises ModelRefused."""
        self._read = read
        self._slots: dict[tuple[str, str], _Slot] = {}
        self._together = Together(read)
        self._troubles: list[Trouble] = []
        self._changed = threading.Condition()
        self._watched = False

    def follow(self, models: Mapping[str, PublishedModel], *, renewed: str | None = None, explained: Collection[str] = (), wait: float = 0.0) -> None:
        """Load exactly the models that control lists. `renewed` is a model that was just published again: its refused versions are retried.
        `explained`: models whose answers messages explain.

        `wait` is how many seconds to wait for loading models. It is used at a start, so that the first event sees the same models as before.
        """
        wanted = {(model.name, model.version): model for published in models.values() for model in published.versions}
        with self._changed:
            for key in list(self._slots):
                slot = self._slots[key]
                again = key[0] == renewed and slot.reason in {ModelReason.REFUSED, ModelReason.TRIPPED}
                if wanted.get(key) != slot.model or again:
                    del self._slots[key]
                    self._together.forget(slot.model.label)
            if wanted and not self._watched:
                self._watched = True
                threading.Thread(target=_watch, args=(weakref.ref(self),), name="models that hang", daemon=True).start()
            for key, model in wanted.items():
                self._explain(key, model, wanted=key[0] in explained)
                if key not in self._slots:
                    slot = self._slots[key] = _Slot(model, time.monotonic(), why=Why.LOADING if key[0] in explained else None)
                    threading.Thread(target=self._load, args=(slot,), name=f"load {model.label}", daemon=True).start()
            if wait:
                self._changed.wait_for(
                    lambda: not any(self._is_loading(each) or each.why is Why.LOADING for each in self._slots.values()), timeout=wait
                )

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        """The answer for one row, or why there is none. Never waits for loading, never raises.

        `ms_per_s`: milliseconds of each second that the answers of this version, a shadow, may take. Beyond that it is not asked.
        """
        slot = self._slots.get((model.name, model.version))
        if slot is None or slot.session is None or slot.reason is not ModelReason.SCORED:
            return Answer(None, self._standing(slot))
        began = time.perf_counter()
        if ms_per_s is None:
            return self._asked(slot, slot.session, row, began)
        if not slot.has_time(began, ms_per_s):
            return Answer(None, ModelReason.OVER_BUDGET)
        answer = self._asked(slot, slot.session, row, began)
        slot.left_ms -= (time.perf_counter() - began) * 1000
        return answer

    def ask_all(self, models: Sequence[Model], row: Sequence[float]) -> Sequence[Answer]:
        """Several models about one row: in one graph, once there is one, and one by one until then."""
        found = self._together.answers(models, row)
        if found is None:
            answers = [self.ask(each, row) for each in models]
            if all(each.reason is ModelReason.SCORED for each in answers) and self._together.wants(models):
                self._merge(models)
            return answers
        values, took = found
        took_us = int(took * 1000 / len(models))
        return [self._checked(each, numbers, took_us) for each, numbers in zip(models, values, strict=True)]

    def divide(self, model: Model, row: Sequence[float]) -> Divided:
        """What each input of a version adds to its answer about one row. Never waits, never raises."""
        slot = self._slots.get((model.name, model.version))
        if slot is None or slot.divided is None:
            return Divided(None, Why.LOADING if slot is None else slot.why or Why.NOT_TREES)
        return Divided(slot.divided.adds(row))

    def _explain(self, key: tuple[str, str], model: Model, *, wanted: bool) -> None:
        """Read the trees of a version that is loaded already, now that messages say why; or let them go."""
        slot = self._slots.get(key)
        if slot is None:
            return
        if not wanted:
            slot.divided, slot.why = None, None
        elif slot.divided is None and slot.why is None and slot.reason in {ModelReason.LOADING, ModelReason.SCORED}:
            slot.why = Why.LOADING
            if slot.session is not None:
                threading.Thread(target=self._read_trees, args=(slot, slot.session), name=f"explain {model.label}", daemon=True).start()

    def _read_trees(self, slot: _Slot, session: Session) -> None:
        """Make its answers divisible, if they can be."""
        model = slot.model
        found, why, message = None, Why.NOT_TREES, ""
        try:
            found = DividedModel(model, self._read(model), session)
        except NotDivided as problem:
            why, message = problem.why, str(problem)
        except Exception as error:  # errors of onnx, of onnxruntime and of files: the model answers, and only its reasons are not given
            message = f"{type(error).__name__}: {error}"
        with self._changed:
            slot.divided, slot.why = found, None if found is not None else why
            if found is None:
                told = f"{model.label} cannot say why it answers as it does, so messages say their default: {message}"
                self._troubles.append(Trouble(f"model/{model.name}", told))
            self._changed.notify_all()
        if found is None:
            log.warning("model not explained: %s", model.label)

    def _merge(self, models: Sequence[Model]) -> None:
        slots = [self._slots.get((each.name, each.version)) for each in models]
        alone = [each.session for each in slots if each is not None and each.session is not None]
        if len(alone) == len(models):
            self._together.begin(models, alone)

    def _checked(self, model: Model, values: list[float], took_us: int) -> Answer:
        """The answer of one of several, if it is one."""
        slot = self._slots.get((model.name, model.version))
        if slot is None or slot.session is None or slot.reason is not ModelReason.SCORED:
            return Answer(None, self._standing(slot))
        if not slot.session.sound(values):
            return self._failed(slot, ModelReason.NOT_A_NUMBER, f"answered {values[:4]}")
        slot.failures = 0
        return Answer(values, ModelReason.SCORED, took_us)

    def _asked(self, slot: _Slot, session: Session, row: Sequence[float], began: float) -> Answer:
        try:
            values = session.answer(row)
        except Exception as error:  # whatever the error, the cold start is used
            if session.stopped:  # onnxruntime raises its own error when it is cancelled
                self._end(slot, ModelReason.TRIPPED, f"{slot.model.label} did not answer within {HANGS_S:.0f} s: it is no longer used")
                return Answer(None, ModelReason.TRIPPED)
            return self._failed(slot, ModelReason.FAILED, f"{type(error).__name__}: {error}")
        took = (time.perf_counter() - began) * 1000
        if not session.sound(values):
            return self._failed(slot, ModelReason.NOT_A_NUMBER, f"answered {values[:4]}")
        if took > slot.model.budget_ms:
            self._failed(slot, ModelReason.SCORED, f"took {took:.1f} ms, its budget is {slot.model.budget_ms:g} ms")
        else:
            slot.failures = 0
        return Answer(values, ModelReason.SCORED, int(took * 1000))

    def end_what_hangs(self) -> None:
        """Cancel a run that takes too long; called regularly from another thread."""
        for slot in list(self._slots.values()):
            if (session := slot.session) is not None:
                session.stop_after(HANGS_S)
        self._together.end_what_hangs(HANGS_S)

    @property
    def troubled(self) -> bool:
        """Whether there are problems to report; checked at every event."""
        return bool(self._troubles)

    def tell(self, key: str, message: str) -> None:
        """Report a problem with another file on the same way, so that one question at an event is enough."""
        with self._changed:
            self._troubles.append(Trouble(key, message))

    def troubles(self) -> list[Trouble]:
        """The problems since the last call."""
        with self._changed:
            found, self._troubles = self._troubles, []
        return found

    def tally(self) -> tuple[int, int]:
        """How many versions can be used, and how many are refused or were dropped."""
        reasons = [slot.reason for slot in list(self._slots.values())]
        refused = sum(reason in (ModelReason.REFUSED, ModelReason.TRIPPED) for reason in reasons)
        return reasons.count(ModelReason.SCORED), refused

    def standing(self, model: Model) -> ModelReason:
        """The state of a version: SCORED if it can be used."""
        return self._standing(self._slots.get((model.name, model.version)))

    def _standing(self, slot: _Slot | None) -> ModelReason:
        if slot is None:
            return ModelReason.LOADING
        if self._is_loading(slot) and time.monotonic() - slot.began > LOAD_S:
            self._end(slot, ModelReason.REFUSED, f"{slot.model.label} was not loaded within {LOAD_S:.0f} s")
        return slot.reason

    def _is_loading(self, slot: _Slot) -> bool:
        return slot.reason is ModelReason.LOADING

    def _load(self, slot: _Slot) -> None:
        model = slot.model
        try:
            session = session_of(model, self._read(model), deadline=slot.began + LOAD_S)
        except ModelRefused as refused:
            self._end(slot, ModelReason.REFUSED, str(refused))
        except BaseException as error:  # a thread that dies silently would leave the model loading forever
            self._end(slot, ModelReason.REFUSED, f"{model.label} could not be loaded: {type(error).__name__}: {error}")
            raise
        else:
            with self._changed:
                if self._is_loading(slot):
                    slot.session, slot.reason = session, ModelReason.SCORED
                wanted = slot.session is not None and slot.why is Why.LOADING
                self._changed.notify_all()
            log.info("model %s is loaded", model.label)
            if wanted:
                self._read_trees(slot, session)

    def _failed(self, slot: _Slot, reason: ModelReason, message: str) -> Answer:
        slot.failures += 1
        if slot.failures >= TRIP_AFTER:
            self._end(slot, ModelReason.TRIPPED, f"{slot.model.label} failed {slot.failures} times in a row (last: {message}): it is no longer used")
        return Answer(None, reason)

    def _end(self, slot: _Slot, reason: ModelReason, message: str) -> None:
        with self._changed:
            slot.reason, slot.session, slot.divided, slot.why = reason, None, None, None
            self._together.forget(slot.model.label)
            self._troubles.append(Trouble(f"model/{slot.model.name}", message))
            self._changed.notify_all()
        log.warning("model refused: %s", message)


def _watch(models: "weakref.ref[LoadedModels]") -> None:
    """Watch for hanging runs as long as these models are in use."""
    while (held := models()) is not None:
        held.end_what_hangs()
        del held
        time.sleep(LOOK_S)
