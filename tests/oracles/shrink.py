"""Find the smallest story that still shows a disagreement, in a form in which a person can see who is right."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.oracles.play import Change, Happening, World, by_engine, by_oracle, differences
from tests.oracles.stories import clock, told
from udfs.core.records import Event

Wrong = Callable[[World], bool]


def disagree(world: World) -> bool:
    """Whether engine and oracle decide differently."""
    return any(differences(world))


def smallest(world: World, wrong: Wrong = disagree) -> World:
    """Leave out events, campaigns and rules one by one, as long as it stays wrong."""
    while smaller := next((less for less in _less(world) if _still(less, wrong)), None):
        world = smaller
    return world


def _less(world: World) -> Iterator[World]:
    for half in (world.happenings[len(world.happenings) // 2 :], world.happenings[: len(world.happenings) // 2]):
        if len(half) < len(world.happenings):
            yield replace(world, happenings=half)
    for place in reversed(range(len(world.happenings))):
        yield world.without(place)
    for document in world.campaigns:
        if len(world.campaigns) > 1:
            yield replace(world, campaigns=tuple(other for other in world.campaigns if other is not document))
    for rule, told_ in (world.policy or {}).items():
        yield replace(world, policy={key: value for key, value in (world.policy or {}).items() if key != rule})
        for place in range(len(told_) if isinstance(told_, list) and len(told_) > 1 else 0):
            yield replace(world, policy={**(world.policy or {}), rule: told_[:place] + told_[place + 1 :]})


def _still(world: World, wrong: Wrong) -> bool:
    try:
        return wrong(world)
    except (KeyError, StopIteration):  # a change or a receipt of a campaign that was left out
        return False


def story(world: World) -> str:
    """A world and what both decide in it."""
    lines = [f"customer {world.user}", f"policy {json.dumps(world.policy)}", *(f"campaign {json.dumps(document)}" for document in world.campaigns)]
    lines += [f"  {_line(happening)}" for happening in world.happenings]
    engine, oracle = differences(world)
    lines += ["only the engine decides", *(f"  {told(verdict, 'UTC')} {verdict.channel or ''} {verdict.against}" for verdict in engine)]
    lines += ["only the oracle decides", *(f"  {told(verdict, 'UTC')} {verdict.channel or ''} {verdict.against}" for verdict in oracle)]
    lines += ["all of the engine", *(f"  {told(decision, 'UTC')}" for decision in by_engine(world))]
    return "\n".join([*lines, "all of the oracle", *(f"  {told(verdict, 'UTC')}" for verdict in by_oracle(world))])


def _line(happening: Happening) -> str:
    at = f"{clock(happening.at, 'UTC')} ({happening.at})"
    if isinstance(happening, Event):
        parts = [happening.properties, happening.traits, happening.context, {"received": happening.received} if happening.received else {}]
        return f"{at} {happening.name} {' '.join(json.dumps(part) for part in parts if part)} [{happening.message_id}]"
    if isinstance(happening, Change):
        return f"{at} {happening.key} {happening.status} {json.dumps(happening.document)}"
    return f"{at} time passes"
