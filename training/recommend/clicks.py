"""What people took of the lists that they were shown, and how much each such click says.

What stands further down is looked at less, and what a policy likes is shown more often, so clicks alone say what was shown and where. A click
counts the more, the less likely it was that the item was shown there and looked at: by one over the product of both (inverse propensity
weighting, Joachims, Swaminathan and Schnabel (2017), https://doi.org/10.1145/3018661.3018699).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from training.recommend.interactions import Interactions
from training.recommend.sequences import Floats
from training.recommend.shown import ShownList
from udfs.core.values.durations import DAY

WITHIN = DAY
"""Milliseconds after a list within which an item of it that its customer takes counts as a click."""
DRAWN = 0.5
"""An item that was less likely than this was drawn: it stands where it does by chance, not because it is the best."""
MIN_DRAWN = 100
"""Clicks on drawn items from which it is measured how much is looked at each place; with fewer it is assumed."""
MAX_WEIGHT = 20.0
"""A click counts at most as much as so many clicks on what surely stood at the first place."""


class Click(NamedTuple):
    """An item that was taken from a list."""

    person: int
    """The number of the person's sequence."""
    end: int
    """Where the history before the list ends, in the flat arrays of the sequences."""
    item: int
    shown: Sequence[int]
    """The numbers of the other items of the list that were not taken."""
    place: int
    """Counted from 0."""
    probability: float


@dataclass(frozen=True, kw_only=True)
class Clicks:
    """What a log of lists says."""

    clicks: Sequence[Click]
    lists: int
    """Lists of people whose history is known."""
    examined: Floats
    """How much each place is looked at, compared with the first."""
    is_measured: bool
    """Whether that was measured on drawn items; otherwise it is 1 / log2(place + 1)."""

    @property
    def weights(self) -> Floats:
        """How much each click counts; 1 on average."""
        chances = np.array([each.probability * self.examined[each.place] for each in self.clicks])
        found = np.minimum(1 / chances, MAX_WEIGHT)
        return found / found.mean() if len(found) else found


def clicks(lists: Sequence[ShownList], read: Interactions, *, since: int) -> Clicks:
    """The clicks on lists from `since` on. A click belongs to the latest list that showed the item, within a day."""
    people = {name: number for number, name in enumerate(read.people)}
    known = [(people[each.user_id], each) for each in lists if each.at >= since and each.user_id in people]
    of_person: dict[int, list[ShownList]] = {}
    for person, each in known:
        of_person.setdefault(person, []).append(each)
    found: list[Click] = []
    places: list[tuple[int, bool, bool]] = []
    for person, mine in of_person.items():
        for each, end, numbers, taken in _taken(mine, person, read):
            others = [number for number in numbers if number is not None and number not in taken]
            for place, (number, probability) in enumerate(zip(numbers, each.probabilities, strict=True)):
                clicked = number is not None and number in taken
                places.append((place, probability < DRAWN, clicked))
                if clicked:
                    assert number is not None
                    found.append(Click(person, end, number, others, place, probability))
    examined, is_measured = _examined(places)
    return Clicks(clicks=found, lists=len(known), examined=examined, is_measured=is_measured)


def _taken(lists: Sequence[ShownList], person: int, read: Interactions) -> Iterator[tuple[ShownList, int, list[int | None], set[int]]]:
    """Of each list of one person: where the history before it ends, the numbers of its items, and those that were taken from it."""
    begin, end = (int(read.sequences.starts[person + more]) for more in (0, 1))
    times, items = read.sequences.times[begin:end].tolist(), read.sequences.items[begin:end].tolist()
    numbers = [[_number(read.items, item) for item in each.items] for each in lists]
    took: list[set[int]] = [set() for _ in lists]
    for at, item in zip(times, items, strict=True):
        for place in range(bisect_left(lists, at, key=lambda each: each.at) - 1, -1, -1):
            if at - lists[place].at > WITHIN:
                break
            if item in numbers[place]:
                took[place].add(item)
                break
    for place, each in enumerate(lists):
        before = bisect_right(times, each.at)
        if before:  # of somebody without a history there is nothing to order by
            yield each, begin + before, numbers[place], took[place]


def _number(items: Sequence[str], item: str) -> int | None:
    place = bisect_left(items, item)
    return place if place < len(items) and items[place] == item else None


def _examined(places: Sequence[tuple[int, bool, bool]]) -> tuple[Floats, bool]:
    """How much each place is looked at. On drawn items, which are as good at one place as at another, clicks say so."""
    told = np.array(places, np.int64).reshape(-1, 3)
    count = int(told[:, 0].max(initial=0)) + 1
    drawn = told[told[:, 1] == 1]
    shown = np.bincount(drawn[:, 0], minlength=count)
    taken = np.bincount(drawn[:, 0], weights=drawn[:, 2], minlength=count)
    if taken.sum() < MIN_DRAWN or not taken[0]:
        return 1 / np.log2(np.arange(count) + 2), False
    rates = (taken + 1) / (shown + 2)
    return np.minimum.accumulate(rates / rates[0]), True
