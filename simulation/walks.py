"""Visits, click by click: looking around, coming back to buy, following a message. Nobody is in the shop twice at the same time."""

from collections.abc import Iterator
from functools import partial
from random import Random

from simulation.dice import dice
from simulation.intents import Intent
from simulation.lives import Life
from simulation.plans import draw
from simulation.resolve import resolve
from simulation.sources import Origin, arrival, from_message
from simulation.timeline import Posted, Timeline
from simulation.visits import Click, Visit

ANONYMOUS = 0.15
"""The share of customers' visits that begin before login."""


def expect(world: Timeline, life: Life, intent: Intent) -> None:
    """Schedule her return for something that she wants to buy."""
    if intent.comes_at is not None:
        world.later(intent.comes_at, partial(_return, world, life, intent))


def follow(world: Timeline, life: Life, intent: Intent, *, campaign: str, channel: str, decision_id: str, at: int) -> None:
    """A visit after clicking a message: to buy if she has decided to, otherwise to look."""
    chance = dice(world.seed, "follow", decision_id)
    visit = _visit(world, life, intent, chance, f"{life.person.key}-m-{decision_id[:13]}")
    clicks = visit.buying() if intent.buying else visit.glancing()
    _enter(world, life, visit, clicks, from_message(life.person.device, campaign=campaign, channel=channel), at)


def browse(world: Timeline, life: Life, number: int, at: int) -> None:
    """A visit of her own accord."""
    if life.inside:
        life.waiting.append(partial(browse, world, life, number))
        return
    life.tidy(at)
    person = life.person
    chance = dice(world.seed, person.key, "walk", number)
    if person.character.bot:
        visit = _visit(world, life, None, chance, "")
        _enter(world, life, visit, visit.crawling(), arrival(person.device, chance), at)
        return
    plan = draw(person.character, world.catalogue, chance)
    intent = Intent(
        character=person.character,
        plan=plan,
        log_odds=resolve(person.character, plan, orders=life.orders),
        decided_at=at + int((plan.looks + 2) * world.tempo.pause_ms),
        wait=life.wait_ms,
        cooling=world.tempo.away_ms,
        value=world.catalogue.by_id[plan.target].price,
    )
    life.intents.append(intent)
    anonymous = person.user_id is not None and chance.random() < ANONYMOUS
    visit = _visit(world, life, intent, chance, f"{person.key}-{world.start:x}-{number + 1}", anonymous=anonymous)
    clicks = visit.browsing(partial(_decide, world, life, intent, visit))
    _enter(world, life, visit, clicks, arrival(person.device, chance), at)


def _decide(world: Timeline, life: Life, intent: Intent, visit: Visit) -> bool:
    intent.value = max(intent.value, visit.value())
    buys = intent.decide(world.now, dice(world.seed, life.person.key, "judge", visit.order_id))
    visit.coupon = life.coupon
    expect(world, life, intent)
    return buys


def _return(world: Timeline, life: Life, intent: Intent, at: int) -> None:
    """Return for what she had in mind, unless she has bought it or was put off."""
    if intent.closed or intent.comes_at is None or intent.comes_at > at:
        return
    if life.inside:
        life.waiting.append(partial(_return, world, life, intent))
        return
    intent.comes_at, intent.buying = None, True
    name = f"{life.person.key}-{world.start:x}-r{intent.decided_at - world.start:x}"
    chance = dice(world.seed, "return", name)
    visit = _visit(world, life, intent, chance, name)
    _enter(world, life, visit, visit.buying(), arrival(life.person.device, chance), at)


def _visit(world: Timeline, life: Life, intent: Intent | None, chance: Random, order_id: str, *, anonymous: bool = False) -> Visit:
    plan = (intent and intent.plan) or draw(life.person.character, world.catalogue, chance)
    visit = Visit(life.person, plan=plan, catalogue=world.catalogue, basket=life.basket, order_id=order_id, chance=chance, anonymous=anonymous)
    visit.coupon = life.coupon
    return visit


def _enter(world: Timeline, life: Life, visit: Visit, clicks: Iterator[Click], source: Origin, at: int) -> None:
    life.inside = True
    first = next(clicks)
    world.later(at + _pause(world, first, visit), partial(_click, world, life, visit, clicks, first, source))


def _click(world: Timeline, life: Life, visit: Visit, clicks: Iterator[Click], click: Click, source: Origin, at: int) -> Posted:
    if click.name == "Order Completed":
        life.ordered()
    posted = world.post(life, click, source, at)
    following = next(clicks, None)
    if following is not None:
        world.later(at + _pause(world, following, visit), partial(_click, world, life, visit, clicks, following, source))
        return posted
    life.inside = False
    if life.waiting:
        world.later(at + world.tempo.pause_ms, partial(_wake, world, life))
    return posted


def _wake(world: Timeline, life: Life, at: int) -> None:
    """Start the next waiting visit; if she is in the shop again, it waits once more."""
    if life.waiting and not life.inside:
        life.waiting.pop(0)(at)
        if not life.inside and life.waiting:  # that visit did not take place
            _wake(world, life, at)


def _pause(world: Timeline, click: Click, visit: Visit) -> int:
    spread = 1.0 if visit.person.character.bot else visit.chance.uniform(0.4, 1.6)
    return int(click.linger * spread * world.tempo.pause_ms)
