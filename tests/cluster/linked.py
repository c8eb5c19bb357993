"""People who fill a cart as strangers and then log in, and what the job in one process decides about them."""

import json
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from services.kafka.client import producer
from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.records import Record
from tests.cluster.deployment import MINUTE, START, Deployment
from udfs.core.records import Decision


def said(number: str, at: int, *, user: str | None = None, web: str | None = None, event: str = "", **properties: Any) -> Record:
    ids = {name: each for name, each in (("userId", user), ("anonymousId", web)) if each is not None}
    kind = {"type": "track", "event": event, "properties": properties} if event else {"type": "identify"}
    payload = {**kind, "messageId": f"message-{number}-{event}-{at}", "timestamp": at, **ids}
    return Record(at, (user or web or "").encode(), json.dumps(payload).encode())


def customers(people: int, *, seed: int, spread_ms: int = 1_000) -> list[Record]:
    """Each fills a cart as a stranger and logs in within three minutes. One in three buys in the next; one in four comes by a second device."""
    random, found = Random(seed), list[Record]()
    for number in range(people):
        user, web, at = f"user-{number}", f"web-{number}", START + number * spread_ms
        found.append(said(f"{number}a", at, web=web, event="Product Added", product_id="tent", price=120, quantity=1))
        login = at + random.randrange(1_000, 3 * MINUTE)
        found.append(said(f"{number}b", login, user=user, web=web))
        if number % 4 == 1:
            found.append(said(f"{number}c", login + 500, web=f"app-{number}", event="Product Viewed", product_id="tent"))
            found.append(said(f"{number}d", login + 900, user=user, web=f"app-{number}"))
        if number % 3 == 0:
            web_too = {"web": web} if number % 2 else {}
            found.append(said(f"{number}e", login + 1_000, user=user, event="Order Completed", order_id=f"o-{number}", total=120, **web_too))
    return sorted(found, key=lambda record: record.at)


def send(deployment: Deployment, records: Iterable[Record], *, per_second: float = 0) -> None:
    """Each with the key and the time that it has."""
    import time

    began, sent = time.monotonic(), []
    with closing(producer(deployment.options.brokers, linger_ms=5)) as sender:
        for number, record in enumerate(records):
            sent.append(sender.send(deployment.options.events_topic, key=record.key, value=record.value, timestamp_ms=record.at))
            if per_second and (ahead := number / per_second - (time.monotonic() - began)) > 0:
                time.sleep(ahead)
        for each in sent:
            each.get(timeout=30)


Told = tuple[str, int, str]


def expected(folder: Path, records: Sequence[Record], *, drain: int = 60 * MINUTE) -> list[Told]:
    """Who gets which decision when, in one process. Its id depends on what is read first: a cart that is read after the login is the person's."""
    job = LocalJob(book_of([folder / "cart.yaml"]))
    outputs = [each for found in job.run(records, drain=drain) for each in found]
    return sorted((each.user_id, each.at, each.outcome.value) for each in outputs if isinstance(each, Decision))


def told(decisions: Iterable[dict[str, Any]]) -> list[Told]:
    """The same of what the cluster has decided, repeats included."""
    return sorted((each["user_id"], each["at"], each["outcome"]) for each in decisions)
