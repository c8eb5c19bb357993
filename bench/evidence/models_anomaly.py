"""Claim 7c of models: a discount typo is held within a minute, and usual weeks of the shop hold nothing.

First the simulated shop with the campaigns that ship, in one process: the monitor of anomalies looks at every decision, and what it holds goes to the
engine at once. After two weeks a tracker sends a typo. Then the running job with `kairos held watch`, as a person would run it.
"""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from bench.evidence.traffic import traffic
from bench.evidence.watch import Seen, Watch, watch
from bench.lab import KAIROS, Lab, lab
from bench.report import Claim, at_least, at_most, exactly, measured
from services.held.tally import Tally
from services.held.watch import HeldWatch
from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.memory_file import Memory, save
from services.replay.records import Record
from simulation.closed_loop import DAY, live
from simulation.world import World
from tests.held.stand import FakeControl, Lane
from udfs.core.campaigns.compile_book import apply
from udfs.core.records import Action, Decision
from udfs.core.values.durations import HOUR, MINUTE

START = 1_774_137_600_000
"""2026-03-22T00:00Z: the clocks of Europe change on the 29th."""
CUSTOMERS = 2_000
COPIES = 20
"""Each decision of the simulated shop stands for so many."""
WEEKS = 3
LOOK = 2_000
CAMPAIGN = """
campaign: hello
trigger: {event: product_added}
variants:
  mail:
    channel: email
    content: {subject: Hi, body: "{{ offer.percent }} % off"}
    offer: {percent: event.discount}
"""
BULK = """
campaign: bulk
trigger: {event: product_viewed}
variants:
  mail: {channel: email, content: {subject: Hi, body: Hi}, offer: {percent: PERCENT}}
"""
USUAL_A_MINUTE = 10
PER_SECOND = 20
SLOWLY = 0.5
"""Messages a second of a campaign that is new: more of them would be out of line by their number."""
GOAL_S = 60.0


def check(customers: int = CUSTOMERS) -> list[Claim]:
    """The shop, then the job."""
    return [*of_shop(customers), *of_job()]


