"""The tables of docs/kpis.md, worked out row by row for one person after the other."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from tests.kpi_oracle.orders import Row, orders_of
from tests.kpi_oracle.people import by_person
from tests.kpi_oracle.world import DAY, MINUTE, World

PASSIVE = {"order_refunded", "order_cancelled", "order_shipped"}
OUTSIDE = {"subscribed", "unsubscribed", "consent_given", "consent_withdrawn"}
LOOKS = ("product_viewed", "product_list_viewed", "cart_viewed")
WORDS = ("sent", "delivered", "opened", "clicked", "dismissed", "bounced", "complained", "machine_opened", "machine_clicked", "unsubscribed")


class Shop:
    """Everything that is known, as rows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.horizon = max((each.recorded for each in world.arrivals), default=max((each["at"] for each in world.decisions), default=0))
        self.tables: dict[str, list[Row]] = {name: [] for name in ("events", "sessions", "pages", "carts", "orders", "placed_orders", "people")}
        self.stands: dict[str, dict[str, int]] = {}
        self.inside: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        decisions: list[tuple[str, Row]] = []
        self.receipts: dict[str, set[str]] = defaultdict(set)
        places = {id(arrival): place for place, arrival in enumerate(world.arrivals)}
        for person, history in by_person(world).items():
            events = self.once([record for topic, record in history if topic == "events"], places)
            self.live(person, events)
            decisions += [(person, record) for topic, record in history if topic == "decisions"]
            self.belong(person, [record for topic, record in history if topic == "segments"])
        self.tables["messages"], self.tables["held_out"] = self.messages(decisions)
        self.by_person: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for table, rows in self.tables.items():
            for row in rows:
                self.by_person[table, row["person"]].append(row)

    def of(self, person: str, table: str) -> list[Row]:
        """The rows of one person."""
        return self.by_person[table, person]

    def once(self, arrivals: list[Any], places: dict[int, int]) -> list[Row]:
        """The events of a person, in the order of their records, each once."""
        found: dict[str, Row] = {}
        for arrival in sorted(arrivals, key=lambda each: places[id(each)]):
            told = arrival.event
            found.setdefault(
                told["messageId"],
                {
                    "message": told["messageId"],
                    "type": told["type"],
                    "name": told.get("event", told["type"]),
                    "at": min(told["timestamp"], arrival.recorded),
                    "place": places[id(arrival)],
                    "properties": told["properties"],
                },
            )
        return list(found.values())

    def live(self, person: str, recorded: list[Row]) -> None:
        """Everything about one person."""
        world = self.world
        events = sorted(recorded, key=lambda event: event["at"])
        placed = orders_of(recorded, world.base, world.rates)
        retold = {message for order in placed for message in order["extra"]}
        for event in events:
            self.receive(event)
            event["machine"] = event["name"] in ("message_opened", "message_clicked") and event["properties"].get("machine") is True
            event["session"] = None
        standing = sorted((order for order in placed if not order["undone"]), key=lambda order: (order["at"], order["place"]))
        for number, order in enumerate(standing, 1):
            since = None if number == 1 else (order["at"] - standing[number - 2]["at"]) / 1000
            self.add("orders", person, order, number=number, since_last=since)
        for order in placed:
            self.add("placed_orders", person, order)
        self.visit(person, events, placed, standing)
        for event in events:
            if not event["machine"] and event["message"] not in retold:
                self.add("events", person, event)
        firsts = {}
        for stage, name in (("consideration", "product_viewed"), ("conversion", "product_added")):
            times = [event["at"] for event in events if event["name"] == name]
            if times:
                firsts[stage] = min(times)
        if standing:
            firsts["loyalty"] = standing[0]["at"]
        self.stands[person] = firsts

    def add(self, table: str, person: str, row: Row, **more: Any) -> None:
        self.tables[table].append({**row, "person": person, **more})

    def visit(self, person: str, events: list[Row], placed: list[Row], standing: list[Row]) -> None:
        visits: list[list[Row]] = []
        for event in events:
            if not is_visit(event):
                continue
            if not visits or event["at"] - visits[-1][-1]["at"] > 30 * MINUTE:
                visits.append([])
            visits[-1].append(event)
            event["session"] = len(visits)
        if visits:
            self.tables["people"].append({"person": person, "at": visits[0][0]["at"]})
        for number, visit in enumerate(visits, 1):
            began, ended = visit[0]["at"], visit[-1]["at"]
            calls = [event for event in visit if event["type"] in ("page", "screen")]
            looks = [event for event in visit if event["name"] in LOOKS]
            actions = [event for event in visit if event["type"] not in ("page", "screen") and not event["name"].endswith("_viewed")]
            pages = calls if len(calls) >= len(looks) else looks
            for event in pages:
                place = visit.index(event)
                left = (visit[place + 1]["at"] - event["at"]) / 1000 if place + 1 < len(visit) else None
                self.tables["pages"].append({"person": person, "at": event["at"], "seconds": left})
            if ended + 30 * MINUTE <= self.horizon:
                self.tables["sessions"].append(
                    {
                        "person": person,
                        "at": began,
                        "number": number,
                        "seconds": (ended - began) / 1000,
                        "pages": len(pages),
                        "actions": len(actions),
                        "added": sum(event["name"] == "product_added" for event in visit),
                        "checkouts": sum(event["name"] == "checkout_started" for event in visit),
                        "orders": sum(began <= order["at"] <= ended for order in standing),
                        "bounced": len(pages) <= 1 and not actions,
                    }
                )
            if any(event["name"] == "product_added" for event in visit) and ended + DAY <= self.horizon:
                self.tables["carts"].append(
                    {"person": person, "at": began, **self.cart(visit), "ordered": any(began <= order["at"] <= ended + DAY for order in placed)}
                )

    def cart(self, visit: list[Row]) -> Row:
        base, worth = self.world.base, 0.0
        rates = {} if base is None else {base: 1.0, **self.world.rates}
        lines = [event for event in visit if event["name"] in ("product_added", "product_removed")]
        units = {line["properties"].get("currency") or base or "" for line in lines}
        if len(units) > 1 or any(line["properties"].get("price") is None for line in lines):
            return {"value": None, "currency": base if min(units) in rates else min(units)}
        unit = units.pop()
        for line in lines:
            sign = 1 if line["name"] == "product_added" else -1
            worth += sign * line["properties"]["price"] * line["properties"].get("quantity", 1)
        return {"value": max(0.0, worth) * rates.get(unit, 1.0), "currency": base if unit in rates else unit}

    def receive(self, event: Row) -> None:
        """What an event says of a message."""
        told = event["properties"].get("decision_id")
        word = event["name"].removeprefix("message_")
        if told is None or word not in WORDS or str(event["properties"].get("bounce_type")).lower() == "soft":
            return
        if word in ("opened", "clicked") and event["properties"].get("machine") is True:
            word = f"machine_{word}"
        self.receipts[str(UUID(told))].add(word)

    def messages(self, decisions: list[tuple[str, Row]]) -> tuple[list[Row], list[Row]]:
        newest: dict[str, Row] = {}
        for record in self.world.outcomes:
            if record["revision"] > newest.get(record["decision_id"], {"revision": -1})["revision"]:
                newest[record["decision_id"]] = record
        made: dict[str, Row] = {}
        for person, record in decisions:
            if record["outcome"] in ("acted", "control", "held_out"):
                made.setdefault(record["decision_id"], {**record, "person": person})
        acted = [row for row in made.values() if row["outcome"] == "acted"]
        reporting = {row["channel"] for row in acted if "delivered" in self.receipts[row["decision_id"]]}
        found = []
        for decision_id, row in made.items():
            words = self.receipts[decision_id] if row["outcome"] == "acted" else set()
            result = newest.get(decision_id)
            engagement = result["engagement"] if result else {}
            shows = words & {"opened", "clicked", "dismissed", "machine_opened", "machine_clicked"}
            arrived = "delivered" in words if row["channel"] in reporting else "recalled" not in engagement or "sent" in words
            found.append(
                {
                    **{word: word in words for word in WORDS},
                    **{name: row[name] for name in ("person", "at", "campaign", "channel", "outcome")},
                    "delivered": row["outcome"] == "acted" and bool(shows or (arrived and "bounced" not in words)),
                    "unsubscribed": "unsubscribed" in words or "unsubscribed" in engagement,
                    "status": result["status"] if result else None,
                    "converted": bool(result and result["conversions"] > 0),
                    "value": result["value"] if result else None,
                    "decay": result["credited_value"].get("decay") if result else None,
                    "linear": result["credited_value"].get("linear") if result else None,
                    "currency": self.world.base or "",
                }
            )
        return [row for row in found if row["outcome"] == "acted"], [row for row in found if row["outcome"] != "acted"]

    def belong(self, person: str, changes: list[Row]) -> None:
        """When the person was in which segment: each id enters and leaves for itself."""
        for name, segment in {(each["user_id"], each["segment"]) for each in changes}:
            mine = [each for each in self.world.segments if (each["user_id"], each["segment"]) == (name, segment)]
            for place, each in enumerate(mine):
                if each["change"] == "entered" and each in changes:
                    self.inside[person].append((segment, each["at"], mine[place + 1]["at"] if place + 1 < len(mine) else 1 << 60))


def is_visit(event: Row) -> bool:
    if event["type"] in ("page", "screen"):
        return True
    return event["type"] == "track" and not event["name"].startswith("message_") and event["name"] not in PASSIVE | OUTSIDE
