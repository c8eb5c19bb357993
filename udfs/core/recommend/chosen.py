"""From candidates to a list: what is left out, how mixed it is, and which places are drawn.

Each place is its best candidate that may be shown; with the share that the strategy gives to exploring, it is instead one of those that
follow, each as likely as the other. The draw hangs on the decision's id alone, so a decision that is made again shows the same list.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from udfs.core.items.item import Item
from udfs.core.recommend.candidates import Candidate
from udfs.core.recommend.strategy import Strategy

MAX_LOOKED = 300
"""Candidates of one list that are looked at."""
EXPLORED = 20
"""How many of those that follow the best one may be drawn."""

Allowed = Callable[[Candidate], Item | bool]
"""The item, or True where there is no catalogue to know it from; False: it is left out."""
Draw = Callable[[int], float]
"""A number above 0 and below 1 for each place."""


class Chosen(NamedTuple):
    """One place of a list."""

    candidate: Candidate
    item: Item | None
    probability: float


class _Looked(NamedTuple):
    candidate: Candidate
    item: Item | None


class Pool:
    """The candidates that may be shown, looked at one after the other and only as far as is needed."""

    def __init__(self, ordered: Iterator[Candidate], allowed: Allowed) -> None:
        self._ordered, self._allowed = ordered, allowed
        self._held: list[_Looked] = []
        self.looked = 0
        self.is_cut = False
        """Whether there were more than may be looked at."""

    def first(self, number: int, fits: Callable[[Item | None], bool]) -> list[_Looked]:
        """The first so many that fit."""
        found = [each for each in self._held if fits(each.item)][:number]
        while len(found) < number and (more := self._next()) is not None:
            self._held.append(more)
            if fits(more.item):
                found.append(more)
        return found

    def take(self, looked: _Looked) -> None:
        """It has a place now."""
        self._held.remove(looked)

    def following(self) -> Iterator[_Looked]:
        """Those that were not looked at yet, one after the other."""
        while (more := self._next()) is not None:
            yield more

    def _next(self) -> _Looked | None:
        for candidate in self._ordered:
            if self.looked >= MAX_LOOKED:
                self.is_cut = True
                return None
            self.looked += 1
            item = self._allowed(candidate)
            if item is False:
                continue
            return _Looked(candidate, None if item is True else item)
        return None


def chosen(pool: Pool, strategy: Strategy, count: int, draw: Draw) -> list[Chosen]:
    """At most `count` places."""
    mixed = _Mixed(strategy)
    if strategy.explore <= 0:
        return list(islice(_best(pool, mixed), count))
    found: list[Chosen] = []
    while len(found) < count:
        if not (following := pool.first(1 + EXPLORED, mixed.fits)):
            break
        place, probability = _drawn(len(following), strategy.explore, draw(len(found)))
        taken = following[place]
        pool.take(taken)
        mixed.add(taken.item)
        found.append(Chosen(taken.candidate, taken.item, probability))
    return found


def _best(pool: Pool, mixed: "_Mixed") -> Iterator[Chosen]:
    """The best that fit. What does not fit once never will, since a list only grows: so nothing is looked at twice."""
    for candidate, item in pool.following():
        if mixed.fits(item):
            mixed.add(item)
            yield Chosen(candidate, item, 1.0)


def _drawn(number: int, share: float, lot: float) -> tuple[int, float]:
    """Which of so many, the best of which is the first, has a place, and how likely that was.

    >>> _drawn(3, 0.1, 0.5), _drawn(3, 0.1, 0.049), _drawn(3, 0.1, 0.051), _drawn(1, 0.1, 0.01)
    ((0, 0.9), (1, 0.05), (2, 0.05), (0, 1.0))
    """
    others = number - 1
    if not others:
        return 0, 1.0
    if lot >= share:
        return 0, 1 - share
    return 1 + min(others - 1, int(lot / share * others)), share / others


class _Mixed:
    """How many items of a category and of a brand a list has."""

    def __init__(self, strategy: Strategy) -> None:
        self._most = strategy.max_per_category, strategy.max_per_brand
        self._counts: Counter[tuple[int, str]] = Counter()
        self._any = self._most == (None, None)

    def fits(self, item: Item | None) -> bool:
        """Whether there is room. Of an item without a category or a brand there always is."""
        return self._any or all(most is None or name is None or self._counts[kind, name] < most for kind, name, most in self._of(item))

    def add(self, item: Item | None) -> None:
        """It is in the list."""
        if not self._any:
            self._counts.update((kind, name) for kind, name, _ in self._of(item) if name is not None)

    def _of(self, item: Item | None) -> Iterator[tuple[int, str | None, int | None]]:
        if item is not None:
            yield from ((kind, _plain(name), most) for kind, (name, most) in enumerate(zip((item.category, item.brand), self._most, strict=True)))


def _plain(name: str | None) -> str | None:
    return None if name is None else name.strip().casefold() or None
