"""Claim 5 of models: the features that the job logged at a hundred thousand decisions equal those computed from the raw events, to the last digit."""

import json
import re
import subprocess
import sys
from pathlib import Path

from bench.lab import CheckFailed, lab
from bench.report import ROOT, Claim, at_least, exactly, measured
from simulation.segment_spec import encoded
from simulation.world import World

DECISIONS = 100_000
START = 1_764_547_200_000
CUSTOMERS = 20_000
CAMPAIGN = """\
campaign: probe
trigger: {event: [product_viewed, page, product_added, order_completed]}
variants:
  probe: {channel: push, content: {body: probe}}
"""


def check() -> list[Claim]:
    """A world's events through the real job; then `python -m training skew` over its decisions and the raw events."""
    with lab() as stack:
        (stack.home / "probe.yaml").write_text(CAMPAIGN)
        history = stack.home / "history.jsonl"
        events = _history(history)
        stack.kairos("submit", "--clock", "replay", "--campaigns", stack.home / "probe.yaml")
        stack.kairos("replay", history, "--drain", "1h")
        logged = stack.home / "decisions.jsonl"
        count = 0
        with logged.open("w") as file:
            for _, _, value in stack.records("decisions"):
                file.write(json.dumps(value) + "\n")
                count += 1
        command = [sys.executable, "-m", "training", "skew", "--history", str(history), "--decisions", str(logged)]
        done = subprocess.run([*command, "--campaigns", str(stack.home / "probe.yaml")], capture_output=True, text=True, cwd=ROOT, check=False)
    print("   " + done.stdout.strip().replace("\n", "\n   "), flush=True)
    found = re.search(r"([\d,]+)\D+?compared", done.stdout) or re.search(r"compared\D+([\d,]+)", done.stdout)
    if found is None:
        message = f"`python -m training skew` told nothing of what it compared: {done.stdout}{done.stderr}"
        raise CheckFailed(message)
    return [
        measured("raw events of the world", events, "events"),
        at_least("decisions logged by the job, each with 23 features", count, "decisions", DECISIONS),
        at_least("of them compared with a recomputation from the raw events", int(found[1].replace(",", "")), "decisions", DECISIONS),
        exactly("exit code of `python -m training skew`: 1 on any mismatch", done.returncode, "", 0),
    ]


def _history(path: Path) -> int:
    world = World(seed=5, start=START, customers=CUSTOMERS)
    decided = count = 0
    with path.open("wb") as file:
        until = START
        while decided < DECISIONS * 1.35:
            until += 3_600_000
            for posted in world.until(until):
                value = encoded(posted)
                file.write(value + b"\n")
                count += 1
                decided += any(name in value for name in (b'"Product Viewed"', b'"page"', b'"Product Added"', b'"Order Completed"'))
    return count
