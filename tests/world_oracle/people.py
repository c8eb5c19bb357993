"""What is known of one person. Nothing is thrown away: this is an oracle, not a product."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from tests.world_oracle import amounts, names, orders
from tests.world_oracle.amounts import Unreadable, is_absent
from tests.world_oracle.campaigns import Campaign, Document
from tests.world_oracle.carts import Cart, Carts
from tests.world_oracle.conditions import NotJudged
from tests.world_oracle.consents import Consents
from tests.world_oracle.instants import HOUR, duration, local, zone
from tests.world_oracle.player import Decision
from tests.world_oracle.policy import Policy
from tests.world_oracle.reading import DERIVED, Happened

REMEMBERED_FOR = 72 * HOUR
REMEMBERED_OTHERS = 128


@dataclass(kw_only=True)
class Candidate:
    """Whom a campaign may speak to, about what, since when."""

    campaign: Campaign
    about: str
    start: int  # event time of what began it: the last touch, the trigger.
    began_at: int  # record time at which it came true: what `expires` counts from
    lag: int  # how long after it happened it arrived
    trigger: Happened | None = None  # what `event.…` means; a silence has none
    begun: Happened | None = None  # the event that began it
    cart: Cart | None = None
    attempt: int = 0
    over: bool = False  # what ends it was reported before it


@dataclass(kw_only=True)
class Run:
    """Somebody on the way through the steps of a journey. `rest` is what is still to come."""

    candidate: Candidate
    key: object
    rest: list[Document]
    base: int  # the first wait counts from the trigger's event time, later ones from where the last ended
    began_at: int = 0
    fresh: bool = True  # nothing was said or waited for yet


@dataclass(kw_only=True)
class Pending:
    """Something that falls due. `kind`: silence, since, date, deferred, wait, or wait_for."""

    kind: str
    due: int
    number: int
    candidate: Candidate
    run: Run | None = None
    leave_on: tuple[str, ...] = ()
    wait_for: tuple[str, ...] = ()
    then: list[Document] = field(default_factory=list)
    otherwise: list[Document] = field(default_factory=list)


@dataclass(kw_only=True)
class Acted:
    """A message that went out, until it is delivered, recalled or too old."""

    decision: Decision
    candidate: Candidate
    expires: int
    over: bool = False


def is_after(time: int, told: Happened, start: int, begun: Happened, campaign: Campaign) -> bool:
    """Whether something happened after what began, by event time. Of two at one instant nobody knows, so it did, unless it is a beginning too."""
    return time > start or (time == start and told.name not in (*campaign.events, begun.name))


@dataclass
class Person:
    """One person's whole story."""

    id: str
    clock: int = 0  # the greatest record time
    newest: int | None = None  # the greatest event time
    number: int = 0  # events taken so far
    kept: dict[tuple[str, str, str], int] = field(default_factory=dict)  # message ids that are remembered by time
    others: list[tuple[str, str, str]] = field(default_factory=list)
    traits: dict[str, tuple[int, object, int]] = field(default_factory=dict)  # time of the word, the value, when it became that
    zones: list[tuple[int, object]] = field(default_factory=list)
    tokens: list[tuple[int, object]] = field(default_factory=list)
    history: list[tuple[str, int]] = field(default_factory=list)
    facts: list[tuple[Happened, int]] = field(default_factory=list)  # each event, and the time of what it tells: an order counts once
    bounced: dict[str, int] = field(default_factory=dict)
    delivered: dict[str, int] = field(default_factory=dict)
    consents: Consents = field(default_factory=Consents)
    carts: Carts = field(default_factory=Carts)
    ledger: orders.Ledger = field(default_factory=orders.Ledger)
    pending: list[Pending] = field(default_factory=list)
    entries: dict[str, list[tuple[object, int]]] = field(default_factory=dict)  # by campaign: key, when
    acted: list[Acted] = field(default_factory=list)
    judged: dict[tuple[str, str], int] = field(default_factory=dict)  # the same, of the latest silence that was over
    silences: dict[tuple[str, str], int] = field(default_factory=dict)  # campaign and subject: the latest event time that counts

    def is_repeated(self, event: Happened) -> bool:
        """Whether this message came before; if not, it is remembered now."""
        id_ = (event.write_key, event.name if names.is_remembered(event.name) else "", event.message_id)
        if names.is_remembered(event.name):
            if id_ in self.kept and self.clock - self.kept[id_] <= REMEMBERED_FOR:
                says_itself = event.bare or not (event.message_id.startswith(DERIVED) or event.moves)
                return not (says_itself and self.consents.is_denied_anew(event.name, event.time, bare=event.bare))
            self.kept[id_] = self.clock
            return False
        if id_ in self.others[-REMEMBERED_OTHERS:]:
            return True
        self.others.append(id_)
        return False

    def remember(self, event: Happened) -> None:
        """Traits, zone, device: by event time, the latest word stands."""
        self.number += 1
        self.history.append((event.name, event.time))
        for name, value in event.traits.items():
            before = self.traits.get(name)
            if before is None or event.time >= before[0]:
                self.traits[name] = (event.time, value, event.time if before is None or before[1] != value else before[2])
        if not is_absent(event.zone):
            self.zones.append((event.time, event.zone))
        if not is_absent(event.token):
            self.tokens.append((event.time, event.token))

    def has_followed(self, names: tuple[str, ...], candidate: Candidate) -> bool:
        """Whether one of these events is known to have happened since an event began this, though it was reported before."""
        if candidate.campaign.kind != "event" or candidate.begun is None:
            return False
        return any(told.name in names and is_after(time, told, candidate.start, candidate.begun, candidate.campaign) for told, time in self.facts)

    def trait(self, name: str) -> object:
        return self.traits[name][1] if name in self.traits else None

    def values(self) -> dict[str, object]:
        return {name: told[1] for name, told in self.traits.items()}

    def token(self) -> object:
        return max(self.tokens, key=lambda one: one[0])[1] if self.tokens else None

    def zone(self, fallback: str) -> dt.tzinfo | None:
        """Where she lives; None: stated and not understood, or the fallback is the strictest."""
        stated = self.trait("timezone")
        if is_absent(stated):
            stated = max(self.zones, key=lambda one: one[0])[1] if self.zones else fallback
        try:
            return zone(stated)
        except Unreadable:
            return None

    def is_unreachable(self, channel: str) -> bool:
        """A hard bounce closes a channel until its address changes or something is delivered; the trait `…_reachable: false` closes it too."""
        if self.trait(f"{channel}_reachable") is False:
            return True
        bounced = self.bounced.get(channel)
        if bounced is None:
            return False
        heard = [self.traits[name][2] for name in {"email": ("email", "email_reachable"), "sms": ("phone",)}.get(channel, ()) if name in self.traits]
        return not any(time > bounced for time in [*heard, self.delivered.get(channel, bounced)])