class Watched:
    """A job whose decisions and actions the monitor reads every two seconds of the shop's time."""

    def __init__(self) -> None:
        self.job = LocalJob(book_of())
        self.control = FakeControl(entries=self.job.engine.book.entries.values())
        self.decisions, self.actions = Lane(), Lane()
        self.watch = HeldWatch(self.control, self.decisions, self.actions, Tally())
        self._chance = Random(18)
        self.looked = 0
        self.made = 0
        self.holds: list[tuple[int, str, str]] = []

    def take(self, record: Record) -> list[Output]:
        """One record."""
        return self._seen(self.job.take(record), record.at)

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """Timers."""
        for outputs in self.job.until(now):
            yield self._seen(outputs, now or 0)

    def _seen(self, outputs: list[Output], now: int) -> list[Output]:
        for each in outputs:
            if isinstance(each, Decision):
                self.made += 1
                self.decisions.waiting += self._copies(msgspec.to_builtins(each))
            elif isinstance(each, Action):
                self.actions.waiting.append(msgspec.to_builtins(each))
        if now - self.looked >= LOOK and (self.decisions.waiting or self.actions.waiting):
            self.looked, known = now, len(self.control.entries)
            self.watch.round(now=now)
            self.holds += [(now, name, why) for name, why in self.watch.newly]
            self.job.engine.book = apply(self.job.engine.book, *self.control.entries[known:])
        return outputs

    def _copies(self, decision: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """As many messages as a larger shop has, over the next two hours: so many other customers do the same at about that time of the day.
        About ten of an hour still come from one customer, so they vary more than those of a larger shop."""
        for number in range(COPIES):
            at = decision["at"] + self._chance.randrange(2 * HOUR)
            yield {**decision, "decision_id": f"{decision['decision_id']}-{number}", "at": at, "decided_at": at}


def of_shop(customers: int) -> list[Claim]:
    """Weeks in which nothing is wrong."""
    watched = Watched()
    began = time.monotonic()
    live(World(seed=18, start=START, customers=customers), watched, days=WEEKS * 7, wants=())
    took = time.monotonic() - began
    for at, name, why in watched.holds:
        print(f"   {at}: {name} is held: {why}", flush=True)
    peaks = [peaks for counts in watched.watch.tally.campaigns.values() for peaks in counts.hours.values()]
    return [
        measured(f"{WEEKS} weeks of {customers:,} customers, daylight saving within them: decisions", watched.made, "decisions"),
        at_least(
            "most messages of one campaign within an hour, each counted as twenty", max((each[2] for each in peaks), default=0), "messages", 100
        ),
        exactly("campaigns that were held in usual weeks", len(watched.holds), "campaigns", 0),
        measured("simulated days a second", WEEKS * 7 / took, "days"),
    ]


def of_job() -> list[Claim]:
    """A typo in the data, one in the file, and a campaign that reaches far too many."""
    with lab() as stack:
        campaigns = stack.home / "campaigns"
        campaigns.mkdir()
        (campaigns / "hello.yaml").write_text(CAMPAIGN)
        (campaigns / "bulk.yaml").write_text(BULK.replace("PERCENT", "8"))
        stack.kairos("submit", "--campaigns", campaigns)
        (campaigns / "bulk.yaml").write_text(BULK.replace("PERCENT", "80"))
        refused = stack.kairos("campaigns", "publish", campaigns / "bulk.yaml", check=False)
        memory = stack.home / "held.json"
        save(memory, Memory(tally=_usual_days()))
        with watch(stack.brokers, ["decisions", "actions.email", "control"]) as seen, _watching(stack, memory):
            return [
                exactly("a typo in a file: exit status of `kairos campaigns publish`", refused.returncode, "", 1),
                *_typo(stack, seen),
                *_flood(stack, seen),
            ]


def _typo(stack: Lab, seen: Watch) -> list[Claim]:
    with traffic(stack.brokers, {"Product Added": _added(8)}, per_second=SLOWLY, visitor=lambda number: f"a{number}"):
        seen.first(lambda each: each.topic == "control" and each.key == b"expectations", what="what is usual", seconds=120)
        time.sleep(3)
    began = len(seen.seen)
    with traffic(stack.brokers, {"Product Added": _added(80)}, per_second=SLOWLY, visitor=lambda number: f"b{number}"):
        hold = seen.first(_held("hello"), what="a hold of the typo", since=began, seconds=120)
        time.sleep(20)
    wrong = [each for each in seen.of("actions.email", since=began) if (each.value["offer"] or {}).get("percent") == 80]
    held = _decisions(seen, began, "hello", "ANOMALY_HELD")
    first = min(int(each.value["decided_at"]) for each in held)
    return [
        exactly("a typo in the data, 80 for 8 percent: messages that went out with it", len(wrong), "messages", 0),
        at_least("messages that were held for it", len(held), "messages", 8),
        at_most("from the first of them to its place in `kairos held list`", (hold.written_at - first) / 1000, "s", GOAL_S),
    ]


def _flood(stack: Lab, seen: Watch) -> list[Claim]:
    began = len(seen.seen)
    with traffic(stack.brokers, {"Product Viewed": {"product_id": "tent"}}, per_second=PER_SECOND, visitor=lambda number: f"c{number}"):
        seen.first(_held("bulk"), what="a hold of the flood", since=began, seconds=120)
        time.sleep(10)
    listed = json.loads(next(line for line in stack.kairos("held", "list", "--json").stdout.splitlines() if '"bulk"' in line))
    print(f"   {listed['why']}", flush=True)
    acted = _decisions(seen, began, "bulk", "ELIGIBLE")
    times = [int(each.value["decided_at"]) for each in acted]
    held = _decisions(seen, began, "bulk", "ANOMALY_HELD")
    stack.kairos("held", "release", "bulk", "--why", "the check of this claim")
    released = time.monotonic()
    seen.until_quiet(lambda: len(_decisions(seen, began, "bulk", "ELIGIBLE")) >= len(acted) + len(held), seconds=300)
    took = time.monotonic() - released
    again = _decisions(seen, began, "bulk", "ELIGIBLE")
    ids = [str(each.value["decision_id"]) for each in again]
    return [
        measured(f"a flood, {PER_SECOND} a second where {USUAL_A_MINUTE} a minute are usual: messages before it was held", len(acted), "messages"),
        at_most("from its first message to the last that went out", (max(times) - min(times)) / 1000, "s", GOAL_S),
        at_least("messages that were held", len(held), "messages", PER_SECOND),
        exactly("of these, released: messages that went out", len(again) - len(acted), "messages", len(held)),
        exactly("messages that went out twice", len(ids) - len(set(ids)), "messages", 0),
        measured("from the release to the last of them", took, "s"),
    ]


def _decisions(seen: Watch, since: int, campaign: str, reason: str) -> list[Seen]:
    return [each for each in seen.of("decisions", since=since) if each.value["campaign"] == campaign and each.value["reason"] == reason]


def _held(campaign: str) -> Any:
    return lambda each: each.topic == "control" and each.key == f"hold/{campaign}".encode() and each.value.get("status") == "held"


def _added(percent: int) -> Mapping[str, Any]:
    return {"product_id": "tent", "price": 10, "quantity": 1, "currency": "USD", "discount": percent}


def _usual_days() -> Tally:
    """What the monitor would have learned in eight days."""
    tally = Tally()
    now = int(time.time() * 1000)
    for at in range((now - 8 * DAY) // MINUTE * MINUTE, now - HOUR, MINUTE):
        for number in range(USUAL_A_MINUTE):
            decision = {"decision_id": f"{at}-{number}", "user_id": "x", "campaign": "bulk", "outcome": "acted", "reason": "ELIGIBLE", "at": at}
            tally.take_decision({**decision, "decided_at": at, "attempt": 0}, now=now)
    tally.touched.clear()
    return tally


@contextmanager
def _watching(stack: Lab, memory: Path) -> Iterator[None]:
    """`kairos held watch`, as a service."""
    with (stack.home / "held.log").open("w") as out:
        running = subprocess.Popen([str(KAIROS), "held", "watch", "--memory", str(memory)], env=stack.environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(timeout=30)
