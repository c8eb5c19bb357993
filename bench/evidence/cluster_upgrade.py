"""Claim 5, first half: a job that is upgraded, rescaled 1 -> 4 -> 2, or given a bad release in mid-stream decides as one that was left alone."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.evidence.failures import DRAIN_DAYS, OUTPUTS, Said, events, said, tried
from bench.lab import Lab, lab, move_time, send_all
from bench.pace import paced
from bench.report import Claim, at_least, exactly, measured
from services.devstack.package import PACKAGES
from services.devstack.release import JobCode
from services.upgrade import plan
from services.upgrade.journal import Journal
from services.upgrade.journal import load as load_journal

PER_SECOND = 500
DRAIN_MS = DRAIN_DAYS * 24 * 3_600_000
WATCH_S = 10
BROKEN = JobCode(main="tests.cluster.broken_job", packages=(*PACKAGES, "tests"))


def check() -> list[Claim]:
    """The history of the failures, told to three jobs."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.jsonl"
        history = sorted(events())
        file.write_bytes(b"\n".join(event for _, event in history) + b"\n")
        expected = tried(file)
        with lab() as stack:
            claims = _told(stack, history, expected, "rescaled 1 -> 4 -> 2", [lambda: _rescaled(stack, 4), lambda: _rescaled(stack, 2)])
            stack.start(fresh=True)
            claims += _told(stack, history, expected, "given a release that fails on every event", [lambda: _bad(stack)])
    return [at_least("decisions, actions and rejections that `kairos try` makes of the history", expected.total(), "records", 10_000), *claims]


def _told(stack: Lab, history: list[tuple[int, bytes]], expected: Counter[Said], label: str, deeds: list[Callable[[], Journal]]) -> list[Claim]:
    stack.kairos("submit", "--clock", "replay", "--partitions", "4")
    part, done = len(history) // (len(deeds) + 1), list[Journal]()
    send_all(stack.brokers, "events", _records(history[:part]))
    for number, deed in enumerate(deeds, 1):
        end_of_part = None if number == len(deeds) else (number + 1) * part
        with ThreadPoolExecutor(1) as pool:  # the stream goes on while the job is exchanged
            sent = pool.submit(send_all, stack.brokers, "events", _records(history[number * part : end_of_part]))
            done.append(deed())
            sent.result()
    end = history[-1][0] + DRAIN_MS

    def move() -> None:
        move_time(stack.brokers, "events", end)

    move()
    stack.wait_until_consumed(until=history[-1][0], again=move)
    found = Counter(said(topic, value) for topic, _, value in stack.records(*OUTPUTS))
    print("\n".join(f"      {line}" for journal in done for line in journal.lines), flush=True)
    pauses = enumerate(map(_pause, done), 1)
    return [
        exactly(f"a job {label}: upgrades that ended as they should", sum(_right(journal) for journal in done), "upgrades", len(deeds)),
        exactly(f"a job {label}: records lost or other than those of `kairos try`", (expected - found).total(), "records", 0),
        exactly(f"a job {label}: records doubled or unexpected", (found - expected).total(), "records", 0),
        *(measured(f"a job {label}: pause of upgrade {number}", pause, "s") for number, pause in pauses if pause is not None),
    ]


def _records(part: list[tuple[int, bytes]]) -> Iterator[tuple[bytes, bytes, int]]:
    for _, (at, value) in zip(paced(PER_SECOND), part, strict=False):
        yield json.loads(value)["userId"].encode(), value, at


def _rescaled(stack: Lab, parallelism: int) -> Journal:
    stack.kairos("upgrade", "--parallelism", str(parallelism), "--watch", f"{WATCH_S}s", check=False)
    return _journal(stack)


def _bad(stack: Lab) -> Journal:
    made = plan.plan(stack.settings, "kairos-replay", {}, code=BROKEN, watch_s=60)
    plan.begin(stack.settings, made)
    return plan.follow(stack.settings, "kairos-replay", lambda line: None)


def _journal(stack: Lab) -> Journal:
    found = load_journal(stack.settings, "kairos-replay")
    if found is None:
        message = "kairos upgrade wrote no journal"
        raise RuntimeError(message)
    return found


def _right(journal: Journal) -> bool:
    return journal.runs == ("old" if journal.new.main == BROKEN.main else "new")


def _pause(journal: Journal) -> float | None:
    """Seconds, as it was said; None for an upgrade that went back, which says none."""
    told = [line for line in journal.lines if "since the old one was asked to stop" in line]
    return float(told[-1].split("; ")[1].split(" s ")[0]) if told else None
