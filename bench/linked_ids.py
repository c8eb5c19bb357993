"""What linking ids costs: how long who logs in waits for what her other id knew, and how many events a second the job reads with the stage.

    python -m bench.linked_ids wait            # both guarantees, about three minutes
    python -m bench.linked_ids throughput      # with and without --link-ids, about five minutes

A decision about the login itself waits for the history, one about the next event does not: the difference is what parking costs.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.engine import history
from bench.lab import Lab, lab
from bench.pace import paced
from bench.throughput import from_backlog
from services.kafka import client

GUARANTEES = ("exactly-once", "at-least-once")
WARM_UP_S = 20
"""As long as bench/latency.py warms up."""
CAMPAIGN = """\
campaign: every-view
trigger: {event: product_viewed}
variants:
  push: {channel: push, content: {body: "You looked at {{ event.name }}."}}
"""


def wait(stack: Lab, *, guarantee: str, people: int = 1_500, rate: int = 50, link_ids: str = "on", warm_up_s: int = WARM_UP_S) -> dict[str, Any]:
    """Each views something as a stranger, then with both ids for the first time, then once more. Milliseconds from sent to read. Those of the first
    seconds, when JVMs compile, are not counted: `rate` people a second."""
    first = rate * warm_up_s
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "every-view.yaml"
        path.write_text(CAMPAIGN)
        options = ("--guarantee", guarantee, "--link-ids", link_ids, "--campaigns", path, "--restore", "none", "--from", "latest")
        stack.kairos("submit", *options)
    with closing(client.consumer(stack.brokers, ["decisions"], start="latest", fetch_max_wait_ms=5)) as reader:
        reader.poll(timeout_ms=1_000)
        found: dict[str, list[float]] = {"stranger": [], "login": [], "later": []}
        for _ in _sent(stack.brokers, people=first + people, rate=rate):
            _take(reader.poll(timeout_ms=0), found, first)
        deadline = time.monotonic() + 60
        while min(len(each) for each in found.values()) < people and time.monotonic() < deadline:
            _take(reader.poll(timeout_ms=100), found, first)
    return {"guarantee": guarantee, "link_ids": link_ids, **{kind: _told(sorted(values)) for kind, values in found.items()}}


def _sent(brokers: str, *, people: int, rate: int) -> Iterator[None]:
    with closing(client.producer(brokers)) as sender:
        for number in paced(rate * 3, count=people * 3):
            person, part = divmod(number, 3)
            now, user, web = time.time_ns(), f"user-{person}", f"web-{person}"
            ids = {"anonymousId": web} if part == 0 else {"userId": user, "anonymousId": web}
            kind = ("stranger", "login", "later")[part]
            event = {
                "messageId": f"{kind}-{person}-{now}",
                "type": "track",
                "event": "Product Viewed",
                "properties": {"product_id": "tent", "name": "Tent", "price": 120.0},
                **ids,
            }
            sender.send("events", key=(web if part == 0 else user).encode(), value=json.dumps(event).encode())
            yield


def _take(polled: dict[object, list[object]], found: dict[str, list[float]], first: int) -> None:
    """`first`: the number of the first person who counts."""
    now = time.time_ns()
    for batch in polled.values():
        for record in batch:
            kind, person, sent = json.loads(record.value)["trigger_event_id"].split("-")  # type: ignore[attr-defined]
            if int(person) >= first:
                found[kind].append((now - int(sent)) / 1e6)


def _told(values: list[float]) -> dict[str, float]:
    """Quantiles, in milliseconds."""
    return {"count": len(values), **{f"p{share}": round(values[min(len(values) - 1, len(values) * share // 100)], 1) for share in (50, 95, 99)}}


def throughput(stack: Lab, *, guarantee: str, link_ids: str, events: int = 150_000, users: int = 20_000) -> dict[str, object]:
    """The mix of `bench.engine`, where everybody has two devices, and one event in ten comes from before the login."""
    chance = random.Random(1)
    records = []
    for key, value, at in history(users=users, events=events, seed=2):
        event = json.loads(value)
        event["anonymousId"] = web = f"{event['userId']}-{chance.randrange(2)}"
        is_stranger = chance.random() < 0.1
        if is_stranger:
            del event["userId"]
        records.append(((web.encode() if is_stranger else key), json.dumps(event).encode(), at))
    stack.kairos("submit", "--clock", "replay", "--guarantee", guarantee, "--restore", "none", "--link-ids", link_ids)
    rate = from_backlog(stack, records, events=events, guarantee=guarantee, more=("--link-ids", link_ids))
    return {"guarantee": guarantee, "link_ids": link_ids, "events_per_s": round(rate)}


def main() -> None:
    """Measure, and print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("wait", "throughput"))
    what = parser.parse_args().what
    for guarantee in GUARANTEES:
        if what == "wait":
            with lab() as stack:
                print(json.dumps(wait(stack, guarantee=guarantee)), flush=True)
        else:
            for link_ids in ("off", "on"):
                with lab() as stack:
                    print(json.dumps(throughput(stack, guarantee=guarantee, link_ids=link_ids)), flush=True)


if __name__ == "__main__":
    main()
