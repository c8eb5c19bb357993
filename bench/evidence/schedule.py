"""Claim 1 of the schedule: unattended, against a live shop at 200 events a second.

Versions are published, one run is gated out because its data was spoiled on purpose, and one is missed while the schedule is killed and is
caught up. The job takes each version up, loses no event, and every decision names the version that spoke. `schedule-long` is the whole hour.
"""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any

from bench.lab import Lab, lab
from bench.report import Claim, at_least, at_most, exactly, measured
from services.kafka import client
from simulation.listen import Ear
from simulation.segment_spec import encoded
from simulation.send import Seller
from simulation.shop import Shop
from training.schedule.state import Ended, Memory
from udfs.metrics.metric import GROUP

RATE = 200.0
PERIODS = 6
WARM_S = 150
"""Seconds of the live shop before the first run: whoever came has then had time to buy."""
CHECKPOINT_MS = 1_000
"""Nothing here is about latency, and training shares two cores with everything else."""
PAST_MS, AGO_MS = 5 * 60_000, 3_600_000
MODEL = "purchase-propensity"
CAMPAIGN = "demo-cart-20s"
SHOP = Path(__file__).parents[2] / "simulation" / "campaigns"
TRAIN = f"""\
training: {MODEL}
history: {{file: events.jsonl}}
campaigns: {SHOP}
campaign: {CAMPAIGN}
within: 1m
anonymous: true
check: 5
estimator: tree
validate: {{change: 100%, positives: 60%}}
alias: champion
store: models
registry: registry
runs: runs
"""
SCHEDULE = "schedule: live\njobs: [{{train: train.yaml, every: {every}}}]\nstate: state\n"


def check() -> list[Claim]:
    """Every three minutes, for about 24 minutes."""
    return unattended(every="3m", period_s=180)


def unattended(*, every: str, period_s: int) -> list[Claim]:
    """Live for six periods and what comes before and after: the second run is spoiled, and the fourth is missed."""
    with lab() as stack:
        folder = stack.home / "schedule"
        folder.mkdir()
        (folder / "train.yaml").write_text(TRAIN)
        (folder / "schedule.yaml").write_text(SCHEDULE.format(every=every))
        _past(folder / "events.jsonl")
        stack.kairos("submit", "--campaigns", SHOP, "--checkpoint-interval-ms", str(CHECKPOINT_MS))
        with _shop(stack) as seller, _copied(stack, folder / "events.jsonl"):
            time.sleep(WARM_S)
            _live(stack, folder, period_s=period_s)
            seller.close()
        stack.wait_until_consumed()
        time.sleep(15)  # Flink gathers metrics every ten seconds
        return _claims(stack, folder, seller.sent, period_s=period_s)


