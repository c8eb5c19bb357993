"""Who is who in a report: the ids that turned out to be one person's, by the rules of docs/identity.md, over a whole history at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from udfs.core.identity.links import Link, Links, Result

ALWAYS = 0
"""Since when an id is somebody's if that never changed, epoch milliseconds."""


class Said(NamedTuple):
    """What one event says of ids, in order of its record."""

    recorded: int
    person: str
    anonymous: str | None
    previous: str | None


class Owner(NamedTuple):
    """From `since` on (record time, epoch milliseconds) what is recorded under `name` is of `person`."""

    name: str
    since: int
    person: str


def owners(told: Iterable[Said]) -> Iterator[Owner]:
    """For every id that was ever linked, whose its records are. `told`: events that carry two ids, or were the first of a user id."""
    links, known = Links(), set[str]()
    points: dict[str, str] = {}
    under: dict[str, set[str]] = defaultdict(set)
    """Id -> the ids that point to it."""
    changes: dict[str, list[tuple[int, str]]] = defaultdict(list)
    joined: dict[str, str] = {}
    """Id -> whose its history has become."""
    for said in told:
        for link in _links(said):
            result = links.take(link, known.__contains__)
            if result not in (Result.JOINED, Result.MOVED):
                continue
            new = links.person(link.old)
            if result is Result.JOINED:
                joined[link.old] = new
            if link.old in points:
                under[points[link.old]].discard(link.old)
            points[link.old] = new
            under[new].add(link.old)
            for name in _below(link.old, under):
                if changes[name] and changes[name][-1][0] == said.recorded:
                    changes[name].pop()  # of two links at one instant the later one counts
                changes[name].append((said.recorded, new))
        if said.anonymous != said.person:
            known.add(said.person)
    for name, changed in changes.items():
        yield Owner(name, ALWAYS, _end(name, joined))
        for since, person in changed:
            yield Owner(name, since, _end(person, joined))


def _links(said: Said) -> list[Link]:
    found = [Link(said.previous, said.person, is_change=True)] if said.previous is not None else []
    if said.anonymous is not None and said.anonymous != said.previous:
        found.append(Link(said.anonymous, said.person))
    return [link for link in found if link.old != link.new]


def _below(name: str, under: dict[str, set[str]]) -> set[str]:
    """An id, and all that lead to it."""
    found, left = {name}, [name]
    while left:
        new = under[left.pop()] - found
        found |= new
        left += new
    return found


def _end(name: str, joined: dict[str, str]) -> str:
    while name in joined:
        name = joined[name]
    return name
