"""Whole replays of a year of Online Retail through the cluster, each on a stack of its own; done once per process for all sections."""

import json
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from threading import Thread

from bench.lab import CheckFailed, Lab, lab
from bench.oracle import acts
from bench.public_data import RETAIL
from bench.report import ROOT

CAMPAIGN = ROOT / "campaigns" / "cart-abandonment.yaml"
ABANDON = "0.3"
DRAIN = "8d"
OUTPUTS = ("decisions", "actions.email", "actions.push", "actions.sms")


@dataclass(frozen=True)
class Replayed:
    """The result of one replay. `lines` are all decisions and actions, without wall-clock times, sorted."""

    lines: tuple[str, ...]
    acted: tuple[tuple[str, int], ...]
    rejected: int
    events: int
    seconds: float
    restarts: int
    expected: frozenset[tuple[str, int]]
    """The naive oracle's answer for the records on the topic `events`."""


@cache
def replayed(*, parallelism: int, kills: int = 0, guarantee: str = "exactly-once") -> Replayed:
    """Replay everything into a fresh stack of four partitions; kill -9 a TaskManager `kills` times on the way."""
    if not RETAIL.exists():
        message = f"{RETAIL} is missing: put the public data next to the project, or set KAIROS_DATA"
        raise CheckFailed(message)
    with lab() as stack:
        stack.kairos(
            *("submit", "--clock", "replay", "--from", "earliest", "--partitions", "4"),
            *("--guarantee", guarantee, "--parallelism", str(parallelism), "--campaigns", str(CAMPAIGN)),
        )
        failures = Thread(target=_kill, args=(stack, kills, parallelism), daemon=True)
        failures.start()
        began = time.monotonic()
        stack.kairos("replay", "--source", "online-retail", RETAIL, "--abandon", ABANDON, "--drain", DRAIN)
        seconds = time.monotonic() - began
        failures.join(timeout=60)
        return _read(stack, seconds)


def _kill(stack: Lab, kills: int, parallelism: int) -> None:
    """In mid-replay: each time some more of the events have been read."""
    for number in range(kills):
        goal = 100_000 + 150_000 * number
        stack.wait(lambda goal=goal: stack.committed("kairos-replay") > goal, what=f"{goal:,} events read", seconds=900)  # type: ignore[misc]
        stack.kill_task_manager(number % parallelism)
        read = stack.committed("kairos-replay")
        print(f"   killed taskmanager-{number % parallelism} after {read:,} events were committed", flush=True)


def _read(stack: Lab, seconds: float) -> Replayed:
    lines, acted = [], []
    for topic, key, value in stack.records(*OUTPUTS):
        value.pop("decided_at")
        lines.append(f"{topic} {key.decode()} {json.dumps(value)}")
        if topic == "decisions" and value["outcome"] == "acted":
            acted.append((value["user_id"], value["at"]))
    sent = [value for _, key, value in stack.records("events", number=Decimal) if key]
    return Replayed(
        lines=tuple(sorted(lines)),
        acted=tuple(sorted(acted)),
        rejected=sum(1 for _ in stack.records("rejected")),
        events=len(sent),
        seconds=seconds,
        restarts=stack.restarts(),
        expected=frozenset((act.user, act.due) for act in acts(sent)),
    )


def differences(found: Replayed) -> tuple[int, int, int]:
    """How many acted decisions are missing, extra and duplicated, compared with the oracle."""
    times = Counter(found.acted)
    return len(found.expected - set(times)), len(set(times) - found.expected), sum(count - 1 for count in times.values())
