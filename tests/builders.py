"""Builders named for the reader: events, campaigns, books, and a user who lives through a history."""

import itertools
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.decision.candidates import Record
from udfs.core.engine import Engine
from udfs.core.profile.stored import decode
from udfs.core.records import Action, Decision, Event, Score

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = 1_767_571_200_000
"""2026-01-05T00:00:00Z."""
_ids = itertools.count()


def event(name: str, at: int, /, *, user: str = "ada", message_id: str | None = None, **fields: Any) -> Event:
    """An event of `user` at `at`; what is not a field of the record is a property."""
    known = {
        key: fields.pop(key)
        for key in ("type", "traits", "context", "source", "clamped", "known", "passive", "received", "anonymous_id")
        if key in fields
    }
    return Event(
        message_id=message_id or f"m{next(_ids)}",
        type=known.pop("type", "track"),
        name=name,
        user_id=user,
        at=at,
        properties=fields,
        traits=known.pop("traits", {}),
        context=known.pop("context", {}),
        **known,
    )


def campaign(name: str = "cart-abandonment", **changes: Any) -> dict[str, Any]:
    """A small cart campaign; keyword arguments replace keys, None removes one."""
    document = {
        "campaign": name,
        "trigger": {"idle": "30m", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
        "when": "cart.value > 99",
        "entry": {"once_per": "cart.id"},
        "variants": {"mail": {"channel": "email", "content": {"body": "Your cart waits."}}},
        **changes,
    }
    return {key: value for key, value in document.items() if value is not None}


def control(document: dict[str, Any], *, offset: int = 0, status: str = "live") -> Entry:
    """A document as a record of `control`."""
    kind = next((kind for kind in ("campaign", "features", "segments", "recommendations") if kind in document), "policy")
    name = document["campaign"] if kind == "campaign" else kind
    value = ControlValue(kind=kind, name=name, version=f"v{offset}", status=status, document=document)
    return Entry(f"campaign/{name}" if kind == "campaign" else kind, offset, msgspec.json.encode(value))


def switch(name: str, *, offset: int, status: str = "off", why: str = "") -> Entry:
    """Switches something off, or on again."""
    value = ControlValue(kind="switch", name=name, version="", status=status, document={"why": why})
    return Entry(f"switch/{name}", offset, msgspec.json.encode(value))


def hold(name: str = "news", *, offset: int, status: str = "held", at: int = 0, **told: Any) -> Entry:
    """Says that a campaign is out of line, or what a person said to it."""
    document = {"about": "volume", "version": "v0", "at": at, "why": "812 messages in 10m, 95 expected", "found": 812, "expected": 95, **told}
    value = ControlValue(kind="hold", name=name, version="", status=status, document=document)
    return Entry(f"hold/{name}", offset, msgspec.json.encode(value))


def usual(offers: dict[str, dict[str, float]], *, offset: int) -> Entry:
    """Says how large the offers of campaigns have been."""
    value = ControlValue(kind="expectations", name="expectations", version="", document={"offers": offers})
    return Entry("expectations", offset, msgspec.json.encode(value))


def mail(name: str = "news", *, channel: str | list[str] = "email", **changes: Any) -> dict[str, Any]:
    """A campaign that speaks at every `go` event; keyword arguments replace keys."""
    return campaign(name, **{"trigger": {"event": "go"}, "when": None, "entry": None, "variants": {"mail": words(channel)}, **changes})


def words(channel: str | list[str] = "email", **more: Any) -> dict[str, Any]:
    """A variant."""
    return {"channel": channel, "content": {"body": "x"}, **more}


def book(*documents: dict[str, Any]) -> Book:
    """A book of these documents; none may be refused. It is immutable, so the same documents are compiled once."""
    return _book(tuple(control(document, offset=offset) for offset, document in enumerate(documents)))


@lru_cache(maxsize=256)
def _book(entries: tuple[Entry, ...]) -> Book:
    made = compile_book(entries, end=len(entries))
    assert not made.refused, made.refused
    return made


class Life:
    """One user's way through an engine; keeps every record that came out."""

    def __init__(self, engine: Engine, user: str = "ada") -> None:
        self.engine, self.user = engine, user
        self.blob: bytes | None = None
        self.kept: bytes | None = None
        self.due: int | None = None
        self.records: list[Record] = []

    def live(self, events: Iterable[Event]) -> "Life":
        """Process events in order."""
        for happened in events:
            self._take(self.engine.on_event(self.blob, happened, self.kept))
        return self

    def wait(self, until: int | None = None) -> "Life":
        """Let time pass, timer by timer, up to `until` (None: until nothing is pending, however long the customer is remembered)."""
        while self.due is not None and (bool(decode(self.blob or b"").due) if until is None else self.due <= until):
            self._take(self.engine.on_time(self.blob, self.user, self.due))
        return self

    def _take(self, step: Any) -> None:
        self.blob, self.due, self.kept = step.blob, step.due, self.kept if step.kept is None else step.kept
        self.records += step.records

    @property
    def decisions(self) -> list[Decision]:
        """What was decided."""
        return [record for record in self.records if isinstance(record, Decision)]

    @property
    def actions(self) -> list[Action]:
        """What went out."""
        return [record for record in self.records if isinstance(record, Action)]

    @property
    def told(self) -> list[tuple[str, str, int]]:
        """Outcome, reason and time of every decision."""
        return [(decision.outcome.value, decision.reason.value, decision.at) for decision in self.decisions]

    @property
    def acted_at(self) -> list[int]:
        """The times of what went out."""
        return [action.at for action in self.actions]


def life(*documents: dict[str, Any], user: str = "ada") -> Life:
    """A user at the beginning, with these campaigns (else the small cart campaign)."""
    return Life(Engine(book(*(documents or (campaign(),)))), user)


def add(at: int, price: float = 120, **fields: Any) -> Event:
    """A product put into the cart."""
    return event("product_added", at, product_id=fields.pop("product_id", "tent"), price=price, quantity=1, **fields)


def only_score(decision: Decision) -> Score:
    """The score of a decision that has one."""
    (score,) = decision.scores.values()
    return score
