"""What a schedule remembers: when each job was last due, how its last run ended, and which run is under way. One process holds it at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from services.locked import locked
from training.errors import TrainingError

STATE, LOCK, LOG = "state.json", ".lock", "runs.jsonl"


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """One run that has ended. Times are epoch milliseconds."""

    job: str
    why: str
    began: int
    ended: int
    status: int
    """Its exit status; negative: the signal that ended it."""
    attempts: int = 1
    run: str = ""
    """The number of the training run."""
    version: str = ""
    """What it registered, if it went to the end."""
    findings: int | None = None
    """What a check of the data has found; None: it is no check, or it could not be done."""
    said: str = ""
    """The last line that it printed."""


class Underway(msgspec.Struct, frozen=True, kw_only=True):
    """A run that has begun and not ended. One that is found at a start was killed."""

    job: str
    why: str
    began: int
    attempts: int = 1


class OfJob(msgspec.Struct, kw_only=True):
    """What is remembered of a job."""

    seen: int
    """Until when everything that was due is dealt with, epoch milliseconds."""
    last: Ended | None = None
    until: int = 0
    """The newest event of the history that the last run learned from, epoch milliseconds."""
    window: int = 0
    """Where the next window of drift begins, epoch milliseconds."""
    drifted: dict[str, int] = {}
    """Feature -> in how many windows in a row, the latest included, it has drifted."""
    champion: str = ""
    """The version with which the windows were compared."""


class State(msgspec.Struct, kw_only=True):
    """What `state.json` holds."""

    jobs: dict[str, OfJob] = {}
    underway: Underway | None = None


class Memory:
    """The folder of a schedule's state. Files are replaced whole."""

    def __init__(self, folder: Path) -> None:
        """Raises TrainingError if the state is damaged."""
        self.folder = folder
        path = folder / STATE
        try:
            self.state = msgspec.json.decode(path.read_bytes(), type=State) if path.is_file() else State()
        except (OSError, msgspec.MsgspecError) as error:
            problem = f"{path} cannot be read ({error}): remove it, and the schedule begins from the start; models stay as they are"
            raise TrainingError(problem) from error

    def of(self, job: str, *, now: int) -> OfJob:
        """What is remembered of a job. One that is new was never missed."""
        return self.state.jobs.setdefault(job, OfJob(seen=now))

    def save(self) -> None:
        """Write the state. Raises TrainingError if the folder cannot be written to."""
        content = msgspec.json.format(msgspec.json.encode(self.state), indent=2) + b"\n"
        fresh = self.folder / f".{STATE}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(content)
            fresh.replace(self.folder / STATE)
        except OSError as error:
            raise self._unwritable(error) from error

    def ended(self, record: Ended) -> None:
        """Note how a run has ended, and add it to the log of runs."""
        self.state.jobs[record.job].last = record
        self.state.underway = None
        self.save()
        try:
            with (self.folder / LOG).open("ab") as file:
                file.write(msgspec.json.encode(record) + b"\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def runs(self) -> list[Ended]:
        """Every run so far, the oldest first. A line that a crash has cut off is left out."""
        path, found = self.folder / LOG, []
        for line in path.read_bytes().splitlines() if path.is_file() else ():
            try:
                found.append(msgspec.json.decode(line, type=Ended))
            except msgspec.MsgspecError:
                continue
        return found

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the state. Raises TrainingError if another process does."""

        def busy() -> None:
            problem = f"this schedule runs already: another process holds {self.folder}"
            raise TrainingError(problem)

        try:
            with locked(self.folder / LOCK, busy=busy):
                yield
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> TrainingError:
        return TrainingError(f"cannot write to {self.folder} ({error.strerror or error}): name a folder that can be written to with `state:`")