@dataclass
class Scope:
    """Where a condition's names are looked up, at one moment."""

    person: Person
    policy: Policy
    features: dict[str, Document]
    now: int
    candidate: Candidate | None = None

    def name(self, path: list[str]) -> object:
        first, rest = path[0], path[1:]
        if first == "event" and rest:
            trigger = self.candidate.trigger if self.candidate else None
            return inside(trigger.properties if trigger else {}, rest, products=trigger)
        if first == "user" and rest:
            return self.of_user(rest)
        if first == "cart" and len(rest) == 1:
            return self.of_cart(rest[0])
        if not rest and first in self.features:
            return self.feature(self.features[first])
        raise NotJudged(".".join(path))

    def of_user(self, path: list[str]) -> object:
        clock = local(self.now, self.person.zone("UTC") or dt.UTC)
        if path == ["id"]:
            return self.person.id
        if path == ["hour"]:
            return clock.hour
        if path == ["weekday"]:
            return clock.strftime("%A").lower()
        return inside(self.person.values(), path)

    def of_cart(self, name: str) -> object:
        cart = self.candidate.cart if self.candidate and self.candidate.cart else self.person.carts.shown()
        if name == "empty":
            return True if cart is None else None if cart.empty else False
        if name == "id":
            return None if cart is None else f"cart {cart.number}"
        if name == "items":
            return Decimal(0) if cart is None else cart.items()
        if name == "value":
            return Decimal(0) if cart is None else cart.value(self.policy.rates, self.policy.base)
        msg = f"cart.{name}"
        raise NotJudged(msg)

    def feature(self, feature: Document) -> object:
        """Counts and sums over a window of event time, open at its far end. Of orders: what stands."""
        after = self.now - duration(feature["window"]) if "window" in feature else None
        aggregate, event = feature["aggregate"], str(feature["event"])
        if event == "order_completed":
            standing = self.person.ledger.within(after, max(self.now, self.person.newest or 0))
            if aggregate == "count":
                return Decimal(len(standing))
            if aggregate == "sum":
                amounts_left = [self.person.ledger.left(order) for order in standing]
                return None if None in amounts_left else sum((part for part in amounts_left if part is not None), Decimal(0))
        elif aggregate == "count":
            return Decimal(sum(1 for name, time in self.person.history if name == event and (after is None or time > after) and time <= self.now))
        raise NotJudged(str(feature["name"]))

    def seen(self, event: str, within: str | None) -> bool:
        after = self.now - duration(within) if within else None
        return any(name == event and (after is None or time > after) for name, time in self.person.history)


def inside(whole: dict[str, object], path: list[str], products: Happened | None = None) -> object:
    """A value some way down; blank ids and placeholders have been taken out before."""
    if path == ["products"] and products is not None and products.lines is not None:
        return [
            {"product_id": line.product, "price": line.price, "quantity": line.quantity if line.quantity_told else Decimal(1)}
            for line in products.lines
        ]
    value: object = whole
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def entry_key(text: str, value: object) -> object:
    """Ids are compared trimmed and without case."""
    return amounts.folded(value) if isinstance(value, str) and text != "cart.id" else value
