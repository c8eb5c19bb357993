"""A shop with campaigns that ask a model, customers who do what they do, and the monitor of drift over it."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from services.control.listing import Published, standing
from services.drift.cells import WEEK
from services.drift.judge import Row
from services.drift.tally import Tally
from services.drift.watch import DriftWatch
from tests.builders import HOUR, campaign
from tests.core.features.test_models import manifest
from tests.held.stand import Lane
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book

BEGIN = 2_900 * WEEK
OLD, NEW = "a" * 12, "b" * 12
LABEL = f"propensity:{OLD}"
GOAL = {"event": "order_completed", "within": "3d"}
PREDICTS = {"events": ["order_completed"], "within_ms": 3 * 24 * HOUR}
FEATURES = {
    "features": [
        {"name": "views", "event": "product_viewed", "aggregate": "count"},
        {"name": "adds", "event": "product_added", "aggregate": "count"},
        {"name": "view_to_cart", "ratio": ["adds", "views"]},
    ]
}
"""Those of the manifest."""


def asking(name: str, **changes: Any) -> dict[str, Any]:
    """A campaign that asks the model."""
    told: dict[str, Any] = {"score": {"model": "propensity", "cold_start": 0.1}, "goal": GOAL, "when": None, **changes}
    return campaign(name, **told)


class Control:
    """What is published: a model, and campaigns."""

    def __init__(self, *campaigns: dict[str, Any], versions: list[dict[str, Any]] | None = None) -> None:
        self.entries = [self._entry("features", "features", FEATURES), *(self._entry("campaign", each["campaign"], each) for each in campaigns)]
        self.entries.append(self._model(versions or [manifest("a", goal=PREDICTS)]))
        self._read: tuple[int, tuple[Book, list[Published]]] | None = None

    def read(self) -> tuple[Book, list[Published]]:
        """What is in force."""
        if self._read is None or self._read[0] != len(self.entries):
            book = compile_book(self.entries)
            assert not book.refused, book.refused
            self._read = len(self.entries), (book, standing(self.entries))
        return self._read[1]

    def _model(self, versions: list[dict[str, Any]]) -> Entry:
        return self._entry("model", "propensity", {"model": "propensity", "current": versions[0]["version"], "versions": versions})

    @staticmethod
    def _entry(kind: str, name: str, document: dict[str, Any]) -> Entry:
        value = {"kind": kind, "name": name, "version": "v", "status": "live", "document": document, "published_at": 0, "published_by": "cli"}
        return Entry(kind if kind == name else f"{kind}/{name}", 0, json.dumps(value).encode())


class Shop:
    """Decisions and outcomes, and the monitor that reads them."""

    def __init__(self, *campaigns: dict[str, Any], versions: list[dict[str, Any]] | None = None, seed: int = 1) -> None:
        self.control = Control(*(campaigns or (asking("cart"), asking("news"))), versions=versions)
        self.decisions, self.outcomes = Lane(), Lane()
        self.tally = Tally()
        self.watch = DriftWatch(self.control, self.decisions, self.outcomes, self.tally)
        self.chance = Random(seed)
        self.made = 0

    def decide(self, at: int, score: float, *, name: str = "cart", user: str = "", reached: bool | None = None, **more: Any) -> str:
        """One decision, and if `reached` says so its final outcome."""
        self.made += 1
        decision_id = f"d{self.made}"
        said = {"score": score, "model": LABEL, "reason": "SCORED", "role": "champion", "shadow": None, "instead_of": None}
        told = {"decision_id": decision_id, "user_id": user or f"u{self.made}", "campaign": name, "at": at, "decided_at": at, "outcome": "acted"}
        self.decisions.waiting.append({**told, "reason": "ELIGIBLE", "scores": {"propensity": {**said, **more.pop("said", {})}}, **more})
        if reached is not None:
            self.follow(decision_id, reached=reached)
        return decision_id

    def follow(self, decision_id: str, *, reached: bool, status: str = "final") -> None:
        """What followed."""
        self.outcomes.waiting.append({"decision_id": decision_id, "status": status, "conversions": int(reached), "value": None, "revision": 0})

    def week(
        self, number: int, *, name: str = "cart", customers: int = 600, score: Any = None, truth: Callable[[float], float] = lambda p: p
    ) -> None:
        """A week of customers whose goals are reached as `truth` of their scores says."""
        draw = score or (lambda chance: chance.betavariate(2, 18))
        for each in range(customers):
            said = draw(self.chance)
            at = BEGIN + number * WEEK + each * WEEK // customers
            self.decide(at, said, name=name, reached=self.chance.random() < min(1.0, truth(said)))

    def look(self, at: int = BEGIN + 20 * WEEK) -> dict[str, Row]:
        """One round: what is known, by campaign; `all` for all of them."""
        self.watch.round(now=at)
        return {row.campaign or "all": row for row in self.watch.rows if row.label == LABEL}
