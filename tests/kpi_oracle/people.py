"""Whose everything is: ids that turn out to be one person's, by docs/identity.md. Histories are lists, and a link moves one to another."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from tests.kpi_oracle.world import Arrival, World


def by_person(world: World) -> dict[str, list[tuple[str, Any]]]:
    """Person -> what was recorded of them, as (topic, record), in the order of the records."""
    told: list[tuple[int, int, str, Any]] = [(each.recorded, 0, "events", each) for each in world.arrivals]
    told += [(each["at"], 1, "decisions", each) for each in world.decisions]
    told += [(each["at"], 1, "segments", each) for each in world.segments]
    told.sort(key=lambda each: each[:2])
    points: dict[str, str] = {}
    known: set[str] = set()
    histories: dict[str, list[tuple[str, Any]]] = defaultdict(list)

    def person(name: str) -> str:
        while name in points:
            name = points[name]
        return name

    for _, together in groupby(told, key=lambda each: each[0]):
        now = list(together)
        for _, _, topic, record in now:  # links count from the record's time on
            if topic != "events":
                continue
            user = record.key
            for old, is_alias in links(record):
                new = person(user)
                if person(old) == new:
                    continue
                if old in points:
                    points[old] = new  # it changes hands: what was, stays
                elif is_alias or old not in known:
                    points[old] = new
                    histories[new] += histories.pop(old, [])
            if record.event.get("anonymousId") != user:
                known.add(user)
        for _, _, topic, record in now:
            histories[person(record.key if topic == "events" else record["user_id"])].append((topic, record))
    return histories


def links(arrival: Arrival) -> list[tuple[str, bool]]:
    """The other ids of an event, and whether an alias names them."""
    event, user = arrival.event, arrival.key
    previous = event.get("previousId") if event["type"] == "alias" else None
    found = [(previous, True)] if previous is not None else []
    if event.get("anonymousId") not in (None, previous):
        found.append((event["anonymousId"], False))
    return [(str(old), is_alias) for old, is_alias in found if old != user]
