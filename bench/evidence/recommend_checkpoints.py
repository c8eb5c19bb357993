"""Section 4b of recommend: a million items in the running job: its checkpoints stay as small as before, and so does its memory."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench.evidence.stream import send_event
from bench.evidence.watch import Watch, watch
from bench.lab import CheckFailed, Lab, lab
from bench.latency import Latency, of_running_job
from bench.report import Claim, at_most, exactly, measured
from bench.shelved import article, put_catalogue
from services.devstack import lifecycle
from services.kafka.client import producer
from udfs.core.items.published import Published

ITEMS = 1_000_000
RATE, SECONDS, WARM_UP, USERS = 200, 40, 20, 2_000
MORE_STATE_MB, MORE_MEMORY_MB, SLOWER = 0.2, 100.0, 1.5
PATIENCE_S = 120.0
CAMPAIGN = """\
campaign: every-view
trigger: {event: product_viewed}
when: item(event.product_id).price != 1
variants:
  push: {channel: push, content: {body: "You looked at {{ item(event.product_id).name }}."}}
"""


def check(items: int = ITEMS) -> list[Claim]:
    """The same traffic with a catalogue of a hundred items, and with one of `items`."""
    with lab() as stack:
        path = Path(stack.home / "every-view.yaml")
        path.write_text(CAMPAIGN)
        stack.kairos("submit", "--campaigns", path, "--restore", "none", "--from", "latest")
        with watch(stack.brokers, ["decisions"]) as seen:
            version = put_catalogue(stack, (article(f"sku-{number}") for number in range(100)))
            _until(lambda: _is_in_force(stack, seen, version), "the small catalogue was not in force")
            small, memory = _measured(stack, seen, version)
            state = _state_mb(stack)
            version = put_catalogue(stack, (article(f"sku-{number}") for number in range(items)))
            pointed = time.monotonic()
            in_force = _until(lambda: _is_in_force(stack, seen, version), "the large catalogue was not in force") - pointed
            state_large = _state_mb(stack)
            large, memory_large = _measured(stack, seen, version)
    return [
        measured(f"a catalogue of {items:,} items: published to named by a decision of the running job", in_force, "s"),
        measured("state of the last checkpoint with 100 items", state, "MB"),
        at_most(f"more in the first ones with {items:,}", state_large - state, "MB", MORE_STATE_MB),
        measured("memory of the TaskManager's own with 100 items", memory, "MB"),
        at_most(f"more with {items:,}", memory_large - memory, "MB", MORE_MEMORY_MB),
        measured(f"{RATE} events/s, each reads the catalogue, 100 items: event to decision, p99", small.p99, "ms"),
        at_most(f"p99 with {items:,} items, of that", large.p99 / small.p99, "times", SLOWER),
        exactly("events without a decision", small.lost + large.lost, "events", 0),
    ]


def _measured(stack: Lab, seen: Watch, version: Published) -> tuple[Latency, float]:
    """Decisions under traffic, then MB of the TaskManager's own memory."""
    took = of_running_job(stack, rate=RATE, seconds=SECONDS, warm_up=WARM_UP, users=USERS)
    if not _is_in_force(stack, seen, version):
        message = f"decisions do not name the catalogue {version.version}"
        raise CheckFailed(message)
    return took, _own_mb(lifecycle.alive(stack.settings)["taskmanager-0"].pid)


def _state_mb(stack: Lab) -> float:
    """Of the latest checkpoint. It has the changelog since the last materialization, so it grows with traffic."""
    return int(stack.rest.get(f"/jobs/{stack.job()}/checkpoints")["latest"]["completed"]["state_size"]) / 1e6


def _own_mb(pid: int) -> float:
    """Anonymous memory, in MB: pages of files are left out."""
    told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines() if ":" in line)
    return int(told["RssAnon"].split()[0]) / 1024


def _is_in_force(stack: Lab, seen: Watch, version: Published) -> bool:
    """Whether somebody new is decided about by this catalogue."""
    user, since = f"asks-{time.time_ns()}", len(seen.seen)
    with closing(producer(stack.brokers)) as sender:
        send_event(sender, user, "Product Viewed", message_id=f"0-{time.time_ns()}", product_id="sku-1")
        sender.flush()
    found = seen.first(lambda each: each.value["user_id"] == user, what="an event was not decided", since=since)
    return str(found.value["catalogue"]["version"]) == version.version


def _until(condition: Callable[[], bool], what: str) -> float:
    """When it was so (`time.monotonic`)."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise CheckFailed(what)
        time.sleep(0.2)
    return time.monotonic()
