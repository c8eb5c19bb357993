"""The folder of a run: what each step made, and which steps are done. A step is done while neither its keys nor the steps before it change."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.locked import locked
from training.errors import TrainingError

T = TypeVar("T")
STATE, LOCK = "run.json", ".lock"
NUMBER = re.compile(r"\d{4,}")


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A step that is done."""

    fingerprint: str
    at: int
    """Epoch milliseconds."""
    seconds: float
    said: str


class State(msgspec.Struct, kw_only=True):
    """What `run.json` holds: the steps that are done, in their order."""

    steps: dict[str, Done] = {}
    finished: bool = False
    """Whether every step was done."""


class RunFolder:
    """One run's folder. Files are replaced whole: a run that is ended in the middle leaves the file before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.state = self.get(STATE, State) if (path / STATE).is_file() else State()

    def put(self, name: str, value: Any) -> None:
        """Write a value as JSON."""
        self.write(name, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")

    def put_lines(self, name: str, values: Sequence[Any]) -> None:
        """Write values as JSON, one a line."""
        self.write(name, b"".join(msgspec.json.encode(value) + b"\n" for value in values))

    def write(self, name: str, content: bytes) -> None:
        """Write a file. Raises TrainingError if the folder cannot be written to."""
        fresh = self.path / f".{name}.{os.getpid()}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(content)
            fresh.replace(self.path / name)
        except OSError as error:
            problem = f"cannot write to {self.path} ({error.strerror or error}): name a folder that can be written to with `runs:`"
            raise TrainingError(problem) from error

    def get(self, name: str, kind: type[T]) -> T:
        """Read a value. Raises TrainingError if the step that makes it was not run, or the file is damaged."""
        try:
            return msgspec.json.decode(self.read(name), type=kind)
        except msgspec.MsgspecError as error:
            problem = f"{self.path / name} is damaged ({error}): run the step that makes it again, with --from"
            raise TrainingError(problem) from error

    def get_lines(self, name: str, kind: type[T]) -> list[T]:
        """Read values, one a line."""
        decoder = msgspec.json.Decoder(kind)
        try:
            return [decoder.decode(line) for line in self.read(name).splitlines()]
        except msgspec.MsgspecError as error:
            problem = f"{self.path / name} is damaged ({error}): run the step that makes it again, with --from"
            raise TrainingError(problem) from error

    def read(self, name: str) -> bytes:
        """Read a file. Raises TrainingError if the step that makes it was not run."""
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            problem = f"{name} is not in {self.path}: run the step that makes it first"
            raise TrainingError(problem) from error

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return (self.path / name).is_file()

    def done(self, step: str, record: Done, *, finished: bool) -> None:
        """Note that a step is done."""
        self.state.steps[step] = record
        self.state.finished = finished
        self.put(STATE, self.state)

    def undo(self, steps: Sequence[str]) -> None:
        """Note that these steps are to be done again."""
        for step in steps:
            self.state.steps.pop(step, None)
        self.state.finished = False
        self.put(STATE, self.state)


def latest(runs: Path) -> Path | None:
    """The folder of the latest run, if there is one."""
    found = _numbered(runs)
    return found[-1] if found else None


def following(runs: Path) -> Path:
    """The folder of the next run."""
    last = latest(runs)
    return runs / f"{int(last.name) + 1 if last else 1:04}"


def before(folder: Path) -> list[Path]:
    """The runs before this one, the latest first."""
    return [each for each in reversed(_numbered(folder.parent)) if int(each.name) < int(folder.name)] if NUMBER.fullmatch(folder.name) else []


@contextmanager
def alone(runs: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the runs of a training: two at once would take the same number and write into one folder. Says when it waits for another run."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(runs / LOCK, busy=waiting))
        except OSError as error:
            problem = f"cannot write to {runs} ({error.strerror or error}): name a folder that can be written to with `runs:`"
            raise TrainingError(problem) from error
        yield


def fingerprint(*parts: Any) -> str:
    """A hash of what a step depends on."""
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]


def _numbered(runs: Path) -> list[Path]:
    if not runs.is_dir():
        return []
    return sorted((each for each in runs.iterdir() if each.is_dir() and NUMBER.fullmatch(each.name)), key=lambda each: int(each.name))
