"""The demo's training thread: learns from the shop's past while the shop is open, publishes the model, and reports its progress."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import psutil

from simulation.segment_spec import encoded
from simulation.shop import Shop

PAST_MS = 20 * 60_000
"""How much of the shop's past to learn from. It ends an hour ago, so the running job has seen none of it."""
AGO_MS = 3_600_000
WITHIN = "1m"
"""The goal's window. It is short, because the demo runs fast."""
MODEL = "purchase-propensity"


class Apprentice:
    """A thread with the lowest priority, so that decisions come first."""

    def __init__(self, *, home: Path, brokers: str, campaigns: Path, campaign: str, seed: int, rate: float, say: Callable[[str], None]) -> None:
        """`say` is called when the model is in use, or with the reason why there is none."""
        self.status = "no model yet: the cold start is used"
        self._home, self._brokers, self._campaigns, self._campaign = home, brokers, campaigns, campaign
        self._seed, self._rate, self._say = seed, rate, say
        self._process: subprocess.Popen[str] | None = None
        self._closing = False
        self._thread = Thread(target=self._run, name="apprentice", daemon=True)

    def start(self) -> None:
        """Start learning."""
        self._thread.start()

    def close(self) -> None:
        """Stop and discard everything."""
        self._closing = True
        if self._process is not None:
            self._process.kill()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        self.status = "learning from the shop's past"
        history = self._home / "past.jsonl"
        began = int(time.time() * 1000) - AGO_MS - PAST_MS
        world = Shop(seed=self._seed, start=began, rate=self._rate).world
        with history.open("wb") as file:
            for posted in world.until(began + PAST_MS):
                file.write(encoded(posted) + b"\n")
                if self._closing:
                    return
        words = [sys.executable, "-m", "training", "--history", str(history), "--campaigns", str(self._campaigns), "--campaign", self._campaign]
        words += ["--within", WITHIN, "--anonymous", "--check", "10", "--name", MODEL, "--store", str(self._home / "models")]
        words += ["--out", str(self._home / "training"), "--brokers", self._brokers, "--publish"]
        self._process = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "COLUMNS": "200"})
        psutil.Process(self._process.pid).nice(10)
        told, _ = self._process.communicate()
        if self._closing:
            return
        self.status = (
            verdict(told) if self._process.returncode == 0 else f"no model: {told.strip().splitlines()[-1] if told.strip() else 'training failed'}"
        )
        self._say(self.status)


def verdict(told: str) -> str:
    """The output of the training, in one line."""
    published = re.search(r"published: (\S+) is used", told)
    auc = re.search(r"^\s*auc\s+([\d.]+)", told, re.MULTILINE)
    return f"{published[1] if published else 'a model'} is in use, trained just now{f', AUC {auc[1]} on later customers' if auc else ''}"
