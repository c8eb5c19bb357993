"""A schedule in a folder whose runs are a script, for tests of how runs end."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from training.schedule.alerts import Alerts
from training.schedule.plan import read_plan
from training.schedule.runner import Runner
from training.schedule.service import Service
from training.schedule.state import Memory

SCHEDULE = """
schedule: shop
jobs:
  - {train: train.yaml, name: buys, every: 10m}
  - {check: {}, every: daily, at: "02:30"}
state: state
alerts: {webhook: "WEBHOOK"}
"""
CHILD = """
import os, signal, sys, pathlib
log = pathlib.Path(sys.argv[1])
with log.open("a") as file: file.write(" ".join(sys.argv[2:]) + "\\n")
number = len(log.read_text().splitlines())
print("it speaks")
exec(log.with_name("does.py").read_text())
"""


class Stage:
    """A schedule in a folder, whose runs are a script."""

    def __init__(self, folder: Path, *, webhook: str = "http://127.0.0.1:1/") -> None:
        self.folder, self.log, self.at = folder, folder / "ran.txt", datetime(2026, 3, 2, 12, 3, tzinfo=UTC).timestamp()
        (folder / "train.yaml").write_text("training: buys\nruns: runs\n")
        (folder / "schedule.yaml").write_text(SCHEDULE.replace("WEBHOOK", webhook))
        (folder / "child.py").write_text(CHILD)
        self.does("sys.exit(0)")
        self.said: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Begin as a process does that starts."""
        self.plan = read_plan(self.folder / "schedule.yaml")
        self.memory = Memory(self.plan.state)
        self.alerts = Alerts("shop", webhook=self.plan.webhook, say=self.said.append)
        words = [sys.executable, str(self.folder / "child.py"), str(self.log)]
        self.runner = Runner(self.plan, self.memory, self.alerts, clock=lambda: self.at, words=words)
        self.service = Service(self.plan, self.runner)

    def does(self, program: str) -> None:
        (self.folder / "does.py").write_text(program)

    def ran(self) -> list[str]:
        return [" ".join(line.split()[:1] + line.split()[2:]) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def metric(self, name: str) -> dict[str, float]:
        lines = self.alerts.exported.text().decode().splitlines()
        return {line.split("{")[1].split("}")[0]: float(line.split()[-1]) for line in lines if line.startswith(f"kairos_schedule_{name}{{")}
