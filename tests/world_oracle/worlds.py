"""Random stories of one customer, as the world tells them: true facts first, then what clocks, trackers and networks make of them.

The same seed gives the same story. Each record keeps what it truly means (`Told`), so laws need not trust anybody's reading.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass

from tests.world_oracle.instants import HOUR, MINUTE, SECOND
from tests.world_oracle.player import Record
from tests.world_oracle.telling import at
from tests.world_oracle.trackers import Device, Json, Told, Writer, device

PRODUCTS = {"kettle": "60.00", "pan": "35.50", "tent": "120.25", "sofa": "1250.00"}


@dataclass(frozen=True, kw_only=True)
class World:
    """A story in order of arrival. `sure`: every clock is right, put right by its records, or wrong by less than exits bear."""

    seed: int
    told: tuple[Told, ...]
    rules: Mapping[str, object] | None
    sure: bool
    exact: bool  # every event time is the true one
    carts: int  # how many carts there truly were
    one_at_a_time: bool


def world(seed: int) -> World:
    """One story."""
    chance = random.Random(seed)
    wild = chance.random() < 0.4  # clocks that are wrong by hours and do not say so
    devices = {name: device(chance, name, wild=wild) for name in ("web", "phone", "server")}
    writer = Writer(chance, devices)
    life = Life(chance, writer, one_at_a_time=chance.random() < 0.7)
    life.live()
    wrong = [0, *(one.skew for one in devices.values() if one.style == "bare")]
    told = sorted(writer.told, key=lambda one: one.record.at)
    strict = {"consent": {"default": {"marketing": "deny"}}, "currency": {"base": "EUR", "rates": {"USD": 0.5}}}
    anywhere = {**strict, "consent": {"default": {"marketing": "grant"}}, "addresses": "elsewhere"}
    return World(
        seed=seed,
        told=tuple(told),
        rules=chance.choice([anywhere, anywhere, {**anywhere, "addresses": {"push": "elsewhere"}}, strict]),
        exact=set(wrong) == {0},
        sure=max(wrong) - min(wrong) < 4 * MINUTE,
        carts=life.cart,
        one_at_a_time=life.one_at_a_time,
    )


class Life:
    """What truly happens."""

    def __init__(self, chance: random.Random, writer: Writer, *, one_at_a_time: bool) -> None:
        self.chance, self.writer, self.one_at_a_time = chance, writer, one_at_a_time
        self.now, self.cart, self.orders = at("10:00"), 1, 0
        self.naming = chance.choice(["unnamed", "named", "renamed"])
        self.touched = 0  # events of this cart so far

    def live(self) -> None:
        deeds = (
            [self.add] * 6
            + [self.order] * 3
            + [self.browse, self.browse, self.look, self.remove, self.recount, self.clear, self.check_out]
            + [self.identify, self.unsubscribe, self.allow, self.cancel, self.refund, self.heartbeat, self.noise]
        )
        for _ in range(self.chance.randrange(3, 14)):
            self.now += self.chance.choice([5 * SECOND, 50 * SECOND, 4 * MINUTE, 12 * MINUTE, 29 * MINUTE, 31 * MINUTE, 2 * HOUR, 26 * HOUR])
            self.chance.choice(deeds)()

    def device(self) -> Device:
        return self.writer.devices[self.chance.choice(["web", "web", "phone"])]

    def name(self) -> Json:
        """How the tracker calls the cart, if at all."""
        self.touched += 1
        number = self.cart if self.one_at_a_time else self.chance.choice([self.cart, max(1, self.cart - 1)])
        if self.naming == "unnamed" or (self.naming == "renamed" and self.touched < 3):
            return {}
        text = f"Cart-{number}"
        return {"cart_id": self.chance.choice([text, text, text.upper(), f" {text} ", f"gid://shopify/Cart/{text}?key=1"])}

    def price(self, product: str) -> Json:
        """Right in several spellings, ambiguous, broken, missing, or in another currency."""
        price = PRODUCTS[product]
        german = f"{float(price):,.2f}".translate(str.maketrans(",.", ".,"))
        right: list[object] = [float(price), price, german, f"{float(price):,.2f}", f"{price} EUR"]
        told = self.chance.choice([*right, *right, *right, "1,234", "n/a", None, {"amount": 60}])
        return {"price": told, **({"currency": self.chance.choice(["EUR", "usd", {"code": "EUR"}, "JPY"])} if self.chance.random() < 0.15 else {})}

    def quantity(self) -> Json:
        return {"quantity": self.chance.choice([1, 2, "1", 0.75, "2.00", 1, 1, -1, "some"])} if self.chance.random() < 0.6 else {}

    def add(self) -> None:
        product = self.chance.choice(list(PRODUCTS))
        properties = {"product_id": product, **self.price(product), **self.quantity(), **self.name()}
        self.writer.tell(self.device(), "product_added", self.now, properties, cart=self.cart)

    def remove(self) -> None:
        properties = {"product_id": self.chance.choice([*PRODUCTS, ""]), **self.quantity(), **self.name()}
        self.writer.tell(self.device(), "product_removed", self.now, properties, cart=self.cart)

    def recount(self) -> None:
        held = [product for product in PRODUCTS if self.chance.random() < 0.5]
        lines: list[object] = [{"product_id": product, **self.price(product), **self.quantity()} for product in held]
        if self.chance.random() < 0.2:
            lines.append({"product_id": "kettle", "price": 60, "quantity": 0})
        told: object = self.chance.choice([lines, lines, lines, json.dumps(lines), lines[0] if lines else [], "n/a"])
        self.writer.tell(self.device(), "cart_viewed", self.now, {"products": told, **self.name()}, cart=self.cart)

    def look(self) -> None:
        self.writer.tell(self.device(), "cart_viewed", self.now, self.name(), cart=self.cart)

    def check_out(self) -> None:
        self.writer.tell(self.device(), "checkout_started", self.now, {"checkout_id": "co-1", **self.name()}, cart=self.cart)

    def clear(self) -> None:
        if self.one_at_a_time:
            self.writer.tell(self.device(), "cart_cleared", self.now, self.name(), cart=self.cart)
            self.next_cart()

    def next_cart(self) -> None:
        self.cart += 1
        self.touched = 0

    def order(self) -> None:
        """Told by the browser, the shop's webhook, or both; under its cart's name, another, or none; broken in incidental fields."""
        if self.chance.random() < 0.5:
            self.add()
            self.now += self.chance.choice([5 * SECOND, 30 * SECOND, 2 * MINUTE])
        self.orders += 1
        with_id = self.chance.random() < 0.7
        id_: object = f"o{self.orders}" if with_id else self.chance.choice([None, "", "null"])
        incidental = {"tax": "", "shipping": "free", "discount": "10%", "total": self.chance.choice(["60.00", "1.234,56", "60.00 EUR", 60, "n/a"])}
        tellers = self.chance.choice([["web"], ["server"], ["web", "server"], ["server", "web", "web"]]) if with_id else ["server"]
        for teller in tellers:
            called: Json = self.chance.choice([self.name(), {}, {"cart_id": f"tok-{self.orders}"}]) if self.one_at_a_time else self.name()
            extra = {name: value for name, value in incidental.items() if name == "total" or self.chance.random() < 0.3}
            every = [{"product_id": product, "quantity": 0.75} for product in PRODUCTS]
            listed = self.chance.choice([{}, "[]", every, every[:1] if not self.one_at_a_time else every])
            lines: Json = {"products": listed} if self.chance.random() < 0.3 else {}
            happened = self.now + (self.chance.choice([0, 0, 20 * MINUTE]) if teller == "web" and len(tellers) > 2 else 0)
            device = self.writer.devices[teller]
            broken = teller == "server" and self.chance.random() < 0.1
            properties: Json = {"order_id": id_, **called, **extra, **lines}
            self.writer.tell(device, "order_completed", happened, properties, broken_time=broken, cart=self.cart, order=f"o{self.orders}")
        self.next_cart()

    def cancel(self) -> None:
        if self.orders:
            order = f"o{self.chance.randrange(1, self.orders + 1)}"
            self.writer.tell(self.writer.devices["server"], "order_cancelled", self.now, {"order_id": order})

    def refund(self) -> None:
        if self.orders:
            order = f"o{self.chance.randrange(1, self.orders + 1)}"
            part = {"total": self.chance.choice([10, "10.00", 60])} if self.chance.random() < 0.7 else {}
            self.writer.tell(self.writer.devices["server"], "order_refunded", self.now, {"order_id": order, **part})

    def unsubscribe(self) -> None:
        """In good and broken shapes."""
        channel: object = self.chance.choice([None, "email", "EMAIL", "push", {}, "carrier pigeon", [], ["email", "push"]])
        stops = channel.casefold() if isinstance(channel, str) and channel.casefold() in {"email", "push"} else "all"
        name = self.chance.choice(["unsubscribed", "unsubscribed", "consent_withdrawn"])
        properties: Json = {} if channel is None else {"channel": channel}
        if name == "unsubscribed" and self.chance.random() < 0.2:
            properties["decision_id"] = ""
        if name == "consent_withdrawn" and self.chance.random() < 0.3:
            properties["purpose"] = self.chance.choice(["marketing", [], {}, ["marketing", "analytics"]])
        teller = self.writer.devices[self.chance.choice(["web", "server"])]
        self.writer.tell(teller, name, self.now, properties, broken_time=self.chance.random() < 0.3, stops=stops)

    def allow(self) -> None:
        name = self.chance.choice(["subscribed", "consent_given"])
        properties: Json = self.chance.choice([{}, {"channel": "email"}, {"channel": {}}, {"channel": "email", "purpose": []}])
        self.writer.tell(self.device(), name, self.now, dict(properties))

    def identify(self) -> None:
        traits = {"email": self.chance.choice(["ann@example.com", "", None]), "push_token": self.chance.choice(["t1", None])}
        place: Json = self.chance.choice([{"traits": traits}, {"context": {"traits": traits}}])
        self.writer.tell(self.device(), "identify", self.now, {}, top={"type": "identify", "event": None, **place})

    def browse(self) -> None:
        self.writer.tell(self.device(), "product_viewed", self.now, {"product_id": self.chance.choice(list(PRODUCTS))})

    def heartbeat(self) -> None:
        record = Record(key=b"", value=b"heartbeat", at=self.now)
        self.writer.told.append(Told(record=record, fact="heartbeat", happened=self.now))

    def noise(self) -> None:
        """What cannot be attributed to anybody."""
        nobody = json.dumps({"type": "track", "event": "Order Completed", "userId": "null"}).encode()
        value = self.chance.choice([b"", b"{", b"[1]", nobody, b'{"userId": "ann"}'])
        self.writer.told.append(Told(record=Record(key=b"null", value=value, at=self.now), fact="noise", happened=self.now))
