"""Claim 3 of people: who logs in keeps variants, groups and lots; of two histories that were assigned both, the draw of the earlier stays."""

import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Any

from bench.report import Claim, exactly, measured
from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import HOUR, MINUTE, MONDAY, book, mail, words
from udfs.core.records import Decision

NEW, BOTH = 100_000, 20_000
BATCH = 1_000
WORKERS = 2
LOTS = 'draw("checkout") < 0.5'

BOOK = book(
    {"consent": {"default": {"marketing": "grant"}}, "holdout": {"share": "10%", "epoch": "2026"}},
    mail("news", variants={name: words() for name in ("a", "b", "c")}, control_group="20%"),
    mail(
        "ways",
        variants={"offer": words(), "later": words("push")},
        steps=[{"split": {"now": {"then": [{"send": "offer"}]}, "late": {"weight": 2, "then": [{"send": "later"}]}}, "id": "when"}],
    ),
    mail("half", when=LOTS),
)
"""A holdout, a control group, a split of three, one of a journey's steps, and a lot in a condition."""

Assigned = tuple[tuple[str, str, str | None], ...]
"""Campaign, outcome and variant of all that is decided at one moment: who is in a group, and who drew which lot, is part of it."""


def check(new: int = NEW, both: int = BOTH) -> list[Claim]:
    """`new` people log in for the first time; `both` had been decided about under either id before."""
    with ProcessPoolExecutor(WORKERS) as pool:
        changed, would = (sum(column) for column in zip(*pool.map(_new, range(0, new, BATCH)), strict=True))
        lost, moved = (sum(column) for column in zip(*pool.map(_both, range(0, both, BATCH)), strict=True))
    people, two = -(-new // BATCH) * BATCH, -(-both // BATCH) * BATCH
    return [
        measured("who log in as new persons, and had been decided about as guests", people, "people"),
        exactly("of these, whose variant, group, way or lot changes", changed, "people", 0),
        measured("of these, who would be drawn otherwise by the new id", 100 * would / people, "%"),
        measured("who had been decided about under both ids before they turn out to be one person", two, "people"),
        exactly("of these, who do not go on as the earlier history was drawn", lost, "people", 0),
        measured("of these, whose later history had been drawn otherwise, and changes", 100 * moved / two, "%"),
    ]


def _new(first: int) -> tuple[int, int]:
    """Of a batch: for whom something changes at the login, and who would be drawn otherwise by the new id alone."""
    ids = [(f"web-{number}", f"user-{number}") for number in range(first, first + BATCH)]
    job = LocalJob(BOOK)
    before = _decided(job, (_go(MONDAY, web=web) for web, _ in ids))
    _decided(job, (_login(MONDAY + HOUR, user, web) for web, user in ids))
    after = _decided(job, (_go(MONDAY + 2 * HOUR, user=user) for _, user in ids))
    alone = _decided(LocalJob(BOOK), (_go(MONDAY, user=user) for _, user in ids))
    changed = sum(after.get(user) != before.get(web) for web, user in ids)
    return changed, sum(alone.get(user) != before.get(web) for web, user in ids)


def _both(first: int) -> tuple[int, int]:
    """Of a batch: who does not go on as the earlier history was drawn, and whose later history had been drawn otherwise."""
    chance = Random(first)
    ids = [(f"web-{number}", f"user-{number}", chance.random() < 0.5) for number in range(first, first + BATCH)]
    job = LocalJob(BOOK)
    early = _decided(job, (_go(MONDAY, user=None if is_web else user, web=web if is_web else None) for web, user, is_web in ids))
    late = _decided(job, (_go(MONDAY + MINUTE, user=user if is_web else None, web=None if is_web else web) for web, user, is_web in ids))
    _decided(job, (_login(MONDAY + HOUR, user, web) for web, user, _ in ids))
    after = _decided(job, (_go(MONDAY + 2 * HOUR, user=user) for _, user, _ in ids))
    lost = moved = 0
    for web, user, is_web in ids:
        right, other = early.get(web if is_web else user), late.get(user if is_web else web)
        lost += after.get(user) != right
        moved += other != right
    return lost, moved


def _decided(job: LocalJob, records: Iterable[Record]) -> dict[str, Assigned]:
    found: dict[str, list[tuple[str, str, str | None]]] = {}
    for record in records:
        for each in job.take(record):
            if not isinstance(each, Decision):
                continue
            found.setdefault(each.user_id, []).append((each.campaign, each.outcome.value, each.variant))
    return {user: tuple(sorted(each, key=str)) for user, each in found.items()}


def _go(at: int, *, user: str | None = None, web: str | None = None) -> Record:
    return _record(at, {"type": "track", "event": "Go"}, user=user, web=web)


def _login(at: int, user: str, web: str) -> Record:
    return _record(at, {"type": "identify"}, user=user, web=web)


def _record(at: int, payload: dict[str, Any], *, user: str | None, web: str | None) -> Record:
    ids = {name: each for name, each in (("userId", user), ("anonymousId", web)) if each is not None}
    told = {**payload, **ids, "messageId": f"message-{user}-{web}-{at}", "timestamp": at, "properties": {}}
    return Record(at, (user or web or "").encode(), json.dumps(told).encode())
