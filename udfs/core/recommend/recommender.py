"""What was learned of items, and how the engine asks for it. Which file it is read from is nobody's concern here."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

KEY = "recommender"
"""The key on control."""
STEPS = 1e6
"""Scores are compared in steps of a millionth; at the same step the smaller id goes first."""
Scored = tuple[Sequence[int], Sequence[float]]
"""Numbers of items, the best first, and their scores."""
Part = tuple[str, int | str, float]
"""What is added up: the neighbours of an item by a source, or what leads by it in a group, and how much that counts."""
NOTHING: Scored = ((), ())
CATEGORY, SEGMENT = "category/", "segment/"
"""What the names of groups begin with: `category/Outdoor > Tents`, `segment/vip`. The empty name is everybody, and everything."""


class ShortReason(StrEnum):
    """Why a list has fewer items than were asked for: one closed list."""

    NO_RECOMMENDER = "NO_RECOMMENDER"
    """No recommender is published, or none was given."""
    LOADING = "LOADING"
    """The first recommender is still on its way."""
    REFUSED = "REFUSED"
    """The recommender's file cannot be had, or is not what was published: see `rejected`."""
    NO_CATALOGUE = "NO_CATALOGUE"
    """It is asked for a category, a brand, a price or stock, and there is no catalogue to read them from."""
    NOTHING_LEFT = "NOTHING_LEFT"
    """Filters left nothing else of what was brought."""
    TOO_MANY = "TOO_MANY"
    """The decision has looked at as many items, shown as many, or made as many lists, as it may."""


class Told(NamedTuple):
    """What a ranker reads of whoever a list is for."""

    recent: Sequence[int]
    """Numbers of the latest items of the history of which something was learned, the newest first."""
    in_visit: int
    """How many of these are of the latest visit."""
    taken: int
    """How many items the history has."""


class Ranked(Protocol):
    """Items by their scores, rounded to a millionth, then by number: their sums, or what the ranker makes of them. A sum that rounds to nothing is
    left out."""

    @property
    def ranker(self) -> str | None:
        """Version of the ranker that ordered the first of them; None: they are in the order of their sums."""
        ...

    @property
    def numbers(self) -> Sequence[int]:
        """The best first; bounded, and more than one list looks at."""
        ...

    @property
    def scores(self) -> Sequence[float]:
        """Their scores; 0 for those that stand behind what the ranker ordered."""
        ...

    def part(self, place: int) -> int:
        """Which part brought the item at this place most, the first of equals."""
        ...


class Recommender(Protocol):
    """One version of what was learned. Items are numbered in the order of their ids. It never changes, never raises and never waits."""

    @property
    def version(self) -> str | None:
        """The version, for decisions; None if there is nothing to ask."""
        ...

    @property
    def decay(self) -> float:
        """How much an item of a history counts, compared with the one after it."""
        ...

    @property
    def weights(self) -> Mapping[str, float]:
        """How much each source counts, as evaluation chose it."""
        ...

    def number(self, item_id: str) -> int | None:
        """The number of an item; None if nothing was learned of it."""
        ...

    def item(self, number: int) -> str:
        """The id of an item."""
        ...

    def ranked(self, parts: Sequence[Part], told: Told | None = None) -> Ranked:
        """What these parts bring, added up; then, with `told`, ordered by the ranker, if there is one that answers."""
        ...

    def leading(self, source: str, group: str) -> Scored:
        """What leads by `popular`, `trending` or `new` in a group."""
        ...


class Stand(Protocol):
    """Where the engine finds the version in force: another one may be there for the next decision."""

    @property
    def current(self) -> Recommender:
        """The version in force."""
        ...


class _Unranked:
    ranker: str | None = None
    numbers: Sequence[int] = ()
    scores: Sequence[float] = ()

    def part(self, place: int) -> int:
        raise IndexError(place)


_UNRANKED = _Unranked()


class NoRecommender:
    """Stands where there is none, with the reason."""

    version: str | None = None
    decay: float = 1.0
    weights: Mapping[str, float] = {}

    def __init__(self, reason: ShortReason = ShortReason.NO_RECOMMENDER) -> None:
        self.reason = reason

    def number(self, item_id: str) -> int | None:
        """Nothing was learned."""
        return None

    def item(self, number: int) -> str:
        """There are no numbers."""
        raise IndexError(number)

    def ranked(self, parts: Sequence[Part], told: Told | None = None) -> Ranked:
        """Nothing."""
        return _UNRANKED

    def leading(self, source: str, group: str) -> Scored:
        """Nothing."""
        return NOTHING


class FixedStand:
    """A stand on which one version stands for good."""

    def __init__(self, recommender: Recommender | None = None) -> None:
        self.current: Recommender = recommender if recommender is not None else NoRecommender()


NO_STAND = FixedStand()
