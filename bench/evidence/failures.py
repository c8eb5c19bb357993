"""Claim 5, first half: a TaskManager killed -9 in mid-replay, and an exception inside the operator, each compared with `kairos try`.

Every check replays the same made-up history into a fresh stack at parallelism 2, so on two TaskManagers, and reads what is visible to a
read_committed reader afterwards. The second half, fifty submits in a row, is bench/evidence/submits.py.
"""

import json
import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Thread

from bench.evidence import submits
from bench.evidence.events import MINUTE, SECOND, added, ordered, viewed
from bench.lab import KAIROS, CheckFailed, Lab, lab
from bench.report import Claim, at_least, exactly, measured
from jobs.options import Options
from services.devstack import lifecycle
from services.devstack.package import PACKAGES
from services.devstack.release import JobCode
from services.devstack.submit import submit
from services.kafka.client import end_offsets

EVENTS = 50_000
START = 1_300_000_000_000
RATE = 2_500
"""Events a second while the history is sent: the job is killed in the middle of a stream, not of a batch that it has long read."""
OUTPUTS = ("decisions", "actions.email", "actions.push", "actions.onsite", "rejected")
FAILING = JobCode(main="tests.cluster.failing_job", packages=(*PACKAGES, "tests"))
"""The main job with an operator that raises, once, on the first record with the mark in it."""
MARK = "fail-here-once"
DRAIN_DAYS = 70
"""How far time is moved on after the last event: the win-back campaign waits for sixty days, and `kairos try` decides all that is pending."""

Said = tuple[str, str]
"""Topic, and the record as text without the wall clock in it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of one run with a failure."""

    said: Counter[Said]
    gap: float
    """Longest time in which nothing was decided, seconds."""
    restarts: int
    replaced: int
    """The number of TaskManagers that were restarted."""


def check() -> list[Claim]:
    """Two guarantees, one exception, fifty submits."""
    with tempfile.TemporaryDirectory() as folder:
        history = Path(folder) / "history.jsonl"
        history.write_bytes(b"\n".join(event for _, event in sorted(events())) + b"\n")
        expected = tried(history)
        claims = [at_least("decisions, actions and rejections that `kairos try` makes of the history", expected.total(), "records", 10_000)]
        with lab() as stack:
            claims += exactly_once(killed(stack, history, "exactly-once"), expected)
            stack.start(fresh=True)
            claims += at_least_once(killed(stack, history, "at-least-once"), expected)
            stack.start(fresh=True)
            claims += exception(raised(stack, history), expected)
    return [*claims, *submits.check()]


def events() -> Iterator[tuple[int, bytes]]:
    """50,000 of customers who look around, fill carts and buy or leave, one a second, so that some are due all the time; one with the mark."""
    chance, sent, customer = random.Random(5), 0, 0
    while sent < EVENTS:
        user, at = f"customer-{customer}", START + customer * SECOND
        steps = [(at + n * 20 * SECOND, viewed(user, at + n * 20 * SECOND, f"product {chance.randrange(50)}")) for n in range(chance.randrange(7))]
        begun = at + 5 * MINUTE
        if chance.random() < 0.7:
            for n in range(chance.randrange(1, 4)):
                when = begun + n * chance.randrange(1, MINUTE)
                steps.append((when, added(user, when, f"product {n}", chance.choice([20, 60, 99, 99.5, 150]))))
            if chance.random() < 0.3:
                steps.append((begun + 20 * MINUTE, ordered(user, begun + 20 * MINUTE, 100)))
        yield from steps
        sent, customer = sent + len(steps), customer + 1
    at = START + customer // 2 * SECOND
    yield at, added("marked", at, MARK, 120)


def tried(history: Path) -> Counter[Said]:
    """The expected result."""
    done = subprocess.run([str(KAIROS), "try", str(history), "--ids-apart", "--records"], check=True, capture_output=True, text=True)
    return Counter(said(line["topic"], line["value"]) for line in map(json.loads, done.stdout.splitlines()))


