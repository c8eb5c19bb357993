"""Says what outcomes a history should have: at every instant everything is worked out again from all that is known by then. Slow and plain."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.outcome_oracle import ledger
from tests.outcome_oracle.world import DAY, HOUR, Decided, World, span
from tests.outcome_oracle.worth import in_base, is_computed, shares, tenth
from udfs.core.records import Event

RECEIPTS = ("sent", "delivered", "opened", "clicked", "dismissed", "bounced", "complained")
DENYING = ("unsubscribed", "message_complained")


class Fact(NamedTuple):
    """Something that was reported at `now`, and happened at `at`."""

    now: int
    at: int
    event: Event


class Conversion(NamedTuple):
    """A goal's event, and the decisions into whose time it fell."""

    fact: Fact
    order_id: str | None
    hits: list[Decided]
    blind: list[Decided]
    """Those of them for which nobody knows what it is worth, if that is computed from the event."""


def expected(world: World) -> list[dict[str, Any]]:
    """Every outcome, in the order in which it should be written."""
    return list(Oracle(world).run())


class Oracle:
    """One history."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.goals = {document["campaign"]: document["goal"] for document in world.campaigns if "goal" in document}
        self.kept = world.policy.get("retention", {}).get("known")
        self.forgotten = 0
        """When the customer was forgotten last: what is older is not known."""
        self.facts: list[Fact] = []
        self.ids: set[str] = set()
        self.words: list[tuple[int, bool, str, str]] = []
        """What was said about channels: when it happened, the denial last of two at one instant."""
        self.stores = True
        self.denied: dict[str, bool] = {}
        self.unsubscribed: dict[str, tuple[int, int]] = {}
        """Decision -> when the first denial was reported, and when it was said."""
        self.closed: set[str] = set()
        self.told: dict[str, list[dict[str, Any]]] = {}
        self.clock = 0
        self.place = -1
        self.last: tuple[tuple[Any, ...], list[Conversion]] = ((), [])

    def run(self) -> Iterator[dict[str, Any]]:
        for place, (now, event) in enumerate(self.world.happenings):
            yield from self.until(now)
            self.place = place
            yield from self.take(now, event)
        yield from self.until(self.world.horizon)

    def open(self, before: int) -> list[Decided]:
        """The decisions that count, and were made before an instant."""
        return [each for each in self.world.decisions if self.forgotten < each.at < before and each.campaign in self.goals]

    def ends(self, decided: Decided) -> int:
        return decided.at + span(self.goals[decided.campaign].get("within", "3d"))

    def until(self, now: int) -> Iterator[dict[str, Any]]:
        """What time alone brings before `now`: windows end, and the customer is forgotten."""
        while True:
            waiting = [each for each in self.open(now) if each.decision_id not in self.closed]
            first = min((self.ends(each) for each in waiting), default=now)
            goes = self.clock + span(self.kept) if self.kept and self.clock > self.forgotten else now
            if min(first, goes) >= now:
                return
            if goes < first:
                yield from self.forget(goes)
                self.ids.clear()
                continue
            for each in waiting:
                if self.ends(each) == first:
                    self.closed.add(each.decision_id)
                    yield self.write(each, first, "final")

    def forget(self, now: int) -> Iterator[dict[str, Any]]:
        for each in self.open(now + 1):
            if each.decision_id not in self.closed:
                yield self.write(each, now, "cut")
        self.forgotten, self.facts = now, []

    def take(self, now: int, event: Event) -> Iterator[dict[str, Any]]:
        if event.message_id in self.ids:
            return
        self.ids.add(event.message_id)
        self.clock = max(self.clock, now)  # what is sent again is no sign of life
        if event.name in ("consent_given", "consent_withdrawn"):
            self.stores = event.name == "consent_given"
        if event.name in (*DENYING, "subscribed"):
            self.words.append((event.at, event.name in DENYING, event.properties["channel"], event.user_id))
        if not self.stores:
            yield from self.forget(now)
            return
        before = self.reached(now)
        self.facts.append(Fact(now, min(event.at, now), event))
        self.denied = {channel: self.is_denied(channel) for channel in ("email", "push")}
        if event.name in (*DENYING, "subscribed", "consent_given"):
            self.note_denials(now)
        yield from self.say(now, before, self.reached(now, news=False))

    def knows(self, user: str) -> bool:
        """Whether what one id did is known to whoever takes the last event."""
        return True

    def say(self, now: int, before: dict[str, tuple[Any, ...]], after: dict[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
        """What has to be said of each decision after an event. `before`, `after`: what the conversions that there were before come to."""
        for each in self.open(now):
            if not self.knows(each.user):
                continue
            said = self.told.get(each.decision_id)
            figures = self.figures(each, now)
            if each.decision_id in self.closed:
                if said and self.said(said[-1]) != figures:
                    yield self.write(each, now, "final")
            elif not said:
                if figures["conversions"]:
                    yield self.write(each, now, "provisional")
            elif before[each.decision_id] != after[each.decision_id] and self.said(said[-1]) != figures:
                yield self.write(each, now, "provisional")

    def reached(self, now: int, *, news: bool = True) -> dict[str, tuple[Any, ...]]:
        """What each decision's conversions come to. `news`: also the one that the last fact may be."""
        found = {}
        for each in self.open(now):
            figures = self.figures(each, now, news=news)
            found[each.decision_id] = (figures["conversions"], figures["value"], figures["unvalued"])
        return found

    def is_denied(self, channel: str) -> bool:
        words = [word for word in self.words if word[2] == channel and self.knows(word[3])]
        return bool(words) and max(words)[1]

    def note_denials(self, now: int) -> None:
        """The first word after which a message would not go out any more, if it was said in the window."""
        at = self.facts[-1].at
        for each in self.open(now):
            if self.knows(each.user) and self.denied[each.channel] and each.at < at <= self.ends(each) and now <= self.ends(each) + 72 * HOUR:
                self.unsubscribed.setdefault(each.decision_id, (now, at))

    def engagement(self, decided: Decided, known: int) -> dict[str, int]:
        """What is known by then of what happened to a message."""
        found: dict[str, int] = {}
        ends = self.ends(decided)
        for now, at, event in self.facts:
            word = event.name.removeprefix("message_")
            if now > known or word not in RECEIPTS or event.properties.get("decision_id") != decided.decision_id or decided.outcome != "acted":
                continue
            if event.properties.get("bounce_type") == "soft" or at > ends or now > ends + 72 * HOUR:
                continue
            word = f"machine_{word}" if word in ("opened", "clicked") and event.properties.get("machine") else word
            found[word] = min(found.get(word, max(at, decided.at)), max(at, decided.at))
        for recall in self.world.recalls:
            if recall.decision_id == decided.decision_id and recall.place <= self.place and self.forgotten < recall.at <= min(known, ends):
                found["recalled"] = min(found.get("recalled", recall.at), recall.at)
        if decided.decision_id in self.unsubscribed and self.unsubscribed[decided.decision_id][0] <= known:
            found["unsubscribed"] = self.unsubscribed[decided.decision_id][1]
        return found

    def conversions(self, *, news: bool) -> list[Conversion]:
        """Every time that a goal was reached. An order counts when it is first told."""
        found, orders = [], set()
        for number, fact in enumerate(self.facts):
            if not news and number == len(self.facts) - 1:
                break
            order_id = None
            if fact.event.name == "order_completed":
                order_id = ledger.identity(fact.event)
                if order_id in orders:
                    continue
                orders.add(order_id)
            hits = [each for each in self.open(fact.now) if self.is_hit(each, fact)]
            if hits:
                found.append(Conversion(fact, order_id, hits, []))
        return found

    def remembered(self, *, news: bool) -> list[Conversion]:
        """The same, found once for all decisions of one instant."""
        state = (len(self.facts), self.forgotten, self.place, news, self.clock)
        if self.last[0] != state:
            self.last = (state, self.conversions(news=news))
        return self.last[1]

    def is_hit(self, decided: Decided, fact: Fact) -> bool:
        goal, ends = self.goals[decided.campaign], self.ends(decided)
        if not (decided.at < fact.at <= ends and fact.now <= ends + 72 * HOUR) or fact.event.name not in goal["event"]:
            return False
        if "when" not in goal:
            return True
        total = in_base(fact.event, "total")
        return total is not None and total > 50

    def figures(self, decided: Decided, now: int, *, news: bool = True) -> dict[str, Any]:
        """What the outcome of a decision says if it is written now."""
        goal = self.goals[decided.campaign]
        count, value, unvalued, first = 0, 0.0, 0, None
        credit, credited = [0.0] * 5, [0.0] * 5
        for conversion in self.remembered(news=news):
            fact = conversion.fact
            if decided not in conversion.hits:
                continue
            known = min(now, fact.at + 30 * DAY)
            order = ledger.orders_of([each.event for each in self.facts if self.sees(conversion, each, known)]).get(conversion.order_id or "")
            if order is not None and order.is_gone:
                continue
            count += 1
            first = fact.at if first is None else min(first, fact.at)
            is_known = decided not in conversion.blind or not is_computed(goal)
            worth = self.worth(goal, fact.event, order) if is_known else None
            value += worth or 0.0
            unvalued += worth is None and "value" in goal
            share = self.credit(decided, conversion, known)
            credit = [one + other for one, other in zip(credit, share, strict=True)]
            credited = [one + other * (worth or 0.0) for one, other in zip(credited, share, strict=True)]
        models = ("last", "first", "linear", "decay", "position")
        return {
            "conversions": count,
            "value": round(value, 6) if "value" in goal else None,
            "unvalued": unvalued,
            "first_at": first,
            "engagement": self.engagement(decided, now),
            "credit": dict(zip(models, (round(each, 6) for each in credit), strict=True)),
            "credited_value": dict(zip(models, (round(each, 6) for each in credited), strict=True)) if "value" in goal else {},
        }

    def sees(self, conversion: Conversion, fact: Fact, known: int) -> bool:
        """Whether a fact was known by then to whoever counts a conversion."""
        return fact.now <= known

    def worth(self, goal: dict[str, Any], event: Event, order: ledger.Told | None) -> float | None:
        if "value" not in goal:
            return None
        if goal["value"] == "revenue":
            return order.left if order is not None else next((in_base(event, name) for name in ("total", "value") if name in event.properties), None)
        told = float(goal["value"]) if isinstance(goal["value"], int) else tenth(event)
        if order is None or told is None:
            return told
        if event.properties.get("currency") not in (None, *ledger.RATES) and order.backs:
            return None  # nobody knows what was paid back
        if not order.backs or not sum(order.backs):
            return told
        return None if not order.whole or order.left is None else told * order.left / order.whole

    def credit(self, decided: Decided, conversion: Conversion, known: int) -> list[float]:
        """The share of one message in one conversion, by each model."""
        touches = []
        for place, each in enumerate(conversion.hits):
            engagement = self.engagement(each, known)
            arrived = {"sent", "delivered", "opened", "clicked"} & engagement.keys()
            if each.outcome != "acted" or "bounced" in engagement or ("recalled" in engagement and not arrived):
                continue
            goal = self.goals[each.campaign]
            basis = goal.get("basis", "decision")
            at = each.at if basis == "decision" else engagement.get(basis)
            if at is not None and at <= conversion.fact.at:
                touches.append((at, place, each.decision_id, span(goal.get("half_life", "7d"))))
        return shares(decided.decision_id, touches, conversion.fact.at)

    @staticmethod
    def said(record: dict[str, Any]) -> dict[str, Any]:
        return {name: record[name] for name in ("conversions", "value", "unvalued", "first_at", "engagement", "credit", "credited_value")}

    def write(self, decided: Decided, now: int, status: str) -> dict[str, Any]:
        said = self.told.setdefault(decided.decision_id, [])
        record = {
            "decision_id": decided.decision_id,
            "revision": len(said),
            "status": status,
            "campaign": decided.campaign,
            "variant": decided.variant,
            "channel": decided.channel,
            "outcome": decided.outcome,
            "starts": decided.at,
            "ends": self.ends(decided),
            "at": now,
            **self.figures(decided, now),
        }
        said.append(record)
        return record
