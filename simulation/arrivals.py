"""Arrivals: each customer in her own rhythm, strangers one after the other, and those who are in the shop when the world begins."""

from functools import partial

from simulation.customers import Person, customer, stranger
from simulation.dice import uniform, waiting
from simulation.lives import Life
from simulation.rhythm import HOUR, Rhythm
from simulation.timeline import Timeline
from simulation.walks import browse

VISIT_PAUSES = 6.5
"""Mean length of a visit, in pauses."""
OPENING = 2.0
"""The time, in pauses, over which those enter who should already be in the shop when the world begins."""


def populate(world: Timeline, *, customers: int, hourly: float, strangers: float) -> None:
    """Plan everybody's first visit: `hourly` visits per customer on average, and `hourly` strangers in total."""
    for number in range(customers):
        _settle(world, customer(number, seed=world.seed, categories=world.categories), hourly)
    if strangers:
        rhythm = Rhythm("evening", "Europe/Berlin", world.tempo.even)
        inside = round(strangers * VISIT_PAUSES * world.tempo.pause_ms / HOUR)
        for number in range(inside):
            world.later(_opening(world, "stranger", number), partial(_stranger, world, number))
        _next_stranger(world, inside, strangers, rhythm, world.start)


def _settle(world: Timeline, person: Person, hourly: float) -> None:
    hourly *= person.character.frequency
    life = Life(person, world.tempo, person.rhythm(even=world.tempo.even), hourly)
    world.customers.append(life)
    world.lives[person.key] = world.lives[person.anonymous_id] = life
    inside = life.rhythm.measure(world.start, world.start + HOUR) * hourly * VISIT_PAUSES * world.tempo.pause_ms / HOUR
    if uniform(world.seed, person.key, "inside") < inside:
        world.later(_opening(world, person.key), partial(browse, world, life, -1))
    _next_visit(world, life, world.start)


def _opening(world: Timeline, *name: object) -> int:
    return world.start + int(uniform(world.seed, *name, "opening") * OPENING * world.tempo.pause_ms)


def _next_visit(world: Timeline, life: Life, since: int) -> None:
    number = life.visits
    life.visits += 1
    hours = waiting(world.seed, life.person.key, "visit", number) / life.hourly
    world.later(life.rhythm.advance(since, hours), partial(_visit, world, life, number))


def _visit(world: Timeline, life: Life, number: int, at: int) -> None:
    _next_visit(world, life, at)
    browse(world, life, number, at)


def _next_stranger(world: Timeline, number: int, hourly: float, rhythm: Rhythm, since: int) -> None:
    hours = waiting(world.seed, "stranger", number) / hourly
    world.later(rhythm.advance(since, hours), partial(_one_more, world, number, hourly, rhythm))


def _one_more(world: Timeline, number: int, hourly: float, rhythm: Rhythm, at: int) -> None:
    _next_stranger(world, number + 1, hourly, rhythm, at)
    _stranger(world, number, at)


def _stranger(world: Timeline, number: int, at: int) -> None:
    person = stranger(number, seed=world.seed, categories=world.categories)
    life = Life(person, world.tempo, person.rhythm(even=world.tempo.even))
    world.lives[person.key] = life
    browse(world, life, 0, at)
    world.later(at + 10 * world.tempo.away_ms, partial(_forget, world, life))


def _forget(world: Timeline, life: Life, at: int) -> None:
    """Forget a stranger, unless she is here or on her way."""
    if life.inside or life.waiting or any(intent.comes_at is not None for intent in life.intents):
        world.later(at + 10 * world.tempo.away_ms, partial(_forget, world, life))
    else:
        world.lives.pop(life.person.key, None)
