"""Decisions of the real engine, as a file of records holds them, with the context that they were made in."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from services.control.listing import standing
from services.explain.context import Context
from services.explain.story import story
from tests.builders import Life
from udfs.core.campaigns.book import Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.engine import Engine
from udfs.core.features.features import set_version
from udfs.core.records import Event

CAMPAIGN: dict[str, Any] = {
    "campaign": "hello",
    "trigger": {"event": "page", "unless": ["order_completed"]},
    "variants": {"mail": {"channel": ["email", "push"], "content": {"body": "Hi {{ user.first_name }}"}}},
}


def entry(key: str, document: dict[str, Any], *, status: str = "live", offset: int = 0) -> Entry:
    """A record of `control`."""
    kind, _, name = key.partition("/")
    value = {"kind": kind, "name": name or kind, "version": set_version(document), "status": status, "document": document, "published_at": 1}
    return Entry(key, offset, json.dumps(value).encode())


class Customer:
    """One customer under some campaigns, a policy and switches."""

    def __init__(
        self,
        *campaigns: dict[str, Any],
        policy: dict[str, Any] | None = None,
        off: str = "",
        deployed: Iterable[str] | None = None,
        user: str = "ada",
    ) -> None:
        self.entries = [entry(f"campaign/{each['campaign']}", each) for each in campaigns or (CAMPAIGN,)]
        self.entries += [entry("policy", {"consent": {"default": {"marketing": "grant"}}, **policy})] if policy is not None else []
        self.entries += [entry(f"switch/{off}", {"why": "on fire"}, status="off")] if off else []
        book = compile_book(self.entries).deployed_with(deployed)
        assert not book.refused, book.refused
        self.life = Life(Engine(book), user)

    def live(self, *events: Event, drain: bool = True) -> "Customer":
        """Process events; then time passes until nothing is pending."""
        self.life.live(events)
        if drain:
            self.life.wait()
        return self

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """As JSON."""
        return [json.loads(msgspec.json.encode(decision)) for decision in self.life.decisions]

    @property
    def context(self) -> Context:
        """What is published."""
        return Context.of(standing(self.entries))

    def told(self, context: Context | None = None) -> dict[str, list[str]]:
        """The story of the last decision."""
        return self.told_of(self.decisions[-1]["decision_id"], context)

    def told_of(self, decision_id: str, context: Context | None = None) -> dict[str, list[str]]:
        """The story of one decision."""
        attempts = [each for each in self.decisions if each["decision_id"] == decision_id]
        return story(attempts, action=None, context=context or self.context)


def lines(records: Iterable[dict[str, Any]]) -> str:
    """Records as JSON lines."""
    return "".join(json.dumps(record) + "\n" for record in records)
