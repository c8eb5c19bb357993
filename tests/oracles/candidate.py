"""What the oracle reasons about: candidates and verdicts, and the conditions that its campaigns may have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.oracles.memory import Memory, Place
from udfs.core.records import Event
from udfs.core.values import chance


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The expected decision. `channel` is the channel of the message, also if the customer is held out."""

    at: int
    campaign: str
    decision_id: str
    attempt: int
    outcome: str
    reason: str
    variant: str | None
    channel: str | None = None
    deferred_until: int | None = None
    against: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A campaign whose trigger came true, or what it became: waiting, or deferred. `silence`: a silence that is not over yet."""

    campaign: str
    at: int
    origin: int
    cart: str = ""
    event: Event | None = None
    start: int = 0
    """When that which began it happened, by event time; `at` and `origin` are record time."""
    silence: bool = False
    waited: bool = False
    key: str | None = None
    stale: bool = False
    attempt: int = 0
    deferred_by: frozenset[str] = field(default_factory=frozenset)
    since: int = 0
    """When it was deferred."""
    place: Place | None = None
    """What is kept for it of the throughput."""


def property_of(candidate: Candidate, name: str) -> Any:
    """A property of the event that triggered; None without one."""
    return candidate.event.properties.get(name) if candidate.event else None


def _worth(memory: Memory, candidate: Candidate) -> float:
    cart = memory.cart(candidate.cart)
    return cart.worth() if cart else 0


def _costs_over(price: float) -> Callable[[Memory, Candidate], bool]:
    return lambda _, candidate: (property_of(candidate, "price") or 0) > price


def _did_not_buy(within: int) -> Callable[[Memory, Candidate], bool]:
    return lambda memory, candidate: not memory.seen("order_completed", since=candidate.at - within)


CONDITIONS: Mapping[str, Callable[[Memory, Candidate], bool]] = {
    "cart.value > 99": lambda memory, candidate: _worth(memory, candidate) > 99,
    "event.price > 50": _costs_over(50),
    'not seen("order_completed", "2h")': _did_not_buy(2 * 3_600_000),
    'not seen("identify")': lambda memory, _: not memory.seen("identify", since=0),
    'not seen("order_completed")': lambda memory, _: not memory.seen("order_completed", since=0),
    "user.vip == 'yes'": lambda memory, _: memory.traits().get("vip") == "yes",
}
"""The conditions that campaigns of the oracle may have, each in plain Python."""


def variant_name(user: str, campaign: Mapping[str, Any]) -> str:
    """The variant that this customer always gets: drawn by hash, by weight."""
    variants = campaign["variants"]
    drawn = chance.choose(campaign["campaign"], user, chance.split([body.get("weight", 1) for body in variants.values()]))
    return str(list(variants)[drawn])


def decision_id(user: str, candidate: Candidate) -> str:
    """Made from user, campaign, entry key and trigger."""
    trigger = candidate.event.message_id if candidate.event else str(candidate.origin)
    return chance.decision_id(user, candidate.campaign, candidate.key or "", trigger)


def is_triggered(campaign: Mapping[str, Any], event: Event) -> bool:
    """Whether the campaign's trigger is this event."""
    named = campaign["trigger"].get("event", ())
    return event.name in ([named] if isinstance(named, str) else named)


def entry_key(campaign: Mapping[str, Any], candidate: Candidate) -> str | None:
    """What is entered once; None when it is unknown."""
    source = campaign.get("entry", {}).get("once_per")
    if source is None:
        return candidate.cart if campaign["trigger"].get("of") == "cart" else ""
    value = candidate.cart or None if source == "cart.id" else property_of(candidate, source.removeprefix("event."))
    return None if value is None else str(value)


def condition_holds(campaign: Mapping[str, Any], candidate: Candidate, memory: Memory) -> bool:
    """The campaign's `when`, at this instant."""
    source = campaign.get("when")
    return source is None or CONDITIONS[source](memory, candidate)
