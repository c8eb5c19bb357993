"""Everything that ever happened to one customer, in plain lists, and what follows from it: traits, zone, carts, what was seen.

Part of the oracle of the policy: slow, and meant to be read against docs/policy.md. Every answer is computed from the whole history.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from tests.oracles.carts import Cart, Carts
from udfs.core.records import Event

ZONES = available_timezones()
RECEIPTS = tuple(f"message_{word}" for word in ("sent", "delivered", "opened", "clicked", "dismissed", "complained"))
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
    after: int
    """So many events had arrived."""


@dataclass
class Memory:
    """What is remembered. `happened` holds every event in the order of its arrival, with the word whether it was late."""

    user: str
    happened: list[tuple[Event, bool]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    recalled: set[str] = field(default_factory=set)
    """Ids of the decisions whose messages were recalled."""
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

    def is_back(self, sent: Sent) -> bool:
        """Whether it was recalled, and no receipt says that it went out all the same."""
        told = (event for event, _ in self.happened if event.name in RECEIPTS)
        return sent.decision_id in self.recalled and not any(event.properties.get("decision_id") == sent.decision_id for event in told)

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

    def carts(self) -> Carts:
        """Her carts after all that happened."""
        carts = Carts(self.user)
        for event, late in self.happened:
            carts.hear(event, late=late)
        return carts

    def cart(self, key: str) -> Cart | None:
        """An open cart."""
        return next((cart for cart in self.carts().open if cart.key == key), None)

    def heard(self) -> tuple[str | None, set[str]]:
        """What the latest event did to carts: the one it touched, and those that it was to end."""
        event, late = self.happened[-1]
        return Memory(self.user, self.happened[:-1]).carts().hear(event, late=late)


def hard_bounce(event: Event) -> bool:
    """A bounce that is not soft."""
    return event.name == "message_bounced" and event.properties.get("bounce_type") != "soft"


def zone_named(name: str) -> ZoneInfo:
    """The zone itself."""
    return ZoneInfo(name)
