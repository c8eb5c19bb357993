"""Random worlds: a policy, campaigns and one customer's history, made while the engine plays it, so that receipts refer to real messages."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any

from msgspec.structs import replace as replace_event

from tests.oracles import documents
from tests.oracles.play import Change, Customer, Happening, Pause, World, book_of
from tests.oracles.times import DAY, HOUR, MINUTE, quiet_until
from udfs.core.campaigns.book import Book
from udfs.core.records import Decision, Event

STEPS = (0, 0, 1, 1000, MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 11 * HOUR)
LONG_STEPS = (24 * HOUR - 1, 24 * HOUR, 24 * HOUR + 1, 2 * DAY, 7 * DAY)
STARTS = tuple(
    int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
    for day in ("2026-01-05", "2026-03-07", "2026-03-28", "2026-04-04", "2026-10-03", "2026-10-24", "2026-10-31", "2026-09-05", "2026-01-30")
)
PASSIVE = ("message_sent", "message_delivered", "message_bounced")
RECEIPTS = ("delivered", "bounced", "opened", "clicked", "dismissed", "dismissed", "complained", "unsubscribed")


@dataclass
class _History:
    chance: Random
    customer: Customer
    now: int
    settled: bool
    """Whether the policy stays as it is."""
    holds: bool
    """Whether campaigns may be found to be out of line."""
    happenings: list[Happening] = field(default_factory=list)
    told: list[tuple[Happening | None, list[Decision]]] = field(default_factory=list)
    receipts: list[Event] = field(default_factory=list)
    """What will be reported of messages that went out, at its time."""


SAME_DOCUMENTS = 8
"""So many worlds, one after the other, share their policy and campaigns: to compile them takes longer than to live."""


@lru_cache(maxsize=2)
def _shop(number: int) -> tuple[World, Book]:
    chance = Random(f"documents {number}")
    policy, campaigns = documents.policy(chance), documents.campaigns(chance)
    policy, campaigns = documents.learning(Random(f"learning {number}"), policy, campaigns)
    shop = World(user="", policy=policy, campaigns=tuple(campaigns))
    return shop, book_of(shop.policy, shop.campaigns)


def world(seed: int) -> tuple[World, list[tuple[Happening | None, list[Decision]]]]:
    """The world of that number, always the same, and what the engine decided in it, happening by happening."""
    shop, book = _shop(seed // SAME_DOCUMENTS)
    return _lived(shop, book, Random(seed))


def held_out(seed: int) -> World:
    """A world in which everybody is held out of everything, without control groups."""
    shop, _ = _shop(seed // SAME_DOCUMENTS)
    policy = {**(shop.policy or {}), "holdout": {"share": "100%", "epoch": "e1", "exempt": []}}
    shop = replace(shop, policy=policy, campaigns=tuple({**document, "control_group": "0%"} for document in shop.campaigns))
    return _lived(shop, book_of(shop.policy, shop.campaigns), Random(seed), settled=True)[0]


def crowded(seed: int) -> tuple[World, list[tuple[Happening | None, list[Decision]]]]:
    """A world whose channels take hardly anything, and whose messages do not live long: most of them wait for a place, or find none."""
    chance = Random(f"crowded {seed}")
    shop, _ = _shop(seed // SAME_DOCUMENTS)
    rates = {channel: chance.choice(("1 per hour", "1 per hour", "2 per hour", "1 per minute")) for channel in documents.CHANNELS}
    policy = {**(shop.policy or {}), "throughput": rates, "consent": {"default": {"marketing": "grant", "service": "grant"}}}
    if chance.random() < 0.7:
        policy.pop("caps", None)
    campaigns = tuple({**document, "send": {"expires": chance.choice(("1h", "2h", "6h", "24h"))}} for document in shop.campaigns)
    return _lived(replace(shop, policy=policy, campaigns=campaigns), book_of(policy, campaigns), Random(seed), holds=False)


def _lived(
    shop: World, book: Book, chance: Random, *, settled: bool = False, holds: bool = True
) -> tuple[World, list[tuple[Happening | None, list[Decision]]]]:
    someone = replace(shop, user=f"u{chance.randrange(5000)}")
    history = _History(chance, Customer(someone, book=book), chance.choice(STARTS) + chance.randrange(0, 48) * 30 * MINUTE, settled, holds)
    for _ in range(chance.choice((5, 6, 8, 8, 10, 12, 12, 15, 20, 60))):
        _step(history)
    history.told.append((None, history.customer.wait()))
    return replace(someone, happenings=tuple(history.happenings)), history.told


def _step(history: _History) -> None:
    chance = history.chance
    history.now = _next_time(history)
    for receipt in sorted(history.receipts, key=lambda receipt: receipt.at):
        if receipt.at <= history.now:
            history.receipts.remove(receipt)
            _meet(history, replace_event(receipt, at=receipt.at + (receipt.at == _latest(history))))
    dice = chance.random()
    if dice < 0.03:
        _meet(history, _change(history))
    elif dice < 0.06:
        _meet(history, Pause(at=history.now))
    elif dice < 0.07 and (known := [each for each in history.happenings if isinstance(each, Event)]):
        _meet(history, chance.choice(known))
    elif dice < 0.12 and history.holds:
        _meet(history, _hold(history))
    else:
        _meet(history, _event(history))


def _next_time(history: _History) -> int:
    """A little later; often just at, before or after an instant that matters."""
    chance, customer, now = history.chance, history.customer, history.now
    dice = chance.random()
    edges: list[int] = []
    if dice < 0.2 and customer.due is not None:
        edges = [customer.due]
    elif dice < 0.35 and customer.decisions:
        decision = chance.choice(customer.decisions)
        edges = [decision.at + span for span in (30 * MINUTE, 2 * HOUR, DAY, 7 * DAY)]
    elif dice < 0.45 and (hours := (customer.engine.book.policy.quiet_hours)):
        zone = hours.zone or chance.choice(documents.ZONES)
        start, end = (f"{edge // 60:02}:{edge % 60:02}" for edge in (hours.start, hours.end))
        morning = quiet_until(now, zone, start, end)
        edges = [morning if morning > now else quiet_until(now, zone, end, start)]
    edges = [edge + shift for edge in edges for shift in (-1, 0, 0, 1) if now <= edge + shift <= now + 9 * DAY]
    if edges:
        return chance.choice(edges)
    return now + chance.choice(LONG_STEPS if chance.random() < 0.08 else STEPS)


def _meet(history: _History, happening: Happening) -> None:
    history.happenings.append(happening)
    history.told.append((happening, history.customer.meet(happening)))
    for decision in history.told[-1][1]:
        if decision.outcome == "acted" and history.chance.random() < 0.5:
            history.receipts += _receipts(history, decision)


def _receipts(history: _History, decision: Decision) -> list[Event]:
    chance, made = history.chance, []
    for _ in range(chance.choice((1, 1, 2))):
        word = chance.choice(RECEIPTS)
        name = word if word == "unsubscribed" else f"message_{word}"
        properties: dict[str, Any] = {"decision_id": decision.decision_id, **({"bounce_type": "soft"} if chance.random() < 0.15 else {})}
        made.append(_made(history, name, decision.at + chance.choice((1, MINUTE, 30 * MINUTE, 5 * HOUR, DAY)), **properties))
    return made


def _change(history: _History) -> Change:
    chance = history.chance
    name = chance.choice(list(history.customer.documents))
    if chance.random() < 0.1 and not history.settled:
        return Change(at=history.now, key="policy", status="live", document=documents.policy(chance) or {})
    if chance.random() < 0.4:
        return Change(at=history.now, key=f"campaign/{name}", status=chance.choice(("paused", "live", "live")))
    if chance.random() < 0.3:
        document = {**history.customer.documents[name], "tags": chance.sample(documents.TAGS, 1), "priority": chance.randint(-2, 2)}
        return Change(at=history.now, key=f"campaign/{name}", status="live", document=document)
    key = chance.choice(("switch/all", f"switch/campaign/{name}", f"switch/channel/{chance.choice(documents.CHANNELS)}"))
    return Change(at=history.now, key=key, status=chance.choice(("off", "on", "on")))


def _hold(history: _History) -> Change:
    """A campaign is found to be out of line, or a person says something to it; also to a version that is not there any more."""
    chance, campaigns = history.chance, history.customer.engine.book.campaigns
    name = chance.choice(list(history.customer.documents))
    told = {"about": "volume", "version": chance.choice((campaigns[name].version, "v0")), "at": history.now, "why": "many"}
    status = chance.choice(("held", "held", "held", "released", "dropped"))
    return Change(at=history.now, key=f"hold/{name}", status=status, document=told)


def _made(history: _History, name: str, at: int, *, traits: Any = None, context: Any = None, received: int = 0, **properties: Any) -> Event:
    return Event(
        message_id=f"e{len(history.happenings)}-{history.chance.randrange(10**9)}",
        type="track",
        name=name,
        user_id=history.customer.user,
        at=at,
        properties=properties,
        traits=traits or {},
        context=context or {},
        passive=name in PASSIVE,
        received=received,
    )


def _event(history: _History) -> Event:
    chance, now = history.chance, history.now
    dice = chance.random()
    if dice < 0.45:
        name, told = chance.choice(("page", "page", "search", "search")), {"article": chance.choice("ab"), "price": chance.choice((10, 50, 60))}
    elif dice < 0.57:
        cart: dict[str, Any] = {"cart_id": chance.choice("xy")} if chance.random() < 0.4 else {}
        name = chance.choice(("product_added", "product_added", "product_added", "product_removed", "cart_viewed"))
        return _made(history, name, now, product_id=chance.choice(("tent", "peg")), price=chance.choice((40, 120)), quantity=1, **cart)
    elif dice < 0.64:
        name, told = "product_viewed", {"product_id": "tent"}
    elif dice < 0.70:
        name, told = chance.choice(("order_completed", "cart_cleared")), {"cart_id": "x"} if chance.random() < 0.3 else {}
    elif dice < 0.77:
        name, told = _about_consent(history)
    elif dice < 0.80:
        name, told = _about_interests(history)
    elif dice < 0.92:
        name, told = "page", {"article": chance.choice("abcdef"), "price": 60}
    else:
        return _made(history, "identify", now, traits=_traits(chance))
    at, received = now, 0
    if chance.random() < 0.07:
        at = _latest(history) - chance.choice((1, MINUTE, HOUR, DAY))
    elif chance.random() < 0.03:
        received = at + chance.choice((HOUR, HOUR + 1, 3 * DAY, 3 * DAY + 1))
    return _made(history, name, at, context=_context(chance), received=received, **told)


def _latest(history: _History) -> int:
    """The customer's own now. What comes late is before it, never at that very millisecond: if a timer has ended the silence that begins there,
    the silence would begin, and end, once more, and would be decided twice under one id."""
    return max((each.at for each in history.happenings if isinstance(each, Event)), default=history.now)


def _about_interests(history: _History) -> tuple[str, dict[str, Any]]:
    chance, campaigns = history.chance, history.customer.documents
    topics = sorted({tag for document in campaigns.values() for tag in document.get("tags", ())})
    if topics and chance.random() < 0.3:
        return "preferences_set", {"topics": {topic: chance.random() < 0.5 for topic in topics}}
    name = chance.choice(("not_interested", "not_interested", "interested"))
    if topics and chance.random() < 0.5:
        return name, {"topic": chance.choice(topics)}
    return name, {"campaign": chance.choice(list(campaigns))}


def _about_consent(history: _History) -> tuple[str, dict[str, Any]]:
    chance = history.chance
    channel = {"channel": chance.choice((*documents.CHANNELS, ["email", "push"]))} if chance.random() < 0.6 else {}
    dice = chance.random()
    if dice < 0.5:
        ends = {"expires_in": chance.choice(("30m", "1d", "30d"))} if chance.random() < 0.3 else {}
        purpose = {"purpose": chance.choice(("marketing", "service", ["marketing", "service"]))} if chance.random() < 0.5 else {}
        return "consent_given", {**purpose, **channel, **ends}
    if dice < 0.65:
        purpose = {"purpose": chance.choice(("marketing", "service"))} if chance.random() < 0.7 else {}
        return "consent_withdrawn", {**purpose, **channel}
    if dice < 0.70:
        ends = {"expires_in": chance.choice(("30m", "1d"))} if chance.random() < 0.2 else {}
        return chance.choice((("consent_given", {"purpose": "storage", **ends}),) * 2 + (("consent_withdrawn", {"purpose": "storage"}),))
    single = {"channel": chance.choice(documents.CHANNELS)} if channel else {}
    return ("unsubscribed" if dice < 0.8 else "subscribed"), single


def _traits(chance: Random) -> dict[str, Any]:
    return {
        **documents.maybe(chance, 0.4, {"timezone": chance.choice((*documents.ZONES, "Atlantis", None))}),
        **documents.maybe(chance, 0.3, {f"{chance.choice(documents.CHANNELS)}_reachable": chance.random() < 0.6}),
        **documents.maybe(chance, 0.2, {"email": chance.choice(("a@example.com", "b@example.com"))}),
        **documents.maybe(chance, 0.1, {"phone": chance.choice(("1", "2"))}),
        **documents.maybe(chance, 0.3, {"vip": chance.choice(("yes", "no"))}),
    }


def _context(chance: Random) -> dict[str, Any]:
    ticked = {category: chance.random() < 0.7 for category in ("Marketing", "C1", "service") if chance.random() < 0.5}
    return {
        **documents.maybe(chance, 0.12, {"timezone": chance.choice(documents.ZONES)}),
        **documents.maybe(chance, 0.08, {"consent": {"categoryPreferences": ticked}}),
    }
