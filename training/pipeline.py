"""A training run, step by step. Each step leaves its results in the run's folder, so each can be run alone, and a run that stopped goes on."""

import importlib
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from training.config import Config
from training.errors import TrainingError
from training.steps.folder import Done, RunFolder, fingerprint, following, latest
from training.steps.step import Run, Step
from udfs.core.values.errors import KairosError

STEPS = ("dataset", "validate", "fit", "evaluate", "gate", "export", "register", "publish")


OWN = {
    "value": ("dataset", "fit", "evaluate", "gate", "export", "register"),
    "intent": ("dataset", "validate", "fit", "evaluate", "gate", "export", "register"),
}
"""Family -> the steps that it does in its own way: `training/<family>/steps`."""


class Progress(Protocol):
    """Shows people where a run is."""

    def working(self, number: int, name: str) -> AbstractContextManager[Any]:
        """A step has begun, and goes on as long as this is open."""

    def done(self, number: int, name: str, record: Done, *, now: bool) -> None:
        """A step is done, now or in an earlier call."""

    def stopped(self, number: int, name: str) -> None:
        """A step has failed; its error follows."""

    def noted(self, note: str) -> None:
        """A step has found something that people should know."""


def folder_of(config: Config, *, begin: bool, number: int | None = None) -> RunFolder:
    """The folder of a new run (`begin`), of the one with this number, or of the latest. Raises TrainingError if there is none."""
    if begin:
        return RunFolder(following(config.runs))
    found: Path | None = latest(config.runs) if number is None else config.runs / f"{number:04}"
    if found is None or not found.is_dir():
        which = "no run" if number is None else f"no run {number}"
        problem = f"there is {which} of {config.name} in {config.runs}: begin one without --from, --only and --resume"
        raise TrainingError(problem)
    return RunFolder(found)


def run(
    config: Config,
    folder: RunFolder,
    progress: Progress,
    *,
    begin: str | None = None,
    only: str | None = None,
    until: str | None = None,
    brokers: str | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Run the steps that are not done. `begin`: that step and those after it are done again. `only`: that step alone is. `until`: it is the last.

    Raises KairosError, naming the step; what was done before stays done.
    """
    if begin or only:
        folder.undo(STEPS[STEPS.index(begin or only or "") :])
    made = Run(config=config, folder=folder, at=int(clock() * 1000), brokers=brokers, say=progress.noted)
    prints = fingerprints(config)
    for number, name in enumerate(STEPS, 1):
        record = folder.state.steps.get(name)
        if record is not None and record.fingerprint == prints[name]:
            progress.done(number, name, record, now=False)
        elif only and name != only:
            problem = f"{name} is not done for this training file: run it first, or leave --only out"
            raise TrainingError(problem)
        else:
            folder.undo(STEPS[number - 1 :])
            begun = time.monotonic()
            try:
                with progress.working(number, name):
                    said = step_of(name, config).run(made)
            except KairosError:
                progress.stopped(number, name)
                raise
            record = Done(fingerprint=prints[name], at=made.at, seconds=round(time.monotonic() - begun, 3), said=said)
            folder.done(name, record, finished=name == STEPS[-1])
            progress.done(number, name, record, now=True)
        if name in {only, until}:
            return


def fingerprints(config: Config) -> dict[str, str]:
    """What each step depends on, as a hash: its keys of the training file, the files that they name, and the steps before."""
    prints: dict[str, str] = {}
    so_far: Any = [config.name, config["seed"], *([config.family] if config.family != "goal" else [])]
    for name in STEPS:
        keys = {key: config[key] for key in step_of(name, config).READS}
        so_far = prints[name] = fingerprint(so_far, name, keys, _files(config) if name == STEPS[0] else _groups(config) if name == "gate" else None)
    return prints


def _files(config: Config) -> list[tuple[str, int, int]]:
    """Name, size and time of change of every file that the rows come from."""
    named = [*config.paths("campaigns"), config.path("features"), config.path("decisions")]
    history = (config["history"] or {}).get("file")
    named.append(config.beside(history) if history else None)
    texts = config["texts"] or {}
    named += [config.beside(texts[key]) for key in ("file", "test") if key in texts]
    files = [file for each in named if each for file in (sorted(each.glob("*.y*ml")) if each.is_dir() else [each])]
    return _stamps(files)


def _groups(config: Config) -> list[tuple[str, int, int]] | None:
    """The same of the file of groups, if there is one: without one, the gate reads nothing but the training file."""
    told = (config["fairness"] or {}).get("groups")
    return _stamps([config.beside(told)]) if told else None


def _stamps(files: Iterable[Path]) -> list[tuple[str, int, int]]:
    return [(str(file), stat.st_size, stat.st_mtime_ns) for file in files if file.is_file() and (stat := file.stat())]


def step_of(name: str, config: Config) -> Step:
    """A step, as the family of what is predicted does it: its own module, or else the one of all."""
    own = f"training.{config.family}.steps.{name}"
    found: Step = importlib.import_module(own if name in OWN.get(config.family, ()) else f"training.steps.{name}")
    return found
