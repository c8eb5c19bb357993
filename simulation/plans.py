"""The plan of a visit. The shop draws one, and the truth sums over all, with the same probabilities from the same functions."""

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from simulation.catalogue import Catalogue, fit
from simulation.resolve import LOOKS_COUNTED, Character, Plan

MAX_LOOKS = 12
SWAYING = 4
"""The maximum number of looks that can put something into the cart."""


def draw(character: Character, catalogue: Catalogue, chance: Random) -> Plan:
    """One visit's plan."""
    tastes = character.tastes
    category = chance.choices(list(tastes), weights=list(tastes.values()))[0]
    target = catalogue.look(category, purse=character.purse, chance=chance)
    looks = chance.choices(range(1, MAX_LOOKS + 1), weights=_looks(character.patience))[0]
    suits = fit(target.price, character.purse)
    adds = chance.random() < adding(character, looks=looks, suits=suits)
    return Plan(category, tastes[category] / sum(tastes.values()), target.id, looks, adds, suits)


def every(character: Character, catalogue: Catalogue) -> Iterator[tuple[float, Plan]]:
    """All plans she could have, each with its probability."""
    weights = _looks(character.patience)
    weights = (*weights[: LOOKS_COUNTED - 1], sum(weights[LOOKS_COUNTED - 1 :]))
    total = sum(character.tastes.values())
    for category, taste in character.tastes.items():
        shelf = catalogue.shelves[category]
        fits = [fit(product.price, character.purse) for product in shelf]
        share, scale = taste / total, taste / total / sum(fits) / sum(weights)
        for product, suits in zip(shelf, fits, strict=True):
            for looks, weight in enumerate(weights, start=1):
                odds, adds = scale * suits * weight, adding(character, looks=looks, suits=suits)
                yield odds * adds, Plan(category, share, product.id, looks, True, suits)
                yield odds * (1.0 - adds), Plan(category, share, product.id, looks, False, suits)


def adding(character: Character, *, looks: int, suits: float) -> float:
    """Chance that something goes into the cart: the longer she looks and the better it suits her, the likelier."""
    return float(1.0 - (1.0 - character.appetite * suits) ** min(looks, SWAYING))


@lru_cache(maxsize=65_536)
def _looks(patience: float) -> tuple[float, ...]:
    """Weights of one look, two looks and so on: each further one is as likely as the last was."""
    on = 1.0 - 1.0 / patience
    return tuple(on**looks for looks in range(MAX_LOOKS))
