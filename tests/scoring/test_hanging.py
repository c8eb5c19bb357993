"""The watchdog ends the run that hangs, and none that began after it looked."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.onnx_files import linear, manifest
from tests.scoring.test_loaded import BOOK, control
from udfs.core.campaigns.compile_book import apply
from udfs.core.decision.scores import ModelReason
from udfs.scoring.loaded import LoadedModels

HANGS_S = 0.2
PATIENCE_S = 10.0


class Run:
    """One run inside onnxruntime: it goes on until it is let go, or told to terminate, as the real one is between two nodes."""

    def __init__(self) -> None:
        self.began, self.may_end, self.terminated = threading.Event(), threading.Event(), threading.Event()


class Runs:
    """Stands in for onnxruntime and its RunOptions: each run is let go by the test."""

    def __init__(self) -> None:
        self.runs = [Run(), Run()]
        self._terminate = False
        self._next = 0
        self.before_terminate: Callable[[], object] = lambda: None

    @property
    def terminate(self) -> bool:
        return self._terminate

    @terminate.setter
    def terminate(self, wanted: bool) -> None:
        self.before_terminate()
        self._terminate = wanted

    def run_with_iobinding(self, binding: Any, options: Any) -> None:
        run = self.runs[self._next]
        self._next += 1
        run.began.set()
        deadline = time.monotonic() + PATIENCE_S
        while not run.may_end.wait(0.005):
            assert time.monotonic() < deadline, "the test never let this run go"
            if options.terminate:
                run.terminated.set()
                message = "Exiting due to terminate flag being set to true."
                raise RuntimeError(message)


class Hanging:
    """A loaded model whose runs the test holds in its hand, asked twice by one worker."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("udfs.scoring.loaded.HANGS_S", HANGS_S)
        monkeypatch.setattr("udfs.scoring.loaded.LOOK_S", 3600.0)  # the test looks, not the thread
        book = apply(BOOK, control(manifest(folder, linear([1.0, 0.0]), features=BOOK.features, inputs=["views", "adds"], budget_ms=1000.0)))
        self.models = LoadedModels()
        self.models.follow(book.models, wait=PATIENCE_S)
        (self.model,) = (model for published in book.models.values() for model in published.versions)
        session: Any = self.models._slots[self.model.name, self.model.version].session
        self.session = session
        self.runs = Runs()
        self.session._session = self.session._options = self.runs
        self.said: list[ModelReason] = []
        self.worker = threading.Thread(target=self._ask_twice, daemon=True)

    def _ask_twice(self) -> None:
        for _ in self.runs.runs:
            self.said.append(self.models.ask(self.model, [1.0, 0.0]).reason)

    def first_hangs(self) -> None:
        self.worker.start()
        assert self.runs.runs[0].began.wait(PATIENCE_S)
        time.sleep(HANGS_S * 1.5)

    def done(self) -> list[ModelReason]:
        for run in self.runs.runs:
            run.may_end.set()
        self.worker.join(PATIENCE_S)
        assert not self.worker.is_alive()
        return self.said


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hanging:
    return Hanging(tmp_path, monkeypatch)


def test_a_run_that_hangs_is_ended_and_the_model_asked_no_more(hanging: Hanging) -> None:
    hanging.first_hangs()
    hanging.models.end_what_hangs()
    assert hanging.runs.runs[0].terminated.wait(PATIENCE_S)
    assert hanging.done() == [ModelReason.TRIPPED, ModelReason.TRIPPED]
    assert not hanging.runs.runs[1].began.is_set()


def test_what_the_watchdog_terminates_is_never_a_run_that_began_since(hanging: Hanging) -> None:
    """A hangs, and the watchdog is about to terminate. If anything lets A end and B begin at this point, it is B that is terminated."""
    first, second = hanging.runs.runs

    def the_worker_goes_on() -> None:
        first.may_end.set()
        second.began.wait(0.5)

    hanging.first_hangs()
    hanging.runs.before_terminate = the_worker_goes_on
    hanging.models.end_what_hangs()
    second.terminated.wait(0.1)
    said = hanging.done()
    assert not second.terminated.is_set(), "a healthy run was ended for the one before it"
    assert said == [ModelReason.TRIPPED, ModelReason.TRIPPED], "the run that took too long is the one that is reported"


def test_a_run_that_ends_before_the_watchdog_comes_to_it_costs_the_next_one_nothing(hanging: Hanging) -> None:
    """A hangs, and the watchdog has set out; A ends and B begins before it can look: there is nothing to end."""
    first, second = hanging.runs.runs

    class Guard:
        """The lock, with the worker going on before the watchdog gets it."""

        def __init__(self, lock: Any) -> None:
            self.lock = lock

        def __enter__(self) -> None:
            if threading.current_thread() is not hanging.worker:
                first.may_end.set()
                assert second.began.wait(PATIENCE_S)
            self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    hanging.first_hangs()
    hanging.session._guard = Guard(hanging.session._guard)
    hanging.models.end_what_hangs()
    second.terminated.wait(0.1)
    assert hanging.done() == [ModelReason.SCORED, ModelReason.SCORED]
    assert not hanging.models.troubled


def test_the_alarm_of_the_loading_that_rings_too_late_ends_no_run(hanging: Hanging) -> None:
    hanging.session._stop_loading()
    for run in hanging.runs.runs:
        run.may_end.set()
    hanging.worker.start()
    assert hanging.done() == [ModelReason.SCORED, ModelReason.SCORED]
