"""Random shops: a customer whose outcomes the engine wrote (refunds, late receipts, machines, revisions), and others who browse, buy, log in,
share browsers and send everything twice."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID, uuid5

from tests.kpi_oracle.world import DAY, HOUR, MINUTE, Arrival, World
from tests.outcome_oracle import worlds as outcome_worlds
from tests.outcome_oracle.world import World as OutcomeWorld
from udfs.core.records import Event

SPACE = UUID("6f1c1b64-6d8c-4c3f-9a54-2a1b3c4d5e6f")
# fmt: off
STEPS = (
    0, 1, 1000, MINUTE, MINUTE, 5 * MINUTE, 10 * MINUTE, 29 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1, HOUR, 6 * HOUR, DAY, 3 * DAY, 8 * DAY, 31 * DAY,
)
# fmt: on
LATE = (0, 0, 0, 0, 0, 0, 1, MINUTE, HOUR, 2 * DAY, -MINUTE)
PRODUCTS = ("tent", "stove", "lamp")
ORDERS = ("o1", "o2", "O2 ", "o3", None)


def world(seed: int) -> World:
    """The world of a number."""
    return _Making(Random(seed), seed).world


def several(seeds: Iterable[int]) -> World:
    """The worlds of several numbers as one shop, with the currency of the first."""
    made = [world(seed) for seed in seeds]
    whole = World(base=made[0].base, rates=made[0].rates)
    for each in made:
        for name in ("arrivals", "decisions", "outcomes", "segments"):
            getattr(whole, name).extend(getattr(each, name))
    whole.arrivals.sort(key=lambda arrival: arrival.recorded)
    whole.segments.sort(key=lambda record: int(record["at"]))
    return whole


class _Making:
    def __init__(self, chance: Random, seed: int) -> None:
        self.chance, self.seed = chance, seed
        self.world = World()
        if chance.random() < 0.6:
            self.world.base, self.world.rates = "USD", ({"EUR": 1.5} if chance.random() < 0.7 else {})
        self.ids = 0
        self.now = outcome_worlds.MONDAY
        self.names = [f"{seed}-u{number}" for number in range(chance.randint(1, 3))]
        self.browsers = [f"{seed}-web{number}" for number in range(chance.randint(1, 3))]
        self.units = dict[str | None, str | None]()
        if chance.random() < 0.7:
            self._with_outcomes(outcome_worlds.world(seed))
        else:
            for _ in range(chance.randint(2, 8)):
                self._decided()
        for _ in range(chance.randint(5, 45)):
            self.now += chance.choice(STEPS)
            self._happen()
        self.world.arrivals.sort(key=lambda arrival: arrival.recorded)
        self.world.segments.sort(key=lambda record: int(record["at"]))

    def _with_outcomes(self, played: OutcomeWorld) -> None:
        """The history of a customer as the engine has played it, under the name of the first one here."""
        ids = {each.decision_id: str(uuid5(SPACE, f"{self.seed} {each.decision_id}")) for each in played.decisions}
        for now, event in played.happenings:
            self.world.arrivals.append(Arrival(now, self._told(event, ids)))
        for each in played.decisions:
            self._decision(ids[each.decision_id], each.at, each.campaign, each.variant, each.channel, each.outcome)
        for record in played.told:
            self.world.outcomes.append({**record, "decision_id": ids[record["decision_id"]], "user_id": self.names[0]})
        if self.world.outcomes and self.chance.random() < 0.3:
            self.world.outcomes.append(self.chance.choice(self.world.outcomes))  # written a second time
            self.chance.shuffle(self.world.outcomes)

    def _told(self, event: Event, ids: dict[str, str]) -> dict[str, Any]:
        properties = dict(event.properties)
        if "decision_id" in properties:
            properties["decision_id"] = ids.get(properties["decision_id"], properties["decision_id"])
            if self.chance.random() < 0.1:
                properties["decision_id"] = properties["decision_id"].upper().replace("-", "")
        kind = event.name if event.name in ("page", "identify") else "track"
        return {
            "type": kind,
            **({"event": event.name} if kind == "track" else {}),
            "messageId": f"{self.seed}-{event.message_id}",
            "userId": self.names[0],
            "timestamp": event.at,
            "properties": properties,
        }

    def _decision(self, decision_id: str, at: int, campaign: str, variant: str, channel: str, outcome: str) -> None:
        self.world.decisions.append(
            {
                "decision_id": decision_id,
                "attempt": 0,
                "user_id": self.names[0],
                "campaign": campaign,
                "campaign_version": "v",
                "outcome": outcome,
                "reason": "ELIGIBLE",
                "variant": variant,
                "channel": channel,
                "features": {},
                "at": at,
            }
        )
        if self.chance.random() < 0.1:
            self.world.decisions.append({**self.world.decisions[-1], "outcome": "withheld", "attempt": 1})
        if self.chance.random() < 0.1:
            self.world.decisions.append(self.world.decisions[-1])

    def _decided(self) -> None:
        """A campaign without a goal: there are receipts, and no outcomes."""
        chance = self.chance
        at = self.now + chance.choice(STEPS)
        channel = chance.choice(("email", "sms", "inbox"))
        decision_id = str(uuid5(SPACE, f"{self.seed} d{self._number()}"))
        self._decision(decision_id, at, "news", "a", channel, chance.choice(("acted", "acted", "acted", "control")))
        for word in ("sent", "delivered", "opened", "clicked", "bounced", "dismissed", "complained"):
            if chance.random() < 0.3 and (channel, word) != ("inbox", "delivered"):  # of which nobody reports deliveries
                machine = {"machine": True} if word in ("opened", "clicked") and chance.random() < 0.4 else {}
                soft = {"bounce_type": "soft"} if word == "bounced" and chance.random() < 0.5 else {}
                self._put(f"message_{word}", {"decision_id": decision_id, **machine, **soft}, at=at + chance.choice(STEPS), user=self.names[0])
        if chance.random() < 0.1:
            self._put("unsubscribed", {"decision_id": decision_id, "channel": channel}, at=at + HOUR, user=self.names[0])

    def _number(self) -> int:
        self.ids += 1
        return self.ids

    def _put(self, name: str, properties: dict[str, Any], *, at: int, user: str | None = None, anonymous: str | None = None) -> None:
        """An event arrives, now and then late, from the future or twice."""
        chance = self.chance
        late = chance.choice(LATE)
        kind = name if name in ("page", "screen", "identify", "alias", "group") else "track"
        told = {
            "type": kind,
            **({"event": name} if kind == "track" else {}),
            "messageId": f"{self.seed}-x{self._number()}",
            **({"userId": user} if user else {}),
            **({"anonymousId": anonymous} if anonymous else {}),
            "timestamp": at - late if late < 0 else at,
            **({"groupId": "firm"} if kind == "group" else {}),
            **({"previousId": properties.pop("previousId")} if kind == "alias" else {}),
            "properties": {key: value for key, value in properties.items() if value is not None},
        }
        arrival = Arrival(at + max(0, late), told)
        self.world.arrivals.append(arrival)
        if chance.random() < 0.05:
            self.world.arrivals.append(replace(arrival, recorded=arrival.recorded + chance.choice((0, 1, HOUR))))

    def _happen(self) -> None:
        chance = self.chance
        make = chance.choices(
            (self._browse, self._order, self._undo, self._log_in, self._segment, self._offer, self._speak),
            (40, 14, 8, 8, 6, 10, 4),
        )[0]
        make()

    def _who(self) -> dict[str, Any]:
        chance = self.chance
        user, browser = chance.choice(self.names), chance.choice(self.browsers)
        return chance.choices(({"user": user}, {"anonymous": browser}, {"user": user, "anonymous": browser}), (4, 5, 1))[0]

    def _browse(self) -> None:
        chance, who = self.chance, self._who()
        name = chance.choice(
            (
                "page",
                "page",
                "screen",
                "product_viewed",
                "product_viewed",
                "product_list_viewed",
                "product_added",
                "product_removed",
                "cart_viewed",
                "checkout_started",
                "products_searched",
                "promotion_viewed",
                "wishlist_shared",
                "order_shipped",
            )
        )
        properties: dict[str, Any] = {}
        if name.startswith("product_") and name != "product_list_viewed":
            properties = {
                "product_id": chance.choice(PRODUCTS),
                "price": chance.choice((10, 25.5, 99, None)),
                "quantity": chance.choice((None, 1, 3)),
                "currency": chance.choice((None, None, "USD", "EUR")),
            }
        elif name == "order_shipped":
            properties = {"order_id": "o1"}
        elif name == "products_searched":
            properties = {"query": "tent"}
        self._put(name, properties, at=self.now, **who)

    def _order(self) -> None:
        chance = self.chance
        order_id = chance.choice(ORDERS)
        amount = chance.choice(
            (
                {"total": 60},
                {"total": 99.5},
                {"revenue": 40},
                {"value": 12.25},
                {"products": [{"price": 30, "quantity": 2}]},
                {"products": [{"product_id": "x"}]},
                {},
            )
        )
        self._put("order_completed", {"order_id": order_id, "currency": self._unit(), **amount}, at=self.now, **self._who())

    def _unit(self) -> str | None:
        return self.chance.choice((None, None, None, "USD", "EUR", "GBP"))

    def _undo(self) -> None:
        chance = self.chance
        order_id = chance.choice(ORDERS)
        if chance.random() < 0.2:
            self._put("order_cancelled", {"order_id": order_id}, at=self.now, **self._who())
            return
        amount = chance.choice((10, 25.5, -5, 60, None))
        self._put(
            "order_refunded",
            {"order_id": order_id, "total": amount, "currency": self._unit(), "refund_id": chance.choice((None, "r1", "r2"))},
            at=self.now,
            **self._who(),
        )

    def _log_in(self) -> None:
        chance = self.chance
        user, browser = chance.choice(self.names), chance.choice(self.browsers)
        if chance.random() < 0.3:
            self._put("alias", {"previousId": chance.choice([*self.names, *self.browsers])}, at=self.now, user=user)
        elif chance.random() < 0.1:
            self._put("page", {}, at=self.now, user=user, anonymous=chance.choice(self.names))
        else:
            self._put("identify", {}, at=self.now, user=user, anonymous=browser)

    def _segment(self) -> None:
        chance = self.chance
        self.world.segments.append(
            {
                "user_id": chance.choice([*self.names, *self.browsers]),
                "segment": chance.choice(("lookers", "spenders")),
                "segment_version": "v",
                "change": chance.choice(("entered", "entered", "left")),
                "at": self.now + len(self.world.segments),
            }
        )

    def _offer(self) -> None:
        chance, who = self.chance, self._who()
        if chance.random() < 0.3:
            self._follow(who)
            return
        name = chance.choice(("promotion_viewed", "promotion_clicked", "product_list_viewed", "product_clicked", "product_added", "signed_up"))
        properties: dict[str, Any] = {}
        if name.startswith("promotion"):
            properties = {"promotion_id": chance.choice(("p1", "p2", None))}
        elif name == "product_list_viewed":
            properties = {"recommended": chance.choice((True, True, False, None)), "list_id": chance.choice(("l1", None))}
        elif name.startswith("product"):
            properties = {
                "recommended": chance.choice((True, True, None)),
                "list_id": chance.choice(("l1", "l2")),
                "product_id": chance.choice(PRODUCTS),
                "price": 20,
            }
        self._put(name, properties, at=self.now, **who)

    def _follow(self, who: dict[str, Any]) -> None:
        """Somebody follows a promotion, or a recommendation as far as the cart."""
        chance = self.chance
        if chance.random() < 0.4:
            for name in ("promotion_viewed", "promotion_clicked"):
                self._put(name, {"promotion_id": "p1"}, at=self.now, **who)
                self.now += chance.choice((1000, MINUTE, 31 * MINUTE))
            return
        for name in ("product_list_viewed", "product_clicked", "product_added"):
            self._put(name, {"recommended": True, "list_id": "l1", "product_id": "tent", "price": 20}, at=self.now, **who)
            self.now += chance.choice((0, MINUTE, HOUR))

    def _speak(self) -> None:
        chance = self.chance
        name = chance.choice(("unsubscribed", "subscribed", "consent_given", "group"))
        self._put(name, {"channel": "email"} if name != "group" else {}, at=self.now, **self._who())
