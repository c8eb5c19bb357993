"""A world is a policy, campaigns and what happens; it is played to the engine and to the oracle, and what both decide is compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from tests.oracles.candidate import Verdict
from tests.oracles.policy import Oracle
from udfs.core.campaigns.book import Book, ControlValue, Entry
from udfs.core.campaigns.compile_book import apply, compile_book
from udfs.core.engine import Engine
from udfs.core.records import Decision, Event, Recall


@dataclass(frozen=True, kw_only=True)
class Change:
    """Control changes at a time: something is switched `off` or `on`, a campaign `paused` or `live`, or published again."""

    at: int
    key: str
    """As on the topic: switch/channel/email, campaign/news, policy."""
    status: str
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Nothing happens until `at`: what falls due falls due in time."""

    at: int


Happening = Event | Change | Pause


@dataclass(frozen=True, kw_only=True)
class World:
    """One customer's life under one policy."""

    user: str
    policy: Mapping[str, Any] | None
    campaigns: tuple[Mapping[str, Any], ...]
    happenings: tuple[Happening, ...] = ()

    def without(self, *places: int) -> "World":
        """The same with less happening."""
        return replace(self, happenings=tuple(each for place, each in enumerate(self.happenings) if place not in places))


def document_entry(document: Mapping[str, Any], *, offset: int, status: str = "live") -> Entry:
    """A campaign as a record of control."""
    name = document["campaign"]
    value = ControlValue(kind="campaign", name=name, version=f"v{offset}", status=status, document=dict(document))
    return Entry(f"campaign/{name}", offset, msgspec.json.encode(value))


def book_of(policy: Mapping[str, Any] | None, campaigns: Iterable[Mapping[str, Any]]) -> Book:
    """A book of both; nothing may be refused."""
    entries = [document_entry(document, offset=offset) for offset, document in enumerate(campaigns)]
    if policy is not None:
        value = ControlValue(kind="policy", name="policy", version="p1", document=dict(policy))
        entries.append(Entry("policy", len(entries), msgspec.json.encode(value)))
    made = compile_book(entries, end=len(entries))
    assert not made.refused, made.refused
    return made


class Customer:
    """One customer's way through the engine."""

    def __init__(self, world: World, *, book: Book | None = None) -> None:
        self.engine, self.user = Engine(book or book_of(world.policy, world.campaigns)), world.user
        self.documents = {document["campaign"]: document for document in world.campaigns}
        self.blob: bytes | None = None
        self.kept: bytes | None = None
        self.due: int | None = None
        self.decisions: list[Decision] = []
        self.recalls: dict[str, set[str]] = {}
        """Event -> the decisions whose messages it recalled."""
        self.changes = 1000

    def meet(self, happening: Happening) -> list[Decision]:
        """What is decided at this happening."""
        before = len(self.decisions)
        if isinstance(happening, Event):
            self._keep(self.engine.on_event(self.blob, happening, self.kept))
        else:
            self._keep(self.engine.on_time(self.blob, self.user, happening.at))
            if isinstance(happening, Change):
                self._change(happening)
        return self.decisions[before:]

    def wait(self) -> list[Decision]:
        """Let time pass until nothing is pending."""
        before = len(self.decisions)
        for _ in range(10_000):  # campaigns that are held are asked about again and again
            if self.due is None:
                return self.decisions[before:]
            self._keep(self.engine.on_time(self.blob, self.user, self.due))
        message = "something stays pending forever"
        raise AssertionError(message)

    def _keep(self, step: Any) -> None:
        self.blob, self.due, self.kept = step.blob, step.due, self.kept if step.kept is None else step.kept
        self.decisions += [record for record in step.records if isinstance(record, Decision)]
        for record in step.records:
            if isinstance(record, Recall) and record.trigger_event_id is not None:
                self.recalls.setdefault(record.trigger_event_id, set()).add(record.decision_id)

    def _change(self, change: Change) -> None:
        self.changes += 1
        kind, _, name = change.key.partition("/")
        if kind == "campaign":
            self.documents[name] = change.document or self.documents[name]
            entry = document_entry(self.documents[name], offset=self.changes, status=change.status)
        else:
            value = ControlValue(kind=kind, name=name or kind, version="1", status=change.status, document=dict(change.document))
            entry = Entry(change.key, self.changes, msgspec.json.encode(value))
        self.engine.book = apply(self.engine.book, entry)


def by_engine(world: World) -> list[Decision]:
    """What the engine decides."""
    return played(world).decisions


def played(world: World) -> Customer:
    """The customer at the end of the world, by the engine."""
    customer = Customer(world)
    for happening in world.happenings:
        customer.meet(happening)
    customer.wait()
    return customer


def learns(world: World) -> bool:
    """Whether a cap or an order of channels follows from what was done with messages."""
    variants = [variant for document in world.campaigns for variant in document["variants"].values()]
    return any("between" in cap for cap in (world.policy or {}).get("caps", ())) or any(isinstance(variant["channel"], dict) for variant in variants)


def by_oracle(world: World, recalls: Mapping[str, set[str]] | None = None) -> list[Verdict]:
    """What must be decided. What was recalled is taken from the engine (`recalls`, if it was played before): the world's oracle checks that."""
    recalls = played(world).recalls if recalls is None and ((world.policy or {}).get("caps") or learns(world)) else recalls
    oracle = Oracle(user=world.user, policy=world.policy, campaigns=list(world.campaigns), recalls=recalls or {})
    for happening in world.happenings:
        if isinstance(happening, Event):
            oracle.take(happening)
        else:
            oracle.settle(happening.at + 1)
            if isinstance(happening, Change):
                oracle.change(happening.key, happening.status, happening.document)
    oracle.settle(2**62)
    return oracle.verdicts


def as_verdict(decision: Decision) -> Verdict:
    """A decision of the engine in the oracle's words."""
    went = decision.outcome in {"acted", "held_out", "control"}
    return Verdict(
        at=decision.at,
        campaign=decision.campaign,
        decision_id=decision.decision_id,
        attempt=decision.attempt,
        outcome=str(decision.outcome),
        reason=str(decision.reason),
        variant=decision.variant,
        channel=decision.channel if went else None,
        deferred_until=decision.deferred_until,
        against=tuple((each.channel, str(each.reason)) for each in decision.against),
    )


def differences(world: World, decided: Iterable[Decision] | None = None) -> tuple[list[Verdict], list[Verdict]]:
    """What only the engine decides (`decided`, if it was played before), and what only the oracle does."""
    found = [as_verdict(decision) for decision in (by_engine(world) if decided is None else decided)]
    expected = by_oracle(world)
    return _less(found, expected), _less(expected, found)


def _less(some: list[Verdict], others: list[Verdict]) -> list[Verdict]:
    left = list(others)
    return [verdict for verdict in some if not (verdict in left and not left.remove(verdict))]  # type: ignore[func-returns-value]
