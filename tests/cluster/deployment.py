"""A deployment on the test stack: topics, group and campaigns of its own, events in, records out."""

import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobs.options import Options
from services.control.records import ControlRecord
from services.control.send import send as send_control
from services.devstack import lifecycle
from services.devstack.release import MAIN_JOB, JobCode
from services.devstack.settings import Settings, load
from services.devstack.submit import Submitted, submit
from services.devstack.topics import topics
from services.flink.rest import Rest
from services.heartbeat.beat import beat
from services.kafka.client import consumer, ensure_topics, producer

CART = """
campaign: cart-abandonment
trigger: {idle: 30m, of: cart, unless: [order_completed, cart_cleared]}
when: cart.value > 99
variants:
  reminder: {weight: 1, channel: [email], content: {subject: "Your cart waits", body: "Hello"}}
value: 0.1 * cart.value
send: {expires: 6h}
"""
MINUTE = 60_000
START = 1_300_000_000_000
"""Replays of these tests happen in March 2011."""

_numbers = itertools.count()


@dataclass
class Deployment:
    """Topics named after it, so that tests on one stack do not see each other's records."""

    settings: Settings
    folder: Path
    options: Options

    @staticmethod
    def new(settings: Settings, folder: Path, **told: Any) -> "Deployment":
        name = f"d{next(_numbers)}"
        kinds = ("events", "control", "arms", "decisions", "rejected", "segments", "outcomes", "people", "identity", "responses", "erasures")
        topics_of = {f"{kind}_topic": f"{name}-{kind}" for kind in kinds}
        chosen = {"clock": "replay", "deployment": name, "actions_prefix": f"{name}-actions.", "channels": "email", **topics_of, **told}
        (folder / "cart.yaml").write_text(CART)
        (folder / "features.yaml").write_text("features: []\n")
        return Deployment(settings, folder, Options(brokers=settings.brokers, **chosen))

    def create_topics(self) -> None:
        ensure_topics(self.options.brokers, topics(self.options))

    def submit(self, *, restore: str = "auto", code: JobCode = MAIN_JOB, beside: bool = False, **changes: Any) -> Submitted:
        """Submit it, on its own unless `beside`: what other tests left running is ended."""
        self.options = replace(self.options, **changes)
        if not beside:
            self.end_others()
        return submit(self.options, load(self.settings.home), campaigns=[self.folder / "cart.yaml"], restore=restore, code=code)

    def end_others(self) -> None:
        rest = Rest(self.settings.job_manager_addresses)
        for job in rest.unfinished():
            if job["name"] != self.options.identity:
                rest.cancel(job["jid"])
        until(lambda: all(job["name"] == self.options.identity for job in rest.unfinished()))

    def end_all(self) -> None:
        """As a crash would, so that nothing of this deployment runs."""
        rest = Rest(self.settings.job_manager_addresses)
        for job in rest.unfinished():
            rest.cancel(job["jid"])
        until(lambda: not rest.unfinished())

    def send(self, events: Iterable[Mapping[str, Any]], *, per_second: float = 0) -> None:
        """Send events with their own times as times of the records; `per_second` 0 means as fast as it goes."""
        began, sent = time.monotonic(), []
        with closing(producer(self.options.brokers, linger_ms=5)) as sender:
            for number, event in enumerate(events):
                key, at = event["userId"].encode(), event["at"]
                sent.append(sender.send(self.options.events_topic, key=key, value=json.dumps(dict(event)).encode(), timestamp_ms=at))
                if per_second and (ahead := number / per_second - (time.monotonic() - began)) > 0:
                    time.sleep(ahead)
            for each in sent:
                each.get(timeout=30)

    def beat(self, at: int) -> None:
        """Move time on to `at` in every partition."""
        with closing(producer(self.options.brokers)) as sender:
            beat(sender, self.options.events_topic, at=at)

    def control(self, key: str, value: bytes | None) -> None:
        send_control(self.options.brokers, self.options.control_topic, [ControlRecord(key=key, value=value)])

    def read(self, topic: str, *, count: int, seconds: float = 120, extra_s: float = 1.0, committed: bool = True) -> list[dict[str, Any]]:
        """Records of a topic from its beginning: at least `count`, and whatever more comes within `extra_s` after them."""
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + seconds
        enough = False
        with closing(consumer(self.options.brokers, [topic], committed=committed)) as reader:
            while time.monotonic() < deadline:
                for records in reader.poll(timeout_ms=100).values():
                    found += [json.loads(record.value) for record in records]
                if len(found) >= count and not enough:
                    enough, deadline = True, time.monotonic() + extra_s
        return found

    def decisions(self, *, count: int, seconds: float = 120, extra_s: float = 1.0) -> list[dict[str, Any]]:
        return self.read(self.options.topics["decisions"], count=count, seconds=seconds, extra_s=extra_s)

    def task_manager(self, number: int = 0) -> int:
        return lifecycle.alive(self.settings)[f"taskmanager-{number}"].pid


def until(good: Callable[[], bool], seconds: float = 60) -> None:
    """Return when it is so."""
    deadline = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


def added(user: str, at: int, *, price: float = 120.0, product: str = "tent") -> dict[str, Any]:
    """A product put into the cart."""
    properties = {"product_id": product, "price": price, "quantity": 1}
    return _track("Product Added", user, at, properties)


def ordered(user: str, at: int) -> dict[str, Any]:
    """The cart bought."""
    return _track("Order Completed", user, at, {"order_id": f"order-{user}-{at}", "total": 120.0})


def shoppers(users: int, *, start: int = START, spread_ms: int = 1000) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Each user fills a cart in two steps, one second apart from the next user's; every third buys. Also who is owed a reminder, and when."""
    events, owed = [], {}
    for number in range(users):
        user, at = f"user-{number}", start + number * spread_ms
        events += [added(user, at), added(user, at + 5 * MINUTE, product="stove", price=30.0)]
        if number % 3 == 0:
            events.append(ordered(user, at + 20 * MINUTE))
        else:
            owed[user] = at + 35 * MINUTE
    return sorted(events, key=lambda event: event["at"]), owed


def acted(decisions: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """(user, due time) of every decision that acted, sorted, repeats included."""
    return sorted((decision["user_id"], decision["at"]) for decision in decisions if decision["outcome"] == "acted")


def _track(event: str, user: str, at: int, properties: dict[str, Any]) -> dict[str, Any]:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 1000)) + f".{at % 1000:03d}Z"
    message = f"{event}-{user}-{at}"
    return {"type": "track", "event": event, "messageId": message, "userId": user, "timestamp": stamp, "properties": properties, "at": at}
