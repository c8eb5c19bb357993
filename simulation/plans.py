"""What a visit will be about. Drawn at the door by the shop, and summed over by the truth: with the same odds, from the same functions."""

from collections.abc import Iterator
from functools import lru_cache
from random import Random

from simulation.catalogue import Catalogue, Product, fit
from simulation.resolve import Character, Plan, resolve

MOST_LOOKS = 12


def draw(character: Character, catalogue: Catalogue, chance: Random) -> Plan:
    """One visit's plan."""
    tastes = character.tastes
    category = chance.choices(list(tastes), weights=list(tastes.values()))[0]
    target = catalogue.look(category, purse=character.purse, chance=chance)
    looks = chance.choices(range(1, MOST_LOOKS + 1), weights=_looks(character.patience))[0]
    adds = chance.random() < adding(character, looks=looks, suits=fit(target.price, character.purse))
    return _plan(character, target, looks=looks, adds=adds)


def every(character: Character, catalogue: Catalogue) -> Iterator[tuple[float, Plan]]:
    """All plans she could have, each with its probability."""
    weights = _looks(character.patience)
    total = sum(character.tastes.values())
    for category, taste in character.tastes.items():
        shelf = catalogue.shelves[category]
        fits = [fit(product.price, character.purse) for product in shelf]
        for product, suits in zip(shelf, fits, strict=True):
            for looks, weight in enumerate(weights, start=1):
                odds = taste / total * suits / sum(fits) * weight / sum(weights)
                adds = adding(character, looks=looks, suits=suits)
                yield odds * adds, _plan(character, product, looks=looks, adds=True)
                yield odds * (1.0 - adds), _plan(character, product, looks=looks, adds=False)


def adding(character: Character, *, looks: int, suits: float) -> float:
    """Chance that something goes into the cart: the longer she looks and the better it suits her, the likelier."""
    return float(1.0 - (1.0 - character.appetite * suits) ** min(looks, 4))


def resolve_of(plan: Plan, character: Character, *, orders: int) -> float:
    """Log odds of buying at the end of a visit with this plan."""
    share = character.tastes[plan.category] / sum(character.tastes.values())
    return resolve(character, share=share, fit=plan.fit, looks=plan.looks, adds=plan.adds, orders=orders)


def _plan(character: Character, target: Product, *, looks: int, adds: bool) -> Plan:
    return Plan(category=target.category, target=target.id, looks=looks, adds=adds, fit=fit(target.price, character.purse))


@lru_cache(maxsize=65_536)
def _looks(patience: float) -> tuple[float, ...]:
    """Weights of one look, two looks and so on: each further one is as likely as the last was."""
    on = 1.0 - 1.0 / patience
    return tuple(on**looks for looks in range(MOST_LOOKS))
