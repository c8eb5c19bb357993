"""The demo's training thread: learns from the shop's past while the shop is open, publishes what goes together and the model, and then trains the
model again on a schedule.

The history is the shop's past, and what the shop has sent since: each retrain learns from more than the one before.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock, Thread
from typing import BinaryIO

import psutil

from cli.showcase import Showcase
from simulation.segment_spec import encoded
from simulation.shop import Shop
from simulation.world import World
from udfs.core.values.errors import KairosError

PAST_MS = 20 * 60_000
"""How much of the shop's past to learn from. It ends an hour ago, so the running job has seen none of it."""
AGO_MS = 3_600_000
EARLIEST_EVENTS = 8_000
"""Of the past, at most: from them it is learned what goes together, in a few seconds."""
MODEL = "purchase-propensity"
PATIENCE_S = 5.0
HISTORY, EARLIEST, TRAIN, SCHEDULE = "history.jsonl", "earliest.jsonl", "train.yaml", "schedule.yaml"
TRAINING = """\
training: {model}
history: {{file: {history}}}
campaigns: {campaigns}
campaign: {campaign}
within: 1m # it is short, because the demo runs fast
anonymous: true
check: 10
validate: {{change: 100%, positives: 100%}}
alias: champion
store: ../models
registry: registry
runs: runs
"""
EVERY = "schedule: demo\njobs: [{train: train.yaml, every: 1m}]\nstate: state\n"


class Apprentice:
    """A thread with the lowest priority, so that decisions come first."""

    def __init__(
        self, *, home: Path, brokers: str, campaigns: Path, campaign: str, seed: int, rate: float, showcase: Showcase, say: Callable[[str], None]
    ) -> None:
        """`say` is called when a model or a recommender is in use, or with the reason why there is none."""
        self.status = "no model yet: the cold start is used"
        self._folder, self._brokers, self._campaigns, self._campaign = home / "training", brokers, campaigns, campaign
        self._seed, self._rate, self._say = seed, rate, say
        self.showcase = showcase
        self._began = int(time.time() * 1000) - AGO_MS - PAST_MS
        self._writing = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._history: BinaryIO | None = None
        self._closing = False
        self._thread = Thread(target=self._run, name="apprentice", daemon=True)

    def start(self) -> None:
        """Start learning."""
        self._thread.start()

    def keep(self, event: bytes) -> None:
        """Add an event of the shop to the history, whole, once its past is written."""
        with self._writing:  # another thread closes it
            if self._history is not None:
                self._history.write(event + b"\n")

    def close(self) -> None:
        """Stop and discard everything."""
        self._closing = True
        if (process := self._process) is not None:
            process.terminate()  # the schedule ends the run under way
            try:
                process.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(timeout=10)
        with self._writing:
            if self._history is not None:
                self._history.close()
            self._history = None

    def _run(self) -> None:
        self.status = "learning from the shop's past"
        self._recommend()
        if not self._past():
            return
        told = list(self._training("run", str(self._folder / TRAIN)))
        if self._closing:
            return
        spoken = verdict(told) or f"no model: {told[-1] if told else 'training failed'}"
        self._tell(spoken)
        lines: list[str] = []
        for line in self._training("schedule", str(self._folder / SCHEDULE)):
            lines.append(line)
            if ": done in " in line and (found := verdict(lines, how="trained on schedule")):
                spoken = found
                self._tell(spoken)
            elif ": failed with exit status " in line:
                self._tell(f"{spoken}; the scheduled run failed: {line.rpartition(': ')[2]}")
            if ": begins (" in line:
                lines.clear()

    def _recommend(self) -> None:
        """Learn what goes together, and publish it: e-mails have a carousel from then on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        events = [encoded(posted) for posted in islice(self._earlier().until(self._began + PAST_MS), EARLIEST_EVENTS)]
        (self._folder / EARLIEST).write_bytes(b"".join(event + b"\n" for event in events))
        told = list(self._training(*self.showcase.training(self._folder / EARLIEST), at=()))
        if self._closing:
            return
        try:
            count = self.showcase.publish_recommender()
        except KairosError:
            self._tell(f"no recommendations: {told[-1] if told else 'training failed'}")
            return
        self._tell(f"recommendations are in use, learned just now from {len(events):,} events about {count} products")

    def _past(self) -> bool:
        """Write the shop's past, and what the schedule needs. Returns whether there is still somebody who wants it."""
        told = TRAINING.format(model=MODEL, history=HISTORY, campaigns=self._campaigns, campaign=self._campaign)
        (self._folder / TRAIN).write_text(told)
        (self._folder / SCHEDULE).write_text(EVERY)
        with (self._folder / HISTORY).open("wb") as file:
            for posted in self._earlier().until(self._began + PAST_MS):
                file.write(encoded(posted) + b"\n")
                if self._closing:
                    return False
        self._history = (self._folder / HISTORY).open("ab", buffering=0)
        return True

    def _earlier(self) -> World:
        """The shop's past, from its beginning."""
        return Shop(seed=self._seed, start=self._began, rate=self._rate).world

    def _training(self, *told: str, at: Sequence[str] | None = None) -> Iterator[str]:
        """The lines that `python -m training` prints. Ends at once if the demo is over. `at`: options of the broker, if it is another one."""
        words = [sys.executable, "-m", "training", *told, *(("--brokers", self._brokers) if at is None else at)]
        environment = {**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(words, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        self._process = process
        if self._closing:
            process.kill()
        psutil.Process(process.pid).nice(10)
        assert process.stdout is not None
        with process.stdout:
            yield from (text for line in process.stdout if (text := line.strip()))
        process.wait()

    def _tell(self, status: str) -> None:
        if not self._closing:
            self.status = status
            self._say(status)


def verdict(told: list[str], *, how: str = "trained just now") -> str | None:
    """The output of a run, in one line; None if no model came of it."""
    text = "\n".join(told)
    published = re.search(rf"\bpublish\s+({MODEL}) (\w+) is champion", text)
    if published is None:
        return None
    auc = re.search(r"\bevaluate\s+auc ([\d.]+)", text)
    return f"{published[1]}:{published[2]} is in use, {how}{f', AUC {auc[1]} on later customers' if auc else ''}"
