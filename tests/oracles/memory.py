"""Everything that ever happened to one customer, in plain lists, and what follows from it: traits, zone, carts, what was seen.

Part of the oracle of the policy: slow, and meant to be read against docs/policy.md. Every answer is computed from the whole history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from udfs.core.records import Event

ZONES = available_timezones()
CART_ACTIVITY = ("product_added", "product_removed", "cart_viewed", "checkout_started")
CART_SHOWN = ("cart_viewed", "checkout_started")
"""With a full list of products they replace what is in the cart."""
CART_CLOSING = ("order_completed", "cart_cleared")
BROWSING = ("product_viewed", "products_searched")


class Place(NamedTuple):
    """A place in a channel's throughput: the length of its period, the period's number, and whether a held-out customer has it."""

    channel: str
    length: int
    number: int
    held_out: bool


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A message that went out, or would have."""

    at: int
    campaign: str
    channel: str
    tags: tuple[str, ...]
    transactional: bool
    decision_id: str
    held_out: bool


@dataclass
class Cart:
    """What lies in it, by product and price, in the order in which it came."""

    last: int
    lines: dict[tuple[str, float], float] = field(default_factory=dict)


@dataclass
class Memory:
    """What is remembered. `happened` holds every event in the order of its arrival, with the word whether it was late."""

    user: str
    happened: list[tuple[Event, bool]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    entered: list[tuple[str, str, int, bool]] = field(default_factory=list)
    """Campaign, entry key, time, and whether the customer was held out."""

    def events(self, *names: str) -> list[Event]:
        """Those of these names, in the order of their arrival."""
        return [event for event, _ in self.happened if event.name in names]

    def seen(self, name: str, *, since: int) -> bool:
        """Whether such an event happened at `since` or later."""
        return any(event.at >= since for event in self.events(name))

    def message(self, decision_id: Any) -> Sent | None:
        """The message that went out with this id."""
        return next((sent for sent in self.sent if sent.decision_id == decision_id and not sent.held_out), None)

    def bounced(self, sent: Sent) -> bool:
        """Whether it came back for good."""
        return any(hard_bounce(event) and event.properties.get("decision_id") == sent.decision_id for event in self.events("message_bounced"))

    def traits(self) -> dict[str, Any]:
        """What she said of herself; what comes late only fills gaps."""
        held: dict[str, Any] = {}
        for event, late in self.happened:
            for name, value in event.traits.items():
                if not (late and name in held):
                    held[name] = value
        return {name: value for name, value in held.items() if value is not None}

    def zone(self) -> str | None:
        """Where she lives: her trait, else where her device was last."""
        stated = self.traits().get("timezone")
        if stated in ZONES:
            return str(stated)
        place: str | None = None
        for event, late in self.happened:
            found = event.context.get("timezone")
            if found in ZONES and not (late and place):
                place = found
        return place

    def carts(self) -> tuple[dict[str, Cart], str | None]:
        """Her open carts, and the one last touched."""
        carts: dict[str, Cart] = {}
        current: str | None = None
        born = 0
        for event, late in self.happened:
            named: str | None = event.properties.get("cart_id", current)
            if event.name in CART_CLOSING:
                if named in carts and not (late and event.at < carts[named].last):
                    del carts[named]
                    current = None if current == named else current
            elif event.name in CART_ACTIVITY:
                if named not in carts:
                    if event.name != "product_added" and not event.properties.get("products"):
                        continue
                    if named is None:
                        born += 1
                        named = f"{self.user}-{born}"
                    carts[named] = Cart(event.at)
                carts[named].last, current = event.at, named
                _change(carts[named].lines, event)
                if not carts[named].lines:
                    del carts[named]
                    current = None
        return carts, current

    def touched(self) -> str | None:
        """The cart of the latest event."""
        event, _ = self.happened[-1]
        if event.name not in CART_ACTIVITY + CART_CLOSING:
            return None
        before = Memory(self.user, self.happened[:-1])
        named: str | None = event.properties.get("cart_id", before.carts()[1])
        return named if named is not None else self.carts()[1]


def _change(lines: dict[tuple[str, float], float], event: Event) -> None:
    product: Mapping[str, Any] = event.properties
    if event.name == "product_added":
        _put(lines, product)
    elif event.name in CART_SHOWN and "products" in product:
        lines.clear()
        for shown in product["products"]:
            _put(lines, shown)
    elif event.name == "product_removed":
        left = product["quantity"]
        for line in [line for line in reversed(lines) if line[0] == product["product_id"]]:
            taken = min(left, lines[line])
            left, lines[line] = left - taken, lines[line] - taken
            if not lines[line]:
                del lines[line]


def _put(lines: dict[tuple[str, float], float], product: Mapping[str, Any]) -> None:
    line = (product["product_id"], product["price"])
    lines[line] = lines.get(line, 0) + product["quantity"]


def hard_bounce(event: Event) -> bool:
    """A bounce that is not soft."""
    return event.name == "message_bounced" and event.properties.get("bounce_type") != "soft"


def zone_named(name: str) -> ZoneInfo:
    """The zone itself."""
    return ZoneInfo(name)