def killed(stack: Lab, history: Path, guarantee: str) -> Outcome:
    """Replayed, with a kill -9 when two fifths of it are sent."""
    stack.kairos("submit", "--clock", "replay", "--parallelism", "2", "--guarantee", guarantee)
    return _replayed(stack, history, lambda: stack.kill_task_manager(1))


def raised(stack: Lab, history: Path) -> Outcome:
    """Replayed by a job whose operator raises on the marked record."""
    submit(Options(brokers=stack.brokers, clock="replay", parallelism=2), stack.settings, code=FAILING)
    return _replayed(stack, history, lambda: None)


def exactly_once(found: Outcome, expected: Counter[Said]) -> list[Claim]:
    """Every record, once."""
    label = "kill -9 of a TaskManager in mid-replay, exactly-once"
    return [
        at_least(f"{label}: TaskManagers replaced", found.replaced, "processes", 1),
        exactly(f"{label}: records lost or other than those of `kairos try`", (expected - found.said).total(), "records", 0),
        exactly(f"{label}: records doubled or unexpected", (found.said - expected).total(), "records", 0),
        measured(f"{label}: longest time without a decision", found.gap, "s"),
    ]


def at_least_once(found: Outcome, expected: Counter[Said]) -> list[Claim]:
    """Every record, and some of them again."""
    label = "kill -9 of a TaskManager in mid-replay, at-least-once"
    return [
        at_least(f"{label}: TaskManagers replaced", found.replaced, "processes", 1),
        exactly(f"{label}: records lost or other than those of `kairos try`", (expected - found.said).total(), "records", 0),
        exactly(f"{label}: records that are no exact repeats", len(found.said.keys() - expected.keys()), "records", 0),
        measured(f"{label}: records repeated", (found.said - expected).total(), "records"),
        measured(f"{label}: longest time without a decision", found.gap, "s"),
    ]


def exception(found: Outcome, expected: Counter[Said]) -> list[Claim]:
    """As after a kill, but every process survived."""
    label = "an exception inside the operator"
    return [
        at_least(f"{label}: restarts of the job", found.restarts, "restarts", 1),
        exactly(f"{label}: TaskManagers replaced, so the same JVMs went on", found.replaced, "processes", 0),
        exactly(f"{label}: records lost or other than those of `kairos try`", (expected - found.said).total(), "records", 0),
        exactly(f"{label}: records doubled or unexpected", (found.said - expected).total(), "records", 0),
        measured(f"{label}: longest time without a decision", found.gap, "s"),
    ]


def _replayed(stack: Lab, history: Path, fail: Callable[[], None]) -> Outcome:
    before, problems = _task_managers(stack), []

    def replay() -> None:
        try:
            stack.kairos("replay", history, "--rate", str(RATE), "--drain", f"{DRAIN_DAYS}d")
        except CheckFailed as problem:
            problems.append(problem)

    sending = Thread(target=replay)
    sending.start()
    stack.wait(lambda: bool(problems) or sum(end_offsets(stack.brokers, "events").values()) > EVENTS * 2 // 5, what="two fifths sent", seconds=600)
    fail()
    sending.join()
    if problems:
        raise problems[0]
    found: Counter[Said] = Counter()
    instants = []
    for topic, _, value in stack.records(*OUTPUTS):
        if topic == "decisions":
            instants.append(value["decided_at"])
        found[said(topic, value)] += 1
    gap = max((after - before for before, after in pairwise(sorted(instants))), default=0) / 1000
    replaced = sum(pid != before[name] for name, pid in _task_managers(stack).items())
    print(f"   {found.total():,} records, {replaced} TaskManagers replaced, {stack.restarts()} restarts, {gap:.1f} s without a decision", flush=True)
    return Outcome(said=found, gap=gap, restarts=stack.restarts(), replaced=replaced)


def said(topic: str, value: dict[str, object]) -> Said:
    """A record without its wall clock."""
    return topic, json.dumps({name: part for name, part in value.items() if name not in ("decided_at", "rejected_at")}, sort_keys=True)


def _task_managers(stack: Lab) -> dict[str, int]:
    return {name: each.pid for name, each in lifecycle.alive(stack.settings).items() if name.startswith("taskmanager-")}
