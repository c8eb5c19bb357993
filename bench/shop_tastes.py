"""Who knows the simulated customers: what each would look at next, from her tastes and her purse.

No strategy can know these. It says how much there is to find in a shop whose customers choose by chance.
"""

from collections.abc import Sequence

import numpy as np

from simulation.catalogue import fit, outdoor_shop
from simulation.customers import Person, customer, stranger
from training.recommend.cases import Histories
from training.recommend.scores import Lists
from training.recommend.sequences import Floats

STAYS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9)
"""Shares of looks that stay on the shelf of the last one."""


class Insider:
    """Ranks the products of the shop for people whose character it knows."""

    def __init__(self, people: Sequence[str], items: Sequence[str], *, seed: int) -> None:
        """`people`: ids as the shop's events have them; `items`: ids of its products, in the order of their numbers."""
        self._people, self._seed = people, seed
        self._shop = outdoor_shop()
        self._shelves = list(self._shop.shelves)
        products = [self._shop.by_id[item] for item in items]
        self._shelf = np.array([self._shelves.index(product.category) for product in products])
        self._prices = [product.price for product in products]

    def lists(self, histories: Histories, people: Sequence[int], count: int, *, stays: float) -> Lists:
        """The first `count` of each. `people`: whose history each is; `stays`: how likely the next look is on the same shelf."""
        found = Lists(np.zeros((len(histories), count), np.int32), np.zeros((len(histories), count)))
        rows = np.searchsorted(histories.seen, np.arange(len(histories) + 1) * len(self._prices))
        latest = histories.sequences.items[histories.sequences.starts[1:] - 1]
        for row, person in enumerate(people):
            chances = self._chances(self._person(self._people[person]), int(latest[row]), stays)
            chances[histories.seen[rows[row] : rows[row + 1]] % len(self._prices)] = -1.0
            found.ids[row] = np.argsort(-chances, kind="stable")[:count]
            found.scores[row] = chances[found.ids[row]]
        return found

    def _chances(self, person: Person, latest: int, stays: float) -> Floats:
        tastes = np.array([person.character.tastes[shelf] for shelf in self._shelves])
        drawn = (1 - stays) * tastes / tastes.sum()
        drawn[self._shelf[latest]] += stays
        suits = np.array([fit(price, person.character.purse) for price in self._prices])
        chances: Floats = drawn[self._shelf] * suits / np.bincount(self._shelf, suits)[self._shelf]
        return chances

    def _person(self, name: str) -> Person:
        """Known by her number: `ada-914` and, before she logs in, `web-7-914`; a stranger is `anon-7-334`."""
        number = int(name.rpartition("-")[2])
        make = stranger if name.startswith("anon-") else customer
        return make(number, seed=self._seed, categories=self._shelves)
