"""A million visitors whom nobody knows pass by, and some of them say no. What is left of them when their time is up, and does the no still hold?"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from services.local.job import LocalJob
from services.replay.records import Record
from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.records import Decision, Outcome
from udfs.core.values.durations import DAY

START = 1_767_571_200_000
"""2026-01-05T00:00:00Z."""
APART_MS = 3_000
"""Between two visitors: a million take 35 days."""
RETENTION_DAYS = 7
LAST_TIMER = (RETENTION_DAYS + 2) * DAY
"""After the last visit: timers of retention come up to a tenth of the time later."""
DENIAL_SHARE = 0.01
_CAMPAIGN: dict[str, Any] = {
    "campaign": "seen",
    "trigger": {"event": "product_viewed"},
    "variants": {"m": {"channel": "email", "content": {"body": "Still looking at {{ event.product_id }}?"}}},
}
_POLICY: dict[str, Any] = {
    "consent": {"default": {"marketing": "grant"}},
    "retention": {"anonymous": f"{RETENTION_DAYS}d", "known": "400d"},
}


@dataclass(frozen=True)
class Found:
    """What it came to."""

    visitors: int
    denied: int
    """How many of them unsubscribed."""
    at_once: int
    """Profiles that were held at the same time, at most."""
    left: int
    """What is still held of anybody when their time is up."""
    left_bytes: float
    """Bytes of each of these, on average."""
    remembered_ids: int
    """Visitors of whom ids of events are still stored."""
    timers: int
    """Timers that are still set."""
    mailed_again: int
    """Messages to those who unsubscribed, when they come back."""
    others_mailed: int
    """Messages to as many others who come back, who may get one each."""
    us: float
    """Microseconds of processor a visit of two events, everything included."""


def measure(visitors: int) -> Found:
    """Let them pass, wait until their time is up, and let those who said no come back, and as many others."""
    job = LocalJob(book())
    denied: list[str] = []
    others: list[str] = []
    at_once, at = 0, START
    began = time.process_time()
    for number, (user, says_no, records) in enumerate(_visits(visitors)):
        for record in records:
            at = record.at
            for _ in job.until(record.at - 1):
                pass
            job.take(record)
        if says_no:
            denied.append(user)
        elif len(others) < len(denied):
            others.append(user)
        if number % 20_000 == 0:
            at_once = max(at_once, _held(job))
    for _ in job.until(at + LAST_TIMER):
        pass
    spent = time.process_time() - began
    left = [len(blob) for blob in job.profiles.values() if blob]
    timers = len(job._armed)
    again = at + LAST_TIMER + DAY
    return Found(
        visitors=visitors,
        denied=len(denied),
        at_once=at_once,
        left=len(left),
        left_bytes=sum(left) / max(1, len(left)),
        remembered_ids=len(job.kept_ids),
        timers=timers,
        mailed_again=_mailed(job, denied, again),
        others_mailed=_mailed(job, others, again + len(denied) * 1000),
        us=1e6 * spent / visitors,
    )


def book() -> Book:
    """One campaign, which mails whoever looks at a product, and a policy with retention."""
    told = [
        Entry("policy", 1, msgspec.json.encode(ControlValue(kind="policy", name="policy", version="v1", document=_POLICY))),
        Entry("campaign/seen", 2, msgspec.json.encode(ControlValue(kind="campaign", name="seen", version="v1", document=_CAMPAIGN))),
    ]
    made = compile_book(told)
    assert not made.refused, made.refused
    return made


def _visits(visitors: int) -> Iterator[tuple[str, bool, list[Record]]]:
    chance = random.Random(11)
    for number in range(visitors):
        user, at = f"anon-{number}", START + number * APART_MS
        says_no = chance.random() < DENIAL_SHARE
        what = ("Unsubscribed", {"channel": "email"}) if says_no else ("Product Searched", {"query": "tent"})
        yield user, says_no, [_event(user, at, "Page Viewed", {}), _event(user, at + 1_000, *what)]


def _event(user: str, at: int, name: str, properties: dict[str, Any]) -> Record:
    told = {"messageId": f"{user}-{at}", "type": "track", "event": name, "anonymousId": user, "timestamp": at, "properties": properties}
    return Record(at, user.encode(), msgspec.json.encode(told))


def _held(job: LocalJob) -> int:
    return sum(1 for blob in job.profiles.values() if blob)


def _mailed(job: LocalJob, users: list[str], at: int) -> int:
    outputs = (
        output for number, user in enumerate(users) for output in job.take(_event(user, at + number * 1000, "Product Viewed", {"product_id": "tent"}))
    )
    return sum(isinstance(output, Decision) and output.outcome is Outcome.ACTED for output in outputs)