def _live(stack: Lab, folder: Path, *, period_s: int) -> None:
    """The schedule, what happens to it, and nobody who looks after it."""
    process = _started(stack, folder)
    try:
        for number in range(1, PERIODS + 1):
            _until_next(period_s)
            if number == 2:
                _spoil(folder / "events.jsonl", spoilt=True)
            if number == 3:
                _spoil(folder / "events.jsonl", spoilt=False)
            if number == 4:
                process.kill()
                process.wait()
            if number == 5:
                process = _started(stack, folder)
        _until_next(period_s)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _until_next(period_s: int) -> None:
    """Wait until two seconds before the next run is due."""
    now = time.time()
    time.sleep(max(0.0, (now + 2) // period_s * period_s + period_s - 2 - now))


def _started(stack: Lab, folder: Path) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "training", "schedule", str(folder / "schedule.yaml"), "--brokers", stack.brokers]
    with (folder / "schedule.log").open("ab") as out:
        return subprocess.Popen(words, stdout=out, stderr=out, env=stack.environment)


def _past(path: Path) -> None:
    """Five minutes of the shop, an hour ago: none of it was sent to the job."""
    began = int(time.time() * 1000) - AGO_MS
    with path.open("wb") as file:
        for posted in Shop(seed=7, start=began, rate=RATE).world.until(began + PAST_MS):
            file.write(encoded(posted) + b"\n")


@contextmanager
def _shop(stack: Lab) -> Iterator[Seller]:
    out, ear = client.producer(stack.brokers, linger_ms=5), Ear(stack.brokers)
    ear.start()
    seller = Seller(Shop(seed=7, start=int(time.time() * 1000), rate=RATE), out, topic="events", actions=ear.take)
    seller.start()
    try:
        yield seller
    finally:
        seller.close()
        ear.close()
        out.close(timeout=30)


@contextmanager
def _copied(stack: Lab, path: Path) -> Iterator[None]:
    """Add what is sent to the file of history, as a lake would keep it."""
    ending = Event()

    def copy() -> None:
        reader = client.consumer(stack.brokers, ["events"], start="latest")
        while not ending.is_set():
            with path.open("ab") as file:
                for records in reader.poll(timeout_ms=500).values():
                    file.writelines(record.value + b"\n" for record in records if record.key and record.value[:1] == b"{")
        reader.close()

    thread = Thread(target=copy, name="copy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _spoil(path: Path, *, spoilt: bool) -> None:
    """Rename the orders in the history that is learned from, as a tracker that was changed by mistake would; or give them their name back."""
    right, wrong = b'"Order Completed"', b'"Order Concluded"'
    content = path.read_bytes()
    with path.open("r+b") as file:  # as long as before, so what is being added stays at the end
        file.write(content.replace(right, wrong) if spoilt else content.replace(wrong, right))


def _claims(stack: Lab, folder: Path, sent: int, *, period_s: int) -> list[Claim]:
    runs = Memory(folder / "state").runs()
    trained, failed = [each for each in runs if each.status == 0], [each for each in runs if each.status]
    missed = [each for each in runs if each.why == "missed"]
    spoke, silent = _spoke(stack)
    versions = {f"{MODEL}:{each.version}" for each in trained}
    taken, lost = _events(stack)
    return [
        measured("runs that the schedule made, nobody looking", len(runs), "runs"),
        at_least("versions that it trained and published", len({each.version for each in trained}), "versions", 3),
        exactly("versions that no decision names", len(versions - spoke.keys()), "versions", 0),
        exactly("runs that were stopped because their data was spoiled on purpose", len(failed), "runs", 1),
        exactly("runs that caught up with those that were missed while the schedule was killed", len(missed), "runs", 1),
        exactly("runs at the same time as another", _overlaps(runs), "runs", 0),
        at_most("seconds from when a run was due to its end, longest", _longest(trained, period_s), "s", period_s),
        measured("events that the shop sent", sent, "events"),
        exactly("events of these that the job has not processed", sent - taken, "events", 0),
        exactly("events that it refused", lost, "events", 0),
        measured("decisions that name the version that spoke", sum(spoke.values()), "decisions"),
        exactly("decisions after the first version that name none", silent, "decisions", 0),
        exactly(
            "decisions that name a version which was never published", sum(n for name, n in spoke.items() if name not in versions), "decisions", 0
        ),
        exactly("restarts of the job", stack.restarts(), "restarts", 0),
    ]


def _spoke(stack: Lab) -> tuple[Counter[str], int]:
    """How many decisions each version made, and how many name none although one was there."""
    decisions = sorted((each for _, _, each in stack.records("decisions") if each["campaign"] == CAMPAIGN), key=lambda each: each["decided_at"])
    spoke = Counter[str]()
    silent = 0
    for each in decisions:
        score = each["scores"].get(MODEL.replace("-", "_"), {})
        if score.get("reason") == "SCORED":
            spoke[score["model"]] += 1
        elif spoke:
            silent += 1
    return spoke, silent


def _events(stack: Lab) -> tuple[int, int]:
    """Events that the job has processed and refused, by its own metrics."""
    job: dict[str, Any] = stack.rest.get(f"/jobs/{stack.job()}")
    vertex = next(each["id"] for each in job["vertices"] if each["name"].startswith("decide"))
    names = [f"decide.{GROUP}.{name}" for name in ("events", "records_rejected")]
    told = stack.rest.get(f"/jobs/{stack.job()}/vertices/{vertex}/subtasks/metrics?get={','.join(names)}&agg=sum")
    sums = {each["id"]: int(float(each["sum"])) for each in told}
    return sums.get(names[0], 0), sums.get(names[1], 0)


def _overlaps(runs: list[Ended]) -> int:
    return sum(later.began < earlier.ended for earlier, later in pairwise(runs))


def _longest(runs: list[Ended], period_s: int) -> float:
    return max((each.ended / 1000 - each.began // 1000 // period_s * period_s for each in runs if each.why == "due"), default=0.0)
