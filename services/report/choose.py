"""Choose the timelines to show: a few customers who together show as many outcomes and reasons as possible. The choice is repeatable."""

from bisect import insort
from collections.abc import Iterable

from services.report.notes import Notes

SHOWN = 10
EASY = 12
"""The ideal number of entries of a timeline; among equally good ones, the nearest to it is shown."""


def telling(notes: Notes, customers: Iterable[str], *, shown: int = SHOWN) -> list[str]:
    """The customers to show, the most informative first."""
    decided = sum(1 << bit for kind, bit in notes.kinds.items() if kind[1] not in {"missed", "segment", "rejected"})
    silent = 1 << len(notes.kinds)  # a customer without any outcome is a kind of its own
    groups: dict[int, list[tuple[int, str]]] = {}
    for user in customers:  # of customers with the same outcomes, only the best few can be chosen
        group = groups.setdefault(notes.masks.get(user) or silent, [])
        insort(group, (abs(notes.count(user) - EASY), user))
        del group[shown:]
    chosen: list[str] = []
    seen = 0
    while len(chosen) < shown and any(groups.values()):
        mask = min((mask for mask, group in groups.items() if group), key=lambda mask: _rank(mask, seen, decided, groups[mask][0]))
        if not mask & ~seen:  # nothing new is left: start over with the remaining customers
            seen = 0
            continue
        chosen.append(groups[mask].pop(0)[1])
        seen |= mask
    return chosen


def _rank(mask: int, seen: int, decided: int, best: tuple[int, str]) -> tuple[int, int, int, str]:
    new = mask & ~seen
    return -(new & decided).bit_count(), -new.bit_count(), *best
