"""Trackers: what clocks, spellings and networks make of a fact before it arrives."""

import json
import random
from dataclasses import dataclass, field, replace

from tests.world_oracle import campaigns
from tests.world_oracle.instants import HOUR, MINUTE, SECOND
from tests.world_oracle.player import Record
from tests.world_oracle.telling import at, iso

Json = dict[str, object]
PERSON = "ann"
PLACEHOLDERS = ("null", "undefined", "", "  ", "0", "[object Object]", None, "00000000-0000-0000-0000-000000000000")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A record, and the truth behind it. `cart` numbers the carts of the world; `again` is a redelivery of earlier bytes."""

    record: Record
    fact: str
    happened: int
    cart: int | None = None
    order: str | None = None
    stops: str | None = None  # a channel, or "all"
    again: bool = False
    bare: bool = False  # it says neither which message it is nor when it happened: said again and sent again are the same bytes


@dataclass
class Device:
    """A tracker: its clock, and how it writes."""

    name: str
    skew: int
    style: str  # "sent": timestamp and sentAt; "original": originalTimestamp and sentAt; "bare": a timestamp at its word; "server": all four
    camel: bool
    ids: bool  # whether it sends message ids
    offline: tuple[int, int] | None = None  # what happens in this time is flushed at its end


@dataclass
class Writer:
    """Turns facts into records."""

    chance: random.Random
    devices: dict[str, Device]
    told: list[Told] = field(default_factory=list)
    number: int = 0

    def tell(
        self,
        device: Device,
        event: str,
        happened: int,
        properties: Json,
        *,
        broken_time: bool = False,
        top: Json | None = None,
        cart: int | None = None,
        order: str | None = None,
        stops: str | None = None,
    ) -> None:
        """One record, and now and then the same bytes again, later."""
        arrives = self.arrival(device, happened)
        document: Json = {"type": "track", "event": self.spelled(event), **self.person(), "properties": self.keys(device, properties), **(top or {})}
        if self.chance.random() < 0.5:
            document["context"] = {**campaigns.part(document, "context"), "library": {"name": device.name}}
        timeless = False
        if device.ids:
            document["messageId"] = f"{device.name}-{self.number}"
        elif self.chance.random() < 0.3:
            document["messageId"] = self.chance.choice(PLACEHOLDERS)
        self.number += 1
        self.stamp(document, device, happened, arrives)
        if broken_time:
            for name in ("timestamp", "originalTimestamp", "sentAt", "receivedAt"):
                document.pop(name, None)
            document["timestamp"] = self.chance.choice(["", "yesterday", {}, 12, arrives // 1000])
            timeless = document["timestamp"] != arrives // 1000
        if not device.camel:
            document = {snake(name): value for name, value in document.items()}
        if self.chance.random() < 0.05:
            document = {"batch": [document], "sentAt": document.get("sentAt", document.get("sent_at"))}
        value = json.dumps(document).encode()
        if self.chance.random() < 0.05:
            value = b"\xef\xbb\xbf" + value
        record = Record(key=PERSON.encode(), value=value, at=arrives)
        first = Told(record=record, fact=event, happened=happened, cart=cart, order=order, stops=stops, bare=timeless and not device.ids)
        self.told.append(first)
        if self.chance.random() < 0.15:
            later = arrives + self.chance.choice([SECOND, MINUTE, 20 * MINUTE, 4 * HOUR, 30 * HOUR, 70 * HOUR])
            again = Record(key=record.key, value=value, at=later)
            self.told.append(replace(first, record=again, again=True))

    def arrival(self, device: Device, happened: int) -> int:
        if device.offline and device.offline[0] <= happened < device.offline[1]:
            return device.offline[1] + self.chance.choice([0, 0, self.chance.randrange(30 * SECOND)])
        delay = self.chance.choice([0, 50, 500, 3 * SECOND, 3 * SECOND, 40 * SECOND])
        if self.chance.random() < 0.1:
            delay = self.chance.choice([2 * MINUTE, 6 * MINUTE, 45 * MINUTE, 3 * HOUR])
        return happened + delay

    def stamp(self, document: Json, device: Device, happened: int, arrives: int) -> None:
        own, sent = iso(happened + device.skew), iso(arrives + device.skew)
        if device.style == "sent":
            document |= {"timestamp": own, "sentAt": sent}
        elif device.style == "original":
            document |= {"originalTimestamp": own, "sentAt": sent}
        elif device.style == "server":
            document |= {"originalTimestamp": own, "sentAt": sent, "timestamp": iso(happened), "receivedAt": iso(arrives)}
        else:
            told = happened + device.skew
            document["timestamp"] = self.chance.choice([own, told, told, iso(told).replace("T", " ")])

    def person(self) -> Json:
        if self.chance.random() < 0.2:
            return {"userId": self.chance.choice(PLACEHOLDERS), "anonymousId": PERSON}
        return {"userId": PERSON, **({"anonymousId": "undefined"} if self.chance.random() < 0.1 else {})}

    def spelled(self, event: str) -> str:
        first_version = {"order_completed": "Completed Order", "product_added": "Added Product", "product_viewed": "Viewed Product"}
        words = event.replace("_", " ").title()
        return self.chance.choice([event, words, words, words.replace(" ", ""), first_version.get(event, words)])

    def keys(self, device: Device, properties: Json) -> object:
        if not properties:
            return self.chance.choice([{}, [], None])
        spelled = {camel(name): value for name, value in properties.items()} if device.camel and self.chance.random() < 0.5 else properties
        return json.dumps(spelled) if self.chance.random() < 0.05 else spelled


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def device(chance: random.Random, name: str, *, wild: bool) -> Device:
    """The server's clock is right. Others are off by seconds to hours, and mostly say so."""
    if name == "server":
        return Device(name, 0, chance.choice(["bare", "server"]), chance.random() < 0.5, chance.random() < 0.8)
    skew = chance.choice([0, 2 * SECOND, -7 * SECOND, 90 * SECOND, -3 * MINUTE, 200 * SECOND])
    style = chance.choice(["sent", "original", "server", "bare", "bare"])
    if style != "bare" or wild:
        skew = chance.choice([skew, 4 * MINUTE, -40 * MINUTE, 3 * HOUR, -3 * HOUR])
    start = at("10:00") + chance.randrange(2 * HOUR)
    offline = (start, start + chance.choice([5 * MINUTE, 40 * MINUTE, 3 * HOUR])) if chance.random() < 0.3 else None
    return Device(name, skew, style, chance.random() < 0.7, chance.random() < 0.8, offline)
