"""Runs one job at a time, each in a process of its own, and remembers how it ended. A run that was killed is resumed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from training.checks.report import JSON, Report
from training.errors import TrainingError
from training.schedule.look import Looked
from training.schedule.plan import Job, Plan
from training.schedule.state import Ended, Memory, Underway
from training.steps.folder import RunFolder, latest
from training.steps.material import FACTS, Facts
from training.steps.register import VERSION
from udfs.core.values.durations import in_words

PATIENCE_S = 10.0
"""For how long a run that is asked to end may take before it is killed."""
KEPT = 400
"""Characters of the last line of a run that are remembered."""


class Told(Protocol):
    """Hears of runs."""

    def began(self, job: str, why: str, attempt: int) -> None:
        """A run has begun."""

    def line(self, job: str, text: str) -> None:
        """A run has printed a line."""

    def ended(self, record: Ended, *, champion: bool) -> None:
        """A run has ended well. `champion`: its version is in use from now on."""

    def failed(self, record: Ended) -> None:
        """A run has failed."""

    def not_looked(self, job: str, why: str) -> None:
        """New rows and drift could not be looked for."""


class Runner:
    """Runs jobs. Not safe for several threads, except `stop`."""

    def __init__(
        self, plan: Plan, memory: Memory, told: Told, *, brokers: str | None = None, clock: Callable[[], float] = time.time, words: Sequence[str] = ()
    ) -> None:
        """`words`: begins the command of a run, for tests."""
        self.plan, self.memory, self.told, self.clock = plan, memory, told, clock
        self._brokers, self._words = brokers, list(words) or [sys.executable, "-m", "training.schedule.child"]
        self._process: subprocess.Popen[str] | None = None
        self.stopping = False

    def now(self) -> int:
        """Epoch milliseconds."""
        return int(self.clock() * 1000)

    def resume(self) -> bool:
        """Go on with a run that was killed, if there is one. Returns whether there was."""
        found = self.memory.state.underway
        if found is None:
            return False
        job = self.plan.jobs.get(found.job)
        if job is None:  # it is no longer in the schedule
            self.memory.state.underway = None
            self.memory.save()
            return False
        self._run(job, found.why, attempts=found.attempts + 1, began=found.began)
        return True

    def run(self, job: Job, why: str) -> None:
        """Run a job now. Everything that it was due for so far is dealt with by this run."""
        if not self.stopping:
            self._run(job, why, attempts=1, began=self.now())

    def look(self, job: Job) -> str | None:
        """Why a job is due by its rows or by drift; None if it is not, or if that cannot be said."""
        brokers = ["--brokers", self._brokers] if self._brokers else []
        lines: list[str] = []
        status = self._wait([*self._words, "look", str(self.plan.file), "--job", job.name, "--json", *brokers], lines.append)
        if self.stopping:
            return None
        try:
            if status:
                raise ValueError(status)
            found = msgspec.json.decode(lines[-1] if lines else "", type=Looked)
        except (ValueError, msgspec.MsgspecError):
            self.told.not_looked(job.name, (lines[-1] if lines else f"exit status {status}").removeprefix("Error: "))
            return None
        if found.note:
            self.told.line(job.name, found.note)
        of = self.memory.of(job.name, now=self.now())
        of.window, of.drifted = found.window, found.drifted
        try:
            self.memory.save()
        except TrainingError as error:
            self.told.not_looked(job.name, str(error))
            return None
        return found.why

    def stop(self) -> None:
        """End the run that is under way, and begin none. It is resumed at the next start."""
        self.stopping = True
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()

    def _run(self, job: Job, why: str, *, attempts: int, began: int) -> None:
        if attempts > self.plan.attempts:
            self._over(job, Underway(job=job.name, why=why, began=began, attempts=attempts - 1), status=-9, said="it was killed each time")
            return
        under = Underway(job=job.name, why=why, began=began, attempts=attempts)
        self.memory.of(job.name, now=began).seen = self.now()
        self.memory.state.underway = under
        try:
            self.memory.save()
        except TrainingError as error:
            self.memory.state.underway = None
            self.told.failed(Ended(job=job.name, why=why, began=began, ended=self.now(), status=1, attempts=attempts, said=str(error)))
            return
        self.told.began(job.name, why, attempts)
        said = ""

        def line(text: str) -> None:
            nonlocal said
            said = text[-KEPT:]
            self.told.line(job.name, text)

        status = self._wait(self._command(job, under), line)
        if self.stopping:
            return  # it stays under way: the next start resumes it
        if status < 0:
            self._run(job, why, attempts=attempts + 1, began=began)
            return
        self._over(job, under, status=status, said=said)

    def _command(self, job: Job, under: Underway) -> list[str]:
        brokers = ["--brokers", self._brokers] if self._brokers else []
        if job.recommend is not None:  # it has no steps to go on from
            return [*self._words, "recommender", str(job.recommend.file), *brokers]
        if job.membership:
            told = [] if "--brokers" in job.membership else brokers
            return [*self._words, "membership", *job.membership, "--gate", *told]
        if job.train is None:
            return [*self._words, "check", str(self.plan.file), "--job", job.name, *brokers]
        resumed = ["--resume"] if under.attempts > 1 and self._unfinished(job, since=under.began) else []
        return [*self._words, "run", str(job.train.file), *resumed, *brokers]

    def _unfinished(self, job: Job, *, since: int) -> bool:
        """Whether the latest run of this training was begun by the run that was killed, and has a step that is done."""
        assert job.train is not None
        found = latest(job.train.runs)
        if found is None:
            return False
        try:
            steps = RunFolder(found).state.steps
        except TrainingError:  # damaged: a new run begins
            return False
        return bool(steps) and min(each.at for each in steps.values()) >= since

    def _wait(self, command: Sequence[str], line: Callable[[str], None]) -> int:
        """Run a command, pass on the lines that it prints, and return its status."""
        environment = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, text=True, errors="replace", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
        )
        self._process = process
        if self.stopping:
            process.terminate()
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin, process.stdout:
            for text in process.stdout:
                if text := text.rstrip():
                    line(text)
            try:
                return process.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:  # it has closed its output, and goes on
                process.kill()
                return process.wait()

    def _over(self, job: Job, under: Underway, *, status: int, said: str) -> None:
        run, version = self._made(job)
        record = Ended(
            job=job.name,
            why=under.why,
            began=under.began,
            ended=self.now(),
            status=status,
            attempts=under.attempts,
            run=run,
            version=version if status == 0 else "",
            findings=self._found(job, since=under.began),
            said=said.removeprefix("Error: "),
        )
        if status == 0 and job.train is not None:
            self._learned(job)
        try:
            self.memory.ended(record)
        except TrainingError as error:  # a full disk is a reason to call somebody, not one to say nothing
            record = msgspec.structs.replace(record, status=status or 1, said=f"{record.said}; {error}" if record.said else str(error))
        if record.status == 0:
            self.told.ended(record, champion=job.learns is not None and job.learns["alias"] == "champion")
        else:
            self.told.failed(record)

    def _made(self, job: Job) -> tuple[str, str]:
        """The number of the run, and the version that it registered."""
        found = latest(job.learns.runs) if job.learns else None
        if found is None:
            return "", ""
        try:
            folder = RunFolder(found)
            if not folder.has(VERSION) or not folder.state.finished:
                return found.name, ""
            return found.name, str(folder.get(VERSION, dict).get("version", ""))
        except TrainingError as error:  # a damaged file must not hide how the run has ended
            self.told.line(job.name, str(error))
            return found.name, ""

    def _found(self, job: Job, *, since: int) -> int | None:
        path = self.plan.report(job) / JSON
        if job.check is None or not path.is_file():
            return None
        try:
            report = msgspec.json.decode(path.read_bytes(), type=Report)
        except (OSError, msgspec.MsgspecError) as error:
            self.told.line(job.name, f"{path} cannot be read ({error}): the next check writes it again")
            return None
        return len(report.findings) if report.at >= since else None

    def _learned(self, job: Job) -> None:
        """Remember how far the history went from which was learned: later rows are new."""
        assert job.train is not None
        found = latest(job.train.runs)
        if found is not None and RunFolder(found).has(FACTS):
            of = self.memory.of(job.name, now=self.now())
            of.until = RunFolder(found).get(FACTS, Facts).last
            of.window, of.drifted = of.until, {}


def lasted(record: Ended) -> str:
    """How long a run took."""
    return in_words(max(1000, round((record.ended - record.began) / 1000) * 1000))
