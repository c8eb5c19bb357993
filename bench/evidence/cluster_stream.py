"""A steady stream of events, each of which is owed one decision, while something is done to the cluster: what was lost, doubled, and for how long
nothing was decided."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from bench.evidence.watch import watch
from bench.lab import CheckFailed, Lab
from bench.latency import CAMPAIGN, send

WAIT_S = 240.0
"""Seconds without a decision after which those that are missing are called lost. Late is not lost: on a busy machine the job reads for minutes what
came in while it was restarted."""
USERS = 5_000


class HasBrokers(Protocol):
    """A stack of which only the broker is needed."""

    @property
    def brokers(self) -> str:
        """Kafka's address."""
        ...


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """The result. Times are epoch milliseconds."""

    sent: int
    lost: int
    doubled: int
    seen_at: list[float]
    """When each decision could first be read."""
    done_at: list[float]
    """When each thing was done."""

    @property
    def gaps(self) -> list[float]:
        """Of each thing that was done, the longest time without a decision from a second before it until the next, seconds."""
        ends = [*self.done_at[1:], float("inf")]
        return [_longest(self.seen_at, since - 1000, until) for since, until in zip(self.done_at, ends, strict=True)]


def submit(stack: Lab, *more: str) -> None:
    """The job with a campaign that answers every event."""
    folder = stack.home / "every-view"
    folder.mkdir(exist_ok=True)
    (folder / "every-view.yaml").write_text(CAMPAIGN)
    stack.kairos("submit", "--campaigns", folder, "--restore", "none", "--from", "latest", *more)


def streamed(stack: HasBrokers, deeds: list[Callable[[], None]], *, per_second: int, every_s: float) -> Streamed:
    """Send at this rate, and do one thing after the other. Returns when all is decided, or when four minutes have brought no decision."""
    count = int(per_second * every_s * (len(deeds) + 1))
    context = multiprocessing.get_context("spawn")
    sender = context.Process(target=send, args=(stack.brokers, per_second, count, USERS), daemon=True)
    done_at: list[float] = []
    with watch(stack.brokers, ["decisions"], start="latest") as seen:
        sender.start()
        began = time.monotonic()
        for number, deed in enumerate(deeds, 1):
            time.sleep(max(0.0, began + number * every_s - time.monotonic()))
            done_at.append(time.time() * 1000)
            deed()
        sender.join()
        if sender.exitcode:
            message = f"the sender ended with {sender.exitcode}"
            raise CheckFailed(message)
        seen.until_stalled(lambda: len(seen.seen) >= count, seconds=WAIT_S)
        found = seen.seen
    numbers = Counter(int(each.value["trigger_event_id"].split("-")[0]) for each in found)
    return Streamed(
        sent=count,
        lost=count - len(numbers),
        doubled=sum(numbers.values()) - len(numbers),
        seen_at=sorted(each.seen_at for each in found),
        done_at=done_at,
    )


def _longest(times: list[float], since: float, until: float) -> float:
    inside = [since, *(at for at in times if since <= at <= until)]
    return max((after - before for before, after in pairwise(inside)), default=float("inf")) / 1000
