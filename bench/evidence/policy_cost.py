"""Claim 6 of policy: an event costs the same whether one campaign is published or a thousand, and little more with journeys under way."""

import json
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from bench.heavy import START, decoded, wire
from bench.load import CONDITIONS, EVENTS
from bench.report import Claim, at_most, measured
from services.local.book import book_of
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.engine import Engine
from udfs.core.records import Event

CAMPAIGNS = (1, 5, 50, 1_000)
MATCHING = 5
JOURNEYS = (0, 1, 5)
USERS, COUNT, ROUNDS = 250, 10_000, 7
POLICY = {
    "holdout": {"share": "5%", "epoch": "q4"},
    "quiet_hours": {"from": "22:00", "to": "08:00"},
    "caps": [
        {"id": "one-mail-a-day", "channel": "email", "max": 1, "within": "24h"},
        {"id": "three-a-week", "channel": "any", "max": 3, "per": "week"},
    ],
    "consent": {"default": {"marketing": "grant"}},
    "suppress": [{"after": "2 dismissed", "within": "15d", "rest": "30d", "scope": "campaign"}],
}
WORDS = {"channel": "push", "content": {"body": "x"}}


def check() -> list[Claim]:
    """Measure all books in turn, round after round, so that slow phases of the machine affect them equally."""
    books = {f"{total} campaigns": (_book(_campaigns(total)), 0) for total in CAMPAIGNS}
    books |= {f"{runs} journeys": (_book([*_campaigns(MATCHING), *_journeys()]), runs) for runs in JOURNEYS}
    history = decoded([wire(number, f"user-{number * 7919 % USERS}", START + number * 2_000, lots=(999, 1_000)) for number in range(COUNT)])
    spent: dict[str, list[float]] = {name: [] for name in books}
    sizes: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, (book, runs) in books.items():
            taken, sizes[name] = _lived(book, history, runs)
            spent[name].append(taken)
    us = {name: median(found) for name, found in spent.items()}
    found = [
        measured(f"an event with {total:,} campaigns, {min(total, MATCHING)} of them matching", us[f"{total} campaigns"], "us") for total in CAMPAIGNS
    ]
    found += [
        at_most(f"{total:,} campaigns against {MATCHING}, {MATCHING} matching", us[f"{total} campaigns"] / us[f"{MATCHING} campaigns"], "times", 1.2)
        for total in CAMPAIGNS[2:]
    ]
    for runs in JOURNEYS:
        found += [
            measured(f"an event of a customer with {runs} journeys under way", us[f"{runs} journeys"], "us"),
            measured("her state, median", sizes[f"{runs} journeys"], "bytes"),
        ]
    found.append(at_most("an event with five journeys under way against none", us["5 journeys"] / us["0 journeys"], "times", 1.5))
    return found


def _lived(book: Book, history: list[Event], runs: int) -> tuple[float, float]:
    """Microseconds of processor time per event, and the median size of a state at the end."""
    engine, blobs = Engine(book), dict[str, bytes]()
    for user in {event.user_id for event in history}:
        for number in range(runs):
            joined = Event(
                message_id=f"j{number}", type="track", name=f"joined_{number}", user_id=user, at=START - 1, properties={}, traits={}, context={}
            )
            blobs[user] = engine.on_event(blobs.get(user), joined).blob
    began = time.process_time()
    for event in history:
        blobs[event.user_id] = engine.on_event(blobs.get(event.user_id), event).blob
    return (time.process_time() - began) / len(history) * 1e6, median(len(blob) for blob in blobs.values())


def _campaigns(total: int) -> Iterator[dict[str, Any]]:
    """Some campaigns evaluate every event and decline it; all others wait for events that never come."""
    for number in range(total):
        matches = number < MATCHING
        yield {
            "campaign": f"campaign-{number}",
            "trigger": {"event": list(EVENTS) if matches else f"other_{number}", "unless": ["order_completed"]},
            "when": CONDITIONS[number % len(CONDITIONS)],
            "variants": {"only": WORDS},
        }


def _journeys() -> Iterator[dict[str, Any]]:
    for number in range(max(JOURNEYS)):
        steps = [{"wait": "30d", "leave_on": ["unsubscribed"]}, {"send": "only"}]
        yield {"campaign": f"journey-{number}", "trigger": {"event": f"joined_{number}"}, "steps": steps, "variants": {"only": WORDS}}


def _book(documents: Any) -> Book:
    features = [entry for entry in book_of().entries.values() if entry.key == "features"]
    entries = [*features, Entry("policy", 1, _record("policy", "policy", POLICY))]
    entries += [Entry(f"campaign/{each['campaign']}", at, _record("campaign", each["campaign"], each)) for at, each in enumerate(documents, start=2)]
    made = compile_book(entries)
    assert not made.refused, made.refused
    return made


def _record(kind: str, name: str, document: dict[str, Any]) -> bytes:
    return json.dumps({"kind": kind, "name": name, "version": "v1", "document": document}).encode()
